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
  ARCHER2_COLLECTION_ID,
  fixtureWorld,
  MANAGED_COLLECTION_ID,
  PERSONAL_COLLECTION_ID,
  RESEARCHER_ID,
  SECOND_RESEARCHER_ID,
  SERVICE_ID,
} from '../../infra/local/simulators/globus/fixture.ts';
import { startGlobusSimulator } from '../../infra/local/simulators/globus/start.ts';
import { createAdapterParts } from '../adapters/adapter-parts.ts';
import { describeGlobusContract } from './globus.ts';
import type { GlobusUnderContract } from './globus-under-contract.ts';

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

interface Person {
  readonly id: string;
  readonly secret: string;
}
const RESEARCHER: Person = { id: RESEARCHER_ID, secret: 'researcher-secret' };
const SECOND_RESEARCHER: Person = { id: SECOND_RESEARCHER_ID, secret: 'researcher2-secret' };
const ARCHER2_FILE = '/archive/u-aa001/19900101T0000Z/aa001a.da19900201_00';

/** The transfer of files from a collection to another, each as source and destination path. */
interface Submission {
  readonly person?: Person;
  readonly source?: string;
  readonly destination?: string;
  readonly files: readonly (readonly [source: string, destination: string])[];
}

/** Submitting transfers, from the mapped collection too. */
const SCOPE = `urn:globus:auth:scope:transfer.api.globus.org:all[*https://auth.globus.org/scopes/${ARCHER2_COLLECTION_ID}/data_access]`;

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
  const asPerson = async (person: Person, path: string, init: RequestInit = {}): Promise<Record<string, unknown>> => {
    const tokens = await fetch(`${simulator.url}/v2/oauth2/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa(`${person.id}:${person.secret}`)}` },
      body: new URLSearchParams({ grant_type: 'client_credentials', scope: SCOPE }),
    });
    const { access_token: token } = (await tokens.json()) as { access_token: string };
    const headers = { authorization: `Bearer ${token}` };
    const reply = await fetch(`${simulator.url}/v0.10${path}`, { ...init, headers });
    return (await reply.json()) as Record<string, unknown>;
  };
  const submit = async (transfer: Submission): Promise<TaskId> => {
    const { person = RESEARCHER, source = PERSONAL_COLLECTION_ID, destination = MANAGED_COLLECTION_ID } = transfer;
    const submission = await asPerson(person, '/submission_id');
    // So slow that it cannot end before it is paused.
    await control('bytes-per-second', { value: 1 });
    const { task_id: taskId } = await asPerson(person, '/transfer', {
      method: 'POST',
      body: JSON.stringify({
        DATA_TYPE: 'transfer',
        submission_id: submission['value'],
        source_endpoint: source,
        destination_endpoint: destination,
        skip_source_errors: true,
        DATA: transfer.files.map(([source_path, destination_path]) => ({
          DATA_TYPE: 'transfer_item',
          source_path,
          destination_path,
        })),
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
      credentialOf: (collectionId) => (collectionId === MANAGED_COLLECTION_ID ? 'globus' : undefined),
      foreignCredential: 'globus',
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
    nowEpochSeconds: systemClock.nowEpochSeconds,
    setRuleLimit: async (value) => void (await control('rule-limit', { value })),
    setPageSize: async (value) => void (await control('page-size', { value })),
    submitTask: (destinationPaths, passedOver = []) =>
      submit({
        files: [
          ...destinationPaths.map((path) => ['/twelve.txt', path] as const),
          ...passedOver.map((path) => ['/absent.txt', path] as const),
        ],
      }),
    submitDownload: () =>
      submit({
        source: MANAGED_COLLECTION_ID,
        destination: PERSONAL_COLLECTION_ID,
        files: [['/hdc1/test1.txt', '/copy.txt']],
      }),
    submitTaskOfOther: (path) =>
      submit({ person: SECOND_RESEARCHER, source: ARCHER2_COLLECTION_ID, files: [[ARCHER2_FILE, path]] }),
    submitTaskElsewhere: () => submit({ destination: PERSONAL_COLLECTION_ID, files: [['/twelve.txt', '/copy.txt']] }),
    async finishTask(taskId) {
      await control(`tasks/${taskId}/resume`);
      for (let status: unknown = 'ACTIVE'; status === 'ACTIVE'; ) {
        await new Promise((resolve) => setTimeout(resolve, 20));
        status = (await asPerson(RESEARCHER, `/task/${taskId}`))['status'];
      }
    },
    suspendTask: async (taskId) => void (await control(`tasks/${taskId}/inactive`)),
    cancelTask: async (taskId) => void (await asPerson(RESEARCHER, `/task/${taskId}/cancel`, { method: 'POST' })),
    noteError: async (taskId, code, details) => void (await control(`tasks/${taskId}/event`, { code, details })),
    unreadableCollectionId: parseCollectionId(PERSONAL_COLLECTION_ID),
    putFile: async (path, text) =>
      writeFileSync(join(stateDirectory, 'collections', MANAGED_COLLECTION_ID, path), text),
    async close() {
      await simulator.close();
      await rm(stateDirectory, { recursive: true, force: true });
    },
  };
});
