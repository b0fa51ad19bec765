import type { Checkpoint } from './checkpoint.ts';
import type { Engine, RunningExecution } from './engine.ts';
import { Interruption } from './errors.ts';
import type { Frame } from './frame.ts';
import { executionEnded, HISTORY_LIMIT, type HistoryEvent } from './history.ts';
import type { ExecutionStatus } from './store.ts';

/**
 * Writes the pending events and the checkpoint, and whatever else is given, in one transaction. A token or branches that
 * the new checkpoint no longer names are spent and removed with it.
 * @throws Interruption when the frame was stopped meanwhile, or when the history is full: then the execution has failed.
 */
export function commit(frame: Frame, checkpoint: Checkpoint, alsoInTransaction: () => void = () => {}): void {
  if (frame.signal.aborted) throw frame.signal.reason;
  const { execution, engine, checkpoint: before } = frame;
  const isFull = execution.record.eventCount + frame.pending.length >= HISTORY_LIMIT;
  if (isFull) {
    endExecution(engine, execution, {
      status: 'FAILED',
      error: 'States.Runtime',
      cause: `The execution reached the maximum number of history events (${HISTORY_LIMIT}).`,
      events: frame.pending,
      lastEventId: frame.checkpoint.lastEventId,
    });
    throw new Interruption('the history is full');
  }
  engine.store.transaction(() => {
    const lastEventId = writeEvents(engine, execution, frame.pending, checkpoint.lastEventId);
    frame.pending = [];
    frame.checkpoint = { ...checkpoint, lastEventId };
    alsoInTransaction();
    if (before.attempt?.token !== undefined && checkpoint.attempt?.token !== before.attempt.token) {
      engine.store.tokens.spendAt(execution.record.id, frame.path);
    }
    if (before.items && !checkpoint.items) engine.store.deleteFramesBelow(execution.record.id, frame.path);
    engine.store.saveFrame(execution.record.id, frame.path, frame.checkpoint);
    engine.store.updateExecution(execution.record.id, execution.record);
  });
}

/** How an execution ends. `events` come before the final one. */
export interface Ending {
  readonly status: Exclude<ExecutionStatus, 'RUNNING'>;
  readonly output?: unknown;
  readonly error?: string | undefined;
  readonly cause?: string | undefined;
  readonly events: readonly HistoryEvent[];
  readonly lastEventId: number;
  readonly success?: HistoryEvent;
}

const ENDING_EVENTS = { FAILED: 'Failed', ABORTED: 'Aborted', TIMED_OUT: 'TimedOut' } as const;

/**
 * Closes an execution in one transaction and stops all its frames. Event number 25,000 may only be an ending, and if
 * more than that one event is still to come, the ending is a failure (limits-and-threats.md A1).
 */
export function endExecution(engine: Engine, execution: RunningExecution, ending: Ending): void {
  const { record } = execution;
  const at = engine.clock.nowMilliseconds();
  const room = HISTORY_LIMIT - record.eventCount - 1;
  const hasRoom = ending.events.length <= room;
  const status = hasRoom ? ending.status : 'FAILED';
  const error = hasRoom ? ending.error : 'States.Runtime';
  const cause = hasRoom
    ? ending.cause
    : `The execution reached the maximum number of history events (${HISTORY_LIMIT}).`;
  const last =
    status === 'SUCCEEDED' && ending.success
      ? ending.success
      : executionEnded(at, status === 'SUCCEEDED' ? 'Failed' : ENDING_EVENTS[status], error, cause);
  engine.store.transaction(() => {
    writeEvents(engine, execution, [...ending.events.slice(0, room), last], ending.lastEventId);
    execution.record = {
      ...execution.record,
      status,
      ...(status === 'SUCCEEDED' && { outputText: JSON.stringify(ending.output) }),
      ...(error !== undefined && { error }),
      ...(cause !== undefined && { cause }),
      stoppedAtMilliseconds: at,
    };
    engine.store.updateExecution(record.id, execution.record);
    engine.store.clearExecution(record.id);
  });
  engine.running.delete(record.id);
  execution.controller.abort(new Interruption(`the execution ended as ${status}`));
}

/** Gives events their numbers; a state entered is a transition. Returns the id of the last one written. */
function writeEvents(
  engine: Engine,
  execution: RunningExecution,
  events: readonly HistoryEvent[],
  previousId: number,
): number {
  let previousEventId = previousId;
  let { eventCount, transitionCount } = execution.record;
  for (const event of events) {
    eventCount += 1;
    if (event.type.endsWith('StateEntered')) transitionCount += 1;
    engine.store.appendEvent(execution.record.id, { ...event, id: eventCount, previousEventId });
    previousEventId = eventCount;
  }
  execution.record = { ...execution.record, eventCount, transitionCount };
  return previousEventId;
}
