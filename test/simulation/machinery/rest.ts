import { isFinal } from '../../../functions/domain/transfer.ts';
import type { Simulation } from './simulation.ts';

/** Longer than anything takes that is not held up: the longest task, its 90 days included. */
const LONGEST_SECONDS = 120 * 86_400;

/** A process that was thawed at the last moment has its say. */
const AFTERWARDS_SECONDS = 5;

/** Is nothing under way any more, and nothing left to tidy? */
export function isAtRest(sim: Simulation): boolean {
  return (
    // The cheapest question first: it is asked after every step.
    sim.workflow.running() === 0 &&
    sim.records().every((record) => isFinal(record.state)) &&
    sim.rows().length === 0 &&
    sim.lockItems().length === 0 &&
    sim.claims().every((claim) => claim.checkAtEpochSeconds === null) &&
    sim.effectsOnTheirWay === 0 &&
    [...sim.globus.work.values()].every((task) => !sim.globus.isLive(task.taskId))
  );
}

/**
 * Ends all faults and lets the world come to rest by itself, then asks every invariant what it finds.
 * @param withinSeconds - by then everything must be over
 */
export async function comeToRest(sim: Simulation, withinSeconds = LONGEST_SECONDS): Promise<void> {
  sim.calm();
  await sim.until(() => isAtRest(sim), withinSeconds);
  await sim.pass(AFTERWARDS_SECONDS);
  await sim.until(() => isAtRest(sim), withinSeconds);
  sim.judge((invariant) => invariant.atRest?.(sim));
  await sim.pass(1);
}
