import type { RandomSource } from '../../../functions/ports/random-source.ts';

/** Chance that is the same in each run: it counts, and every fraction is one half. */
export function createCountingRandomSource(): RandomSource {
  let drawn = 0;
  const nextHex = (digits: number) => (++drawn).toString(16).padStart(digits, '0').slice(-digits);
  return {
    uuid: () => `00000000-0000-4000-8000-${nextHex(12)}`,
    hex: (bytes) => nextHex(2 * bytes),
    fraction: () => 0.5,
  };
}
