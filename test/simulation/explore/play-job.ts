import { exactly } from '../machinery/plan.ts';
import { SCENARIOS } from '../scenarios/catalogue.ts';
import type { Scenario } from '../scenarios/scenario.ts';
import type { Found, Job, JobResult } from './job.ts';
import { type Outcome, runScenario } from './run-scenario.ts';
import { runSeed } from './run-seed.ts';
import { shrinkFaults, shrinkSeed } from './shrink.ts';
import { everySingleFault, withoutExpectations } from './singles.ts';

/** Plays a job. @param isShrinking - whether what fails is made smaller */
export async function playJob(job: Job, isShrinking: boolean): Promise<JobResult> {
  const found: Found[] = [];
  const total = { runs: 0, steps: 0, simulatedSeconds: 0, faults: 0 };
  const note = async (where: string, outcome: Outcome, shrink: () => Promise<Found['met']>) => {
    total.runs += 1;
    total.steps += outcome.steps;
    total.simulatedSeconds += outcome.simulatedSeconds;
    total.faults += outcome.met.length;
    const { violation, error, met } = outcome;
    if (!violation && !error) return;
    found.push({ where, violation, error, met, ...(isShrinking && met.length > 0 ? { shrunk: await shrink() } : {}) });
  };

  switch (job.kind) {
    case 'seeds':
      for (let seed = job.from; seed < job.from + job.count; seed += 1) {
        const outcome = await runSeed(seed);
        await note(`seed ${seed}`, outcome, () => shrinkSeed(seed, outcome));
      }
      return { ...total, found };
    case 'scenario': {
      const scenario = scenarioAt(job.index);
      await note(scenario.name, await runScenario(scenario, { seed: job.seed }), async () => scenario.faults ?? []);
      return { ...total, found };
    }
    case 'faults': {
      const scenario = scenarioAt(job.index);
      for (const set of job.sets) {
        const outcome = await runScenario(withoutExpectations(scenario), {
          seed: job.seed,
          faults: () => exactly(set),
        });
        await note(scenario.name, outcome, () => shrinkFaults(scenario, job.seed, outcome));
      }
      return { ...total, found };
    }
    case 'single-faults-of':
      return { ...total, found, singles: await everySingleFault(scenarioAt(job.index), job.seed) };
  }
}

function scenarioAt(index: number): Scenario {
  const scenario = SCENARIOS[index];
  if (!scenario) throw new Error(`there is no scenario ${index}`);
  return scenario;
}
