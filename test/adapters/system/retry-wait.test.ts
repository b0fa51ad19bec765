import { describe, expect, it } from 'vitest';
import { deadlineIn, retryAfterSecondsOf, waitBeforeRetry } from '../../../functions/adapters/system/retry-wait.ts';
import { createManualClock } from '../../support/manual-clock.ts';

const random = { uuid: () => '', hex: () => '', fraction: () => 0.5 };

describe('waiting before a retry', () => {
  it.each([
    { case: 'the first', retriesBefore: 0, retryAfterSeconds: undefined, slept: [250] },
    { case: 'the second', retriesBefore: 1, retryAfterSeconds: undefined, slept: [500] },
    { case: 'the third', retriesBefore: 2, retryAfterSeconds: undefined, slept: [1000] },
    { case: 'one that the other side timed', retriesBefore: 0, retryAfterSeconds: 7, slept: [7000] },
    { case: 'one timed at once', retriesBefore: 2, retryAfterSeconds: 0, slept: [0] },
  ])('waits for $case', async ({ retriesBefore, retryAfterSeconds, slept }) => {
    const clock = createManualClock(0);
    const deadline = deadlineIn(clock, 20_000);
    expect(await waitBeforeRetry({ clock, random, deadline, retriesBefore, retryAfterSeconds })).toBe(true);
    expect(clock.sleeps).toEqual(slept);
  });

  it.each([
    { case: 'more than ten seconds were asked for', limit: 60_000, retryAfterSeconds: 11 },
    { case: 'the wait would outlive the deadline', limit: 5_000, retryAfterSeconds: 5 },
    { case: 'even the jitter would', limit: 250, retryAfterSeconds: undefined },
  ])('gives up without waiting when $case', async ({ limit, retryAfterSeconds }) => {
    const clock = createManualClock(0);
    const deadline = deadlineIn(clock, limit);
    expect(await waitBeforeRetry({ clock, random, deadline, retriesBefore: 0, retryAfterSeconds })).toBe(false);
    expect(clock.sleeps).toEqual([]);
  });

  it('counts a deadline down to zero and no further', () => {
    const clock = createManualClock(1_000);
    const deadline = deadlineIn(clock, 500);
    clock.advance(200);
    expect(deadline.leftMilliseconds()).toBe(300);
    clock.advance(1_000);
    expect(deadline.leftMilliseconds()).toBe(0);
  });

  it.each([
    { header: '3', seconds: 3 },
    { header: ' 10 ', seconds: 10 },
    { header: 'Wed, 21 Oct 2026 07:28:00 GMT', seconds: undefined },
    { header: '-1', seconds: undefined },
    { header: '1.5', seconds: undefined },
    { header: null, seconds: undefined },
    { header: undefined, seconds: undefined },
  ])('reads Retry-After $header as $seconds', ({ header, seconds }) => {
    expect(retryAfterSecondsOf(header)).toBe(seconds);
  });
});
