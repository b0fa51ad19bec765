import { ConflictError, ForbiddenError, UnavailableError } from '../domain/errors.ts';
import { dueAfter, nextStep } from '../domain/next-step.ts';
import {
  answerAbout,
  isFollowed,
  isLease,
  type SteeringAnswer,
  steeringOf,
  whyOver,
  workingState,
} from '../domain/steering.ts';
import type { TransferRecord } from '../domain/transfer.ts';
import type { Ports } from '../ports/ports.ts';
import type { Steered } from './authorise-transfer.ts';
import { callWorkflow, movedOn } from './call-workflow.ts';
import { unclaimTask } from './claim-task.ts';
import { type EndLeaseNowPorts, endLeaseNow } from './end-lease-now.ts';
import { startSuccessor } from './succeed-execution.ts';
import { type TakenTransfer, withTransfer } from './take-transfer.ts';
import { SECOND_LOOK_AFTER_SECONDS } from './verify-task.ts';
import { WORKERS } from './workers.ts';

const WORKER = WORKERS['release-transfer'];
/** What Globus says of a task is believed when a second read says the same. */
const SECOND_READ_AFTER_MILLISECONDS = 1_000;

/**
 * Gives a transfer up: nothing more is registered, the access rule and the lock go by the usual steps. Never under a live task. The task's claim
 * is given up as well: should Globus have told wrongly that it has ended, the release sees it as one that nobody reported, and keeps the rule.
 * @throws ConflictError while a task lives, or when there is nothing left to give up; UnavailableError when Globus does not answer
 */
export async function releaseTransfer(ports: EndLeaseNowPorts, steered: Steered): Promise<SteeringAnswer> {
  const { record } = steered;
  if (isLease(record)) return endLeaseNow(ports, steered, 'release', WORKER);
  if (record.state === 'EXPIRED') return answerAbout(record, 'It is over, and holds nothing any more.');
  if (record.givenUp && !isFollowed(record)) return answerAbout(record, `It was given up by ${record.givenUp.by}.`);
  const wasFollowed = isFollowed(record);
  if (!wasFollowed && workingState(record) !== 'SETTLING') {
    throw new ConflictError(`${whyOver(record)} There is nothing left to give up.`);
  }
  if (wasFollowed) await assertTaskIsOver(ports, record);
  return withTransfer(ports, record.transferId, WORKER, async (taken) => {
    const isAsSeen = taken.record.bound?.taskId === record.bound?.taskId && isFollowed(taken.record) === wasFollowed;
    if (!isAsSeen || (!wasFollowed && workingState(taken.record) !== 'SETTLING')) throw movedOn();
    return giveUp(ports, taken, steered);
  });
}

async function giveUp(
  ports: EndLeaseNowPorts,
  taken: TakenTransfer,
  { asker: { userName: by } }: Steered,
): Promise<SteeringAnswer> {
  const now = ports.clock.nowEpochSeconds();
  const { transferId, bound } = taken.record;
  const wasFollowed = isFollowed(taken.record);
  const isInterrupted = taken.record.state === 'ATTENTION';
  const givenUp = taken.record.givenUp ?? { by, atEpochSeconds: now };
  // The intent first: from here on nothing is registered, whoever goes on.
  await taken.write({ givenUp, steered: steeringOf('release', by, now) }, `${by} gives the transfer up`);
  if (wasFollowed && bound) await unclaimTask(ports, transferId, bound.taskId);
  const changes = { state: 'SETTLING', attention: null, dueAtEpochSeconds: dueAfter(now, 0) } as const;
  if (isInterrupted) {
    await taken.write(changes, `given up by ${by}`);
    await startSuccessor(ports, taken, {});
  } else {
    const settling = await taken.giveBack(changes, `given up by ${by}`);
    await callWorkflow(ports, settling, nextStep(settling, now));
  }
  return answerAbout(taken.record, 'It is given up: the access rule and the lock go, and nothing more is registered.');
}

/**
 * Proves that the reported task is not live: neither its own document nor the list of live tasks says so, twice. A task that Globus does not know
 * must have had the time to be listed.
 */
async function assertTaskIsOver(ports: Pick<Ports, 'clock' | 'globus'>, record: TransferRecord): Promise<void> {
  let isKnown = true;
  for (let read = 0; read < 2; read++) {
    if (read > 0) await ports.clock.sleep(SECOND_READ_AFTER_MILLISECONDS);
    isKnown = await assertNotLive(ports, record);
  }
  const reportedAt = record.trail.findLast((entry) => entry.state === 'BOUND')?.atEpochSeconds ?? 0;
  if (!isKnown && ports.clock.nowEpochSeconds() - reportedAt < SECOND_LOOK_AFTER_SECONDS) {
    throw new UnavailableError('Globus may not list so new a task yet. Please repeat the call shortly.');
  }
}

/** @returns whether Globus knows the task */
async function assertNotLive(
  { globus }: Pick<Ports, 'globus'>,
  { collectionId, principal, bound }: TransferRecord,
): Promise<boolean> {
  const taskId = bound?.taskId;
  if (taskId === undefined) return false;
  const task = await globus.findTask(collectionId, taskId).catch((error: unknown) => {
    // Not a task of this collection; a service that has lost its role is refused the list as well.
    if (error instanceof ForbiddenError) return undefined;
    throw error;
  });
  const listed = await globus.listLiveTasks(collectionId, principal);
  const isOver = task === undefined || task.status === 'SUCCEEDED' || task.status === 'FAILED';
  if (isOver && !listed.some((each) => each.taskId === taskId)) return task !== undefined;
  throw new ConflictError(`Task ${taskId} is live (${task?.status ?? 'ACTIVE'}): cancel it first.`);
}
