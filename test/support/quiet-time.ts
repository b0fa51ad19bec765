import { isFinal, type TransferState } from '../../functions/domain/transfer.ts';
import type { RunningStack } from './local-stack.ts';
import { type LogLine, logLines, shiftClock, statesOf, transferOf } from './stack-control.ts';
import { eventually, type GrantedFile } from './upload-client.ts';

/** Nothing new in the log for so long: whoever works has to wait for something. */
const QUIET_MILLISECONDS = 1_000;
const LONGEST_WAIT_MILLISECONDS = 90_000;
/** A quick look at a task, and the second look after a rule has gone, are at most this far away. */
const WAIT_SECONDS = 13;

/**
 * Waits until a condition holds, and moves the clock on each time that nobody is at work. A step in whose middle the clock jumps fails or is
 * done by two at once; and a wait that begins just after a jump is as long as ever, so that one jump may not do.
 */
export async function eventuallyInQuietTime(
  stack: RunningStack,
  description: string,
  isSo: () => Promise<boolean>,
  shiftSeconds = WAIT_SECONDS,
): Promise<void> {
  let linesBefore = -1;
  let quietSince = performance.now();
  await eventually(
    description,
    async () => {
      if (await isSo()) return true;
      const lines = await countWork(stack);
      if (lines !== linesBefore) quietSince = performance.now();
      linesBefore = lines;
      if (performance.now() - quietSince >= QUIET_MILLISECONDS) {
        await shiftClock(stack, shiftSeconds);
        quietSince = performance.now();
      }
      return false;
    },
    LONGEST_WAIT_MILLISECONDS,
  );
}

/** Lines of the log that somebody at work has left: whoever looks at the stack leaves lines too, and they are not counted. */
export async function countWork(stack: RunningStack): Promise<number> {
  return (await logLines(stack)).filter(({ event }) => event !== 'request-answered').length;
}

/** How often a step of a transfer's workflow has run to its end. */
export async function stepRuns(stack: RunningStack, transferId: string, step: string): Promise<number> {
  const lines = await logLines(stack, 'step');
  return lines.filter((line) => line['transferId'] === transferId && line['step'] === step).length;
}

/** Waits until the workflow of a grant waits for the report: the wait has begun then, so that a jump of the clock ends it. */
export async function untilReportIsAwaited(stack: RunningStack, { identifier }: GrantedFile): Promise<void> {
  const isAwaited = async () => (await stepRuns(stack, transferOf(identifier), 'await-report')) > 0;
  await eventually('the report is awaited', isAwaited);
}

/** Lets the lease of a grant pass that nobody reports on. @param leaseSeconds - the stack's own */
export async function letLeaseEnd(stack: RunningStack, granted: GrantedFile, leaseSeconds: number): Promise<void> {
  await untilReportIsAwaited(stack, granted);
  await shiftClock(stack, leaseSeconds);
}

/** The same for all that is granted and not reported, of which clients of downloads are told no transfer id. */
export async function letAllLeasesEnd(stack: RunningStack, leaseSeconds: number): Promise<void> {
  await eventually('every report is awaited', async () => {
    const states = await lastStates(stack);
    const awaited = new Set((await logLines(stack, 'step')).flatMap(awaitedReport));
    return [...states].every(([transferId, state]) => state !== 'GRANTED' || awaited.has(transferId));
  });
  await shiftClock(stack, leaseSeconds);
}

function awaitedReport({ step, transferId }: LogLine): readonly unknown[] {
  return step === 'await-report' ? [transferId] : [];
}

/** What each transfer has come to. */
async function lastStates(stack: RunningStack): Promise<ReadonlyMap<unknown, TransferState>> {
  const changes = await logLines(stack, 'transfer-state');
  return new Map(changes.map((line) => [line['transferId'], line['to'] as TransferState]));
}

/** Waits, with the clock moved on, until a transfer has come to a state. */
export function untilComesTo(
  stack: RunningStack,
  transferId: string,
  state: TransferState,
  shiftSeconds?: number,
): Promise<void> {
  const isThere = async () => (await statesOf(stack, transferId)).includes(state);
  return eventuallyInQuietTime(stack, `${transferId} is ${state}`, isThere, shiftSeconds);
}

/** Waits, with the clock moved on, until every transfer is over: till then its second look would see the tasks of the next one. */
export async function untilAllAreOver(stack: RunningStack): Promise<void> {
  await eventuallyInQuietTime(stack, 'every transfer is over', async () => {
    return [...(await lastStates(stack)).values()].every(isFinal);
  });
}
