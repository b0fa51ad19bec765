import type { TransferId } from '../domain/ids.ts';
import { dueAfter, nextStep, OBSERVE_SECONDS } from '../domain/transfer.ts';
import type { Ports } from '../ports/ports.ts';
import { withTransfer } from './take-transfer.ts';
import { WORKERS } from './workers.ts';

/**
 * Saves the token of the workflow step that waits for the report, then looks whether the report is there already and wakes the step itself:
 * a report between the two finds either the token or is found here (F-49).
 * @throws RecordTakenError when a report is just being worked on; the workflow repeats the step
 */
export async function awaitReport(
  ports: Pick<Ports, 'clock' | 'random' | 'transfers' | 'workflow' | 'log'>,
  transferId: TransferId,
  taskToken: string,
): Promise<void> {
  const now = ports.clock.nowEpochSeconds();
  const record = await withTransfer(ports, transferId, WORKERS['await-report'], (taken) => {
    const { leaseEndsAtEpochSeconds } = taken.record;
    return taken.giveBack({
      taskToken,
      dueAtEpochSeconds: Math.max(leaseEndsAtEpochSeconds, dueAfter(now, OBSERVE_SECONDS)),
    });
  });
  const { next } = nextStep(record, now);
  if (next !== 'REPORT' && next !== 'LEASE') await ports.workflow.wake(taskToken);
}
