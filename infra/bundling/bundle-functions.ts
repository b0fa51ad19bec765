import { fileURLToPath } from 'node:url';
import { httpApi, monitors, steps } from '../../functions/manifest.ts';
import { type BundledModule, bundleModules, type StandIns } from './bundle-modules.ts';

/** A function as the manifest names it. */
export interface FunctionEntry {
  readonly functionName: string;
  /** Relative to the functions folder. */
  readonly entry: string;
}

/** A function, ready for Lambda: its folder is the asset, its handler `index.handler`. */
export type Bundle = BundledModule & FunctionEntry;

const standIn = (name: string) => fileURLToPath(new URL(`stand-ins/${name}.ts`, import.meta.url));

/** What a function in Lambda does not need in full; each file says why. */
const STAND_INS: StandIns = {
  'cross-fetch': standIn('native-fetch'),
  'node:http': standIn('lean-http'),
  '@aws-sdk/credential-provider-node': standIn('environment-credentials'),
};

/** Every function that is deployed. */
export const deployedFunctions: readonly FunctionEntry[] = [
  ...httpApi.routes,
  httpApi.notFound,
  ...steps,
  ...monitors,
].map(({ functionName, entry }) => ({ functionName, entry }));

/**
 * Bundles functions, each into the folder of its name below `outDirectory`; what else is in `outDirectory` stays.
 * @returns the bundles in the order of the entries
 * @throws BuildFailure of esbuild, naming file and line
 */
export async function bundleFunctions(
  outDirectory: string,
  entries: readonly FunctionEntry[] = deployedFunctions,
): Promise<readonly Bundle[]> {
  const sources = new Map(entries.map(({ functionName, entry }) => [functionName, `functions/${entry}`]));
  const bundled = await bundleModules(outDirectory, sources, STAND_INS);
  return entries.flatMap(({ functionName, entry }) => {
    const module = bundled.get(functionName);
    return module ? [{ functionName, entry, ...module }] : [];
  });
}
