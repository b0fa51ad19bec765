import { leaveAllToTheSweep } from '../actors/operators.ts';
import { byChance } from '../machinery/plan.ts';
import { randomRun } from '../scenarios/workload.ts';
import { type Outcome, runScenario } from './run-scenario.ts';

/**
 * Plays the run of a seed.
 * @param spared - names of faults that are left out, see `faultName`
 */
export function runSeed(
  seed: number,
  spared: ReadonlySet<string> = new Set(),
  tell?: (line: string) => void,
): Promise<Outcome> {
  const { scenario, harshness, changes, roughSeconds, isSweepAlone } = randomRun(seed);
  return runScenario(scenario, {
    seed,
    changes,
    roughSeconds,
    faults: (chance) => byChance(chance, harshness, spared),
    ...(tell ? { tell } : {}),
    ...(isSweepAlone ? { beforeRest: leaveAllToTheSweep } : {}),
  });
}
