import { afterEach, describe, expect, it } from 'vitest';
import { shiftSystemClock, systemClock } from '../../../functions/adapters/system/clock.ts';

describe('the system clock', () => {
  let shifted = 0;
  const shift = (milliseconds: number) => {
    shifted += milliseconds;
    shiftSystemClock(milliseconds);
  };
  afterEach(() => shift(-shifted));

  it('follows the machine and adds every shift', () => {
    const day = 24 * 3600 * 1000;
    const before = Date.now();
    shift(day);
    shift(day);
    expect(systemClock.nowMilliseconds()).toBeGreaterThanOrEqual(before + 2 * day);
    // Bounded, for a second may begin between two readings.
    const earliest = Math.floor(systemClock.nowMilliseconds() / 1000);
    const seconds = systemClock.nowEpochSeconds();
    expect(Number.isInteger(seconds)).toBe(true);
    expect(seconds).toBeGreaterThanOrEqual(earliest);
    expect(seconds).toBeLessThanOrEqual(Math.floor(systemClock.nowMilliseconds() / 1000));
  });
});
