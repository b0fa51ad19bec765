import { steps } from '../../../functions/manifest.ts';
import { randomRun } from '../scenarios/workload.ts';
import { byChance } from './plan.ts';
import { type Outcome, runScenario } from './run.ts';
import type { Simulation } from './simulation.ts';

/** Stops every execution and lets none begin: what is left is the sweep's (L4). */
export function leaveAllToTheSweep(sim: Simulation): void {
  for (const { functionName } of steps) sim.dead.add(functionName);
  sim.dead.add('task-monitor');
  for (const execution of sim.workflow.executions()) {
    if (execution.status === 'RUNNING') sim.workflow.stop(execution.name);
  }
  sim.stirred();
}

/**
 * Plays the run of a seed.
 * @param spared - names of faults that are left out, see `faultName`
 */
export function runSeed(
  seed: number,
  spared: ReadonlySet<string> = new Set(),
  tell?: (line: string) => void,
): Promise<Outcome> {
  const { scenario, harshness, changes, isSweepAlone } = randomRun(seed);
  return runScenario(scenario, {
    seed,
    changes,
    faults: (chance) => byChance(chance, harshness, spared),
    ...(tell ? { tell } : {}),
    ...(isSweepAlone ? { beforeRest: leaveAllToTheSweep } : {}),
  });
}
