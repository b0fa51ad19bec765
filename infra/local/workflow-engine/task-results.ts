import { randomUUID } from 'node:crypto';
import type { StateFailure } from './errors.ts';
import { type HistoryEvent, taskEvent } from './history.ts';

/** What the optimised integration gives as the result of `lambda:invoke`: the function's reply inside the SDK's answer. */
export function lambdaReply(payload: unknown) {
  const requestId = randomUUID();
  return {
    ExecutedVersion: '$LATEST',
    Payload: payload,
    SdkHttpMetadata: {
      AllHttpHeaders: {},
      HttpHeaders: { 'Content-Type': 'application/json', 'x-amzn-RequestId': requestId },
      HttpStatusCode: 200,
    },
    SdkResponseMetadata: { RequestId: requestId },
    StatusCode: 200,
  };
}

/** `TaskTimedOut` for time-outs and missed heartbeats, `TaskFailed` for all else. */
export function failedTaskEvent(at: number, failure: StateFailure, withToken: boolean): HistoryEvent {
  const isTimeout = failure.errorName === 'States.Timeout' || failure.errorName === 'States.HeartbeatTimeout';
  return taskEvent(at, isTimeout ? 'TimedOut' : 'Failed', withToken, {
    error: failure.errorName,
    cause: failure.causeText,
  });
}
