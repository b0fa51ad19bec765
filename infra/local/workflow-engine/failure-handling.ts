import { withoutWork } from './checkpoint.ts';
import { commit } from './commit.ts';
import type { Catcher, Retrier } from './definition.ts';
import { coversError, QueryEvaluationFailure, StateFailure } from './errors.ts';
import { type Completion, complete, type Frame, note, nowOf, scopeOf, sleepUntil } from './frame.ts';
import { evaluationFailed } from './history.ts';

/** Runs something that evaluates expressions of the current state, and notes an `EvaluationFailed` event if one fails. */
export async function notingEvaluationFailure<T>(frame: Frame, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof QueryEvaluationFailure) {
      note(frame, evaluationFailed(nowOf(frame), frame.checkpoint.stateName, error.location, error.causeText));
    }
    throw error;
  }
}

/**
 * Runs a state under its Retry and Catch: the first row that covers the error decides; when its attempts are used up, Catch is asked;
 * a failure that Catch does not cover, or that happens in Catch itself, is thrown.
 */
export async function withFailureHandling(
  frame: Frame,
  state: { readonly Retry?: readonly Retrier[]; readonly Catch?: readonly Catcher[] },
  attempt: () => Promise<Completion>,
): Promise<Completion> {
  for (;;) {
    const { retryAtMilliseconds } = frame.checkpoint;
    if (retryAtMilliseconds !== undefined) {
      await sleepUntil(frame, retryAtMilliseconds);
      frame.checkpoint = withoutWork(frame.checkpoint);
    }
    try {
      return await notingEvaluationFailure(frame, attempt);
    } catch (error) {
      if (!(error instanceof StateFailure)) throw error;
      if (!scheduleRetry(frame, state.Retry ?? [], error)) return await catchFailure(frame, state.Catch ?? [], error);
    }
  }
}

/** Commits the next attempt's time if a row of Retry still allows one. A retry counts as a transition. */
function scheduleRetry(frame: Frame, retriers: readonly Retrier[], failure: StateFailure): boolean {
  const index = retriers.findIndex((row) => coversError(row.ErrorEquals, failure.errorName));
  const retrier = retriers[index];
  const used = frame.checkpoint.retryCounts[index] ?? 0;
  if (!retrier || used >= (retrier.MaxAttempts ?? 3)) return false;
  const retryCounts = retriers.map((_, row) => (frame.checkpoint.retryCounts[row] ?? 0) + (row === index ? 1 : 0));
  const { execution } = frame;
  execution.record = { ...execution.record, transitionCount: execution.record.transitionCount + 1 };
  const retryAtMilliseconds = nowOf(frame) + retryDelayMilliseconds(retrier, used, frame.engine.fraction());
  commit(frame, { ...withoutWork(frame.checkpoint), retryCounts, retryAtMilliseconds });
  return true;
}

/**
 * How long to wait before an attempt: interval × rate to the power of the attempts already used, at most MaxDelaySeconds;
 * with FULL jitter a random part of that.
 * @param chance - from 0 up to 1, used with FULL jitter
 */
export function retryDelayMilliseconds(retrier: Retrier, usedAttempts: number, chance: number): number {
  const grown = (retrier.IntervalSeconds ?? 1) * (retrier.BackoffRate ?? 2) ** usedAttempts;
  const capped = Math.min(grown, retrier.MaxDelaySeconds ?? Number.POSITIVE_INFINITY, 31_622_400);
  return Math.round(capped * 1_000 * (retrier.JitterStrategy === 'FULL' ? chance : 1));
}

function catchFailure(frame: Frame, catchers: readonly Catcher[], failure: StateFailure): Promise<Completion> {
  const catcher = catchers.find((row) => coversError(row.ErrorEquals, failure.errorName));
  if (!catcher) throw failure;
  const errorOutput = { Error: failure.errorName, Cause: failure.causeText };
  return notingEvaluationFailure(frame, () =>
    complete(catcher, errorOutput, scopeOf(frame, { errorOutput }), catcher.Next),
  );
}
