import { registerHooks } from 'node:module';

const WIRING = new URL('../../../functions/wiring.ts', import.meta.url).href;
const STAND_IN = new URL('./platform.ts', import.meta.url).href;

/**
 * From now on entry files get the application of the run of the function that asks, in place of the process's own. To be called before any of them
 * is imported; under vitest `vi.mock` does the same.
 * @param patch - changes the source of a module, for mutants; returns it as it is where there is nothing to change
 */
export function replaceWiring(patch?: (url: string, source: string) => string): void {
  registerHooks({
    resolve(specifier, context, nextResolve) {
      const resolved = nextResolve(specifier, context);
      return resolved.url === WIRING ? { ...resolved, url: STAND_IN } : resolved;
    },
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      if (!patch || !url.startsWith('file:') || !loaded.source) return loaded;
      const source =
        typeof loaded.source === 'string' ? loaded.source : Buffer.from(loaded.source as Uint8Array).toString('utf8');
      return { ...loaded, source: patch(url, source) };
    },
  });
}
