import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { RunningStack } from '../local-stack.ts';
import { untilAllAreOver } from '../quiet-time.ts';
import { listLocks, listRules } from '../upload-client.ts';

/** Waits, with the clock moved on, until every transfer is over; then no access rule and no lock of the dataset may be left. */
export async function expectNothingHeld(stack: RunningStack, datasetId: number): Promise<void> {
  await untilAllAreOver(stack);
  expect(await listRules(stack)).toEqual([]);
  expect(await listLocks(stack, datasetId)).toEqual([]);
}

/** The bytes at a path of a collection. */
export function bytesAt(stack: RunningStack, collectionId: string, path: string): Promise<Buffer> {
  return readFile(join(stack.stateDirectory, 'globus', 'collections', collectionId, path));
}
