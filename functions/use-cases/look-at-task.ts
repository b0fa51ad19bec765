import type { TransferId } from '../domain/ids.ts';
import {
  dueAfter,
  lookWaitSeconds,
  nextStep,
  type StepResult,
  type TaskOutcome,
  type TransferRecord,
} from '../domain/transfer.ts';
import type { GlobusTask } from '../ports/globus.ts';
import type { Ports } from '../ports/ports.ts';
import { runStepIfDue } from './run-step.ts';
import type { TakenTransfer } from './take-transfer.ts';
import { WORKERS } from './workers.ts';

type LookPorts = Pick<Ports, 'clock' | 'random' | 'globus' | 'transfers' | 'log'>;

/** A terminal status is believed when a second read, a moment later, says the same (F-45). */
const SECOND_READ_AFTER_MILLISECONDS = 500;

/**
 * One look at the task of a reported transfer. Only a SUCCEEDED or FAILED that two reads agree on ends it; null, 404, INACTIVE,
 * paused, unknown statuses and errors never do (design section 5, "Terminal").
 * @throws UnavailableError when Globus does not answer; the workflow repeats the look
 */
export async function lookAtTask(ports: LookPorts, transferId: TransferId): Promise<StepResult> {
  return runStepIfDue(ports, transferId, WORKERS['look-at-task'], 'FOLLOW', async (taken, now) => {
    const task = await readTwice(ports, taken.record);
    const outcome = task && outcomeOf(task);
    if (outcome) {
      const settling = await taken.giveBack(
        { state: 'SETTLING', outcome, attention: null, dueAtEpochSeconds: dueAfter(now, 0) },
        `Globus says ${outcome.status}${outcome.cancelled ? ', cancelled' : ''}`,
      );
      return nextStep(settling, now);
    }
    return followOn(taken, now, task);
  });
}

async function readTwice(ports: LookPorts, record: TransferRecord): Promise<GlobusTask | undefined> {
  const taskId = record.bound?.taskId;
  if (!taskId) return undefined;
  const first = await ports.globus.findTask(record.collectionId, taskId);
  if (!first || !outcomeOf(first)) return first;
  await ports.clock.sleep(SECOND_READ_AFTER_MILLISECONDS);
  const second = await ports.globus.findTask(record.collectionId, taskId);
  if (second?.status !== first.status) {
    ports.log.warn('task-status-disagrees', {
      transferId: record.transferId,
      first: first.status,
      second: second?.status ?? 'not found',
    });
    return undefined;
  }
  return second;
}

async function followOn(taken: TakenTransfer, now: number, task: GlobusTask | undefined): Promise<StepResult> {
  const looks = taken.record.looks + 1;
  const waitSeconds = lookWaitSeconds(looks);
  await taken.giveBack(
    { state: 'FOLLOWING', looks, attention: null, dueAtEpochSeconds: dueAfter(now, waitSeconds) },
    `Globus says ${task?.status ?? 'nothing that can be relied on'}`,
  );
  return { next: 'FOLLOW', waitSeconds };
}

/** Codes of a fatal error that mean: somebody asked for the end. */
const CANCEL_CODES = ['CANCELED', 'CANCELLED'];

function outcomeOf(task: GlobusTask): TaskOutcome | undefined {
  if (task.status !== 'SUCCEEDED' && task.status !== 'FAILED') return undefined;
  const cancelled =
    task.status === 'FAILED' && (task.canceledByAdmin !== null || CANCEL_CODES.includes(task.fatalError?.code ?? ''));
  const reason = task.fatalError ? `${task.fatalError.code}: ${task.fatalError.description}` : null;
  return { status: task.status, cancelled, historyDeleted: task.historyDeleted, reason };
}
