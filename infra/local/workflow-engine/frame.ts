import { type Checkpoint, freshCheckpoint } from './checkpoint.ts';
import type { Assignments, Branch, State } from './definition.ts';
import { type Engine, firstOf, type RunningExecution } from './engine.ts';
import { checkDataLimit, type EvaluationScope, evaluateTemplate, type Variables } from './expressions.ts';
import type { HistoryEvent } from './history.ts';
import { executionArn, ROLE_ARN, stateMachineArn } from './names.ts';

/** One path through states: the execution's own, a branch of a Parallel, or an iteration of a Map. */
export interface Frame {
  readonly engine: Engine;
  readonly execution: RunningExecution;
  /** `0` for the execution itself; a branch or iteration adds its index: `0.3`. */
  readonly path: string;
  readonly branch: Branch;
  /** Variables of the frames around this one, read only. */
  readonly outerVariables: Variables;
  readonly mapItem?: { readonly Index: number; readonly Value: unknown };
  readonly signal: AbortSignal;
  checkpoint: Checkpoint;
  /** Events that have happened and go into the history with the next commit. */
  pending: HistoryEvent[];
}

/** What a state leads to. Without `next` the frame is over. */
export interface Completion {
  readonly output: unknown;
  readonly assigned: Readonly<Record<string, unknown>>;
  readonly next?: string;
}

/** Milliseconds since 1970 on the engine's clock. */
export function nowOf(frame: Frame): number {
  return frame.engine.clock.nowMilliseconds();
}

/** Notes an event for the next commit. */
export function note(frame: Frame, event: HistoryEvent): void {
  frame.pending.push(event);
}

/** What the frame's expressions see; `extra` adds `result` or `errorOutput`, `token` the callback token. */
export function scopeOf(
  frame: Frame,
  extra: Readonly<Record<string, unknown>> = {},
  context: { token?: string | undefined; mapItem?: unknown } = {},
): EvaluationScope {
  const { checkpoint, execution } = frame;
  const { record } = execution;
  const nowMilliseconds = nowOf(frame);
  const mapItem = context.mapItem ?? frame.mapItem;
  return {
    nowMilliseconds,
    variables: visibleVariables(frame),
    states: {
      input: checkpoint.input,
      ...extra,
      context: {
        Execution: {
          Id: executionArn(record.machineName, record.name),
          Input: execution.input,
          Name: record.name,
          RoleArn: ROLE_ARN,
          StartTime: new Date(record.startedAtMilliseconds).toISOString(),
        },
        State: {
          EnteredTime: new Date(checkpoint.enteredAtMilliseconds ?? nowMilliseconds).toISOString(),
          Name: checkpoint.stateName,
          RetryCount: checkpoint.retryCounts.reduce((sum, count) => sum + count, 0),
        },
        StateMachine: { Id: stateMachineArn(record.machineName), Name: record.machineName },
        ...(context.token !== undefined && { Task: { Token: context.token } }),
        ...(mapItem !== undefined && { Map: { Item: mapItem } }),
      },
    },
  };
}

/** Variables of this frame and of those around it. */
export function visibleVariables(frame: Frame): Variables {
  return { ...frame.outerVariables, ...frame.checkpoint.variables };
}

/**
 * Evaluates Output and Assign of a state, a choice rule or a catcher. Both see the variables as they were before.
 * @throws StateFailure for an expression that fails or a value over the data limit
 */
export async function complete(
  fields: { readonly Output?: unknown; readonly Assign?: Assignments | undefined },
  defaultOutput: unknown,
  scope: EvaluationScope,
  next: string | undefined,
): Promise<Completion> {
  const output = 'Output' in fields ? await evaluateTemplate(fields.Output, 'Output', scope) : defaultOutput;
  checkDataLimit(output, 'output of the state');
  const assigned = (await evaluateTemplate(fields.Assign ?? {}, 'Assign', scope)) as Record<string, unknown>;
  checkDataLimit(assigned, 'set of assigned variables');
  return { output, assigned, ...(next !== undefined && { next }) };
}

/** The state the frame stands in. */
export function currentState(frame: Frame): State {
  const state = frame.branch.States[frame.checkpoint.stateName];
  if (!state) throw new Error(`the definition has no state "${frame.checkpoint.stateName}"`);
  return state;
}

/** The checkpoint after a completed state; the events of leaving it and of entering the next are the caller's to note. */
export function advance(frame: Frame, completion: Completion & { next: string }, enteredAt: number): Checkpoint {
  const { checkpoint } = frame;
  const variables = { ...checkpoint.variables, ...completion.assigned };
  return {
    ...freshCheckpoint(completion.next, completion.output, variables, checkpoint.lastEventId),
    enteredAtMilliseconds: enteredAt,
  };
}

/** Waits for a moment of the engine's clock unless the frame is stopped first. */
export function sleepUntil(frame: Frame, atMilliseconds: number): Promise<void> {
  return frame.engine.clock.waitUntil(atMilliseconds, frame.signal);
}

/** Waits for a promise unless the frame is stopped first. */
export function unlessStopped<T>(frame: Frame, promise: Promise<T>): Promise<T> {
  return firstOf([promise], frame.signal);
}
