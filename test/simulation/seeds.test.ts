import { beforeAll, describe, expect, it, vi } from 'vitest';
import { DEFAULT_SEEDS } from './explore/orders.ts';
import { runSeed } from './explore/run-seed.ts';
import { describeFound } from './explore/tally.ts';
import { loadHandlers } from './machinery/platform.ts';

vi.mock('../../functions/wiring.ts', () => import('./machinery/platform.ts'));

beforeAll(loadHandlers);

/** Seeds of one test. */
const AT_ONCE = 25;
const LONGEST_MILLISECONDS = 120_000;

const BEGINNINGS = Array.from({ length: DEFAULT_SEEDS / AT_ONCE }, (_, index) => 1 + index * AT_ONCE);

describe('with people, faults and settings by chance', () => {
  it.each(BEGINNINGS)(
    `keeps its promises in ${AT_ONCE} seeds from %i on`,
    async (from) => {
      const told: string[] = [];
      for (let seed = from; seed < from + AT_ONCE; seed += 1) {
        const outcome = await runSeed(seed);
        if (outcome.violation || outcome.error) told.push(describeFound({ where: `seed ${seed}`, ...outcome }));
      }
      expect(told, told.join('\n')).toEqual([]);
    },
    LONGEST_MILLISECONDS,
  );

  it('plays a seed the same way each time', async () => {
    const stories = await Promise.all(
      [1, 2].map(async () => {
        const lines: string[] = [];
        await runSeed(7, new Set(), (line) => lines.push(line));
        return lines;
      }),
    );
    expect(stories[0]?.length).toBeGreaterThan(100);
    expect(stories[1]).toEqual(stories[0]);
  });
});
