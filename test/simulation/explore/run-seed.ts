import { isFinal } from '../../../functions/domain/transfer.ts';
import { steps } from '../../../functions/manifest.ts';
import { byChance } from '../machinery/plan.ts';
import type { Simulation } from '../machinery/simulation.ts';
import { randomRun } from '../scenarios/workload.ts';
import { type Outcome, runScenario } from './run-scenario.ts';

/** An execution that the sweep starts lives for so long. */
const STOPPED_AFTER_SECONDS = 60;

/** Stops every execution, also those that are started from now on, and lets no monitor come: what is left is the sweep's (L4). */
export function leaveAllToTheSweep(sim: Simulation): void {
  for (const { functionName } of steps) sim.dead.add(functionName);
  sim.dead.add('task-monitor');
  const stopAll = () => {
    for (const execution of sim.workflow.executions()) {
      if (execution.status === 'RUNNING') sim.workflow.stop(execution.name);
    }
    if (sim.records().some((record) => !isFinal(record.state)))
      sim.schedule.after(STOPPED_AFTER_SECONDS * 1000, stopAll);
  };
  sim.disturb();
  stopAll();
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
