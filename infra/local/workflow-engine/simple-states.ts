import { commit } from './commit.ts';
import type { ChoiceState, FailState, PassState, SucceedState, WaitState } from './definition.ts';
import { QueryEvaluationFailure, StateFailure } from './errors.ts';
import { type EvaluationScope, evaluateNumber, evaluateTemplate } from './expressions.ts';
import { type Completion, complete, type Frame, scopeOf, sleepUntil } from './frame.ts';

/** Longest Wait in seconds, a little over three years (Step Functions guide, "Wait"). */
export const LONGEST_WAIT_SECONDS = 99_999_999;

/** A moment as Step Functions writes it: RFC 3339 with an upper-case T and either Z or an offset. */
const TIMESTAMP = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/;

/** Milliseconds since 1970 of an RFC 3339 moment, or undefined when the text is none. */
export function parseTimestamp(text: unknown): number | undefined {
  if (typeof text !== 'string' || !TIMESTAMP.test(text)) return undefined;
  const milliseconds = Date.parse(text);
  return Number.isNaN(milliseconds) ? undefined : milliseconds;
}

/** Hands its input on, or what Output makes. */
export function runPass(frame: Frame, state: PassState): Promise<Completion> {
  return complete(state, frame.checkpoint.input, scopeOf(frame), state.Next);
}

/** Ends the branch well. */
export function runSucceed(frame: Frame, state: SucceedState): Promise<Completion> {
  return complete(state, frame.checkpoint.input, scopeOf(frame), undefined);
}

/** Always throws the StateFailure the state describes. */
export async function runFail(frame: Frame, state: FailState): Promise<never> {
  const scope = scopeOf(frame);
  const error = await evaluateTemplate(state.Error ?? '', 'Error', scope);
  const cause = await evaluateTemplate(state.Cause ?? '', 'Cause', scope);
  if (typeof error !== 'string') throw new QueryEvaluationFailure('Error', "The field 'Error' must be text.");
  if (typeof cause !== 'string') throw new QueryEvaluationFailure('Cause', "The field 'Cause' must be text.");
  throw new StateFailure(error, cause);
}

/** Takes the first rule whose condition is true, else Default, else fails with `States.NoChoiceMatched`. */
export async function runChoice(frame: Frame, state: ChoiceState): Promise<Completion> {
  const scope = scopeOf(frame);
  for (const [index, rule] of state.Choices.entries()) {
    const location = `Choices/${index}/Condition`;
    const isMatch = await evaluateTemplate(rule.Condition, location, scope);
    if (typeof isMatch !== 'boolean') {
      const got = JSON.stringify(isMatch);
      throw new QueryEvaluationFailure(location, `The field '${location}' must be true or false, got ${got}.`);
    }
    if (isMatch) return complete(rule, frame.checkpoint.input, scope, rule.Next);
  }
  if (state.Default === undefined) {
    throw new StateFailure('States.NoChoiceMatched', 'No rule of the Choice state was true and it has no Default.');
  }
  return complete(state, frame.checkpoint.input, scope, state.Default);
}

/** Waits until a moment that is fixed on entry and kept through restarts. */
export async function runWait(frame: Frame, state: WaitState): Promise<Completion> {
  if (frame.checkpoint.waitUntilMilliseconds === undefined) {
    const waitUntilMilliseconds = await endOfWait(frame, state, scopeOf(frame));
    commit(frame, { ...frame.checkpoint, waitUntilMilliseconds });
  }
  await sleepUntil(frame, frame.checkpoint.waitUntilMilliseconds ?? 0);
  return complete(state, frame.checkpoint.input, scopeOf(frame), state.Next);
}

async function endOfWait(frame: Frame, state: WaitState, scope: EvaluationScope): Promise<number> {
  if (state.Seconds !== undefined) {
    const range = { minimum: 0, maximum: LONGEST_WAIT_SECONDS };
    const seconds = await evaluateNumber(state.Seconds, 'Seconds', scope, range);
    return (frame.checkpoint.enteredAtMilliseconds ?? scope.nowMilliseconds) + seconds * 1_000;
  }
  const timestamp = await evaluateTemplate(state.Timestamp, 'Timestamp', scope);
  const milliseconds = parseTimestamp(timestamp);
  if (milliseconds === undefined) {
    const got = JSON.stringify(timestamp);
    throw new QueryEvaluationFailure('Timestamp', `The field 'Timestamp' must be an RFC 3339 moment, got ${got}.`);
  }
  return milliseconds;
}
