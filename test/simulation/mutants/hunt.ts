import type { Found, Job } from '../explore/job.ts';
import { DEFAULT_SEEDS, scenarioJobs, seedJobs } from '../explore/orders.ts';
import { whyFound } from '../explore/tally.ts';
import { startPlayer } from '../explore/workers.ts';
import type { Mutant } from './mutants.ts';

/** How the search for one mutant went. */
export interface Hunt {
  readonly mutant: string;
  /** What was wrong, beginning with the invariant's name; undefined when nothing was. */
  readonly caughtBy: string | undefined;
  /** The scenario or seed in which it was. */
  readonly where: string | undefined;
  readonly runs: number;
  readonly seconds: number;
}

/** Plays every scenario, then the default seeds, until an invariant is broken. */
export async function hunt({ name }: Mutant): Promise<Hunt> {
  const startedAt = performance.now();
  const player = await startPlayer({ mutant: name, isShrinking: false });
  let runs = 0;
  let found: Found | undefined;
  try {
    for (const job of everyJob()) {
      const result = await player.play(job);
      runs += result.runs;
      // An invariant says more than a scenario's own expectation, which counts only when no seed breaks one either.
      found = result.found.find((each) => each.violation) ?? found ?? result.found[0];
      if (found?.violation) break;
    }
  } finally {
    await player.stop();
  }
  return {
    mutant: name,
    caughtBy: found && whyFound(found),
    where: found?.where,
    runs,
    seconds: (performance.now() - startedAt) / 1000,
  };
}

function* everyJob(): Generator<Job> {
  yield* scenarioJobs();
  yield* seedJobs(1, DEFAULT_SEEDS);
}

/** Hunts several at a time. */
export async function huntAll(
  mutants: readonly Mutant[],
  threads: number,
  caught: (hunt: Hunt) => void,
): Promise<readonly Hunt[]> {
  const queue = [...mutants];
  const hunted: Hunt[] = [];
  const work = async () => {
    for (let mutant = queue.shift(); mutant; mutant = queue.shift()) {
      const result = await hunt(mutant);
      hunted.push(result);
      caught(result);
    }
  };
  await Promise.all(Array.from({ length: threads }, work));
  return hunted;
}
