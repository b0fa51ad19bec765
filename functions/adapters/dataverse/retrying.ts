import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import type { RandomSource } from '../../ports/random-source.ts';
import { type Deadline, retryAfterSecondsOf, waitBeforeRetry } from '../system/retry-wait.ts';
import type { HttpExchange, HttpReply, HttpRequest, NoReply } from './http-exchange.ts';

/**
 * What may be sent again: `read` after network failures, 429, 502, 503, 504 · `network` after network failures only · `unsent` when no
 * connection stood or Dataverse answered 429, neither of which had an effect · `never`.
 */
export type Repeat = 'read' | 'network' | 'unsent' | 'never';

export interface RepeatableRequest extends HttpRequest {
  /** For the log: no identifiers of people, no query. */
  readonly name: string;
  readonly repeat: Repeat;
  readonly deadline: Deadline;
  /** Ceiling of one try. */
  readonly attemptMilliseconds: number;
}

export type RetryingExchange = (request: RepeatableRequest) => Promise<HttpReply | NoReply>;

/** The first try and three more. */
const MOST_TRIES = 4;

/** Makes the function that repeats a request while it is safe and the deadline allows; it answers with the last result. */
export function createRetryingExchange(options: {
  readonly exchange: HttpExchange;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly log: Log;
}): RetryingExchange {
  const { exchange, clock, random, log } = options;
  return async (request) => {
    for (let tries = 1; ; tries += 1) {
      const left = request.deadline.leftMilliseconds();
      // Under 'unsent', whatever was tried before had no effect.
      const wasSent = tries > 1 && request.repeat !== 'unsent';
      if (left === 0) return { kind: 'none', reason: 'no time left', wasSent, cause: undefined };
      const result = await exchange(request, Math.min(request.attemptMilliseconds, left));
      if (tries === MOST_TRIES || !isWorthRepeating(result, request.repeat)) return result;
      const retryAfterSeconds =
        result.kind === 'reply' ? retryAfterSecondsOf(result.headers['retry-after']) : undefined;
      const retriesBefore = tries - 1;
      if (!(await waitBeforeRetry({ clock, random, deadline: request.deadline, retriesBefore, retryAfterSeconds }))) {
        return result;
      }
      log.warn('dataverse.retry', {
        call: request.name,
        tries,
        ...(result.kind === 'reply' ? { status: result.status } : { reason: result.reason }),
      });
    }
  };
}

function isWorthRepeating(result: HttpReply | NoReply, repeat: Repeat): boolean {
  if (repeat === 'never') return false;
  if (result.kind === 'none' && result.isLasting) return false;
  if (result.kind === 'none') return repeat === 'unsent' ? !result.wasSent : true;
  if (repeat === 'network') return false;
  return result.status === 429 || (repeat === 'read' && [502, 503, 504].includes(result.status));
}
