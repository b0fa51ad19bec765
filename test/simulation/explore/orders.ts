import type { PlannedFault } from '../machinery/plan.ts';
import { BASE_SCENARIOS } from '../scenarios/base.ts';
import { SCENARIOS } from '../scenarios/catalogue.ts';
import type { Job } from './job.ts';

/** Seeds of a job: large enough that threads seldom talk, small enough that progress shows. */
const SEEDS_PER_JOB = 5;
const SETS_PER_JOB = 25;
/** The seed of scenarios, with faults and without. */
export const SCENARIO_SEED = 1;
/** Seeds that the tests play, and that a mutant must not outlive. */
export const DEFAULT_SEEDS = 500;

export function* seedJobs(from: number, count: number): Generator<Job> {
  for (let start = from; start < from + count; start += SEEDS_PER_JOB) {
    yield { kind: 'seeds', from: start, count: Math.min(SEEDS_PER_JOB, from + count - start) };
  }
}

export function* scenarioJobs(): Generator<Job> {
  for (const index of SCENARIOS.keys()) yield { kind: 'scenario', index, seed: SCENARIO_SEED };
}

export function* faultJobs(index: number, sets: Iterable<readonly PlannedFault[]>): Generator<Job> {
  let batch: (readonly PlannedFault[])[] = [];
  for (const set of sets) {
    batch.push(set);
    if (batch.length < SETS_PER_JOB) continue;
    yield { kind: 'faults', index, seed: SCENARIO_SEED, sets: batch };
    batch = [];
  }
  if (batch.length > 0) yield { kind: 'faults', index, seed: SCENARIO_SEED, sets: batch };
}

/** Every two faults, the second one met when the first one leaves it a chance. */
export function* pairsOf(singles: readonly PlannedFault[]): Generator<readonly PlannedFault[]> {
  for (const [index, first] of singles.entries()) {
    for (const second of singles.slice(index + 1)) {
      const isSameCall = first.call === second.call && first.occurrence === second.occurrence;
      if (!isSameCall) yield [first, second];
    }
  }
}

/** Places in the list of all scenarios, of those whose name has the text in it; of the base ones without a text. */
export function scenariosNamed(text: string | undefined): readonly number[] {
  const all = [...SCENARIOS.keys()];
  if (text === undefined) return all.slice(0, BASE_SCENARIOS.length);
  return all.filter((index) => SCENARIOS[index]?.name.includes(text));
}
