import { describe, expect, it } from 'vitest';
import { importSpecifiersIn, readSources, type SourceFile, withoutComments } from './source-files.ts';

const FUNCTIONS = readSources('functions');
const SIMULATORS = readSources('infra/local/simulators');
const ENTRY_FOLDERS = ['http', 'steps', 'monitors', 'webhooks'];

function isIn(path: string, folders: readonly string[]): boolean {
  return folders.some((folder) => path.startsWith(`functions/${folder}/`) || path === `functions/${folder}`);
}

/** Every import that leaves the allowed places, as `importing file -> imported file`. */
function strayImports(
  files: readonly SourceFile[],
  isAllowed: (imported: string, file: SourceFile) => boolean,
): string[] {
  return files.flatMap((file) =>
    file.imports.filter((imported) => !isAllowed(imported, file)).map((imported) => `${file.path} -> ${imported}`),
  );
}

function filesIn(...folders: string[]): readonly SourceFile[] {
  const files = FUNCTIONS.filter((file) => isIn(file.path, folders));
  expect(files.length).toBeGreaterThan(0);
  return files;
}

describe('imports go one way', () => {
  it.each([
    { folder: 'domain', allowed: ['domain'] },
    { folder: 'ports', allowed: ['ports', 'domain'] },
    { folder: 'use-cases', allowed: ['use-cases', 'ports', 'domain'] },
    { folder: 'workflow', allowed: ['workflow', 'domain'] },
    { folder: 'http', allowed: ['http', 'use-cases', 'ports', 'domain', 'wiring.ts', 'manifest.ts'] },
    { folder: 'steps', allowed: ['steps', 'use-cases', 'ports', 'domain', 'wiring.ts', 'workflow'] },
  ])('from $folder to $allowed only', ({ folder, allowed }) => {
    expect(strayImports(filesIn(folder), (imported) => isIn(imported, allowed))).toEqual([]);
  });

  it('from adapters to ports, domain and adapters only; the one of Step Functions also to the payload', () => {
    const isAllowed = (imported: string, { path }: SourceFile) =>
      isIn(imported, ['adapters', 'ports', 'domain']) ||
      (isIn(path, ['adapters/step-functions']) && imported === 'functions/workflow/payload.ts');
    expect(strayImports(filesIn('adapters'), isAllowed)).toEqual([]);
  });

  it('between adapters of different systems only to what is common to them', () => {
    const folderOf = (path: string) => path.split('/')[2];
    const stray = strayImports(filesIn('adapters'), (imported, { path }) => {
      if (!isIn(imported, ['adapters'])) return true;
      return folderOf(imported) === folderOf(path) || folderOf(imported) === 'system';
    });
    expect(stray).toEqual([]);
  });

  it('to adapters only from the wiring', () => {
    const importers = FUNCTIONS.filter((file) => file.imports.some((imported) => isIn(imported, ['adapters'])));
    expect(importers.map((file) => file.path).filter((path) => !isIn(path, ['adapters']))).toEqual([
      'functions/wiring.ts',
    ]);
  });

  it('to the wiring only from entry files', () => {
    const importers = FUNCTIONS.filter((file) => file.imports.includes('functions/wiring.ts'));
    expect(importers.filter((file) => !isIn(file.path, ENTRY_FOLDERS))).toEqual([]);
  });

  it('never from functions to infra or test', () => {
    expect(strayImports(FUNCTIONS, (imported) => imported.startsWith('functions/'))).toEqual([]);
  });

  it('never from the simulators to functions: they know nothing of our code', () => {
    expect(SIMULATORS.length).toBeGreaterThan(0);
    expect(strayImports(SIMULATORS, (imported) => !imported.startsWith('functions/'))).toEqual([]);
  });

  it('never in a circle', () => {
    expect(circlesIn(FUNCTIONS)).toEqual([]);
  });

  it('in the domain to nothing but what computes', () => {
    const packages = new Set(filesIn('domain').flatMap((file) => file.packages));
    expect([...packages].sort()).toEqual(['mrmime', 'node:crypto', 'node:util', 'zod/mini', 'zod/v4/locales/en.js']);
  });

  it('in use cases and ports to no SDK and no module of the platform', () => {
    const packages = filesIn('use-cases', 'ports').flatMap((file) => file.packages);
    expect(packages.filter((name) => name !== 'zod/mini' && name !== 'node:crypto')).toEqual([]);
  });

  it('to files that exist', () => {
    const known = new Set(FUNCTIONS.map((file) => file.path));
    expect(strayImports(FUNCTIONS, (imported) => known.has(imported))).toEqual([]);
  });
});

/** Circles of imports, each as the files it goes through. */
function circlesIn(files: readonly SourceFile[]): string[] {
  const importsOf = new Map(files.map((file) => [file.path, file.imports]));
  const circles: string[] = [];
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): void => {
    const at = trail.indexOf(path);
    if (at >= 0) circles.push([...trail.slice(at), path].join(' -> '));
    if (at >= 0 || done.has(path)) return;
    for (const imported of importsOf.get(path) ?? []) visit(imported, [...trail, path]);
    done.add(path);
  };
  for (const { path } of files) visit(path, []);
  return circles;
}

describe('the reader of these rules', () => {
  it.each([
    { case: 'a value', code: "import { a } from './a.ts';", found: ['./a.ts'] },
    { case: 'a type', code: "import type { A } from './a.ts';", found: ['./a.ts'] },
    { case: 'several lines', code: "import {\n  a,\n  b,\n} from './a.ts';", found: ['./a.ts'] },
    { case: 'a whole module', code: "import * as z from 'zod/mini';", found: ['zod/mini'] },
    { case: 'an effect', code: "import './a.ts';", found: ['./a.ts'] },
    { case: 'a re-export', code: "export { a } from './a.ts';\nexport * from './b.ts';", found: ['./a.ts', './b.ts'] },
    { case: 'a dynamic import', code: "const a = await import('./a.ts');", found: ['./a.ts'] },
    { case: 'two in a row', code: "import a from 'a';\nimport { b } from 'b';", found: ['a', 'b'] },
    { case: 'none in a comment', code: "// import { a } from './a.ts';\n/* import './b.ts' */", found: [] },
  ])('finds imports of $case', ({ code, found }) => {
    expect(importSpecifiersIn(withoutComments(code))).toEqual(found);
  });

  it('finds a circle, however long', () => {
    const file = (path: string, ...imports: string[]): SourceFile => ({ path, imports, code: '', packages: [] });
    expect(circlesIn([file('a', 'b'), file('b', 'c'), file('c', 'b')])).toEqual(['b -> c -> b']);
    expect(circlesIn([file('a', 'b', 'c'), file('b', 'c'), file('c')])).toEqual([]);
  });

  it('takes two slashes in a text for no comment', () => {
    expect(withoutComments("const a = 'http://x'; // gone")).toBe("const a = 'http://x';  ");
  });
});
