import { afterEach, describe, expect, it } from 'vitest';
import { shiftSystemClock, systemClock } from '../../../functions/adapters/system/clock.ts';
import { systemRandomSource } from '../../../functions/adapters/system/random-source.ts';

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
    expect(systemClock.nowEpochSeconds()).toBe(Math.floor(systemClock.nowMilliseconds() / 1000));
  });

  it('sleeps at least as long as it is told', async () => {
    const before = performance.now();
    await systemClock.sleep(20);
    // Timers may fire up to a millisecond early.
    expect(performance.now() - before).toBeGreaterThanOrEqual(19);
  });
});

describe('the system random source', () => {
  it('makes lower-case version 4 UUIDs that differ', () => {
    const first = systemRandomSource.uuid();
    expect(first).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(systemRandomSource.uuid()).not.toBe(first);
  });

  it('gives two hex digits a byte, and fractions below 1', () => {
    expect(systemRandomSource.hex(6)).toMatch(/^[0-9a-f]{12}$/);
    const fraction = systemRandomSource.fraction();
    expect(fraction >= 0 && fraction < 1).toBe(true);
  });
});
