import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { COLLECTION, PRINCIPAL, SECOND_PRINCIPAL, SOURCE_COLLECTION } from './builders.ts';
import type { RunningStack } from './local-stack.ts';

export const CURATOR_KEY = '11111111-1111-4111-8111-111111111111';
export const READER_KEY = '22222222-2222-4222-8222-222222222222';
export const SERVICE_KEY = '99999999-9999-4999-8999-999999999999';
const ARCHER2 = '3e90d018-0d05-461a-bbaf-aab605283d21';
/** With the consent that a mapped collection needs. */
const TRANSFER_SCOPE = `urn:globus:auth:scope:transfer.api.globus.org:all[*https://auth.globus.org/scopes/${ARCHER2}/data_access]`;
export const DRAFT_PID = 'doi:10.5072/FK2/ILLPXE';
/** Dataset 30: published, in the same store; adding to it opens a draft. */
export const PUBLISHED_PID = 'doi:10.5072/FK2/7U7YBV';

export interface JsonReply {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: replies are looked into by the tests, which know their shape
  readonly body: any;
}

/** Sends a request and reads the reply as JSON, or as text where it is none. */
export async function call(url: string, init: RequestInit = {}): Promise<JsonReply> {
  const reply = await fetch(url, init);
  const text = await reply.text();
  let body: unknown = text;
  try {
    body = JSON.parse(text);
  } catch {
    // Shown as text.
  }
  return { status: reply.status, headers: reply.headers, body };
}

export function postJson(url: string, body: unknown, headers: Record<string, string> = {}): Promise<JsonReply> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return call(url, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: text });
}

/** Posts multipart/form-data with one part `jsonData`, as browsers and curl do. */
export function postReport(url: string, jsonData: unknown, headers: Record<string, string> = {}): Promise<JsonReply> {
  const form = new FormData();
  form.set('jsonData', typeof jsonData === 'string' ? jsonData : JSON.stringify(jsonData));
  return call(url, { method: 'POST', headers, body: form });
}

/** Address of a Globus call of the draft dataset. */
export function datasetUrl(stack: RunningStack, operation: string, persistentId = DRAFT_PID): string {
  return `${stack.apiUrl}/api/datasets/:persistentId/${operation}?persistentId=${persistentId}`;
}

/** Asks for paths with the curator's key. */
export function requestPaths(stack: RunningStack, numberOfFiles: number, persistentId = DRAFT_PID): Promise<JsonReply> {
  const key = { 'X-Dataverse-key': CURATOR_KEY };
  const order = { principal: PRINCIPAL, numberOfFiles };
  return postJson(datasetUrl(stack, 'requestGlobusUploadPaths', persistentId), order, key);
}

export interface GrantedFile {
  readonly identifier: string;
  readonly path: string;
}

/** Asks for paths with the curator's key. @throws Error when they are refused */
export async function grantFiles(
  stack: RunningStack,
  numberOfFiles: number,
  persistentId = DRAFT_PID,
): Promise<readonly GrantedFile[]> {
  const reply = await requestPaths(stack, numberOfFiles, persistentId);
  if (reply.status !== 200) throw new Error(`paths were refused: ${JSON.stringify(reply.body)}`);
  return Object.entries<string>(reply.body.data).map(([identifier, path]) => ({ identifier, path }));
}

/** Asks for one path. */
export async function grantOne(stack: RunningStack, persistentId = DRAFT_PID): Promise<GrantedFile> {
  const [granted] = await grantFiles(stack, 1, persistentId);
  if (!granted) throw new Error('no path was given out');
  return granted;
}

/** Reports files by their names, in the order of their grant, with the curator's key. */
export function reportFiles(
  stack: RunningStack,
  taskIdentifier: string,
  files: readonly (readonly [granted: GrantedFile, fileName: string])[],
  persistentId = DRAFT_PID,
): Promise<JsonReply> {
  const entries = files.map(([{ identifier }, fileName]) => ({ storageIdentifier: identifier, fileName }));
  const key = { 'X-Dataverse-key': CURATOR_KEY };
  return postReport(datasetUrl(stack, 'addGlobusFiles', persistentId), { taskIdentifier, files: entries }, key);
}

/** Puts a file on the researcher's own collection. */
export async function putSourceFile(stack: RunningStack, path: string, content: string | Buffer): Promise<void> {
  const file = join(stack.stateDirectory, 'globus', 'collections', SOURCE_COLLECTION, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, content);
}

