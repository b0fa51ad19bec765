/** `npm run simulate`: see its `--help`. */
import { availableParallelism } from 'node:os';
import { replaceWiring } from './machinery/hooks.ts';

replaceWiring();
const { HELP, readArguments } = await import('./explore/arguments.ts');
const { DEFAULT_SEEDS, faultJobs, scenarioJobs, scenariosNamed, seedJobs, SCENARIO_SEED, pairsOf } = await import(
  './explore/orders.ts'
);
const { createTally, describeFound, whyFound } = await import('./explore/tally.ts');
const { playAll, startPlayer } = await import('./explore/workers.ts');
const { replay } = await import('./explore/replay.ts');
const { loadHandlers } = await import('./machinery/platform.ts');
type Job = import('./explore/job.ts').Job;
type Arguments = import('./explore/arguments.ts').Arguments;

const PROGRESS_MILLISECONDS = 10_000;

/** All jobs of an order, made as they are needed: pairs are many. */
async function* jobsOf(order: Arguments): AsyncGenerator<Iterable<Job>> {
  const isEverything = order.seeds === undefined && !order.isPairs && !order.isSingles;
  if (isEverything) yield scenarioJobs();
  if (order.isPairs || order.isSingles || isEverything) {
    const player = await startPlayer({ isShrinking: false });
    for (const index of scenariosNamed(order.scenario)) {
      const { singles = [] } = await player.play({ kind: 'single-faults-of', index, seed: SCENARIO_SEED });
      yield faultJobs(index, order.isPairs ? pairsOf(singles) : singles.map((fault) => [fault]));
    }
    await player.stop();
  }
  if (order.seeds !== undefined || isEverything) yield seedJobs(order.from, order.seeds ?? DEFAULT_SEEDS);
}

async function explore(order: Arguments): Promise<number> {
  const tally = createTally();
  const say = (line: string) => process.stdout.write(order.isJson ? '' : `${line}\n`);
  const endsAt = order.minutes === undefined ? Number.POSITIVE_INFINITY : performance.now() + order.minutes * 60_000;
  const isOver = () => performance.now() >= endsAt;
  const threads = order.threads ?? availableParallelism();
  const progress = () => {
    const { runsPerSecond, simulatedHoursPerSecond } = tally.pace();
    return `${tally.runs} runs, ${tally.faults} faults, ${tally.found.length} failures; ${runsPerSecond.toFixed(1)} runs and ${simulatedHoursPerSecond.toFixed(0)} simulated hours a second`;
  };
  let saidAt = performance.now();
  for await (const jobs of jobsOf(order)) {
    if (isOver()) break;
    await playAll(jobs, { threads, isShrinking: true, isOver }, (_job, result) => {
      tally.add(result);
      for (const found of result.found) say(`\n${describeFound(found)}`);
      if (performance.now() - saidAt < PROGRESS_MILLISECONDS) return;
      saidAt = performance.now();
      say(progress());
    });
  }
  const { runs, faults, simulatedHours, found } = tally;
  if (order.isJson) {
    const failures = found.map((each) => ({ ...each, why: whyFound(each) }));
    process.stdout.write(`${JSON.stringify({ runs, faults, simulatedHours, ...tally.pace(), failures }, null, 2)}\n`);
  } else say(`${progress()}\n${found.length === 0 ? 'All promises held.' : `${found.length} runs broke something.`}`);
  return found.length === 0 ? 0 : 1;
}

async function tellAgain({ replay: what = '', faults }: Arguments): Promise<number> {
  await loadHandlers();
  const outcome = await replay(what, faults, (line) => process.stdout.write(`${line}\n`));
  if (typeof outcome === 'string') {
    process.stderr.write(`${outcome}\n`);
    return 2;
  }
  const isWell = !outcome.violation && !outcome.error;
  process.stdout.write(`\n${isWell ? 'All promises held.' : whyFound(outcome)}\n`);
  return isWell ? 0 : 1;
}

/** Ends once everything is printed; threads and timers of worlds that are over would keep the process alive for a while. */
function leave(status: number): void {
  process.stdout.write('', () => process.exit(status));
}

const order = readArguments(process.argv.slice(2));
if (typeof order === 'string') {
  process.stderr.write(`${order}\n`);
  process.exit(2);
} else if (order.isHelp) {
  process.stdout.write(HELP);
} else {
  leave(await (order.replay === undefined ? explore(order) : tellAgain(order)));
}
