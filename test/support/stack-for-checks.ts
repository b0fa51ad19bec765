import { afterAll, beforeAll } from 'vitest';
import { DATASETS, expectNothingLeft } from './nothing-left.ts';
import { untilAllAreOver } from './quiet-time.ts';
import { shiftClock } from './stack-control.ts';
import {
  type StackWithMoreDatasets,
  startStackWithMoreDatasets,
  WITH_PACKAGE,
  WITHOUT_GLOBUS,
} from './stack-with-more-datasets.ts';

const LEASE_SECONDS = 3_000;

/** A stack for the tests of one file, after which nothing may be left. @returns the stack, once tests run */
export function stackForChecks(): () => StackWithMoreDatasets {
  let stack: StackWithMoreDatasets;
  beforeAll(async () => {
    stack = await startStackWithMoreDatasets({ LEASE_SECONDS: String(LEASE_SECONDS) });
  });
  afterAll(async () => {
    // A rule that Globus may still make after an unclear answer is looked for until the lease is over.
    await shiftClock(stack, LEASE_SECONDS);
    await untilAllAreOver(stack);
    await expectNothingLeft(stack, [...DATASETS, WITHOUT_GLOBUS, WITH_PACKAGE]);
    await stack.remove();
  }, 120_000);
  return () => stack;
}
