import { ExpectedError, ForbiddenError } from '../domain/errors.ts';
import type { CollectionId, TaskId } from '../domain/ids.ts';
import type { Store } from '../domain/store.ts';
import type { TransferState } from '../domain/transfer.ts';
import type { OpenTransfer } from '../ports/open-index.ts';
import type { Ports } from '../ports/ports.ts';
import { forEachAtOnce } from './for-each-at-once.ts';
import type { RunLimit } from './run-limit.ts';

type MonitorPorts = Pick<Ports, 'globus' | 'open' | 'workflow' | 'log'>;

/** An open transfer whose workflow step waits for a call. */
type Waiting = OpenTransfer & { readonly taskToken: string };

const WAITING_STATES: readonly TransferState[] = ['BOUND', 'FOLLOWING', 'OBSERVED'];
/** Single confirmations under way at a time: the calls of grants and releases come first (design section 8). */
const CONFIRMED_AT_ONCE = 5;

/**
 * The shared task monitor, each minute: one list call per collection tells of all open transfers which of their tasks live (design section 8).
 * A task that is listed no longer is confirmed singly; when it has ended, the workflow step that waits for it is called. The call is a nudge:
 * the step reads for itself and decides. So runs that overlap, come twice or not at all do no harm, and a lost call is made again a minute
 * later. Without an open transfer nobody is asked anything.
 */
export async function monitorTasks(ports: MonitorPorts, stores: readonly Store[], limit: RunLimit): Promise<void> {
  for (const collectionId of new Set(stores.map((store) => store.collectionId))) {
    try {
      await monitorCollection(ports, collectionId, limit);
    } catch (error) {
      if (!(error instanceof ExpectedError)) throw error;
      // A list that failed says nothing about any task (F-36): the next minute asks again.
      ports.log.warn('task-monitor-failed', { collectionId, error });
    }
  }
}

async function monitorCollection(ports: MonitorPorts, collectionId: CollectionId, limit: RunLimit): Promise<void> {
  const waiting = (await ports.open.listTransfers(collectionId)).filter(isWaiting);
  if (waiting.length === 0) return;
  const live = new Set((await ports.globus.listAllLiveTasks(collectionId)).map((task) => task.taskId));
  const worthALook = waiting.filter(
    (transfer) => transfer.admission === 'UNVERIFIED' || transfer.taskIds.every((taskId) => !live.has(taskId)),
  );
  const counts = { called: 0, gone: 0, notEnded: 0, failed: 0, leftForNextRun: 0 };
  await forEachAtOnce(worthALook, CONFIRMED_AT_ONCE, async (transfer) => {
    if (!limit.hasTime()) counts.leftForNextRun += 1;
    else counts[await callIfEnded(ports, collectionId, transfer)] += 1;
  });
  ports.log.info('task-monitor', { collectionId, open: waiting.length, live: live.size, ...counts });
}

function isWaiting(transfer: OpenTransfer): transfer is Waiting {
  return transfer.taskToken !== null && transfer.taskIds.length > 0 && WAITING_STATES.includes(transfer.state);
}

async function callIfEnded(
  ports: MonitorPorts,
  collectionId: CollectionId,
  transfer: Waiting,
): Promise<'called' | 'gone' | 'notEnded' | 'failed'> {
  const { transferId, taskToken, taskIds, state } = transfer;
  try {
    if (!(await isWorthACall(ports, collectionId, transfer))) return 'notEnded';
    const next = state === 'OBSERVED' ? 'LEASE' : 'FOLLOW';
    // A spent token: the step has gone on already, or its execution is dead, which the sweep finds out.
    return (await ports.workflow.wake(taskToken, { next, waitSeconds: 0 })) === 'woken' ? 'called' : 'gone';
  } catch (error) {
    if (!(error instanceof ExpectedError)) throw error;
    // One id that Globus refuses to talk about must not blind the others (F-39).
    ports.log.warn('task-not-confirmed', { transferId, taskIds, error });
    return 'failed';
  }
}

async function isWorthACall(
  ports: MonitorPorts,
  collectionId: CollectionId,
  { admission, taskIds }: Waiting,
): Promise<boolean> {
  if (admission !== 'UNVERIFIED') return haveEnded(ports, collectionId, taskIds);
  // Where Globus answers, whatever it answers, a report that could not be verified when it came can be judged now.
  for (const taskId of taskIds) {
    await ports.globus.findTask(collectionId, taskId).catch((error: unknown) => {
      if (!(error instanceof ForbiddenError)) throw error;
    });
  }
  return true;
}

/** Only a read SUCCEEDED or FAILED is an end; a task that Globus does not find is left to the long wait's own look (F-40). */
async function haveEnded(
  ports: MonitorPorts,
  collectionId: CollectionId,
  taskIds: readonly TaskId[],
): Promise<boolean> {
  for (const taskId of taskIds) {
    const task = await ports.globus.findTask(collectionId, taskId);
    if (task?.status !== 'SUCCEEDED' && task?.status !== 'FAILED') return false;
  }
  return true;
}
