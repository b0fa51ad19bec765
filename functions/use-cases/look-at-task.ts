import { ForbiddenError, UnavailableError, UpstreamRefusedError } from '../domain/errors.ts';
import type { TransferId } from '../domain/ids.ts';
import { dueAfter, lookWaitSeconds, nextStep, type StepResult } from '../domain/next-step.ts';
import type { ReportMark, TaskOutcome, TransferRecord } from '../domain/transfer.ts';
import type { GlobusTask } from '../ports/globus.ts';
import type { Ports } from '../ports/ports.ts';
import { admitTask, reject } from './admit-task.ts';
import { runStepIfDue } from './run-step.ts';
import type { TakenTransfer } from './take-transfer.ts';
import { SECOND_LOOK_AFTER_SECONDS, unknownTask } from './verify-task.ts';
import { WORKERS } from './workers.ts';

type LookPorts = Pick<Ports, 'clock' | 'random' | 'globus' | 'dataverse' | 'transfers' | 'locks' | 'claims' | 'log'>;

/** A terminal status is believed when a second read, a moment later, says the same (F-45). */
const SECOND_READ_AFTER_MILLISECONDS = 500;
/** Globus keeps saying that it knows no such task: so many looks, over so long, and an operator is asked (F-40). */
const MISSING_LOOKS = 3;
const MISSING_SECONDS = 86_400;
/** The same for a report that nobody could check when it came: it takes a moment until a new task is known everywhere. */
const UNVERIFIED_MISSING_SECONDS = 600;

/** One look under way. */
interface Round {
  readonly taken: TakenTransfer;
  readonly now: number;
  /** Until the next look. */
  readonly waitSeconds: number;
}

/** What a look brought: the task, that Globus knows none, or nothing that can be relied on. */
export type Look =
  | { readonly kind: 'task'; readonly task: GlobusTask }
  | { readonly kind: 'missing' }
  | { readonly kind: 'unclear'; readonly reason: string };

/**
 * One look at the task of a reported transfer. Only a SUCCEEDED or FAILED that two reads agree on ends it; null, 404, INACTIVE,
 * paused, unknown statuses and errors never do (design section 5, "Terminal"): while Globus does not answer, the next look is waited for.
 * @param waitSeconds - how long the caller waits for the next look; by the number of looks when left out
 * @throws UpstreamRefusedError when Globus refuses to tell, or has not known the task for a day: an operator is asked, the rule stays
 */
export async function lookAtTask(ports: LookPorts, transferId: TransferId, waitSeconds?: number): Promise<StepResult> {
  return runStepIfDue(ports, transferId, WORKERS['look-at-task'], 'FOLLOW', async (taken, now) => {
    const report = taken.record.bound;
    const round: Round = { taken, now, waitSeconds: waitSeconds ?? lookWaitSeconds(taken.record.looks + 1) };
    if (!report) throw new UpstreamRefusedError('The transfer has no task.');
    const look = await lookTwice(ports, taken.record, report);
    if (look.kind === 'missing') return followMissing(ports, round, report);
    // Without an answer there is no telling for how long a task has been unknown.
    if (look.kind === 'unclear') return followOn(round, look.reason, unverifiedAgain(taken.record));

    const admitted = await admitTask(ports, taken.record, report, look.task).catch(unclearWhenUnavailable);
    if (admitted.kind === 'unclear') return followOn(round, admitted.reason);
    if (admitted.kind === 'doubted') {
      const doubtedSinceEpochSeconds = taken.record.doubtedSinceEpochSeconds ?? now;
      const soon = { ...round, waitSeconds: Math.min(round.waitSeconds, SECOND_LOOK_AFTER_SECONDS) };
      return followOn(soon, `${admitted.reason} It is looked at again.`, { doubtedSinceEpochSeconds, missing: null });
    }
    if (admitted.kind === 'rejected') return settleRejected(taken, now, admitted.reason);
    const outcome = outcomeOf(look.task);
    const { admission } = admitted;
    const settledDoubts = { admission, missing: null, doubtedSinceEpochSeconds: null };
    if (!outcome) return followOn(round, `Globus says ${look.task.status}`, settledDoubts);
    const settling = await taken.giveBack(
      { state: 'SETTLING', outcome, ...settledDoubts, attention: null, dueAtEpochSeconds: dueAfter(now, 0) },
      `Globus says ${outcome.status}${outcome.cancelled ? ', cancelled' : ''}`,
    );
    return nextStep(settling, now);
  });
}

/**
 * Looks at a task; an end of it is believed when a second read agrees.
 * @throws UpstreamRefusedError, ForbiddenError when Globus refuses to tell
 */
export async function lookTwice(
  ports: Pick<Ports, 'clock' | 'globus' | 'log'>,
  record: TransferRecord,
  { taskId }: ReportMark,
): Promise<Look> {
  const look = () => lookOnce(ports, record, taskId).catch(unclearWhenUnavailable);
  const first = await look();
  if (first.kind !== 'task' || !outcomeOf(first.task)) return first;
  await ports.clock.sleep(SECOND_READ_AFTER_MILLISECONDS);
  const second = await look();
  if (second.kind === 'task' && second.task.status === first.task.status) return second;
  const { transferId } = record;
  const says = second.kind === 'task' ? second.task.status : second.kind;
  ports.log.warn('task-status-disagrees', { transferId, first: first.task.status, second: says });
  return { kind: 'unclear', reason: `Globus said ${first.task.status}, then ${says}` };
}

