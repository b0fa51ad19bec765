import { Cron } from 'croner';

/** Where the ranges of AWS's cron fields end: minutes, hours, day of month, month, day of week, year. */
const LAST_VALUES = [59, 23, 31, 12, 7, 2199] as const;

/**
 * Rewrites the six fields of an AWS cron expression (minutes hours day-of-month month day-of-week year) to croner's seven.
 * Croner refuses a step after a single number, so `0/15` becomes `0-59/15`; `?` means any value, and Sunday stays 1.
 * @throws Error when there are not six fields
 */
export function toCronerPattern(awsCron: string): string {
  const fields = awsCron.trim().split(/\s+/);
  if (fields.length !== LAST_VALUES.length) {
    throw new Error(`cron "${awsCron}": expected six fields, got ${fields.length} (example: 0/15 * * * ? *)`);
  }
  const rewritten = fields.map((field, index) =>
    field
      .split(',')
      .map((part) => (part === '?' ? '*' : part.replace(/^(\d+)\/(\d+)$/, `$1-${LAST_VALUES[index]}/$2`)))
      .join(','),
  );
  return ['0', ...rewritten].join(' ');
}

/**
 * The moments an AWS cron expression names, in UTC as EventBridge reads it.
 * @returns a function from epoch milliseconds to the next moment after it, undefined when there is none
 * @throws Error when the expression is not valid
 */
export function nextMomentOf(awsCron: string): (afterMilliseconds: number) => number | undefined {
  // Paused: croner only computes, the waiting is done on the stack's own clock.
  const cron = new Cron(toCronerPattern(awsCron), {
    paused: true,
    timezone: 'UTC',
    mode: '7-part',
    alternativeWeekdays: true,
  });
  return (afterMilliseconds) => cron.nextRun(new Date(afterMilliseconds))?.getTime();
}
