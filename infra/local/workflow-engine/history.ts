import { REGION, ROLE_ARN } from './names.ts';

/**
 * History events under Amazon's names. A definition's cost in events follows from them (limits-and-threats.md 1.4):
 * Wait 2, Choice 2, lambda Task 5, callback Task 6, each retry 3 more.
 */

/** The last event of an execution has at most this number, and only an ending may have it (limits-and-threats.md A1). */
export const HISTORY_LIMIT = 25_000;

export interface HistoryEvent {
  readonly type: string;
  readonly atMilliseconds: number;
  /** The one `…EventDetails` member of the event on the wire; empty for types without details. */
  readonly details: Readonly<Record<string, unknown>>;
}

export interface StoredHistoryEvent extends HistoryEvent {
  readonly id: number;
  readonly previousEventId: number;
}

const TEXT = { truncated: false };
const text = (value: unknown) => JSON.stringify(value);

/** Events are made at the moment given: `at` is milliseconds since 1970. */
export function executionStarted(at: number, inputText: string): HistoryEvent {
  return event('ExecutionStarted', at, 'executionStartedEventDetails', {
    input: inputText,
    inputDetails: TEXT,
    roleArn: ROLE_ARN,
  });
}

/** `ExecutionSucceeded`, with the output as JSON text. */
export function executionSucceeded(at: number, outputText: string): HistoryEvent {
  return event('ExecutionSucceeded', at, 'executionSucceededEventDetails', { output: outputText, outputDetails: TEXT });
}

/** `ExecutionFailed`, `ExecutionAborted` or `ExecutionTimedOut`. */
export function executionEnded(
  at: number,
  how: 'Failed' | 'Aborted' | 'TimedOut',
  error: string | undefined,
  cause: string | undefined,
): HistoryEvent {
  return event(`Execution${how}`, at, `execution${how}EventDetails`, { error, cause });
}

/** `TaskStateEntered`, `WaitStateEntered` and so on. */
export function stateEntered(at: number, stateType: string, name: string, input: unknown): HistoryEvent {
  return event(`${stateType}StateEntered`, at, 'stateEnteredEventDetails', {
    name,
    input: text(input),
    inputDetails: TEXT,
  });
}

/** `TaskStateExited` and so on, with the variables the state assigned. */
export function stateExited(
  at: number,
  stateType: string,
  name: string,
  output: unknown,
  assigned: Readonly<Record<string, unknown>>,
): HistoryEvent {
  const assignedVariables = Object.fromEntries(Object.entries(assigned).map(([key, value]) => [key, text(value)]));
  const hasAssigned = Object.keys(assigned).length > 0;
  return event(`${stateType}StateExited`, at, 'stateExitedEventDetails', {
    name,
    output: text(output),
    outputDetails: TEXT,
    ...(hasAssigned && { assignedVariables, assignedVariablesDetails: TEXT }),
  });
}

/** `EvaluationFailed`: an expression of the state gave no usable value. */
export function evaluationFailed(at: number, state: string, location: string, cause: string): HistoryEvent {
  return event('EvaluationFailed', at, 'evaluationFailedEventDetails', {
    error: 'States.QueryEvaluationError',
    cause,
    location,
    state,
  });
}

/** One of the events of a task's attempt; `withToken` tells the callback resource from the plain one. */
export function taskEvent(
  at: number,
  what: 'Scheduled' | 'Started' | 'Submitted' | 'Succeeded' | 'Failed' | 'TimedOut',
  withToken: boolean,
  details: Readonly<Record<string, unknown>> = {},
): HistoryEvent {
  return event(`Task${what}`, at, `task${what}EventDetails`, {
    resourceType: 'lambda',
    resource: withToken ? 'invoke.waitForTaskToken' : 'invoke',
    ...(what === 'Scheduled' && { region: REGION }),
    ...details,
  });
}

/** `MapStateStarted`, `ParallelStateStarted`, `MapStateSucceeded` and so on; only a started Map has details. */
export function groupEvent(
  at: number,
  stateType: 'Map' | 'Parallel',
  what: 'Started' | 'Succeeded' | 'Failed',
  length?: number,
): HistoryEvent {
  const type = `${stateType}State${what}`;
  return length === undefined
    ? { type, atMilliseconds: at, details: {} }
    : event(type, at, 'mapStateStartedEventDetails', { length });
}

/** One iteration of a Map began or ended. */
export function iterationEvent(
  at: number,
  what: 'Started' | 'Succeeded' | 'Failed',
  name: string,
  index: number,
): HistoryEvent {
  return event(`MapIteration${what}`, at, `mapIteration${what}EventDetails`, { name, index });
}

function event(type: string, at: number, member: string, details: Readonly<Record<string, unknown>>): HistoryEvent {
  return { type, atMilliseconds: at, details: { [member]: details } };
}
