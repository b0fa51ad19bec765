import { exactly, faultName, type PlannedFault } from '../machinery/plan.ts';
import type { Scenario } from '../scenarios/scenario.ts';
import { type Outcome, runScenario } from './run-scenario.ts';
import { runSeed } from './run-seed.ts';
import { withoutExpectations } from './singles.ts';

/** A failing run is played again at most so many times to make it smaller. */
const MOST_TRIES = 300;

/**
 * Faults that are enough to make something fail the same way.
 * @param fails - plays it with these faults alone
 */
async function fewest(
  faults: readonly PlannedFault[],
  fails: (kept: readonly PlannedFault[]) => Promise<boolean>,
): Promise<readonly PlannedFault[]> {
  let kept = faults;
  let tries = 0;
  // Halves first, then quarters, down to single ones.
  for (let size = Math.ceil(kept.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < kept.length && tries < MOST_TRIES; ) {
      const without = kept.filter((_, index) => index < from || index >= from + size);
      tries += 1;
      if (await fails(without)) kept = without;
      else from += size;
    }
  }
  return kept;
}

function isSame(outcome: Outcome, original: Outcome): boolean {
  return original.violation ? outcome.violation?.id === original.violation.id : outcome.error !== undefined;
}

/** The faults of a failing seed without which it does not fail. */
export function shrinkSeed(seed: number, original: Outcome): Promise<readonly PlannedFault[]> {
  const names = original.met.map(faultName);
  return fewest(original.met, async (kept) => {
    const keptNames = new Set(kept.map(faultName));
    const spared = new Set(names.filter((name) => !keptNames.has(name)));
    return isSame(await runSeed(seed, spared), original);
  });
}

/** The same for a scenario with given faults. */
export function shrinkFaults(scenario: Scenario, seed: number, original: Outcome): Promise<readonly PlannedFault[]> {
  return fewest(original.met, async (kept) =>
    isSame(await runScenario(withoutExpectations(scenario), { seed, faults: () => exactly(kept) }), original),
  );
}
