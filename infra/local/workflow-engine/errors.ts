/** Error names and classes of the engine, and the rules by which Retry and Catch match names. */

/** What a Catch hands on as `$states.errorOutput`. */
export interface ErrorOutput {
  readonly Error: string;
  readonly Cause: string;
}

/** Names beginning with `States.` that a definition may list in ErrorEquals; others of that prefix are refused at load. */
export const CATCHABLE_STATES_ERRORS: readonly string[] = [
  'States.ALL',
  'States.TaskFailed',
  'States.Timeout',
  'States.HeartbeatTimeout',
  'States.DataLimitExceeded',
  'States.QueryEvaluationError',
  'States.NoChoiceMatched',
];

/** A state failed; Retry and Catch look at `errorName`. */
export class StateFailure extends Error {
  override readonly name = 'StateFailure';
  readonly errorName: string;
  readonly causeText: string;

  constructor(errorName: string, causeText: string) {
    super(`${errorName}: ${causeText}`);
    this.errorName = errorName;
    this.causeText = causeText;
  }
}

/** An expression threw, gave nothing, or gave a value of a wrong kind; recorded as its own history event. */
export class QueryEvaluationFailure extends StateFailure {
  /** The field whose expression failed, such as `Output` or `Arguments/Payload`. */
  readonly location: string;

  constructor(location: string, causeText: string) {
    super('States.QueryEvaluationError', causeText);
    this.location = location;
  }
}

/**
 * What `invoke` throws when the function itself failed: the name becomes the task's error name.
 * Anything else that `invoke` throws becomes `Lambda.Unknown`.
 */
export class LambdaFailure extends Error {
  override readonly name = 'LambdaFailure';
  readonly errorName: string;

  constructor(errorName: string, message: string) {
    super(message);
    this.errorName = errorName;
  }
}

/** Thrown through a running state when its execution ended, its siblings failed, or the engine closes. Never a failure. */
export class Interruption extends Error {
  override readonly name = 'Interruption';
}

/** An answer of the wire protocol that the SDK turns into an exception of that name. */
export class ServiceError extends Error {
  readonly type: string;
  readonly httpStatus: number;

  constructor(type: string, message: string, httpStatus = 400) {
    super(message);
    this.type = type;
    this.httpStatus = httpStatus;
  }
}

/** Every fault of a definition, one line each with its place. */
export class InvalidDefinitionError extends Error {
  override readonly name = 'InvalidDefinitionError';
  readonly faults: readonly string[];

  constructor(machineName: string, faults: readonly string[]) {
    super(`The definition of "${machineName}" cannot run:\n${faults.map((fault) => `- ${fault}`).join('\n')}`);
    this.faults = faults;
  }
}

/**
 * Whether a row of Retry or Catch covers an error.
 * `States.ALL` covers all but the data limit and runtime errors; `States.TaskFailed` also leaves out time-outs;
 * `States.Timeout` covers a missed heartbeat too (Step Functions guide, "Handling errors").
 */
export function coversError(errorEquals: readonly string[], errorName: string): boolean {
  if (errorName === 'States.Runtime') return false;
  const isTimeout = errorName === 'States.Timeout' || errorName === 'States.HeartbeatTimeout';
  const isTerminal = errorName === 'States.DataLimitExceeded';
  return errorEquals.some((listed) => {
    if (listed === errorName) return true;
    if (listed === 'States.ALL') return !isTerminal;
    if (listed === 'States.TaskFailed') return !isTerminal && !isTimeout;
    return listed === 'States.Timeout' && isTimeout;
  });
}
