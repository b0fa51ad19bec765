import { describe, expect, it } from 'vitest';
import { nextMomentOf, toCronerPattern } from '../../infra/local/aws-cron.ts';

describe('AWS cron expressions', () => {
  it.each([
    ['* * * * ? *', '0 * * * * * *'],
    ['0/15 * * * ? *', '0 0-59/15 * * * * *'],
    ['5/20 8/4 * * ? *', '0 5-59/20 8-23/4 * * * *'],
    ['0 9 ? * MON-FRI *', '0 0 9 * * MON-FRI *'],
    ['0 9 ? * 2-6 2027/2', '0 0 9 * * 2-6 2027-2199/2'],
    ['*/10 * 1/5 1/3 ? *', '0 */10 * 1-31/5 1-12/3 * *'],
    ['0,30/10 * * * ? *', '0 0,30-59/10 * * * * *'],
    ['0 0 L * ? *', '0 0 0 L * * *'],
  ])('are rewritten: %s', (awsCron, pattern) => {
    expect(toCronerPattern(awsCron)).toBe(pattern);
  });

  it.each([
    ['each minute', '* * * * ? *', '2026-11-21T22:07:30Z', '2026-11-21T22:08:00Z'],
    ['each quarter of an hour', '0/15 * * * ? *', '2026-11-21T22:07:30Z', '2026-11-21T22:15:00Z'],
    ['never at the moment itself', '0/15 * * * ? *', '2026-11-21T22:15:00Z', '2026-11-21T22:30:00Z'],
    ['at an hour of UTC', '30 3 * * ? *', '2026-11-21T22:07:30Z', '2026-11-22T03:30:00Z'],
    ['on Sunday, which is day 1', '0 9 ? * 1 *', '2026-11-21T22:07:30Z', '2026-11-22T09:00:00Z'],
    ['on Monday to Friday as 2-6', '0 9 ? * 2-6 *', '2026-11-21T22:07:30Z', '2026-11-23T09:00:00Z'],
    ['in a year to come', '0 0 1 1 ? 2028', '2026-11-21T22:07:30Z', '2028-01-01T00:00:00Z'],
  ])('name the next moment: %s', (_case, awsCron, after, next) => {
    expect(nextMomentOf(awsCron)(Date.parse(after))).toBe(Date.parse(next));
  });

  it('name no moment after their last year', () => {
    expect(nextMomentOf('0 0 1 1 ? 2020')(Date.parse('2026-01-01T00:00:00Z'))).toBeUndefined();
  });

  it.each(['* * * * *', '', '0 9 ? * MON-FRI * *', '99 * * * ? *', 'a * * * ? *'])('are refused: "%s"', (awsCron) => {
    expect(() => nextMomentOf(awsCron)).toThrow();
  });
});
