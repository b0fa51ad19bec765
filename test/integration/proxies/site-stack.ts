import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseLocalSettings } from '../../../infra/local/settings.ts';
import { FIXTURE_WORLD } from '../../../infra/local/simulators/dataverse/fixture.ts';
import { startDataverseSimulator } from '../../../infra/local/simulators/dataverse/start.ts';
import { type LocalStack, startLocalStack } from '../../../infra/local/stack.ts';
import { loadStackParts } from '../../../infra/local/stack-parts.ts';

/** With a letter that has to be encoded in a query. */
const UNBLOCK_KEY = 'unblock+key of a test';
const UNBLOCK_KEY_SECRET = 'dataverse-unblock-key';

/** A local stack whose parts speak of a site elsewhere, as an installation's do, and reach Dataverse by a bypass. */
export interface SiteStack extends LocalStack {
  remove(): Promise<void>;
}

/**
 * Starts it in this process, which can have one such stack in its life. Dataverse signs for the site and asks admin calls for its unblock key.
 * @param siteUrl - the public address, such as `https://dataverse.example.edu`
 * @param bypassUrl - where the functions connect to Dataverse; nothing needs to listen there yet
 */
export async function startSiteStack(siteUrl: string, bypassUrl: string): Promise<SiteStack> {
  const stateDirectory = await mkdtemp(join(tmpdir(), 'site-'));
  const parts = await loadStackParts();
  const settings = parseLocalSettings({ PORT: '0', GLOBUS_PORT: '0', DATAVERSE_PORT: '0', STATE_DIR: stateDirectory });
  const stack = await startLocalStack(settings, {
    parts: {
      ...parts,
      startDataverse: (options) =>
        startDataverseSimulator({ ...options, siteUrl, world: { ...FIXTURE_WORLD, unblockKey: UNBLOCK_KEY } }),
      checkFunctionSettings(environment) {
        // The last moment before functions may be loaded, which read the environment once.
        const changes = {
          SITE_URL: siteUrl,
          DATAVERSE_URL: bypassUrl,
          DATAVERSE_UNBLOCK_KEY_SECRET: UNBLOCK_KEY_SECRET,
        };
        Object.assign(process.env, changes);
        addSecret(join(stateDirectory, 'secrets.json'), UNBLOCK_KEY_SECRET, UNBLOCK_KEY);
        parts.checkFunctionSettings({ ...environment, ...changes });
      },
    },
  });
  return {
    ...stack,
    async remove() {
      await stack.close();
      await rm(stateDirectory, { recursive: true, force: true });
    },
  };
}

function addSecret(file: string, name: string, value: string): void {
  const secrets = JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>;
  writeFileSync(file, JSON.stringify({ ...secrets, [name]: value }));
}
