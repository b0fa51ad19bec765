import type { Clock } from '../../ports/clock.ts';

/** Node's timers hold 31 bits of milliseconds; a longer sleep is made of several. */
const LONGEST_TIMER_MILLISECONDS = 2 ** 31 - 1;

let offsetMilliseconds = 0;

/** The machine's clock plus the offset of the local stack (0 unless shifted). `sleep` always takes real time. */
export const systemClock: Clock = {
  nowMilliseconds: () => Date.now() + offsetMilliseconds,
  nowEpochSeconds: () => Math.floor((Date.now() + offsetMilliseconds) / 1000),
  sleep: async (milliseconds) => {
    for (let left = milliseconds; left > 0; left -= LONGEST_TIMER_MILLISECONDS) {
      await new Promise((resolve) => setTimeout(resolve, Math.min(left, LONGEST_TIMER_MILLISECONDS)));
    }
  },
};

/**
 * Moves `systemClock` of this process. Only the local stack calls it, so that handlers see the time its simulators and engine see.
 * @param milliseconds - added to the present offset; may be negative
 */
export function shiftSystemClock(milliseconds: number): void {
  offsetMilliseconds += milliseconds;
}
