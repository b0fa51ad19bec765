import type { Clock } from '../../functions/ports/clock.ts';

/** A clock that moves only when told, or when somebody sleeps. */
export interface ManualClock extends Clock {
  /** Moves time by so many milliseconds. */
  advance(milliseconds: number): void;
  /** Every sleep so far, in milliseconds, in order. */
  readonly sleeps: readonly number[];
}

/**
 * Makes a clock that starts at the given moment. A sleep moves it by its length and resolves at once.
 * @param startMilliseconds - milliseconds since 1970
 */
export function createManualClock(startMilliseconds: number): ManualClock {
  let now = startMilliseconds;
  const sleeps: number[] = [];
  return {
    sleeps,
    nowMilliseconds: () => now,
    nowEpochSeconds: () => Math.floor(now / 1000),
    sleep: async (milliseconds) => {
      sleeps.push(milliseconds);
      now += Math.max(0, milliseconds);
    },
    advance: (milliseconds) => {
      now += milliseconds;
    },
  };
}