async function lookOnce(
  ports: Pick<Ports, 'globus'>,
  record: TransferRecord,
  taskId: ReportMark['taskId'],
): Promise<Look> {
  try {
    const task = await ports.globus.findTask(record.collectionId, taskId);
    return task ? { kind: 'task', task } : { kind: 'missing' };
  } catch (error) {
    // Not a task of this collection, or the service has lost its role: for a task that was proven it can be the latter only.
    if (error instanceof ForbiddenError && record.admission === 'UNVERIFIED') return { kind: 'missing' };
    throw error;
  }
}

function unclearWhenUnavailable(error: unknown): { readonly kind: 'unclear'; readonly reason: string } {
  if (error instanceof UnavailableError) return { kind: 'unclear', reason: error.message };
  throw error;
}

/** Globus knows no such task: never an end of it (F-40). A report that was never verified is turned away after a while. */
async function followMissing(ports: LookPorts, round: Round, report: ReportMark): Promise<StepResult> {
  const { taken, now } = round;
  const { record } = taken;
  const missing = {
    sinceEpochSeconds: record.missing?.sinceEpochSeconds ?? now,
    looks: (record.missing?.looks ?? 0) + 1,
  };
  const isUnverified = record.admission === 'UNVERIFIED';
  const missingSeconds = now - missing.sinceEpochSeconds;
  const isLong = missingSeconds >= (isUnverified ? UNVERIFIED_MISSING_SECONDS : MISSING_SECONDS);
  // Asked the other way round, too: a service that has lost its role on the collection is refused here, and nothing is decided.
  if (missing.looks < MISSING_LOOKS || !isLong || (await isListedLive(ports, record, report))) {
    return followOn(round, 'Globus knows no such task', { missing });
  }
  if (isUnverified) {
    const rejected = await reject(ports, record, report, unknownTask(report.taskId).message);
    return settleRejected(taken, now, rejected.reason);
  }
  await taken.write({ missing });
  const days = Math.floor(missingSeconds / 86_400);
  throw new UpstreamRefusedError(
    `Globus has not known task ${report.taskId} for ${days} days. The access rule is kept; look the task up at Globus.`,
  );
}

async function isListedLive(
  ports: LookPorts,
  { collectionId, principal }: TransferRecord,
  { taskId }: ReportMark,
): Promise<boolean> {
  return (await ports.globus.listLiveTasks(collectionId, principal)).some((task) => task.taskId === taskId);
}

/** For a report that was never verified the count of looks that found no task begins anew. */
function unverifiedAgain({ admission }: TransferRecord): Partial<Pick<TransferRecord, 'missing'>> {
  return admission === 'UNVERIFIED' ? { missing: null } : {};
}

/** Nothing is registered; the rule goes after a look for live tasks, as at every settling. */
async function settleRejected(taken: TakenTransfer, now: number, rejection: string): Promise<StepResult> {
  const settling = await taken.giveBack(
    { state: 'SETTLING', rejection, attention: null, dueAtEpochSeconds: dueAfter(now, 0) },
    rejection,
  );
  return nextStep(settling, now);
}

async function followOn(
  { taken, now, waitSeconds }: Round,
  why: string,
  changes: Partial<Pick<TransferRecord, 'admission' | 'missing' | 'doubtedSinceEpochSeconds'>> = {},
): Promise<StepResult> {
  const looks = taken.record.looks + 1;
  // Until it is verified it stays BOUND: FOLLOWING means that the task is the one that was granted (design section 4).
  const isVerified = (changes.admission ?? taken.record.admission) !== 'UNVERIFIED';
  await taken.giveBack(
    {
      ...changes,
      state: isVerified ? 'FOLLOWING' : 'BOUND',
      looks,
      attention: null,
      nextLookAtEpochSeconds: now + waitSeconds,
      dueAtEpochSeconds: dueAfter(now, waitSeconds),
    },
    why,
  );
  return { next: 'FOLLOW', waitSeconds };
}

/** Codes of a fatal error that mean: somebody asked for the end. */
const CANCEL_CODES = ['CANCELED', 'CANCELLED'];

/** How a task ended; undefined while it has not. */
export function outcomeOf(task: GlobusTask): TaskOutcome | undefined {
  if (task.status !== 'SUCCEEDED' && task.status !== 'FAILED') return undefined;
  const cancelled =
    task.status === 'FAILED' && (task.canceledByAdmin !== null || CANCEL_CODES.includes(task.fatalError?.code ?? ''));
  const reason = task.fatalError ? `${task.fatalError.code}: ${task.fatalError.description}` : null;
  return { status: task.status, cancelled, historyDeleted: task.historyDeleted, reason };
}
