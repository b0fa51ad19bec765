import { beforeAll, describe, expect, it } from 'vitest';
import { SCENARIO_SEED } from './explore/orders.ts';
import { everySingleFault, playEach } from './explore/singles.ts';
import { describeFound } from './explore/tally.ts';
import { loadHandlers } from './machinery/platform.ts';
import { BASE_SCENARIOS } from './scenarios/base.ts';

/** A run of that many calls can meet no fewer faults. */
const FEWEST = 300;
const LONGEST_MILLISECONDS = 300_000;

/** Each single fault at each call of base scenarios. @param which - their places in the list */
export function describeSingleFaults(which: readonly number[]): void {
  beforeAll(loadHandlers);
  describe('whatever happens to any single call', () => {
    it.each(which.flatMap((index) => BASE_SCENARIOS[index] ?? []))(
      '$name, or ends well otherwise',
      async (scenario) => {
        const singles = await everySingleFault(scenario, SCENARIO_SEED);
        expect(singles.length).toBeGreaterThan(FEWEST);
        let met = 0;
        const failures = await playEach(
          scenario,
          SCENARIO_SEED,
          singles.map((fault) => [fault]),
          (outcome) => {
            met += outcome.met.length;
          },
        );
        const told = failures.map(({ outcome }) => describeFound({ where: scenario.name, ...outcome }));
        expect(told, told.slice(0, 3).join('\n')).toEqual([]);
        // Up to its fault each run is the undisturbed one, so that each fault is met.
        expect(met).toBe(singles.length);
      },
      LONGEST_MILLISECONDS,
    );
  });
}
