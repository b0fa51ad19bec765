import { isFinal } from '../../../functions/domain/transfer.ts';
import { steps } from '../../../functions/manifest.ts';
import type { Simulation } from '../machinery/simulation.ts';

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
  sim.circumstances.isSweepAlone = true;
  sim.disturb();
  stopAll();
  sim.stirred();
}
