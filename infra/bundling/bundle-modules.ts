import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** The project's folder, absolute. */
const PROJECT = fileURLToPath(new URL('../..', import.meta.url));
const BUNDLE = 'index.mjs';
const SOURCE_MAP = 'index.mjs.map';

/** Packages, or modules of Node, and the file that each bundle has in their place; absolute. */
export type StandIns = Readonly<Record<string, string>>;

/** A module with all that it imports, in one file that needs nothing but Node. */
export interface BundledModule {
  /** Holds the file and its source map, nothing else; absolute. */
  readonly directory: string;
  /** `index.mjs`, absolute. */
  readonly file: string;
  readonly bytes: number;
  /** Size of `index.mjs.map`, which the file names as its source map. */
  readonly sourceMapBytes: number;
}

/**
 * Bundles modules, each into a folder of its own below `outDirectory`, which is emptied before. The same sources give the same bytes,
 * wherever project and folders are, and whatever else is bundled with them.
 * @param entries - name of the folder → the module, relative to the project's folder
 * @param standIns - none unless told
 * @returns the bundles by name, in the order of the entries
 * @throws BuildFailure of esbuild, naming file and line
 */
export async function bundleModules(
  outDirectory: string,
  entries: ReadonlyMap<string, string>,
  standIns: StandIns = {},
): Promise<ReadonlyMap<string, BundledModule>> {
  const outputs = await bundledFiles(entries, standIns);
  const bundled = new Map<string, BundledModule>();
  for (const name of entries.keys()) {
    const directory = resolve(outDirectory, name);
    await rm(directory, { recursive: true, force: true });
    await mkdir(directory, { recursive: true });
    const write = async (fileName: string) => {
      const contents = outputs.get(join(name, fileName)) ?? new Uint8Array();
      await writeFile(join(directory, fileName), contents);
      return contents.byteLength;
    };
    const file = join(directory, BUNDLE);
    bundled.set(name, { directory, file, bytes: await write(BUNDLE), sourceMapBytes: await write(SOURCE_MAP) });
  }
  return bundled;
}

/** What esbuild makes of them in one run, which reads each source once: `<name>/<file>` → its content. */
async function bundledFiles(
  entries: ReadonlyMap<string, string>,
  standIns: StandIns,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const { outputFiles } = await build({
    absWorkingDir: PROJECT,
    entryPoints: [...entries].map(([name, entry]) => ({ in: entry, out: `${name}/index` })),
    // Nothing is written there: paths in a source map are relative to it, and must not depend on where the files go.
    outdir: '.',
    outExtension: { '.js': '.mjs' },
    write: false,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    minify: true,
    charset: 'utf8',
    legalComments: 'none',
    sourcemap: 'linked',
    sourcesContent: false,
    // The ESM build of a package, of which only what is used is kept.
    mainFields: ['module', 'main'],
    alias: standIns,
    // A member of a stand-in that is not there would be undefined in the function, and only a warning here.
    logOverride: { 'import-is-undefined': 'error' },
    logLevel: 'silent',
  });
  return new Map(outputFiles.map(({ path, contents }) => [relative(PROJECT, path), contents]));
}
