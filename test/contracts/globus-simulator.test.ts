import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createGlobus } from '../../functions/adapters/globus/globus.ts';
import { systemClock } from '../../functions/adapters/system/clock.ts';
import { systemRandomSource } from '../../functions/adapters/system/random-source.ts';
import { parseCollectionId, parsePrincipalId, parseTaskId, type TaskId } from '../../functions/domain/ids.ts';
import { createLocalClock } from '../../infra/local/clock.ts';
import {
  fixtureWorld,
  JASMIN_COLLECTION_ID,
  MANAGED_COLLECTION_ID,
  PERSONAL_COLLECTION_ID,
  RESEARCHER_ID,
  SECOND_RESEARCHER_ID,
  SERVICE_ID,
} from '../../infra/local/simulators/globus/fixture.ts';
import { startGlobusSimulator } from '../../infra/local/simulators/globus/start.ts';
import { createAdapterParts } from '../adapters/adapter-parts.ts';
import { describeGlobusContract, type GlobusUnderContract } from './globus.ts';

const LINKED_ID = 'd15d4244-fc10-47f3-a790-85bdb6db9aff';

/** The world of the local run, in which the researcher has a second identity. */
const world = {
  ...fixtureWorld,
  identities: [
    ...fixtureWorld.identities.map((identity) =>
      identity.id === RESEARCHER_ID ? { ...identity, linkedIdentityIds: [LINKED_ID] } : identity,
    ),
    { id: LINKED_ID, username: 'researcher@example.edu', name: 'Researcher', email: 'researcher@example.edu' },
  ],
};

describeGlobusContract('the adapter, against the simulator', async (): Promise<GlobusUnderContract> => {
  const stateDirectory = mkdtempSync(join(tmpdir(), 'globus-contract-'));
  const personal = join(stateDirectory, 'collections', PERSONAL_COLLECTION_ID);
  mkdirSync(personal, { recursive: true });
  writeFileSync(join(personal, 'twelve.txt'), 'twelve bytes');
  const simulator = await startGlobusSimulator({ port: 0, stateDirectory, clock: createLocalClock(), world });
  const { log, secrets } = createAdapterParts({
    globus: JSON.stringify({ clientId: SERVICE_ID, clientSecret: 'service-secret' }),
  });

  const control = (path: string, body: object = {}) =>
    fetch(`${simulator.url}/_control/${path}`, { method: 'POST', body: JSON.stringify(body) });
  const asResearcher = async (path: string, init: RequestInit = {}): Promise<Record<string, unknown>> => {
    const authorization = `Basic ${btoa(`${RESEARCHER_ID}:researcher-secret`)}`;
    const form = new URLSearchParams({
      grant_type: 'client_credentials',
      scope: `urn:globus:auth:scope:transfer.api.globus.org:all[*https://auth.globus.org/scopes/${JASMIN_COLLECTION_ID}/data_access]`,
    });
    const tokens = await fetch(`${simulator.url}/v2/oauth2/token`, {
      method: 'POST',
      headers: { authorization },
      body: form,
    });
    const { access_token: token } = (await tokens.json()) as { access_token: string };
    const reply = await fetch(`${simulator.url}/v0.10${path}`, {
      ...init,
      headers: { authorization: `Bearer ${token}` },
    });
    return (await reply.json()) as Record<string, unknown>;
  };
  const submit = async (destinationId: string, destinationPath: string): Promise<TaskId> => {
    const submission = await asResearcher('/submission_id');
    // So slow that it cannot end before it is paused.
    await control('bytes-per-second', { value: 1 });
    const { task_id: taskId } = await asResearcher('/transfer', {
      method: 'POST',
      body: JSON.stringify({
        DATA_TYPE: 'transfer',
        submission_id: submission['value'],
        source_endpoint: PERSONAL_COLLECTION_ID,
        destination_endpoint: destinationId,
        DATA: [{ DATA_TYPE: 'transfer_item', source_path: '/twelve.txt', destination_path: destinationPath }],
      }),
    });
    await control(`tasks/${String(taskId)}/pause`);
    await control('bytes-per-second', { value: null });
    return parseTaskId(taskId);
  };

  return {
    globus: createGlobus({
      budget: { take: async () => 0 },
      transferUrl: simulator.url,
      authUrl: simulator.url,
      credentialOf: () => 'globus',
      secrets,
      clock: systemClock,
      random: systemRandomSource,
      log,
    }),
    collectionId: parseCollectionId(MANAGED_COLLECTION_ID),
    directory: '/hdc1/',
    principal: parsePrincipalId(RESEARCHER_ID),
    linkedPrincipal: parsePrincipalId(LINKED_ID),
    otherPrincipal: parsePrincipalId(SECOND_RESEARCHER_ID),
    submitTask: (destinationPath) => submit(MANAGED_COLLECTION_ID, destinationPath),
    submitTaskElsewhere: () => submit(PERSONAL_COLLECTION_ID, '/copy.txt'),
    async finishTask(taskId) {
      await control(`tasks/${taskId}/resume`);
      for (let status: unknown = 'ACTIVE'; status === 'ACTIVE'; ) {
        await new Promise((resolve) => setTimeout(resolve, 20));
        status = (await asResearcher(`/task/${taskId}`))['status'];
      }
    },
    async close() {
      await simulator.close();
      await rm(stateDirectory, { recursive: true, force: true });
    },
  };
});
