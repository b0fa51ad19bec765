import { setTimeout as sleep } from 'node:timers/promises';
import type { RunningStack } from '../support/local-stack.ts';
import { leftOutside } from '../support/nothing-left.ts';
import { listFiles } from '../support/upload-client.ts';
import type { KnownTransfers } from './known-transfers.ts';
import type { StackTime } from './stack-time.ts';

const MOST_SHIFTS = 40;
const LOOK_EVERY_MILLISECONDS = 150;
const LONGEST_WAIT_MILLISECONDS = 120_000;

/**
 * Waits until every transfer has come to its end, no access rule and no lock is left, and all files are registered.
 * @param filesToRegister - how many the dataset has in the end
 * @throws Error with what is left when the clock was moved 40 times since the call
 */
export async function untilOver(
  stack: RunningStack,
  known: KnownTransfers,
  time: StackTime,
  filesToRegister: number,
): Promise<void> {
  const shiftsBefore = time.shifts();
  const giveUpAt = performance.now() + LONGEST_WAIT_MILLISECONDS;
  for (;;) {
    const left = await whatIsLeft(stack, known, filesToRegister);
    if (left.length === 0) return;
    if (time.shifts() - shiftsBefore > MOST_SHIFTS || performance.now() > giveUpAt) {
      throw new Error(`after ${time.shiftedSeconds()} s on the stack's clock there is left: ${left.join('; ')}`);
    }
    await sleep(LOOK_EVERY_MILLISECONDS);
  }
}

async function whatIsLeft(
  stack: RunningStack,
  known: KnownTransfers,
  filesToRegister: number,
): Promise<readonly string[]> {
  const open = known.open();
  // The cheap look first: most of the time somebody is still at work.
  if (open.length > 0) return open.map((each) => `transfer ${each}`);
  const [left, files] = await Promise.all([leftOutside(stack), listFiles(stack)]);
  return [
    ...left,
    ...(files.length < filesToRegister ? [`${filesToRegister - files.length} files that are not registered`] : []),
  ];
}
