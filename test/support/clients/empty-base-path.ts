import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseLocalSettings } from '../../../infra/local/settings.ts';
import { FIXTURE_WORLD } from '../../../infra/local/simulators/dataverse/fixture.ts';
import { startDataverseSimulator } from '../../../infra/local/simulators/dataverse/start.ts';
import { fixtureWorld } from '../../../infra/local/simulators/globus/fixture.ts';
import { startGlobusSimulator } from '../../../infra/local/simulators/globus/start.ts';
import { startLocalStack } from '../../../infra/local/stack.ts';
import { loadStackParts } from '../../../infra/local/stack-parts.ts';
import type { RunningStack } from '../local-stack.ts';

/** A local stack in this process that can be taken down. */
export interface StackAtRoot extends RunningStack {
  remove(): Promise<void>;
}

const BASE_PATH = '/hdc1';

/**
 * The local stack with the store `globusm` at the root of its collection: its files lie at `/<authority>/<identifier>/…`, the only place where
 * the dataverse-globus app looks for them when it downloads (clients.md 1). What the stack runs is otherwise as ever.
 */
export async function startStackAtRoot(): Promise<StackAtRoot> {
  const folder = await mkdtemp(join(tmpdir(), 'stack-'));
  const anyPorts = { PORT: '0', GLOBUS_PORT: '0', DATAVERSE_PORT: '0' };
  const parts = await loadStackParts();
  const stack = await startLocalStack(parseLocalSettings({ ...anyPorts, STATE_DIR: folder }), {
    parts: {
      ...parts,
      startGlobus: (options) => startGlobusSimulator({ ...options, world: globusAtRoot() }),
      startDataverse: (options) => startDataverseSimulator({ ...options, world: dataverseAtRoot() }),
      checkFunctionSettings(environment) {
        // The functions read their environment when the first of them is called, which is later.
        process.env['STORES'] = storesAtRoot(environment['STORES']);
        parts.checkFunctionSettings(process.env);
      },
    },
  });
  return {
    apiUrl: stack.apiUrl,
    globusUrl: stack.globusUrl,
    dataverseUrl: stack.dataverseUrl,
    stateDirectory: folder,
    async remove() {
      await stack.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function globusAtRoot(): typeof fixtureWorld {
  const collections = fixtureWorld.collections.map((collection) => ({
    ...collection,
    seed: collection.seed.map((entry) => ({ ...entry, path: entry.path.replace(`${BASE_PATH}/`, '/') })),
  }));
  return { ...fixtureWorld, collections };
}

function dataverseAtRoot(): typeof FIXTURE_WORLD {
  const stores = FIXTURE_WORLD.stores.map((store) =>
    store.transferEndpointWithBasePath?.endsWith(BASE_PATH)
      ? { ...store, transferEndpointWithBasePath: store.transferEndpointWithBasePath.slice(0, -BASE_PATH.length) }
      : store,
  );
  return { ...FIXTURE_WORLD, stores };
}

function storesAtRoot(text: string | undefined): string {
  const stores: { basePath: string }[] = JSON.parse(text ?? '[]');
  return JSON.stringify(stores.map((store) => (store.basePath === BASE_PATH ? { ...store, basePath: '' } : store)));
}
