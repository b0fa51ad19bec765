import { describe, expect, it } from 'vitest';
import type { Clock } from '../../functions/ports/clock.ts';

/** Timers are counted by another clock than the time of day, so that one may end up to this much early by the other. */
const TIMER_SLACK_MILLISECONDS = 2;
const EARLIEST = Date.UTC(2020, 0, 1);
const LATEST = Date.UTC(2200, 0, 1);

/** What every adapter of the port `Clock` does. */
export function describeClockContract(name: string, makeClock: () => Clock): void {
  describe(`the clock contract, kept by ${name}`, () => {
    it('tells whole milliseconds since 1970', () => {
      const now = makeClock().nowMilliseconds();
      expect(Number.isInteger(now)).toBe(true);
      expect(now).toBeGreaterThan(EARLIEST);
      expect(now).toBeLessThan(LATEST);
    });

    it('tells the whole part of the same moment in seconds', async () => {
      const clock = makeClock();
      for (let look = 0; look < 5; look++) {
        const before = Math.floor(clock.nowMilliseconds() / 1000);
        const seconds = clock.nowEpochSeconds();
        const after = Math.floor(clock.nowMilliseconds() / 1000);
        expect(seconds).toBeGreaterThanOrEqual(before);
        expect(seconds).toBeLessThanOrEqual(after);
        await clock.sleep(7);
      }
    });

    it('sleeps at least as long as it is told, by its own time', async () => {
      const clock = makeClock();
      const before = clock.nowMilliseconds();
      await clock.sleep(30);
      expect(clock.nowMilliseconds() - before).toBeGreaterThanOrEqual(30 - TIMER_SLACK_MILLISECONDS);
    });

    it.each([0, -5])('wakes at once from a sleep of %i ms', async (milliseconds) => {
      const clock = makeClock();
      const before = clock.nowMilliseconds();
      await clock.sleep(milliseconds);
      const slept = clock.nowMilliseconds() - before;
      expect(slept).toBeGreaterThanOrEqual(0);
      // Not a bound of the sleep, but of how long a busy machine may hold this process up.
      expect(slept).toBeLessThan(10_000);
    });
  });
}
