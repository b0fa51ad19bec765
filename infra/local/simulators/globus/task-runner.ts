import { runTask } from './run-task.ts';
import type { TaskEnd } from './task-book.ts';
import type { TaskEvent } from './task-events.ts';
import { describeFault } from './task-fault.ts';
import type { TaskRecord } from './task-record.ts';
import type { WorkContext } from './transfer-sides.ts';

/** Tasks of one kind that Globus works on at once for one user (globus-api.md 2.7). */
const TASKS_AT_ONCE = 3;
const HOUR_MILLISECONDS = 3_600_000;

/** A task lives so long unless it makes progress (globus-api.md 2.7). */
export const DEFAULT_DEADLINE_MILLISECONDS = 24 * HOUR_MILLISECONDS;
const PAUSED_DEADLINE_MILLISECONDS = 90 * 24 * HOUR_MILLISECONDS;

/** Gives tasks their turn, stops them, and ends those whose deadline passes. */
export interface TaskRunner {
  /** Lets tasks left unfinished by an earlier process go on. */
  start(): void;
  /** Starts what is due of an owner: after a submission, a resumption, an end. */
  wake(ownerId: string): void;
  isRunning(taskId: string): boolean;
  /** Ends a task now; false when it had ended before. */
  end(task: TaskRecord, end: TaskEnd): boolean;
  pause(task: TaskRecord): void;
  resume(task: TaskRecord): void;
  /** Suspends a task (INACTIVE: waiting for its owner) or lets it go on. */
  setInactive(task: TaskRecord, isInactive: boolean): void;
  /**
   * Notes something in the event log of a task, as if its collection had said so. An error counts as a fault and is
   * the task's `nice_status` from now on; anything else sets that right again.
   */
  note(task: TaskRecord, event: TaskEvent): void;
  /** Lets a task vanish, as Globus does with old ones. */
  forget(task: TaskRecord): void;
  /** Takes notice of changed deadlines. */
  deadlinesChanged(): void;
  /** Stops all work and waits for it; unfinished tasks go on at the next start. */
  close(): Promise<void>;
}

/** Makes a runner that does nothing before it is started. */
export function createTaskRunner(context: WorkContext): TaskRunner {
  const { tasks, clock } = context;
  const running = new Map<string, { readonly task: TaskRecord; readonly stop: AbortController; done: Promise<void> }>();
  const closing = new AbortController();
  let deadlinesChanged = new AbortController();

  const recheckDeadlines = () => {
    const previous = deadlinesChanged;
    deadlinesChanged = new AbortController();
    previous.abort();
  };
  const stop = (taskId: string) => running.get(taskId)?.stop.abort();

  const startRun = (task: TaskRecord) => {
    const run = { task, stop: new AbortController(), done: Promise.resolve() };
    running.set(task.taskId, run);
    run.done = runTask(context, task, run.stop.signal).finally(() => {
      running.delete(task.taskId);
      wake(task.ownerId);
    });
  };
  const wake = (ownerId: string) => {
    if (closing.signal.aborted) return;
    for (const type of ['TRANSFER', 'DELETE'] as const) {
      for (const task of tasks.listRunnable(ownerId, type, TASKS_AT_ONCE)) {
        const busy = [...running.values()].filter((run) => run.task.ownerId === ownerId && run.task.type === type);
        if (!running.has(task.taskId) && busy.length < TASKS_AT_ONCE) startRun(task);
      }
    }
    recheckDeadlines();
  };
  const end = (task: TaskRecord, how: TaskEnd) => {
    const hasEnded = tasks.end(task.taskId, how);
    stop(task.taskId);
    wake(task.ownerId);
    return hasEnded;
  };
  const moveDeadline = (task: TaskRecord, milliseconds: number) => {
    if (!task.hasOwnDeadline)
      tasks.update(task.taskId, { deadlineAtMilliseconds: clock.nowMilliseconds() + milliseconds });
  };

  /** A deadline only strikes what is in trouble: progress, or waiting without errors, moves it ahead. */
  const strike = (task: TaskRecord) => {
    const isWell = task.status === 'ACTIVE' && !task.isPaused && task.errorCode === null;
    if (isWell && !task.hasOwnDeadline) return moveDeadline(task, DEFAULT_DEADLINE_MILLISECONDS);
    const fatal = { code: 'EXPIRED', description: describeFault('EXPIRED') };
    end(task, { status: 'FAILED', fatal, itemState: 'EXPIRED' });
  };
  const watchDeadlines = async () => {
    while (!closing.signal.aborted) {
      const signal = AbortSignal.any([closing.signal, deadlinesChanged.signal]);
      await clock.waitUntil(tasks.earliestDeadline() ?? Number.MAX_SAFE_INTEGER, signal).catch(() => undefined);
      if (signal.aborted) continue;
      const now = clock.nowMilliseconds();
      for (const task of tasks.listByStatus(['ACTIVE', 'INACTIVE']))
        if (task.deadlineAtMilliseconds <= now) strike(task);
    }
  };

  let watching = Promise.resolve();

  return {
    start() {
      watching = watchDeadlines();
      for (const ownerId of tasks.listActiveOwners()) wake(ownerId);
    },
    wake,
    end,
    isRunning: (taskId) => running.has(taskId),
    deadlinesChanged: recheckDeadlines,
    pause(task) {
      tasks.update(task.taskId, { isPaused: true });
      tasks.events.add(task.taskId, { code: 'PAUSED', isError: false, description: 'paused', details: '' });
      moveDeadline(task, PAUSED_DEADLINE_MILLISECONDS);
      stop(task.taskId);
      wake(task.ownerId);
    },
    resume(task) {
      tasks.update(task.taskId, { isPaused: false });
      tasks.events.add(task.taskId, { code: 'UNPAUSED', isError: false, description: 'unpaused', details: '' });
      moveDeadline(task, DEFAULT_DEADLINE_MILLISECONDS);
      wake(task.ownerId);
    },
    setInactive(task, isInactive) {
      const description = describeFault('NO_CREDENTIALS');
      if (isInactive)
        tasks.events.add(task.taskId, { code: 'NO_CREDENTIALS', isError: true, description, details: '' });
      tasks.update(task.taskId, { status: isInactive ? 'INACTIVE' : 'ACTIVE' });
      if (isInactive) stop(task.taskId);
      wake(task.ownerId);
    },
    note({ taskId }, event) {
      tasks.events.add(taskId, event);
      if (event.isError) tasks.count(taskId, { faults: 1 });
      tasks.update(taskId, {
        errorCode: event.isError ? event.code : null,
        errorDescription: event.isError ? event.description : null,
      });
    },
    forget(task) {
      stop(task.taskId);
      tasks.forget(task.taskId);
      wake(task.ownerId);
    },
    async close() {
      closing.abort();
      for (const run of running.values()) run.stop.abort();
      await Promise.all([watching, ...[...running.values()].map((run) => run.done)]);
    },
  };
}
