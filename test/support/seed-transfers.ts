import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { COLLECTION, PRINCIPAL, SOURCE_COLLECTION } from './builders.ts';
import type { RunningStack } from './local-stack.ts';
import { curl, requestUploadPaths, UPLOAD_PID } from './seed-commands.ts';
import { readTask, statesOf, transferOf } from './stack-control.ts';
import { eventually, listFiles, listRules, putSourceFile, submitTransfer } from './upload-client.ts';
import { eventuallyInFastTime, submitPaused } from './uploads.ts';

/** A file to send, by name, with what it holds and what the report says beside name and identifier. */
export interface FileToSend {
  readonly name: string;
  /** Undefined for one that is not there when Globus comes for it. */
  readonly content: string | undefined;
  readonly report?: object;
}

/** Files on their way into a dataset. */
export interface SentFiles {
  readonly taskIdentifier: string;
  readonly transferId: string;
  /** `[identifier, path]` each, in the order of the files. */
  readonly paths: readonly (readonly [identifier: string, path: string])[];
  /** What is reported of them. */
  readonly jsonData: { readonly taskIdentifier: string; readonly files: readonly object[] };
}

export interface SendOrder {
  readonly persistentId?: string;
  /** Members that the transfer document has besides. */
  readonly transfer?: object;
  /** Holds the task before it has copied anything. */
  readonly isHeld?: boolean;
}

/** Asks for paths, as the document's command does. @returns identifiers with their paths, in their order */
export async function askPaths(
  stack: RunningStack,
  numberOfFiles: number,
  persistentId = UPLOAD_PID,
  principal: string = PRINCIPAL,
): Promise<readonly (readonly [identifier: string, path: string])[]> {
  const reply = await requestUploadPaths(stack, { principal, numberOfFiles }, persistentId);
  if (reply.status !== 200) throw new Error(`paths were refused: ${JSON.stringify(reply.body)}`);
  return Object.entries<string>(reply.body.data);
}

/** Asks for paths and starts the transfer; what to report is in the answer. */
export async function startUpload(
  stack: RunningStack,
  files: readonly FileToSend[],
  { persistentId = UPLOAD_PID, transfer = {}, isHeld = false }: SendOrder = {},
): Promise<SentFiles> {
  const paths = await askPaths(stack, files.length, persistentId);
  for (const { name, content } of files) {
    if (content !== undefined) await putSourceFile(stack, sourceOf(name), content);
  }
  const pairs = files.map(({ name }, index) => [sourceOf(name), paths[index]?.[1] ?? ''] as const);
  const taskIdentifier = await (isHeld ? submitPaused : submitTransfer)(stack, pairs, transfer);
  const entries = files.map(({ name, report = {} }, index) => ({
    storageIdentifier: paths[index]?.[0],
    fileName: name,
    ...report,
  }));
  const datasetId = persistentId === UPLOAD_PID ? '29' : '32';
  const transferId = transferOf(paths[0]?.[0] ?? '', datasetId);
  return { taskIdentifier, transferId, paths, jsonData: { taskIdentifier, files: entries } };
}

/** A whole upload: paths, transfer, report, and the time until it is CLOSED. @throws Error when the report is refused */
export async function upload(
  stack: RunningStack,
  files: readonly FileToSend[],
  order: SendOrder = {},
): Promise<SentFiles> {
  const sent = await startUpload(stack, files, order);
  const { persistentId = UPLOAD_PID } = order;
  const reply = await curl(stack, { operation: 'addGlobusFiles', persistentId, jsonData: sent.jsonData });
  if (reply.status !== 200) throw new Error(`the report was refused: ${JSON.stringify(reply.body)}`);
  await untilClosed(stack, sent);
  return sent;
}

/** Waits, with time running fast, until a transfer is CLOSED. */
export function untilClosed(stack: RunningStack, { transferId }: Pick<SentFiles, 'transferId'>): Promise<void> {
  const isClosed = async () => (await statesOf(stack, transferId)).includes('CLOSED');
  return eventuallyInFastTime(stack, `${transferId} is CLOSED`, isClosed);
}

/** Waits, with time running fast, until no access rule is left on the collection. */
export function untilNoRuleIsLeft(stack: RunningStack): Promise<void> {
  const isGone = async () => (await listRules(stack)).length === 0;
  return eventuallyInFastTime(stack, 'no access rule is left', isGone);
}

/** Waits until Globus has ended a task of the researcher. @returns the task */
export async function untilEnded(stack: RunningStack, taskId: string) {
  await eventually('the task has ended', async () => (await readTask(stack, taskId)).completion_time !== null);
  return readTask(stack, taskId);
}

/** Names of the files that a dataset lists. */
export async function listedNames(stack: RunningStack, datasetId = 29): Promise<string[]> {
  return (await listFiles(stack, datasetId)).map((file) => file.label);
}

/** The document of a transfer to the researcher's own collection. */
export function toOwnCollection(sourceCollection: string = COLLECTION) {
  return { source_endpoint: sourceCollection, destination_endpoint: SOURCE_COLLECTION };
}

/** What lies at a path of the researcher's own collection. */
export function ownFile(stack: RunningStack, path: string): Promise<string> {
  return collectionFile(stack, SOURCE_COLLECTION, path);
}

/** What lies at a path of a collection. */
export function collectionFile(stack: RunningStack, collectionId: string, path: string): Promise<string> {
  return readFile(join(stack.stateDirectory, 'globus', 'collections', collectionId, path), 'utf8');
}

/** Parts `<collection>/<path>`, as download maps have it. */
export function partsOf(location: string): { readonly collection: string; readonly path: string } {
  const slash = location.indexOf('/');
  return { collection: location.slice(0, slash), path: location.slice(slash) };
}

function sourceOf(name: string): string {
  return `/seed/${name}`;
}
