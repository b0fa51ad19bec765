import { ConflictError, ForbiddenError, UpstreamRefusedError } from '../domain/errors.ts';
import type { TaskId } from '../domain/ids.ts';
import { answerAbout, isFollowed, isLease, type SteeringAnswer, steeringOf, whyOver } from '../domain/steering.ts';
import type { TransferRecord } from '../domain/transfer.ts';
import type { Ports } from '../ports/ports.ts';
import type { Steered } from './authorise-transfer.ts';
import { callWorkflow, movedOn, resumeFromAttention } from './call-workflow.ts';
import { type EndLeaseNowPorts, endLeaseNow } from './end-lease-now.ts';
import { changeWhenFree, withTransfer } from './take-transfer.ts';
import { WORKERS } from './workers.ts';

const WORKER = WORKERS['cancel-transfer'];

/**
 * Has Globus cancel the task of a transfer. Only that: the access rule, the lock and what has arrived are settled when Globus says that the task
 * has ended, as always. Without a report there is no task that is known to be the owner's, and the lease ends instead. Safe to repeat.
 * @throws ConflictError when the task has ended, is not proven yet, or an unreported one lives
 * @throws UpstreamRefusedError when Globus does not let the service cancel; UnavailableError when it does not answer
 */
export async function cancelTransfer(ports: EndLeaseNowPorts, steered: Steered): Promise<SteeringAnswer> {
  const { record, asker } = steered;
  if (isLease(record)) return endLeaseNow(ports, steered, 'cancel', WORKER);
  if (!isFollowed(record) || record.bound === null) {
    if (isCancelled(record)) return answerAbout(record, 'The transfer was cancelled.');
    throw new ConflictError(`${whyOver(record)} There is nothing left to cancel.`);
  }
  const { taskId } = record.bound;
  assertVerified(record);
  const now = ports.clock.nowEpochSeconds();
  const why = `${asker.userName} asks Globus to cancel task ${taskId}`;
  // The intent first: whoever looks later sees who stopped the task, whatever becomes of this process.
  const noted = await changeWhenFree(
    ports,
    record.transferId,
    WORKER,
    (found) => (isFollowed(found) ? { steered: steeringOf('cancel', asker.userName, now) } : undefined),
    why,
  );
  if (!noted) throw movedOn();
  await cancelAtGlobus(ports, noted, taskId);
  const following = await lookSoon(ports, noted);
  return answerAbout(following, `Globus cancels task ${taskId}. The transfer ends when Globus says that it has ended.`);
}

function isCancelled({ outcome, steered }: TransferRecord): boolean {
  return outcome ? outcome.cancelled : steered?.action === 'cancel';
}

/** Globus was down when the report came: the task may be somebody else's (T-01). */
function assertVerified({ admission, bound }: TransferRecord): void {
  if (admission !== 'UNVERIFIED') return;
  throw new ConflictError(
    `It is not proven yet that task ${bound?.taskId} is this transfer's. Repeat the call when Globus has confirmed it, or cancel the task at Globus.`,
  );
}

async function cancelAtGlobus(
  { globus }: Pick<Ports, 'globus'>,
  { collectionId, steered }: TransferRecord,
  taskId: TaskId,
): Promise<void> {
  try {
    await globus.cancelTask(collectionId, taskId, `Cancelled in Dataverse by ${steered?.by}`);
  } catch (error) {
    if (!(error instanceof UpstreamRefusedError || error instanceof ForbiddenError)) throw error;
    throw new UpstreamRefusedError(
      `Globus does not let the service cancel task ${taskId}. It needs the role activity_manager on the collection; until then cancel the task at Globus. ${error.message}`,
      { cause: error },
    );
  }
}

/** The end of the task is to be seen within seconds. */
async function lookSoon(ports: EndLeaseNowPorts, noted: TransferRecord): Promise<TransferRecord> {
  if (noted.state !== 'ATTENTION') {
    await callWorkflow(ports, noted, { next: 'FOLLOW', waitSeconds: 0 });
    return noted;
  }
  return withTransfer(ports, noted.transferId, WORKER, async (taken) => {
    const { steered } = noted;
    if (taken.record.state === 'ATTENTION' && steered) {
      await resumeFromAttention(ports, taken, steered, 'the cancelled task is looked at again');
    }
    return taken.record;
  });
}
