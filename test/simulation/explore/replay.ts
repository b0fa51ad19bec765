import type { FaultKind } from '../machinery/faults.ts';
import { exactly, faultName, type PlannedFault } from '../machinery/plan.ts';
import { SCENARIOS } from '../scenarios/catalogue.ts';
import { SCENARIO_SEED } from './orders.ts';
import { type Outcome, runScenario } from './run-scenario.ts';
import { runSeed } from './run-seed.ts';
import { withoutExpectations } from './singles.ts';

/**
 * Plays one run again and tells it line by line: time, who, what.
 * @param what - a seed, or the name of a scenario
 * @returns its outcome, or a sentence that says what is wrong with the order
 */
export async function replay(
  what: string,
  faultNames: readonly string[],
  tell: (line: string) => void,
): Promise<Outcome | string> {
  if (/^\d+$/.test(what)) return runSeed(Number(what), new Set(), tell);
  const scenario = SCENARIOS.find((each) => each.name === what) ?? SCENARIOS.find((each) => each.name.includes(what));
  if (!scenario) return `--replay ${what}: expected a seed, or the name of a scenario`;
  const faults: PlannedFault[] = [];
  for (const name of faultNames) {
    const fault = parseFault(name);
    if (!fault) return `--fault ${name}: expected "<function>: <port>.<method> #<number> <kind>"`;
    faults.push(fault);
  }
  if (faults.length === 0) return runScenario(scenario, { seed: SCENARIO_SEED, tell });
  return runScenario(withoutExpectations(scenario), { seed: SCENARIO_SEED, faults: () => exactly(faults), tell });
}

/** The reverse of `faultName`. */
function parseFault(name: string): PlannedFault | undefined {
  const [, call, occurrence, kind] = /^(.+) #(\d+) ([\w-]+)$/.exec(name) ?? [];
  if (call === undefined || kind === undefined) return undefined;
  const fault = { call, occurrence: Number(occurrence), kind: kind as FaultKind };
  return faultName(fault) === name ? fault : undefined;
}
