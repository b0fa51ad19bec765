import { expect } from 'vitest';
import type { RunningStack } from './local-stack.ts';
import { readTask, transferOf } from './stack-control.ts';
import {
  CURATOR_KEY,
  call,
  DRAFT_PID,
  datasetUrl,
  eventually,
  type GrantedFile,
  grantFiles,
  type JsonReply,
  postReport,
  putSourceFile,
  SERVICE_KEY,
  submitTransfer,
} from './upload-client.ts';
import { eventuallyInFastTime, stateOf } from './uploads.ts';

/** A file to upload, and what the report says of it beside its name. */
export interface FileToUpload {
  readonly name: string;
  readonly content: string;
  readonly entry?: object;
}

/** Which dataset, and how Globus is asked to move the files. */
export interface UploadPlace {
  readonly persistentId: string;
  readonly datasetId: string;
  readonly task?: object;
}

export const DRAFT: UploadPlace = { persistentId: DRAFT_PID, datasetId: '29' };
/** Dataset 32, whose store is an S3 store behind Globus. */
export const IN_S3: UploadPlace = { persistentId: 'doi:10.5072/FK2/S3MANA', datasetId: '32' };

export interface WholeUpload {
  readonly transferId: string;
  readonly taskId: string;
  /** In the order of the files. */
  readonly granted: readonly GrantedFile[];
}

/** Paths are given out, and files moved there; nothing is reported yet. */
export async function moveFiles(
  stack: RunningStack,
  files: readonly FileToUpload[],
  { persistentId, datasetId, task = {} }: UploadPlace = DRAFT,
): Promise<WholeUpload> {
  for (const { name, content } of files) await putSourceFile(stack, `/whole/${name}`, content);
  const granted = await grantFiles(stack, files.length, persistentId);
  const pairs = files.map(({ name }, index) => [`/whole/${name}`, granted[index]?.path ?? ''] as const);
  const taskId = await submitTransfer(stack, pairs, task);
  await eventually('the task has ended', async () => (await readTask(stack, taskId)).status === 'SUCCEEDED');
  return { transferId: transferOf(granted[0]?.identifier ?? '', datasetId), taskId, granted };
}

/** Reports moved files with the curator's key. */
export function reportMoved(
  stack: RunningStack,
  { taskId, granted }: WholeUpload,
  files: readonly FileToUpload[],
  { persistentId }: UploadPlace = DRAFT,
): Promise<JsonReply> {
  const entries = files.map(({ name, entry }, index) => {
    return { storageIdentifier: granted[index]?.identifier, fileName: name, ...entry };
  });
  const report = { taskIdentifier: taskId, files: entries };
  const url = datasetUrl(stack, 'addGlobusFiles', persistentId);
  return postReport(url, report, { 'X-Dataverse-key': CURATOR_KEY });
}

/** A whole upload, reported once its task has ended, and waited for until its transfer has come to a state. */
export async function upload(
  stack: RunningStack,
  files: readonly FileToUpload[],
  place: UploadPlace = DRAFT,
  state = 'CLOSED',
): Promise<WholeUpload> {
  const moved = await moveFiles(stack, files, place);
  const reply = await reportMoved(stack, moved, files, place);
  expect(reply.status, JSON.stringify(reply.body)).toBe(200);
  await untilTransferIs(stack, moved, state);
  return moved;
}

/** Waits, with time running fast. */
export function untilTransferIs(stack: RunningStack, { transferId }: WholeUpload, state: string): Promise<void> {
  const isThere = async () => (await stateOf(stack, transferId)) === state;
  return eventuallyInFastTime(stack, `${transferId} is ${state}`, isThere);
}

/** The leftovers of a dataset as operators see them: reasons by the path of the file. */
export async function leftoversOf(
  stack: RunningStack,
  { persistentId }: UploadPlace = DRAFT,
): Promise<ReadonlyMap<string, string | null>> {
  const url = `${stack.apiUrl}/api/globus/leftovers?persistentId=${persistentId}`;
  const { status, body } = await call(url, { headers: { 'X-Dataverse-key': SERVICE_KEY } });
  expect(status, JSON.stringify(body)).toBe(200);
  return new Map(
    body.data.map((leftover: { path: string; reason: string | null }) => [leftover.path, leftover.reason]),
  );
}

/** Checksums of registered files, `<type> <value>` by file name, as Dataverse lists them. */
export async function registeredSums(
  stack: RunningStack,
  { datasetId }: UploadPlace = DRAFT,
): Promise<Readonly<Record<string, string>>> {
  const url = `${stack.apiUrl}/api/datasets/${datasetId}/versions/:draft/files`;
  const { body } = await call(url, { headers: { 'X-Dataverse-key': CURATOR_KEY } });
  interface Listed {
    readonly label: string;
    readonly dataFile: { readonly checksum: { readonly type: string; readonly value: string } };
  }
  const sums = (body.data as Listed[]).map(({ label, dataFile }) => [
    label,
    `${dataFile.checksum.type} ${dataFile.checksum.value}`,
  ]);
  return Object.fromEntries(sums);
}
