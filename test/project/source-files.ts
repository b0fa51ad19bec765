import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** A TypeScript source of the project. */
export interface SourceFile {
  /** Relative to the project's root, with slashes, such as `functions/domain/ids.ts`. */
  readonly path: string;
  /** Its code without comments; texts stay. */
  readonly code: string;
  /** Project files it imports, types included, each as `path` above. */
  readonly imports: readonly string[];
  /** Packages and `node:` modules it imports. */
  readonly packages: readonly string[];
}

/**
 * Reads all TypeScript files below a folder.
 * @param folder - relative to the project's root
 */
export function readSources(folder: string): readonly SourceFile[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => readSource(join(entry.parentPath, entry.name)))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

function readSource(file: string): SourceFile {
  const code = withoutComments(readFileSync(file, 'utf8'));
  const specifiers = importSpecifiersIn(code);
  const own = specifiers.filter((specifier) => specifier.startsWith('.'));
  return {
    path: pathOf(file),
    code,
    imports: own.map((specifier) => pathOf(join(dirname(file), specifier))),
    packages: specifiers.filter((specifier) => !specifier.startsWith('.')),
  };
}

function pathOf(file: string): string {
  return relative(ROOT, file).split('\\').join('/');
}

/** What the import and export statements of some code name, dynamic imports of a plain text included. */
export function importSpecifiersIn(code: string): readonly string[] {
  const statements = /(?:^|[\s;])(?:import|export)\b[^'"`;]*?\bfrom\s*['"]([^'"]+)['"]/g;
  const bare = /(?:^|[\s;])import\s*['"]([^'"]+)['"]/g;
  const dynamic = /\bimport\(\s*['"]([^'"]+)['"]\s*\)/g;
  return [statements, bare, dynamic].flatMap((pattern) => [...code.matchAll(pattern)].map((match) => match[1] ?? ''));
}

/** The code without its comments. Texts and patterns that hold two slashes keep them. */
export function withoutComments(code: string): string {
  const piece = /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`|\/\*[\s\S]*?\*\/|(?<![:\\])\/\/[^\n]*/g;
  return code.replace(piece, (text) => (text.startsWith('/') ? ' ' : text));
}
