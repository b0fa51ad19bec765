import type { TransferId } from '../domain/ids.ts';
import { dueAfter, nextStep } from '../domain/next-step.ts';
import type { Ports } from '../ports/ports.ts';
import { isOutdated, NOTHING_MORE } from './succeed-execution.ts';
import { changeWhenFree } from './take-transfer.ts';
import { WORKERS } from './workers.ts';

/** An unreported rule goes within 10 s of its lease's end (design section 12): a little later the sweep may ask why it is still there. */
const LEASE_MARGIN_SECONDS = 15;
/** Times are whole seconds. */
const ROUNDING_SECONDS = 2;

/** What a step of the workflow that waits is told. */
export interface Wait {
  readonly taskToken: string;
  /** How long it waits at the longest. */
  readonly waitSeconds: number;
  /** The execution it belongs to; undefined when its definition does not tell. */
  readonly executionNumber?: number | undefined;
}

/**
 * Saves the token of the workflow step that waits for the report, then looks whether the report is there already and wakes the step itself:
 * a report between the two finds either the token or is found here (F-49).
 * @throws RecordTakenError when a report is just being worked on; the workflow repeats the step
 */
export async function awaitReport(
  ports: Pick<Ports, 'clock' | 'random' | 'transfers' | 'workflow' | 'log'>,
  transferId: TransferId,
  { taskToken, waitSeconds, executionNumber }: Wait,
): Promise<void> {
  const now = ports.clock.nowEpochSeconds();
  const record = await changeWhenFree(ports, transferId, WORKERS['await-report'], (found) => {
    if (isOutdated(found, executionNumber)) return undefined;
    const { state, leaseEndsAtEpochSeconds } = found;
    if (state === 'REQUESTED' || state === 'GRANTED') {
      return { taskToken, dueAtEpochSeconds: leaseEndsAtEpochSeconds + LEASE_MARGIN_SECONDS };
    }
    const wait = state === 'OBSERVED' ? waitSeconds : 0;
    return { taskToken, nextLookAtEpochSeconds: now + wait, dueAtEpochSeconds: dueAfter(now, wait) };
  });
  if (!record) {
    await ports.workflow.wake(taskToken, NOTHING_MORE);
    return;
  }
  if (record.state === 'OBSERVED') return;
  const due = nextStep(record, now);
  // A step that had to be repeated began its wait anew, while the lease has run on. A wait that is about right ends by itself: calling it
  // would send two functions whose clocks differ round in circles.
  const left = due.next === 'REPORT' ? due.waitSeconds : 0;
  const isWaitOfLease = due.next === 'REPORT' || due.next === 'LEASE';
  if (!isWaitOfLease || left + ROUNDING_SECONDS < waitSeconds) await ports.workflow.wake(taskToken, due);
}
