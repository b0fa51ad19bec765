import { expect } from 'vitest';
import { retryWaitSeconds } from '../../functions/domain/registration.ts';
import type { RunningStack } from './local-stack.ts';
import { dataverseControl, logLines, readTask, shiftClock, statesOf, transferOf } from './stack-control.ts';
import {
  call,
  eventually,
  type GrantedFile,
  grantFiles,
  type JsonReply,
  listRules,
  putSourceFile,
  reportFiles,
} from './upload-client.ts';
import { eventuallyInFastTime, resume, submitPaused } from './uploads.ts';

/** One file of an upload, with the name it is reported under. */
export interface UploadedFile extends GrantedFile {
  readonly name: string;
}

export interface Upload {
  readonly taskId: string;
  readonly transferId: string;
  readonly files: readonly UploadedFile[];
}

/** Looks at a task that was just reported come after 2 to 12 s. */
const LONGEST_QUICK_LOOK_SECONDS = 12;

/** Bytes of a file of these tests: its own, since Dataverse warns of equal contents. */
const contentOf = (name: string) => `content of ${name}\n`;

/** Paths are given out for files of these names, and a task is submitted that is held before it has copied them. */
export async function heldUpload(stack: RunningStack, names: readonly string[]): Promise<Upload> {
  for (const name of names) await putSourceFile(stack, `/registration/${name}`, contentOf(name));
  const granted = await grantFiles(stack, names.length);
  const files = granted.map((file, index) => ({ ...file, name: names[index] ?? '' }));
  const taskId = await submitPaused(
    stack,
    files.map(({ name, path }) => [`/registration/${name}`, path]),
  );
  return { taskId, transferId: transferOf(files[0]?.identifier ?? ''), files };
}

/** Reports all files of an upload under their names. */
export function sendReport(stack: RunningStack, { taskId, files }: Upload): Promise<JsonReply> {
  return reportFiles(
    stack,
    taskId,
    files.map((file) => [file, file.name]),
  );
}

/** The same, for reports that are to be accepted. */
export async function reportUpload(stack: RunningStack, upload: Upload): Promise<void> {
  const reply = await sendReport(stack, upload);
  expect(reply.status, JSON.stringify(reply.body)).toBe(200);
}

/** An upload that was reported while its task is held. */
export async function reportedUpload(stack: RunningStack, ...names: readonly string[]): Promise<Upload> {
  const upload = await heldUpload(stack, names);
  await reportUpload(stack, upload);
  return upload;
}

/** Lets the task copy everything. Registration begins with the next look at it, which comes at once. */
export async function letTaskEnd(stack: RunningStack, { taskId }: Upload): Promise<void> {
  await resume(stack, taskId);
  await eventually('the task has ended', async () => (await readTask(stack, taskId)).status === 'SUCCEEDED');
  await shiftClock(stack, LONGEST_QUICK_LOOK_SECONDS + 1);
}

export async function isClosed(stack: RunningStack, { transferId }: Upload): Promise<boolean> {
  return (await statesOf(stack, transferId)).includes('CLOSED');
}

/** Waits until an upload is CLOSED. At each shift the clock moves on by less than a step's time limit, unless told. */
export function untilClosed(stack: RunningStack, upload: Upload, shiftSeconds = 30): Promise<void> {
  return eventuallyInFastTime(stack, `${upload.transferId} is CLOSED`, () => isClosed(stack, upload), shiftSeconds);
}

/** What the audit trail says last of an upload. */
export async function closingWords(stack: RunningStack, { transferId }: Upload): Promise<unknown> {
  const changes = await logLines(stack, 'transfer-state');
  return changes.findLast((line) => line['transferId'] === transferId && line['to'] === 'CLOSED')?.['why'];
}

export interface StoredFile {
  readonly storageIdentifier: string;
  readonly label: string;
  readonly sizeBytes: number;
}

export interface StoredLock {
  readonly lockType: string;
  readonly userName: string;
  /** Null for a lock that was placed through the API. */
  readonly message: string | null;
}

interface StoredDataset {
  readonly files: readonly StoredFile[];
  readonly locks: readonly StoredLock[];
}

/** The dataset as it lies in the stand-in's database: to be read also while every call of its API fails. */
export async function storedDataset(stack: RunningStack, datasetId = 29): Promise<StoredDataset | undefined> {
  const { body } = await call(`${stack.dataverseUrl}/_control/state`);
  return body.datasets.find((dataset: { id: number }) => dataset.id === datasetId);
}

