import { createHash } from 'node:crypto';
import type { Direction, Moment } from './moment.ts';

/** Signs of life that an undisturbed transfer shows, from the first request to the end, as counted. A few less or more do no harm. */
export const SIGNS: Readonly<Record<Direction, number>> = { upload: 69, download: 39 };
/** Most calls and steps are shorter: so a kill falls into them as well as between them. */
const LONGEST_PLUS_MILLISECONDS = 60;
/** Every third task is so slow that it is followed for a while: looks find it alive. */
const SLOW_BYTES_PER_SECOND = 200_000;
/** Of these looks. */
const MORE_SIGNS_WHEN_SLOW = 6;

/**
 * A moment at random, an upload's for odd numbers and a download's for even ones. It is drawn among the signs of life of a transfer and not
 * by the clock: else most kills would meet somebody waiting.
 * @param number - from 1; the same seed and number are the same moment
 */
export function drawMoment(seed: number, number: number): Moment {
  const digest = createHash('sha256').update(`${seed} ${number}`).digest();
  const fraction = (at: number) => digest.readUInt32BE(at) / 2 ** 32;
  const direction = number % 2 === 1 ? 'upload' : 'download';
  const isSlow = fraction(8) < 1 / 3;
  const signs = SIGNS[direction] + (isSlow ? MORE_SIGNS_WHEN_SLOW : 0);
  const count = 1 + Math.floor(fraction(0) * signs);
  const plusMilliseconds = Math.floor(fraction(4) * (LONGEST_PLUS_MILLISECONDS + 1));
  const transfer = `${isSlow ? 'a slow' : 'a quick'} ${direction}`;
  return {
    number,
    seed,
    name: `of ${transfer}, ${plusMilliseconds} ms after sign of life ${count} of about ${signs}`,
    direction,
    phase: `${direction}, drawn`,
    controls: isSlow ? [{ to: 'globus', path: '/bytes-per-second', body: { value: SLOW_BYTES_PER_SECOND } }] : [],
    sight: { kind: 'signs', count },
    plusMilliseconds,
  };
}
