import { ForbiddenError, NotFoundError, UnavailableError } from '../domain/errors.ts';
import type { TaskId } from '../domain/ids.ts';
import { isInside } from '../domain/paths.ts';
import { directionOf, type TransferRecord } from '../domain/transfer.ts';
import type { GlobusTask } from '../ports/globus.ts';
import type { Ports } from '../ports/ports.ts';

/** Globus and we may differ by this much about when a task was submitted. */
export const SUBMISSION_TOLERANCE_SECONDS = 60;
/** A task may show up a few seconds after its submission. */
const NOT_VISIBLE_RETRIES = 3;
const NOT_VISIBLE_WAIT_MILLISECONDS = 1_500;
/** A look that has begun gets this much time: one that is cut off would pass for a Globus that is down. */
const SHORTEST_LOOK_MILLISECONDS = 1_000;
/** A new task may be missing in lists for so long; then nothing is decided on a list that does not show it. */
export const LISTED_WITHIN_SECONDS = 10;
/** After this long by clocks of whole seconds it must be listed. */
export const SECOND_LOOK_AFTER_SECONDS = LISTED_WITHIN_SECONDS + 1;
/** A report has to be answered within 29 s and needs most of them for Dataverse: Globus gets this much before it counts as down. */
const PATIENCE_MILLISECONDS = 10_000;

type VerifyPorts = Pick<Ports, 'clock' | 'globus'>;

/**
 * Checks that a task is the upload or download that was granted, for a caller who waits for the answer.
 * @returns false when Globus does not answer in time: then nothing is proven either way
 * @throws NotFoundError when Globus knows no such task after a few seconds
 * @throws ForbiddenError when it is somebody else's or another kind of task; the sentence says which
 */
export async function verifyTask(ports: VerifyPorts, record: TransferRecord, taskId: TaskId): Promise<boolean> {
  const giveUpAt = ports.clock.nowMilliseconds() + PATIENCE_MILLISECONDS;
  try {
    const task = await findTask(ports, record, taskId, giveUpAt);
    assertFits(record, task);
    const looksFor = () => Math.max(SHORTEST_LOOK_MILLISECONDS, millisecondsUntil(ports, giveUpAt));
    while (!(await isOwned(ports, record, task, looksFor()))) {
      const isNew = ports.clock.nowEpochSeconds() - task.requestedAtEpochSeconds <= LISTED_WITHIN_SECONDS;
      if (!isNew || ports.clock.nowMilliseconds() + NOT_VISIBLE_WAIT_MILLISECONDS >= giveUpAt) throw notOwned(task);
      await ports.clock.sleep(NOT_VISIBLE_WAIT_MILLISECONDS);
    }
    return true;
  } catch (error) {
    if (error instanceof UnavailableError) return false;
    throw error;
  }
}

/**
 * Collection, direction, owner, time, and path where Globus tells one (T-01).
 * @throws ForbiddenError when one of them is another; the sentence says which
 * @throws UnavailableError when Globus does not answer
 */
export async function checkTask(ports: Pick<Ports, 'globus'>, record: TransferRecord, task: GlobusTask): Promise<void> {
  assertFits(record, task);
  if (!(await isOwned(ports, record, task))) throw notOwned(task);
}

function isOwned(
  ports: Pick<Ports, 'globus'>,
  { collectionId, principal }: TransferRecord,
  task: GlobusTask,
  withinMilliseconds?: number,
): Promise<boolean> {
  return ports.globus.isOwnedBy(collectionId, task, principal, withinMilliseconds);
}

function notOwned({ taskId }: GlobusTask): ForbiddenError {
  return mismatch(taskId, 'it does not belong to the Globus identity that was given access');
}

/** What the task itself tells. @throws ForbiddenError when it is another kind of task */
function assertFits(record: TransferRecord, task: GlobusTask): void {
  const { taskId } = task;
  if (task.type !== 'TRANSFER') throw mismatch(taskId, 'it is not a transfer');
  const isUpload = directionOf(record) === 'upload';
  const collectionId = isUpload ? task.destinationCollectionId : task.sourceCollectionId;
  const basePath = isUpload ? task.destinationBasePath : task.sourceBasePath;
  if (collectionId !== record.collectionId) {
    throw mismatch(taskId, `its ${isUpload ? 'destination' : 'source'} is not the dataset's collection`);
  }
  if (task.requestedAtEpochSeconds < record.grantedAtEpochSeconds - SUBMISSION_TOLERANCE_SECONDS) {
    throw mismatch(taskId, `it was submitted before the ${isUpload ? 'paths were' : 'download was'} requested`);
  }
  if (basePath !== null && !isInside(record.path, basePath)) {
    throw mismatch(taskId, `it ${isUpload ? 'writes' : 'reads'} outside the dataset's directory`);
  }
}

async function findTask(
  ports: VerifyPorts,
  record: TransferRecord,
  taskId: TaskId,
  giveUpAt: number,
): Promise<GlobusTask> {
  for (let attempt = 0; ; attempt++) {
    const task = await ports.globus.findTask(record.collectionId, taskId, millisecondsUntil(ports, giveUpAt));
    if (task) return task;
    if (attempt >= NOT_VISIBLE_RETRIES) throw unknownTask(taskId);
    await ports.clock.sleep(NOT_VISIBLE_WAIT_MILLISECONDS);
  }
}

/** Globus knows no such task. */
export function unknownTask(taskId: TaskId): NotFoundError {
  return new NotFoundError(
    `Globus has no task ${taskId}. Expected the task_id of the transfer's submission; repeat the report if it is correct.`,
  );
}

function millisecondsUntil({ clock }: VerifyPorts, epochMilliseconds: number): number {
  return Math.max(1, epochMilliseconds - clock.nowMilliseconds());
}

function mismatch(taskId: TaskId, why: string): ForbiddenError {
  return new ForbiddenError(`Task ${taskId} cannot be reported for this dataset: ${why}.`);
}
