import type { TransferId } from '../domain/ids.ts';
import { dueAfter, isFinal, nextStep, type StepResult, shortReason, type TransferState } from '../domain/transfer.ts';
import type { Ports } from '../ports/ports.ts';
import { withTransfer } from './take-transfer.ts';
import { WORKERS } from './workers.ts';

const WORKER = WORKERS['raise-attention'];
/** After this long the workflow tries again by itself; an operator may have mended the cause. */
const RETRY_AFTER_SECONDS = 600;
/** States that an operator's attention interrupts; before a report there is nothing but the lease, which goes on being tried. */
const INTERRUPTIBLE: readonly TransferState[] = ['BOUND', 'FOLLOWING', 'SETTLING'];

/**
 * Notes that a step keeps failing and why, so that an operator sees it. The access rule, the lock and the claim stay as they are:
 * an error never leads to a release.
 */
export async function raiseAttention(
  ports: Pick<Ports, 'clock' | 'random' | 'transfers' | 'log'>,
  transferId: TransferId,
  cause: string,
): Promise<StepResult> {
  const reason = shortReason(cause);
  return withTransfer(ports, transferId, WORKER, async (taken) => {
    const { record } = taken;
    const now = ports.clock.nowEpochSeconds();
    ports.log.error('transfer-needs-attention', { transferId, state: record.state, reason });
    if (isFinal(record.state)) return { next: 'DONE', waitSeconds: 0 };
    const dueAtEpochSeconds = dueAfter(now, RETRY_AFTER_SECONDS);
    const interrupted = INTERRUPTIBLE.includes(record.state)
      ? await taken.giveBack(
          { state: 'ATTENTION', attention: { reason, resumes: record.state }, dueAtEpochSeconds },
          reason,
        )
      : await taken.giveBack({ dueAtEpochSeconds });
    const due = nextStep(interrupted, now);
    // A lease that still runs ends when it ends, whatever failed meanwhile.
    return due.next === 'REPORT' ? due : { ...due, waitSeconds: RETRY_AFTER_SECONDS };
  });
}