/** Logs in at Globus with a client's secret. @returns the header for Transfer calls */
export async function logIn(stack: RunningStack, id: string = PRINCIPAL, secret = 'researcher-secret') {
  const reply = await call(`${stack.globusUrl}/v2/oauth2/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` },
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      scope: TRANSFER_SCOPE,
    }),
  });
  return { authorization: `Bearer ${reply.body.access_token}` };
}

/** A client at Globus: its id, as whom it acts, and its secret. */
export interface GlobusClient {
  readonly id: string;
  readonly secret: string;
}

export const RESEARCHER: GlobusClient = { id: PRINCIPAL, secret: 'researcher-secret' };
export const SECOND_RESEARCHER: GlobusClient = { id: SECOND_PRINCIPAL, secret: 'researcher2-secret' };

/** Submits a transfer or delete document, completed with a submission id. @returns the task id */
export async function submit(
  stack: RunningStack,
  operation: 'transfer' | 'delete',
  document: object,
  client: GlobusClient = RESEARCHER,
): Promise<string> {
  const headers = await logIn(stack, client.id, client.secret);
  const submission = await call(`${stack.globusUrl}/v0.10/submission_id`, { headers });
  const whole = { DATA_TYPE: operation, submission_id: submission.body.value, ...document };
  const reply = await postJson(`${stack.globusUrl}/v0.10/${operation}`, whole, headers);
  if (!reply.body.task_id) throw new Error(`Globus refused the ${operation}: ${JSON.stringify(reply.body)}`);
  return reply.body.task_id;
}

/** Submits a transfer of source paths to destination paths. @returns the task id */
export function submitTransfer(
  stack: RunningStack,
  pairs: readonly (readonly [source: string, destination: string])[],
  changes: object = {},
  client: GlobusClient = RESEARCHER,
): Promise<string> {
  const document = {
    source_endpoint: SOURCE_COLLECTION,
    destination_endpoint: COLLECTION,
    DATA: pairs.map(([source_path, destination_path]) => ({
      DATA_TYPE: 'transfer_item',
      source_path,
      destination_path,
      recursive: false,
    })),
    ...changes,
  };
  return submit(stack, 'transfer', document, client);
}

/** A task of the second researcher into the managed collection. Without an access rule it moves nothing, and lives on. @returns its id */
export function submitOthersTask(stack: RunningStack): Promise<string> {
  const item = { DATA_TYPE: 'transfer_item', source_path: '/archive', destination_path: '/hdc1/x', recursive: true };
  const document = { source_endpoint: ARCHER2, destination_endpoint: COLLECTION, DATA: [item] };
  return submit(stack, 'transfer', document, SECOND_RESEARCHER);
}

/** Access rules on the managed collection, without the entries that mirror roles. */
export async function listRules(
  stack: RunningStack,
): Promise<{ id: string; path: string; principal: string; permissions: string }[]> {
  const headers = await logIn(stack, 'c0ffee00-0000-4000-8000-000000000001', 'service-secret');
  const reply = await call(`${stack.globusUrl}/v0.10/endpoint/${COLLECTION}/access_list`, { headers });
  return reply.body.DATA.filter((rule: { id: string | null }) => rule.id !== null);
}

export async function listLocks(stack: RunningStack, datasetId = 29): Promise<{ lockType: string; user: string }[]> {
  return (await call(`${stack.apiUrl}/api/datasets/${datasetId}/locks`)).body.data;
}

/** Files of the draft as Dataverse lists them. */
// biome-ignore lint/suspicious/noExplicitAny: looked into by the tests
export async function listFiles(stack: RunningStack, datasetId = 29): Promise<any[]> {
  const headers = { 'X-Dataverse-key': CURATOR_KEY };
  return (await call(`${stack.apiUrl}/api/datasets/${datasetId}/versions/:draft/files`, { headers })).body.data;
}

/** Waits until a condition holds. @throws Error with the description after the limit */
export async function eventually(
  description: string,
  isSo: () => Promise<boolean>,
  withinMilliseconds = 60_000,
): Promise<void> {
  const giveUpAt = Date.now() + withinMilliseconds;
  while (!(await isSo())) {
    if (Date.now() > giveUpAt) throw new Error(`not within ${withinMilliseconds / 1000} s: ${description}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
