import { disturbanceOf } from '../machinery/faults.ts';
import { exactly, type PlannedFault } from '../machinery/plan.ts';
import type { Scenario } from '../scenarios/scenario.ts';
import { type Outcome, runScenario } from './run-scenario.ts';

/** Every fault that a single call of an undisturbed run can meet. */
export async function everySingleFault(scenario: Scenario, seed: number): Promise<readonly PlannedFault[]> {
  const { callCounts, violation, error } = await runScenario(scenario, { seed, faults: () => exactly([]) });
  if (violation || error) throw new Error(`${scenario.name} fails without a fault: ${violation?.what ?? error}`);
  return [...callCounts].flatMap(([call, count]) => {
    const [, port = '', method = ''] = /^[\w-]+: (\w+)\.(\w+)$/.exec(call) ?? [];
    const { kinds } = disturbanceOf(port, method);
    return Array.from({ length: count }, (_, index) =>
      kinds.map((kind) => ({ call, occurrence: index + 1, kind })),
    ).flat();
  });
}

export interface Failure {
  readonly faults: readonly PlannedFault[];
  readonly outcome: Outcome;
}

/** Plays a scenario once for each set of faults. @returns those in which something was not as it must be */
export async function playEach(
  scenario: Scenario,
  seed: number,
  sets: Iterable<readonly PlannedFault[]>,
  played: (outcome: Outcome) => void = () => undefined,
): Promise<readonly Failure[]> {
  const failures: Failure[] = [];
  for (const faults of sets) {
    const outcome = await runScenario(withoutExpectations(scenario), { seed, faults: () => exactly(faults) });
    played(outcome);
    if (outcome.violation || outcome.error) failures.push({ faults, outcome });
  }
  return failures;
}

/** With a fault in it a story may come out another way: then only the invariants count. */
export function withoutExpectations({ after: _after, ...scenario }: Scenario): Scenario {
  return scenario;
}
