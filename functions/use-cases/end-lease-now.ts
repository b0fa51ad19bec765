import { ConflictError, UnavailableError } from '../domain/errors.ts';
import { dueAfter } from '../domain/next-step.ts';
import { answerAbout, isLease, type SteeringAnswer, steeringOf } from '../domain/steering.ts';
import type { Steering, TransferRecord } from '../domain/transfer.ts';
import type { Ports } from '../ports/ports.ts';
import type { Steered } from './authorise-transfer.ts';
import { callWorkflow, movedOn } from './call-workflow.ts';
import { findLiveTasks } from './find-live-tasks.ts';
import { changeWhenFree } from './take-transfer.ts';
import type { Worker } from './workers.ts';

export type EndLeaseNowPorts = Pick<
  Ports,
  'clock' | 'random' | 'globus' | 'accessRules' | 'claims' | 'transfers' | 'workflow' | 'log'
>;

/**
 * Ends the lease of a transfer that nobody reported on. The rule goes by the usual step, which looks for live tasks itself; a report that comes
 * before that step is accepted as ever. A task that is seen alive already is not touched: it may be anybody's who has that identity.
 * @throws ConflictError while an unreported task lives; UnavailableError while a report is worked on, or when Globus does not answer
 */
export async function endLeaseNow(
  ports: EndLeaseNowPorts,
  { record, asker }: Steered,
  action: Steering['action'],
  worker: Worker,
): Promise<SteeringAnswer> {
  if (record.report !== null) throw reportUnderWay();
  if (record.state === 'EXPIRING') return answerAbout(record, 'The lease is ending: the access rule is being removed.');
  if (record.state === 'OBSERVED') await assertNoLiveTask(ports, record);
  const now = ports.clock.nowEpochSeconds();
  const changed = await changeWhenFree(
    ports,
    record.transferId,
    worker,
    (found) => {
      if (found.report !== null || found.state === 'EXPIRING' || !isLease(found)) return undefined;
      return {
        steered: steeringOf(action, asker.userName, now),
        leaseEndsAtEpochSeconds: Math.min(found.leaseEndsAtEpochSeconds, now),
        nextLookAtEpochSeconds: found.state === 'OBSERVED' ? now : found.nextLookAtEpochSeconds,
        dueAtEpochSeconds: dueAfter(now, 0),
      };
    },
    `${asker.userName} ends the lease`,
  );
  if (!changed) throw movedOn();
  await callWorkflow(ports, changed, { next: 'LEASE', waitSeconds: 0 });
  return answerAbout(changed, 'The lease ends now: the access rule is removed within seconds.');
}

async function assertNoLiveTask(ports: EndLeaseNowPorts, record: TransferRecord): Promise<void> {
  const live = await findLiveTasks(ports, record);
  if (live.length === 0) return;
  const taskIds = live.map(({ task }) => task.taskId).join(', ');
  throw new ConflictError(
    `A live task of this Globus identity was never reported (${taskIds}): cancel it at Globus first, or report it.`,
  );
}

function reportUnderWay(): UnavailableError {
  return new UnavailableError('A report of this transfer is just being worked on. Please repeat the call shortly.', {
    retryAfterSeconds: 5,
  });
}
