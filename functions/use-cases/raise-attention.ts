import { shortReason } from '../domain/audit-trail.ts';
import type { TransferId } from '../domain/ids.ts';
import { dueAfter, nextStep, type StepResult } from '../domain/next-step.ts';
import { isFinal, type TransferState } from '../domain/transfer.ts';
import type { Ports } from '../ports/ports.ts';
import { withTransfer } from './take-transfer.ts';
import { WORKERS } from './workers.ts';

const WORKER = WORKERS['raise-attention'];
/** After 10, 20, 40 and then each 60 minutes the workflow tries again by itself; an operator may have mended the cause. */
const FIRST_RETRY_SECONDS = 600;
const LONGEST_RETRY_SECONDS = 3_600;
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
    const times = (record.attention?.times ?? (record.attention ? 1 : 0)) + 1;
    const waitSeconds = Math.min(LONGEST_RETRY_SECONDS, FIRST_RETRY_SECONDS * 2 ** (times - 1));
    const dueAtEpochSeconds = dueAfter(now, waitSeconds);
    const resumes = record.state === 'ATTENTION' ? (record.attention?.resumes ?? 'FOLLOWING') : record.state;
    const interrupted = INTERRUPTIBLE.includes(resumes)
      ? await taken.giveBack({ state: 'ATTENTION', attention: { reason, resumes, times }, dueAtEpochSeconds }, reason)
      : await taken.giveBack({ dueAtEpochSeconds });
    const due = nextStep(interrupted, now);
    // A lease that still runs ends when it ends, whatever failed meanwhile.
    return due.next === 'REPORT' ? due : { ...due, waitSeconds };
  });
}
