/**
 * Time as the local stack and its simulators see it: the wall clock plus an offset that tests and people may change.
 * One instance is shared by all parts of a process, so that a shift reaches gateway, engine, scheduler and simulators at once.
 */
export interface LocalClock {
  /** Milliseconds since 1970, UTC, offset included. */
  nowMilliseconds(): number;
  /** Milliseconds by which this clock differs from the wall clock. */
  offsetMilliseconds(): number;
  /** Moves the clock by so many milliseconds (forward or back) and wakes whoever waits for a moment that has come. */
  shift(milliseconds: number): void;
  /**
   * Resolves once `nowMilliseconds() >= atMilliseconds`, also when a shift makes it so.
   * Rejects with the signal's reason when `signal` aborts first.
   */
  waitUntil(atMilliseconds: number, signal?: AbortSignal): Promise<void>;
}

/** Node's timers hold 31 bits of milliseconds; a longer wait is made of several. */
const LONGEST_TIMER_MILLISECONDS = 2 ** 31 - 1;

/** A clock that follows the wall clock until it is shifted. */
export function createLocalClock(): LocalClock {
  let offset = 0;
  const sleepers = new Set<() => void>();
  const now = () => Date.now() + offset;

  return {
    nowMilliseconds: now,
    offsetMilliseconds: () => offset,
    shift(milliseconds) {
      offset += milliseconds;
      for (const recheck of [...sleepers]) recheck();
    },
    waitUntil(atMilliseconds, signal) {
      return new Promise((resolve, reject) => {
        let timer: NodeJS.Timeout | undefined;
        const finish = (settle: () => void) => {
          clearTimeout(timer);
          sleepers.delete(recheck);
          signal?.removeEventListener('abort', abort);
          settle();
        };
        const abort = () => finish(() => reject(signal?.reason));
        const recheck = () => {
          clearTimeout(timer);
          const remaining = atMilliseconds - now();
          if (remaining <= 0) return finish(resolve);
          timer = setTimeout(recheck, Math.min(Math.ceil(remaining), LONGEST_TIMER_MILLISECONDS));
        };
        if (signal?.aborted) return reject(signal.reason);
        signal?.addEventListener('abort', abort, { once: true });
        sleepers.add(recheck);
        recheck();
      });
    },
  };
}
