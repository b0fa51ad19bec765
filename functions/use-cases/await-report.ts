import type { TransferId } from '../domain/ids.ts';
import { dueAfter, nextStep } from '../domain/transfer.ts';
import type { Ports } from '../ports/ports.ts';
import { withTransfer } from './take-transfer.ts';
import { WORKERS } from './workers.ts';

/** An unreported rule goes within 10 s of its lease's end (design section 12): a little later the sweep may ask why it is still there. */
const LEASE_MARGIN_SECONDS = 15;

/**
 * Saves the token of the workflow step that waits for the report, then looks whether the report is there already and wakes the step itself:
 * a report between the two finds either the token or is found here (F-49).
 * @throws RecordTakenError when a report is just being worked on; the workflow repeats the step
 */
export async function awaitReport(
  ports: Pick<Ports, 'clock' | 'random' | 'transfers' | 'workflow' | 'log'>,
  transferId: TransferId,
  { taskToken, waitSeconds }: { readonly taskToken: string; readonly waitSeconds: number },
): Promise<void> {
  const now = ports.clock.nowEpochSeconds();
  const record = await withTransfer(ports, transferId, WORKERS['await-report'], (taken) => {
    const { state, leaseEndsAtEpochSeconds } = taken.record;
    if (state === 'REQUESTED' || state === 'GRANTED') {
      return taken.giveBack({ taskToken, dueAtEpochSeconds: leaseEndsAtEpochSeconds + LEASE_MARGIN_SECONDS });
    }
    const wait = state === 'OBSERVED' ? waitSeconds : 0;
    return taken.giveBack({
      taskToken,
      nextLookAtEpochSeconds: now + wait,
      dueAtEpochSeconds: dueAfter(now, wait),
    });
  });
  const due = nextStep(record, now);
  if (due.next !== 'REPORT' && due.next !== 'LEASE') await ports.workflow.wake(taskToken, due);
}
