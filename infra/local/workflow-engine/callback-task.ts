import type { TaskAttempt } from './checkpoint.ts';
import { commit } from './commit.ts';
import { firstOf } from './engine.ts';
import { StateFailure } from './errors.ts';
import { type Frame, note, nowOf } from './frame.ts';
import { taskEvent } from './history.ts';
import { failedTaskEvent, lambdaReply } from './task-results.ts';
import type { CallbackOutcome } from './token-table.ts';

type CallbackAttempt = TaskAttempt & { readonly token: string };

type Happening =
  | { readonly kind: 'answer'; readonly outcome: CallbackOutcome }
  | { readonly kind: 'submitted'; readonly payload: unknown };

/**
 * Calls the function unless that is done, then waits for the answer to the token, the time limit or a missed heartbeat.
 * An answer that comes before the function has returned ends the task at once; the function's own end is then ignored.
 */
export async function awaitCallback(frame: Frame, attempt: CallbackAttempt): Promise<unknown> {
  const { waiters, store } = frame.engine;
  const timer = new AbortController();
  const answer = new Promise<Happening>((resolve) => {
    const answered = (outcome: CallbackOutcome) => resolve({ kind: 'answer', outcome });
    waiters.set(attempt.token, { answered });
    // Answered before a restart, but the state had not moved on yet.
    const known = store.tokens.find(attempt.token)?.outcome;
    if (known) answered(known);
  });
  const expired = expiry(frame, attempt, timer.signal);
  try {
    let happening = await firstOf([answer, expired, ...startedCall(frame, attempt)], frame.signal);
    if (happening.kind === 'submitted') {
      const output = JSON.stringify(lambdaReply(happening.payload));
      note(frame, taskEvent(nowOf(frame), 'Submitted', true, { output }));
      commit(frame, { ...frame.checkpoint, attempt: { ...attempt, isSubmitted: true } });
      happening = await firstOf([answer, expired], frame.signal);
    }
    return resultOf(frame, happening);
  } catch (error) {
    if (error instanceof StateFailure) note(frame, failedTaskEvent(nowOf(frame), error, true));
    throw error;
  } finally {
    timer.abort('the task is over');
    waiters.delete(attempt.token);
  }
}

/** The call under way, or none when the function had already returned, or when the answer is known. */
function startedCall(frame: Frame, attempt: CallbackAttempt): Promise<Happening>[] {
  const isAnswered = frame.engine.store.tokens.find(attempt.token)?.outcome !== undefined;
  if (attempt.isSubmitted || isAnswered) return [];
  const call = frame.engine.gate.call({ ...attempt, startSignal: frame.signal });
  return [call.then((payload): Happening => ({ kind: 'submitted', payload }))];
}

function resultOf(frame: Frame, happening: Happening): unknown {
  if (happening.kind !== 'answer') throw new Error('a task was submitted twice');
  const { outcome } = happening;
  if (outcome.kind === 'failure') throw new StateFailure(outcome.error, outcome.cause);
  note(frame, taskEvent(nowOf(frame), 'Succeeded', true, { output: JSON.stringify(outcome.output) }));
  return outcome.output;
}

/** Never resolves; throws when the time limit or the heartbeat, which each SendTaskHeartbeat moves, has passed. */
async function expiry(frame: Frame, attempt: CallbackAttempt, signal: AbortSignal): Promise<never> {
  const { clock, store } = frame.engine;
  for (;;) {
    const heartbeatDueAt = store.tokens.find(attempt.token)?.heartbeatDueAtMilliseconds ?? Number.POSITIVE_INFINITY;
    const now = clock.nowMilliseconds();
    if (now >= attempt.timesOutAtMilliseconds) throw new StateFailure('States.Timeout', '');
    if (now >= heartbeatDueAt) throw new StateFailure('States.HeartbeatTimeout', '');
    await clock.waitUntil(Math.min(attempt.timesOutAtMilliseconds, heartbeatDueAt), signal);
  }
}
