import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import type { RandomSource } from '../../ports/random-source.ts';
import { type Deadline, retryAfterSecondsOf, waitBeforeRetry } from '../system/retry-wait.ts';
import type { GlobusReply, NoReply } from './reply.ts';

/** One call of several tries. */
export interface CallDescription {
  /** For the log. */
  readonly name: string;
  /** What may be tried again: anything that may pass, or only what certainly had no effect (429). */
  readonly when: 'any-transient' | 'rate-limited-only';
  readonly deadline: Deadline;
  /** Ceiling of one try, in milliseconds, when it differs from the usual one. */
  readonly attemptMilliseconds?: number;
}

export type RetryingCall = (
  call: CallDescription,
  attempt: (timeLimitMilliseconds: number) => Promise<GlobusReply | NoReply>,
) => Promise<GlobusReply | NoReply>;

/** As the official Python client, but four tries instead of six: our calls must end inside 20 s (globus-api.md 3.3). */
const MOST_TRIES = 4;

/** Makes the function that repeats a call while it is worth it and the deadline allows; it answers with the last result. */
export function createRetryingCall(options: {
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly log: Log;
  readonly attemptMilliseconds: number;
}): RetryingCall {
  const { clock, random, log } = options;
  return async (call, attempt) => {
    for (let tries = 1; ; tries += 1) {
      const ceiling = call.attemptMilliseconds ?? options.attemptMilliseconds;
      const left = call.deadline.leftMilliseconds();
      // Whatever was tried before under 'rate-limited-only' was a 429, which had no effect.
      if (left === 0)
        return {
          kind: 'none',
          reason: 'no time left',
          wasSent: tries > 1 && call.when === 'any-transient',
          cause: undefined,
        };
      const result = await attempt(Math.min(ceiling, left));
      if (tries === MOST_TRIES || !isWorthRepeating(result, call.when)) return result;
      const retryAfterSeconds = result.kind === 'reply' ? retryAfterSecondsOf(result.retryAfter) : undefined;
      const waited = await waitBeforeRetry({
        clock,
        random,
        deadline: call.deadline,
        retriesBefore: tries - 1,
        retryAfterSeconds,
      });
      if (!waited) return result;
      log.warn('globus.retry', {
        call: call.name,
        tries,
        ...(result.kind === 'reply' ? { status: result.status, code: result.code } : { reason: result.reason }),
      });
    }
  };
}

function isWorthRepeating(result: GlobusReply | NoReply, when: CallDescription['when']): boolean {
  if (result.kind === 'reply' && result.status === 429) return true;
  if (when === 'rate-limited-only') return false;
  if (result.kind === 'none') return result.isLasting !== true;
  // A remote collection's own error does not pass in seconds; Globus's client does not repeat it either.
  if (result.code.includes('ExternalError') || result.code.includes('EndpointError')) return false;
  return [500, 502, 503, 504].includes(result.status);
}
