import { deepEqual, equal, ok } from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { COLLECTION } from '../support/builders.ts';
import type { RunningStack } from '../support/local-stack.ts';
import { leftInTables, leftOutside } from '../support/nothing-left.ts';
import { readTask } from '../support/stack-control.ts';
import type { StoredRecords } from '../support/stored-records.ts';
import { listFiles } from '../support/upload-client.ts';
import type { AsksAgain } from './moment.ts';
import type { AcceptedUpload } from './patient-client.ts';
import { FILES } from './source-files.ts';

/**
 * What must be so in the world outside when an upload is over, whatever was killed in between.
 * @throws AssertionError for the first thing that is not so
 */
export async function proveOutcome(stack: RunningStack, upload: AcceptedUpload): Promise<void> {
  const files = await listFiles(stack);
  deepEqual(
    files.map(({ label, dataFile }) => [label, dataFile.filesize, dataFile.storageIdentifier]).toSorted(),
    FILES.map(({ name, content }, index) => [name, content.length, upload.granted[index]?.identifier]).toSorted(),
    'every file is registered exactly once, with its size and its identifier',
  );
  for (const [index, { name, content }] of FILES.entries()) {
    const path = join(stack.stateDirectory, 'globus/collections', COLLECTION, upload.granted[index]?.path ?? '');
    ok((await readFile(path)).equals(content), `${name} has its bytes on the managed collection`);
  }
  deepEqual(await leftOutside(stack), [], 'no access rule and no lock is left');
  // P2: a task that loses its rule meets "permission denied", and Globus counts that.
  const task = await readTask(stack, upload.taskId);
  deepEqual([task.status, task.faults], ['SUCCEEDED', 0], 'the task never missed its rule');
}

/**
 * What must be so in the tables by then.
 * @throws AssertionError for the first thing that is not so
 */
export function proveRecords(records: StoredRecords, upload: AcceptedUpload, asksAgain: AsksAgain): void {
  const { transfers } = records;
  deepEqual(leftInTables(records), [], 'every transfer is over, and no row of a rule and no lock item is left');
  const served = transfers.filter(({ bound }) => bound?.taskId === upload.taskId).map(({ state }) => state);
  deepEqual(served, ['CLOSED'], 'one transfer has served the report');
  if (asksAgain === 'again with the same key') equal(transfers.length, 1, 'one key has got one grant');
  equal(
    transfers.reduce((sum, { breaches }) => sum + breaches, 0),
    0,
    'no rule was taken from a live task',
  );
}
