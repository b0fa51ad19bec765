import { createHash, randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLocalClock, type LocalClock } from '../../../infra/local/clock.ts';
import {
  fixtureWorld,
  MANAGED_COLLECTION_ID,
  PERSONAL_COLLECTION_ID,
  RESEARCHER_ID,
  SECOND_RESEARCHER_ID,
  SERVICE_ID,
} from '../../../infra/local/simulators/globus/fixture.ts';
import { startGlobusSimulator } from '../../../infra/local/simulators/globus/start.ts';
import type { GlobusWorld } from '../../../infra/local/simulators/globus/world.ts';

export const SECRETS: Readonly<Record<string, string>> = {
  [RESEARCHER_ID]: 'researcher-secret',
  [SECOND_RESEARCHER_ID]: 'researcher2-secret',
  [SERVICE_ID]: 'service-secret',
};
export const TRANSFER_SCOPE = 'urn:globus:auth:scope:transfer.api.globus.org:all';

export type Json = Record<string, unknown>;

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Json;
  /** Members of `DATA`. */
  readonly data: readonly Json[];
}

/** One identity's calls to Transfer. Paths are relative to `/v0.10/`. */
export interface TransferClient {
  call(method: string, path: string, body?: unknown): Promise<Reply>;
  get(path: string): Promise<Reply>;
  submit(
    items: readonly (readonly [source: string, destination: string, recursive?: boolean])[],
    options?: Json,
  ): Promise<string>;
  waitFor(taskId: string, isReached: (task: Json) => boolean): Promise<Json>;
  waitForStatus(taskId: string, status: string): Promise<Json>;
}

export interface Harness {
  readonly url: string;
  readonly clock: LocalClock;
  readonly stateDirectory: string;
  login(identityId: string, secret?: string): Promise<TransferClient>;
  control(method: string, path: string, body?: unknown): Promise<Reply>;
  /** Adds a rule on the managed collection without asking for permission; its id. */
  grant(principal: string, path: string, permissions: 'r' | 'rw'): Promise<string>;
  /** Lets a client that acts for itself look into mapped collections. */
  consent(identityId: string, ...collectionIds: readonly string[]): Promise<void>;
  file(collectionId: string, path: string): Buffer;
  /** Stops the simulator and starts another on the same state. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

export function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

export async function send(
  url: string,
  method: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Reply> {
  const response = await fetch(url, {
    method,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const parsed = (text === '' ? {} : JSON.parse(text)) as Json;
  return {
    status: response.status,
    headers: response.headers,
    body: parsed,
    data: (parsed['DATA'] ?? []) as Json[],
  };
}

/** Asks again until the answer fits; a test that never gets there fails by its time limit. */
export async function until<Value>(read: () => Promise<Value>, isReached: (value: Value) => boolean): Promise<Value> {
  for (;;) {
    const value = await read();
    if (isReached(value)) return value;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

export async function accessToken(
  url: string,
  identityId: string,
  secret: string,
  scope = TRANSFER_SCOPE,
): Promise<string> {
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: identityId,
    client_secret: secret,
    scope,
  });
  const { body } = await send(`${url}/v2/oauth2/token?${form}`, 'POST');
  return String(body['access_token']);
}

export function transferClient(url: string, token: string): TransferClient {
  const call = (method: string, path: string, body?: unknown) =>
    send(`${url}/v0.10/${path}`, method, body, { authorization: `Bearer ${token}` });
  const waitFor = (taskId: string, isReached: (task: Json) => boolean) =>
    until(async () => (await call('GET', `task/${taskId}`)).body, isReached);
  return {
    call,
    get: (path) => call('GET', path),
    waitFor,
    waitForStatus: (taskId, status) => waitFor(taskId, (task) => task['status'] === status),
    async submit(items, options = {}) {
      const reply = await call('POST', 'transfer', {
        DATA_TYPE: 'transfer',
        submission_id: randomUUID(),
        source_endpoint: PERSONAL_COLLECTION_ID,
        destination_endpoint: MANAGED_COLLECTION_ID,
        DATA: items.map(([source_path, destination_path, recursive = false]) => ({
          DATA_TYPE: 'transfer_item',
          source_path,
          destination_path,
          recursive,
        })),
        ...options,
      });
      if (reply.status !== 202) throw new Error(`not accepted: ${JSON.stringify(reply.body)}`);
      return String(reply.body['task_id']);
    },
  };
}

/** Starts a simulator on a free port with a directory of its own. */
export async function startHarness(options: { world?: GlobusWorld; bytesPerSecond?: number } = {}): Promise<Harness> {
  const stateDirectory = mkdtempSync(join(tmpdir(), 'globus-simulator-'));
  const clock = createLocalClock();
  const start = () => startGlobusSimulator({ port: 0, stateDirectory, clock, world: fixtureWorld, ...options });
  let simulator = await start();
  const control = (method: string, path: string, body?: unknown) =>
    send(`${simulator.url}/_control/${path}`, method, body);
  return {
    get url() {
      return simulator.url;
    },
    clock,
    stateDirectory,
    control,
    login: async (identityId, secret = SECRETS[identityId] ?? '') =>
      transferClient(simulator.url, await accessToken(simulator.url, identityId, secret)),
    async grant(principal, path, permissions) {
      const { body } = await control('POST', 'rules', {
        collectionId: MANAGED_COLLECTION_ID,
        principal,
        path,
        permissions,
      });
      return String(body['id']);
    },
    async consent(identityId, ...collectionIds) {
      for (const collectionId of collectionIds) {
        const { status } = await control('POST', 'consents', { clientId: identityId, identityId, collectionId });
        if (status !== 200) throw new Error(`no consent for ${collectionId}`);
      }
    },
    file: (collectionId, path) => readFileSync(join(stateDirectory, 'collections', collectionId, path)),
    async restart() {
      await simulator.close();
      simulator = await start();
    },
    async close() {
      await simulator.close();
      rmSync(stateDirectory, { recursive: true, force: true });
    },
  };
}
