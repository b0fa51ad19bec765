import { ExpectedError, UnavailableError } from '../domain/errors.ts';
import { type GlobusReason, reasonsOf } from '../domain/globus-reasons.ts';
import type { CollectionId, TaskId } from '../domain/ids.ts';
import { isoTime } from '../domain/transfer-summary.ts';
import type { GlobusTask } from '../ports/globus.ts';
import type { Ports } from '../ports/ports.ts';

/** A task as people see it. Times are ISO 8601 in UTC. */
export interface TaskView {
  readonly status: GlobusTask['status'];
  readonly bytesTransferred: number;
  readonly bytesPerSecond: number;
  readonly files: number;
  readonly filesTransferred: number;
  readonly filesSkipped: number;
  readonly faults: number;
  readonly isPaused: boolean;
  readonly startedAt: string;
  readonly endedAt: string | null;
}

/** What Globus says of a task at this moment. */
export interface GlobusView {
  /** Null where Globus tells nothing; `globus` says why. */
  readonly task: TaskView | null;
  readonly globus: 'answered' | 'answered in part' | 'did not answer' | 'knows no such task' | 'refuses to tell';
  readonly reasons: readonly GlobusReason[];
}

/** Whoever looks waits no longer than this. */
const PATIENCE_MILLISECONDS = 5_000;

/**
 * Asks Globus how a task stands and which errors it met, both at once, and behind grants and releases: people and programs may look as often
 * as they like, and all calls share one budget (G3). It never throws for what Globus does: a look at a transfer is worth
 * something without Globus's part.
 */
export async function askGlobus(
  { globus }: Pick<Ports, 'globus'>,
  collectionId: CollectionId,
  taskId: TaskId,
): Promise<GlobusView> {
  const [task, events] = await Promise.all([
    answerOf(globus.findTask(collectionId, taskId, PATIENCE_MILLISECONDS, 'can-wait')),
    answerOf(globus.listErrorEvents(collectionId, taskId, PATIENCE_MILLISECONDS)),
  ]);
  if (task.kind !== 'answer') return { task: null, globus: task.kind, reasons: [] };
  if (!task.value) return { task: null, globus: 'knows no such task', reasons: [] };
  const errors = events.kind === 'answer' ? events.value : [];
  return {
    task: viewOf(task.value),
    globus: events.kind === 'answer' ? 'answered' : 'answered in part',
    reasons: reasonsOf(task.value, errors),
  };
}

type Answer<Value> =
  | { readonly kind: 'answer'; readonly value: Value }
  | { readonly kind: 'did not answer' | 'refuses to tell' };

async function answerOf<Value>(asked: Promise<Value>): Promise<Answer<Value>> {
  try {
    return { kind: 'answer', value: await asked };
  } catch (error) {
    if (!(error instanceof ExpectedError)) throw error;
    return { kind: error instanceof UnavailableError ? 'did not answer' : 'refuses to tell' };
  }
}

function viewOf(task: GlobusTask): TaskView {
  const { status, bytesTransferred, bytesPerSecond, files, filesTransferred, filesSkipped, faults, isPaused } = task;
  return {
    status,
    bytesTransferred,
    bytesPerSecond,
    files,
    filesTransferred,
    filesSkipped,
    faults,
    isPaused,
    startedAt: isoTime(task.requestedAtEpochSeconds),
    endedAt: task.completedAtEpochSeconds === null ? null : isoTime(task.completedAtEpochSeconds),
  };
}
