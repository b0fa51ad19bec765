import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { DatasetId } from '../../functions/domain/ids.ts';
import { COLLECTION, PRINCIPAL, SECOND_PRINCIPAL } from './builders.ts';
import { expectNothingLeft } from './nothing-left.ts';
import { untilAllAreOver } from './quiet-time.ts';
import { readTask, statesOf, transferOf } from './stack-control.ts';
import type { StackInProcess } from './stack-in-process.ts';
import {
  datasetUrl,
  type GlobusClient,
  type GrantedFile,
  type JsonReply,
  listFiles,
  PUBLISHED_PID,
  postJson,
  putSourceFile,
  READER_KEY,
  RESEARCHER,
  reportFiles,
  requestPaths,
  SECOND_RESEARCHER,
} from './upload-client.ts';
import { submitPaused } from './uploads.ts';

/** An upload or a download as its client plays it through the front door, step by step; each step may be taken again. */
export interface PlayedTransfer {
  readonly direction: 'upload' | 'download';
  readonly client: GlobusClient;
  /** Whom it is granted to. */
  readonly principal: string;
  /** Asks for access. */
  ask(): Promise<JsonReply>;
  /** Submits the task, which is held before it has copied anything. */
  submit(): Promise<void>;
  report(): Promise<JsonReply>;
  /** Of the last grant. */
  readonly transferId: string;
  readonly taskId: string;
  /** An upload's files are registered exactly once, a download's have arrived, all with their bytes. */
  expectFiles(): Promise<void>;
}

const ARCHER2 = '3e90d018-0d05-461a-bbaf-aab605283d21';
const DOWNLOADED = [60, 61];

/** An upload of two files by the researcher into dataset 29. @param name - of its files, apart from all others */
export function anUpload(stack: StackInProcess, name: string): PlayedTransfer {
  const names = [`${name}-1.txt`, `${name}-2.txt`];
  const contentOf = (each: string) => `content of ${each}\n`;
  let granted: readonly GrantedFile[] = [];
  let taskId = '';
  return {
    direction: 'upload',
    client: RESEARCHER,
    principal: PRINCIPAL,
    get transferId() {
      return transferOf(granted[0]?.identifier ?? '');
    },
    get taskId() {
      return taskId;
    },
    async ask() {
      const reply = await requestPaths(stack, names.length);
      const paths = Object.entries<string>(reply.status === 200 ? reply.body.data : {});
      granted = paths.map(([identifier, path]) => ({ identifier, path }));
      return reply;
    },
    async submit() {
      for (const each of names) await putSourceFile(stack, `/faults/${each}`, contentOf(each));
      const pairs = granted.map(({ path }, index) => [`/faults/${names[index]}`, path] as const);
      taskId = await submitPaused(stack, pairs);
    },
    report: () =>
      reportFiles(
        stack,
        taskId,
        granted.map((file, index) => [file, names[index] ?? '']),
      ),
    async expectFiles() {
      const identifiers = granted.map(({ identifier }) => identifier);
      const listed = (await listFiles(stack)).filter(
        ({ label, dataFile }) => names.includes(label) || identifiers.includes(dataFile.storageIdentifier),
      );
      const registered = listed.map(({ label, dataFile }) => [label, dataFile.filesize, dataFile.storageIdentifier]);
      expect(registered.toSorted()).toEqual(
        names.map((each, index) => [each, contentOf(each).length, identifiers[index]]),
      );
      for (const [index, each] of names.entries()) {
        expect(await bytesOf(stack, COLLECTION, granted[index]?.path ?? '')).toEqual(Buffer.from(contentOf(each)));
      }
    },
  };
}

/** A download of the published dataset's two files by the reader, as the second researcher. @param name - of its folder */
export function aDownload(stack: StackInProcess, name: string): PlayedTransfer {
  const key = { 'X-Dataverse-key': READER_KEY };
  let transferId = '';
  let taskId = '';
  let pairs: readonly (readonly [source: string, destination: string])[] = [];
  return {
    direction: 'download',
    client: SECOND_RESEARCHER,
    principal: SECOND_PRINCIPAL,
    get transferId() {
      return transferId;
    },
    get taskId() {
      return taskId;
    },
    async ask() {
      const order = { principal: SECOND_PRINCIPAL, fileIds: DOWNLOADED };
      const reply = await postJson(datasetUrl(stack, 'requestGlobusDownload', PUBLISHED_PID), order, key);
      if (reply.status === 200) {
        pairs = Object.entries<string>(reply.body.data).map(([id, location]) => [
          location.slice(COLLECTION.length),
          `/fetched/${name}/${id}`,
        ]);
        // Clients of downloads are told no transfer id.
        const [newest] = await stack.stores.transfers.listByDataset('30' as DatasetId, { limit: 1 });
        transferId = newest?.transferId ?? '';
      }
      return reply;
    },
    async submit() {
      const between = { source_endpoint: COLLECTION, destination_endpoint: ARCHER2 };
      taskId = await submitPaused(stack, pairs, between, SECOND_RESEARCHER);
    },
    report: () => postJson(datasetUrl(stack, 'monitorGlobusDownload', PUBLISHED_PID), { taskIdentifier: taskId }, key),
    async expectFiles() {
      expect(pairs).toHaveLength(DOWNLOADED.length);
      for (const [source, destination] of pairs) {
        expect(await bytesOf(stack, ARCHER2, destination)).toEqual(await bytesOf(stack, COLLECTION, source));
      }
    },
  };
}

function bytesOf(stack: StackInProcess, collection: string, path: string): Promise<Buffer> {
  return readFile(join(stack.stateDirectory, 'globus', 'collections', collection, path));
}

/**
 * What must be so when transfers have come to their end, whatever was done to them: each is CLOSED, its files are where they belong, exactly
 * once, its task never missed its access rule; and nothing is left of any transfer, neither in the world outside nor in the tables.
 */
export async function expectAllWell(stack: StackInProcess, ...transfers: readonly PlayedTransfer[]): Promise<void> {
  await untilAllAreOver(stack);
  for (const transfer of transfers) {
    expect((await statesOf(stack, transfer.transferId)).at(-1), transfer.direction).toBe('CLOSED');
    // P2: a task that loses its rule meets "permission denied", and Globus counts that.
    const task = await readTask(stack, transfer.taskId, transfer.client);
    expect([task.status, task.faults], `the task of the ${transfer.direction}`).toEqual(['SUCCEEDED', 0]);
    await transfer.expectFiles();
  }
  await expectNothingLeft(stack);
}
