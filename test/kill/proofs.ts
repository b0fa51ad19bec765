import { deepEqual, equal, ok } from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { COLLECTION, SOURCE_COLLECTION } from '../support/builders.ts';
import type { RunningStack } from '../support/local-stack.ts';
import { leftInTables, leftOutside } from '../support/nothing-left.ts';
import { readTask } from '../support/stack-control.ts';
import type { StoredRecords } from '../support/stored-records.ts';
import { listFiles } from '../support/upload-client.ts';
import type { AsksAgain } from './moment.ts';
import type { AcceptedTransfer } from './patient-client.ts';
import { DOWNLOADED_FILES, FILES } from './source-files.ts';

/**
 * What must be so in the world outside when a transfer is over, whatever was killed in between.
 * @throws AssertionError for the first thing that is not so
 */
export async function proveOutcome(stack: RunningStack, transfer: AcceptedTransfer): Promise<void> {
  const { direction, files, taskId } = transfer;
  const registered = await listFiles(stack);
  const uploaded = direction === 'upload' ? FILES : [];
  deepEqual(
    registered.map(({ label, dataFile }) => [label, dataFile.filesize, dataFile.storageIdentifier]).toSorted(),
    uploaded.map(({ name, content }, index) => [name, content.length, files[index]?.identifier]).toSorted(),
    'every file is registered exactly once, with its size and its identifier',
  );
  const [from, to] = direction === 'upload' ? [SOURCE_COLLECTION, COLLECTION] : [COLLECTION, SOURCE_COLLECTION];
  const bytesOf = (collection: string, path: string) =>
    readFile(join(stack.stateDirectory, 'globus/collections', collection, path));
  equal(files.length, direction === 'upload' ? FILES.length : DOWNLOADED_FILES.length, 'every file was moved');
  for (const { source, destination } of files) {
    ok(
      (await bytesOf(to, destination)).equals(await bytesOf(from, source)),
      `${destination} has the bytes of ${source}`,
    );
  }
  deepEqual(await leftOutside(stack), [], 'no access rule and no lock is left');
  // P2: a task that loses its rule meets "permission denied", and Globus counts that.
  const task = await readTask(stack, taskId);
  deepEqual([task.status, task.faults], ['SUCCEEDED', 0], 'the task never missed its rule');
}

/**
 * What must be so in the tables by then.
 * @throws AssertionError for the first thing that is not so
 */
export function proveRecords(records: StoredRecords, { taskId }: AcceptedTransfer, asksAgain: AsksAgain): void {
  const { transfers } = records;
  deepEqual(leftInTables(records), [], 'every transfer is over, and no row of a rule and no lock item is left');
  const served = transfers.filter(({ bound }) => bound?.taskId === taskId).map(({ state }) => state);
  deepEqual(served, ['CLOSED'], 'one transfer has served the report');
  if (asksAgain === 'again with the same key') equal(transfers.length, 1, 'one key has got one grant');
  equal(
    transfers.reduce((sum, { breaches }) => sum + breaches, 0),
    0,
    'no rule was taken from a live task',
  );
}
