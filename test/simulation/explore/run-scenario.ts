import { allInvariants } from '../invariants/all.ts';
import type { Chance } from '../machinery/chance.ts';
import type { SimulationOptions } from '../machinery/options.ts';
import { exactly, type FaultPlan, faultName, type PlannedFault } from '../machinery/plan.ts';
import { comeToRest, isAtRest } from '../machinery/rest.ts';
import { createSimulation, type Simulation } from '../machinery/simulation.ts';
import { type Violation, ViolationFound } from '../machinery/watch.ts';
import type { Scenario } from '../scenarios/scenario.ts';

/** How one run ended. */
export interface Outcome {
  readonly violation: Violation | undefined;
  /** What went wrong otherwise: an expectation of the scenario, or an error of the harness. */
  readonly error: string | undefined;
  readonly met: readonly PlannedFault[];
  readonly steps: number;
  readonly simulatedSeconds: number;
  readonly callCounts: ReadonlyMap<string, number>;
}

/** How long people may take for what they do, in seconds. */
const LONGEST_PLAY_SECONDS = 120 * 86_400;

export interface RunOptions {
  readonly seed: number;
  readonly faults?: ((chance: Chance) => FaultPlan) | undefined;
  readonly tell?: ((line: string) => void) | undefined;
  readonly changes?: Partial<SimulationOptions> | undefined;
  /** Faults go on for so long after people are done, or until nothing is left to disturb. */
  readonly roughSeconds?: number | undefined;
  /** What happens after that, before rest is waited for. */
  readonly beforeRest?: ((sim: Simulation) => void) | undefined;
}

/** Plays a scenario to its end. */
export async function runScenario(scenario: Scenario, options: RunOptions): Promise<Outcome> {
  const faults = options.faults ?? (scenario.faults ? () => exactly(scenario.faults ?? []) : undefined);
  const sim = createSimulation({
    ...scenario.options,
    ...options.changes,
    seed: options.seed,
    invariants: allInvariants(),
    ...(faults ? { faults } : {}),
    ...(options.tell ? { tell: options.tell } : {}),
  });
  let violation: Violation | undefined;
  let error: string | undefined;
  try {
    let isPlayed = false;
    let failed: unknown;
    scenario.play(sim).then(
      () => {
        isPlayed = true;
      },
      (reason: unknown) => {
        isPlayed = true;
        failed = reason;
      },
    );
    const isDone = await sim.until(() => isPlayed, LONGEST_PLAY_SECONDS);
    if (failed) throw failed;
    if (!isDone) throw new Error('people never came to the end of what they do');
    await sim.until(() => isAtRest(sim), options.roughSeconds ?? 0);
    options.beforeRest?.(sim);
    await comeToRest(sim, scenario.restsWithinSeconds);
    if (!options.faults) assertMet(scenario, sim);
    scenario.after?.(sim);
  } catch (reason) {
    if (reason instanceof ViolationFound) violation = reason.violation;
    else error = reason instanceof Error ? (reason.stack ?? reason.message) : String(reason);
  } finally {
    sim.close();
  }
  return {
    violation,
    error,
    met: sim.faults.met,
    steps: sim.schedule.steps,
    simulatedSeconds: (sim.schedule.now - sim.schedule.startedAt) / 1000,
    callCounts: sim.callCounts,
  };
}

/** A fault that no call met would prove nothing. */
function assertMet({ faults = [] }: Scenario, sim: Simulation): void {
  const met = new Set(sim.faults.met.map(faultName));
  const unmet = faults.find((fault) => !met.has(faultName(fault)));
  if (unmet)
    throw new Error(`no call met the fault: ${faultName(unmet)}; calls were ${[...sim.callCounts.keys()].join(', ')}`);
}
