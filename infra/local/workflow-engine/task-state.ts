import { awaitCallback } from './callback-task.ts';
import type { TaskAttempt } from './checkpoint.ts';
import { commit } from './commit.ts';
import { LAMBDA_INVOKE_WITH_TASK_TOKEN, type TaskState } from './definition.ts';
import { firstOf } from './engine.ts';
import { StateFailure } from './errors.ts';
import { checkDataLimit, type EvaluationScope, evaluateNumber, evaluateTemplate } from './expressions.ts';
import { type Completion, complete, type Frame, note, nowOf, scopeOf } from './frame.ts';
import { taskEvent } from './history.ts';
import { bareFunctionName } from './names.ts';
import { failedTaskEvent, lambdaReply } from './task-results.ts';
import { newTaskToken } from './token-table.ts';

/** Longest time limit in seconds, and the one of a Task without TimeoutSeconds (Step Functions guide, "Task"). */
export const LONGEST_TIMEOUT_SECONDS = 99_999_999;

/** Calls the function, and with the callback resource waits for the answer to the token. One attempt. */
export async function runTask(frame: Frame, state: TaskState): Promise<Completion> {
  const result = await taskResult(frame, state);
  return complete(state, result, scopeOf(frame, { result }), state.Next);
}

async function taskResult(frame: Frame, state: TaskState): Promise<unknown> {
  const interrupted = frame.checkpoint.attempt;
  const withToken = state.Resource === LAMBDA_INVOKE_WITH_TASK_TOKEN;
  const attempt = interrupted ?? (await beginAttempt(frame, state, withToken));
  if (attempt.token !== undefined) return awaitCallback(frame, { ...attempt, token: attempt.token });
  // A call that a restart cut off is made again, with the whole time limit: nobody can tell how far it had come.
  const timesOutAtMilliseconds = interrupted
    ? nowOf(frame) + attempt.timeLimitMilliseconds
    : attempt.timesOutAtMilliseconds;
  return replyOf(frame, { ...attempt, timesOutAtMilliseconds });
}

async function beginAttempt(frame: Frame, state: TaskState, withToken: boolean): Promise<TaskAttempt> {
  const token = withToken ? newTaskToken() : undefined;
  const scope = scopeOf(frame, {}, { token });
  const parameters = await evaluateTemplate(state.Arguments, 'Arguments', scope);
  checkDataLimit(parameters, 'set of arguments');
  const { FunctionName: functionName, Payload: payload = null } = invokeArguments(parameters);
  const timeLimitSeconds = await seconds(state.TimeoutSeconds ?? LONGEST_TIMEOUT_SECONDS, 'TimeoutSeconds', scope);
  const heartbeatSeconds =
    state.HeartbeatSeconds === undefined ? undefined : await seconds(state.HeartbeatSeconds, 'HeartbeatSeconds', scope);

  const at = nowOf(frame);
  const attempt: TaskAttempt = {
    functionName: bareFunctionName(functionName),
    payload,
    ...(token !== undefined && { token }),
    timesOutAtMilliseconds: at + timeLimitSeconds * 1_000,
    timeLimitMilliseconds: timeLimitSeconds * 1_000,
    isSubmitted: false,
  };
  note(
    frame,
    taskEvent(at, 'Scheduled', withToken, {
      parameters: JSON.stringify(parameters),
      ...(state.TimeoutSeconds !== undefined && { timeoutInSeconds: timeLimitSeconds }),
      ...(heartbeatSeconds !== undefined && { heartbeatInSeconds: heartbeatSeconds }),
    }),
  );
  note(frame, taskEvent(at, 'Started', withToken));
  commit(frame, { ...frame.checkpoint, attempt }, () => {
    if (token === undefined) return;
    frame.engine.store.tokens.put({
      token,
      executionId: frame.execution.record.id,
      path: frame.path,
      timesOutAtMilliseconds: attempt.timesOutAtMilliseconds,
      ...(heartbeatSeconds !== undefined && {
        heartbeatMilliseconds: heartbeatSeconds * 1_000,
        heartbeatDueAtMilliseconds: at + heartbeatSeconds * 1_000,
      }),
    });
  });
  return attempt;
}

function seconds(value: unknown, location: string, scope: EvaluationScope): Promise<number> {
  return evaluateNumber(value, location, scope, { minimum: 1, maximum: LONGEST_TIMEOUT_SECONDS });
}

/** @throws StateFailure `States.Runtime`, which no Catch covers, as for any call Step Functions cannot make */
function invokeArguments(parameters: unknown): { FunctionName: string; Payload?: unknown } {
  const isObject = parameters !== null && typeof parameters === 'object';
  if (isObject && 'FunctionName' in parameters && typeof parameters.FunctionName === 'string') {
    return { ...parameters, FunctionName: parameters.FunctionName };
  }
  throw new StateFailure(
    'States.Runtime',
    'The Arguments of lambda:invoke must be an object with the text FunctionName.',
  );
}

async function replyOf(frame: Frame, attempt: TaskAttempt): Promise<unknown> {
  const { gate, clock } = frame.engine;
  const timer = new AbortController();
  const timedOut = clock.waitUntil(attempt.timesOutAtMilliseconds, timer.signal).then(() => {
    throw new StateFailure('States.Timeout', '');
  });
  try {
    const payload = await firstOf<unknown>(
      [gate.call({ ...attempt, startSignal: frame.signal }), timedOut],
      frame.signal,
    );
    const result = lambdaReply(payload);
    checkDataLimit(result, 'result of the task');
    note(frame, taskEvent(nowOf(frame), 'Succeeded', false, { output: JSON.stringify(result) }));
    return result;
  } catch (error) {
    if (error instanceof StateFailure) note(frame, failedTaskEvent(nowOf(frame), error, false));
    throw error;
  } finally {
    timer.abort('the task is over');
  }
}
