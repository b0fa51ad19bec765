import type { Clock } from '../../ports/clock.ts';
import type { RandomSource } from '../../ports/random-source.ts';

/** Waits before the second, third and fourth try lie below 0.5, 1 and 2 s: at most 3.5 s together. */
const FIRST_WAIT_MILLISECONDS = 500;

/** A longer Retry-After is told to our caller instead of being waited for. */
export const LONGEST_RETRY_AFTER_SECONDS = 10;

/** The moment by which everything a call does must have ended. */
export interface Deadline {
  /** Milliseconds left by the clock, never negative. */
  leftMilliseconds(): number;
}

/** A deadline so many milliseconds from now. */
export function deadlineIn(clock: Clock, milliseconds: number): Deadline {
  const endsAtMilliseconds = clock.nowMilliseconds() + milliseconds;
  return { leftMilliseconds: () => Math.max(0, endsAtMilliseconds - clock.nowMilliseconds()) };
}

/** Reads a Retry-After header. Only whole seconds are understood; a date gives undefined. */
export function retryAfterSecondsOf(header: string | null | undefined): number | undefined {
  return header && /^\s*\d{1,6}\s*$/.test(header) ? Number(header) : undefined;
}

/**
 * Waits before another try: the time the other side asked for, else full jitter under a doubling ceiling.
 * @param retriesBefore - how many retries there were already, from 0
 * @returns false, without waiting, when the wait would be too long or would outlive the deadline
 */
export async function waitBeforeRetry(wait: {
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly deadline: Deadline;
  readonly retriesBefore: number;
  readonly retryAfterSeconds: number | undefined;
}): Promise<boolean> {
  if ((wait.retryAfterSeconds ?? 0) > LONGEST_RETRY_AFTER_SECONDS) return false;
  const milliseconds =
    wait.retryAfterSeconds === undefined
      ? wait.random.fraction() * FIRST_WAIT_MILLISECONDS * 2 ** wait.retriesBefore
      : wait.retryAfterSeconds * 1000;
  if (milliseconds >= wait.deadline.leftMilliseconds()) return false;
  await wait.clock.sleep(milliseconds);
  return true;
}
