import { BASE_SCENARIOS } from './base.ts';
import { EXECUTIONS } from './executions.ts';
import { FOLLOWING } from './following.ts';
import { GRANTING } from './granting.ts';
import { LEASE } from './lease.ts';
import { REGISTERING } from './registering.ts';
import { REPORT_CHECKS } from './report-checks.ts';
import { REPORTING } from './reporting.ts';
import type { Scenario } from './scenario.ts';
import { SETTLING } from './settling.ts';

/** Longest time until a fault is met that comes after everybody's part is done. */
const FAULTS_MET_WITHIN_SECONDS = 6 * 3_600;

/** Faults end when people are done with what they do: the story goes on until each was met. */
function untilMet(scenario: Scenario): Scenario {
  const { faults = [], play } = scenario;
  if (faults.length === 0) return scenario;
  return {
    ...scenario,
    async play(sim) {
      await play(sim);
      const deadline = sim.schedule.now + FAULTS_MET_WITHIN_SECONDS * 1000;
      while (sim.faults.met.length < faults.length && sim.schedule.now < deadline) await sim.sleep(5);
    },
  };
}

/** Every story that is told, in the order of the catalogue. */
export const SCENARIOS: readonly Scenario[] = [
  ...BASE_SCENARIOS,
  ...GRANTING,
  ...LEASE,
  ...REPORTING,
  ...REPORT_CHECKS,
  ...FOLLOWING,
  ...EXECUTIONS,
  ...SETTLING,
  ...REGISTERING,
].map(untilMet);