export async function storedFiles(stack: RunningStack): Promise<readonly StoredFile[]> {
  return (await storedDataset(stack))?.files ?? [];
}

/** Type and owner of each lock, such as `GlobusUpload of dataverseAdmin`. */
export async function lockOwners(stack: RunningStack): Promise<readonly string[]> {
  return ((await storedDataset(stack))?.locks ?? []).map(({ lockType, userName }) => `${lockType} of ${userName}`);
}

/** Is Dataverse in the middle of saving a batch? */
export async function isSaving(stack: RunningStack): Promise<boolean> {
  return ((await storedDataset(stack))?.locks ?? []).some((lock) => lock.message === 'saving current edits');
}

export async function placeForeignLock(stack: RunningStack, lockType: string): Promise<void> {
  const { body } = await dataverseControl(stack, '/locks', { datasetId: 29, lockType, user: 'reader' });
  expect(body).toEqual({ placed: true });
}

export async function removeForeignLock(stack: RunningStack, lockType: string): Promise<void> {
  const body = JSON.stringify({ datasetId: 29, lockType });
  const reply = await call(`${stack.dataverseUrl}/_control/locks`, { method: 'DELETE', body });
  expect(reply.body).toEqual({ removed: 1 });
}

export interface SeenRequest {
  readonly method: string;
  readonly target: string;
  /** 0 when the connection was cut. */
  readonly status: number;
}

/** Requests that Dataverse has finished, in that order. */
export async function dataverseRequests(stack: RunningStack): Promise<readonly SeenRequest[]> {
  return (await call(`${stack.dataverseUrl}/_control/requests`)).body;
}

export const isAddFiles = ({ method, target }: SeenRequest) => method === 'POST' && target.includes('/addFiles');

/** Registers what Dataverse does since now. @returns a function that tells how each addFiles call since then was answered */
export async function watchAddFiles(stack: RunningStack): Promise<() => Promise<readonly number[]>> {
  const before = (await dataverseRequests(stack)).length;
  return async () =>
    (await dataverseRequests(stack))
      .slice(before)
      .filter(isAddFiles)
      .map(({ status }) => status);
}

/** How many runs of the step that registers files have ended, well or not. */
export async function registerRuns(stack: RunningStack): Promise<number> {
  const lines = await logLines(stack);
  return lines.filter(({ event, ...facts }) => event.startsWith('step') && facts['step'] === 'register-files').length;
}

/** Why addFiles calls for an upload left it open what they had done. */
export async function unclearAnswers(stack: RunningStack, { transferId }: Upload): Promise<readonly unknown[]> {
  const lines = await logLines(stack, 'registration-unclear');
  return lines.filter((line) => line['transferId'] === transferId).map((line) => line['reason']);
}

/** Lets registration come again so many times, of which none gets on. */
export async function letRoundsPass(stack: RunningStack, rounds: number): Promise<void> {
  for (let round = 1; round <= rounds; round++) {
    const runs = await registerRuns(stack);
    // Far enough also when one more round has come by itself.
    await shiftClock(stack, retryWaitSeconds(round + 1) + 1);
    await eventually('registration is tried again', async () => (await registerRuns(stack)) > runs);
  }
}

/**
 * What must be so in the end: CLOSED, no access rule, no lock of any type, and each file of the upload in the dataset exactly once, by its
 * identifier and by its name, with all its bytes.
 * @param missing - names of those that must not be there
 */
export async function expectRegistered(
  stack: RunningStack,
  upload: Upload,
  missing: readonly string[] = [],
): Promise<void> {
  expect((await statesOf(stack, upload.transferId)).at(-1)).toBe('CLOSED');
  expect(await listRules(stack)).toEqual([]);
  expect(await lockOwners(stack)).toEqual([]);
  const stored = await storedFiles(stack);
  const expected = upload.files.filter(({ name }) => !missing.includes(name));
  const ofUpload = stored.filter(({ storageIdentifier, label }) =>
    upload.files.some(({ identifier, name }) => identifier === storageIdentifier || name === label),
  );
  const describe = (identifier: string, name: string, sizeBytes: number) => `${name} ${identifier} ${sizeBytes}`;
  expect(ofUpload.map((file) => describe(file.storageIdentifier, file.label, file.sizeBytes)).sort()).toEqual(
    expected.map(({ identifier, name }) => describe(identifier, name, contentOf(name).length)).sort(),
  );
}
