import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import type { StackProcess } from '../support/local-stack.ts';
import { drawMoment } from './drawn-moments.ts';
import { describeKill, tableOfKills } from './kill-report.ts';
import type { AsksAgain, Moment } from './moment.ts';
import { MOMENTS } from './moments.ts';
import { type KillResult, runKill } from './run-kill.ts';

/** Two stacks and this process keep two cores busy. */
const STACKS_AT_ONCE = 2;

const HELP = [
  'Kills the whole local stack (kill -9 of its process) in the middle of an upload or a download, one fresh stack and one transfer for each',
  'kill, starts it again on the same state folder, and follows everything to its end: the client goes on like a real one, the clock is moved',
  'on while nothing happens. Then every file must be registered, or have arrived, exactly once with its bytes, and no access rule, no lock',
  'and no open transfer be left, neither in the world outside nor in the tables.',
  '',
  'usage: npm run test:kill [-- options]      (npm run --silent test:kill -- --json  prints JSON and nothing else)',
  '',
  `  (without)    the ${MOMENTS.length} moments of an upload that were chosen by hand, each once`,
  '  --kills N    so many kills at random moments, in turns of an upload and of a download',
  '  --seed S     a whole number; the same one makes the same moments (default: another one each time; it is printed)',
  '  --only K     moment K alone, by the number that is printed for each: of the seed, or without --seed of those chosen by hand',
  '  --same-key   clients that did not get their paths ask again with the same Idempotency-Key',
  '  --anew       they ask anew, without one; default: some so, some the other way',
  '  --list       show the moments, and kill nothing',
  '  --json       print one result object at the end',
  '  --help       show this',
  '',
  'A random moment is a number of signs of life (lines of the log, calls to the stand-ins) and some milliseconds more. How a machine gets',
  'there differs from time to time, so the same moment may fall a little earlier or later.',
  'A kill that fails keeps its state folder. Exit codes: 0 all passed; 1 some did not; 2 wrong usage; 130 interrupted.',
].join('\n');

interface Kill {
  readonly moment: Moment;
  readonly asksAgain: AsksAgain;
}

function readArguments() {
  try {
    return parseArgs({
      options: {
        kills: { type: 'string' },
        seed: { type: 'string' },
        only: { type: 'string' },
        'same-key': { type: 'boolean', default: false },
        anew: { type: 'boolean', default: false },
        list: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }).values;
  } catch (error) {
    return complain((error as Error).message.split('. ')[0] ?? '');
  }
}

type Arguments = NonNullable<ReturnType<typeof readArguments>>;

function complain(sentence: string): undefined {
  process.stderr.write(`${sentence}; --help shows what there is\n`);
  return undefined;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** The moments that were asked for, or undefined when the numbers are none. */
function chooseMoments({ kills, seed: givenSeed, only }: Arguments): readonly Moment[] | undefined {
  const isCount = (text: string) => /^[1-9]\d{0,6}$/.test(text);
  if (givenSeed !== undefined && !/^\d{1,15}$/.test(givenSeed))
    return complain('--seed: expected a whole number from 0');
  if (only !== undefined && givenSeed !== undefined) {
    return isCount(only) ? [drawMoment(Number(givenSeed), Number(only))] : complain('--only: expected a number from 1');
  }
  if (only !== undefined) {
    const chosen = MOMENTS.filter(({ number }) => String(number) === only);
    return chosen.length > 0 ? chosen : complain(`--only: expected a number from 1 to ${MOMENTS.length}`);
  }
  if (kills === undefined && givenSeed === undefined) return MOMENTS;
  if (kills === undefined || !isCount(kills)) return complain('--kills: expected a whole number from 1');
  const seed = Number(givenSeed ?? randomInt(1_000_000_000));
  return Array.from({ length: Number(kills) }, (_, index) => drawMoment(seed, index + 1));
}

/** Of random moments each direction has its turns of both. */
function asksAgainAt({ number, seed }: Moment, { anew, 'same-key': sameKey }: Arguments): AsksAgain {
  const turn = seed === undefined ? number - 1 : Math.floor((number - 1) / 2);
  return anew || (!sameKey && turn % 2 === 0) ? 'anew' : 'again with the same key';
}

const stacks = new Set<StackProcess>();

async function runAll(kills: readonly Kill[], onResult: (result: KillResult) => void): Promise<readonly KillResult[]> {
  const waiting = [...kills];
  const results: KillResult[] = [];
  const work = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      let own: StackProcess | undefined;
      const result = await runKill(next.moment, next.asksAgain, (stack) => {
        own = stack;
        stacks.add(stack);
      });
      if (own) stacks.delete(own);
      results.push(result);
      onResult(result);
    }
  };
  await Promise.all(Array.from({ length: STACKS_AT_ONCE }, work));
  return results;
}

async function interrupt(): Promise<never> {
  for (const stack of stacks) await stack.remove();
  process.exit(130);
}

/** @returns the exit code */
async function main(): Promise<number> {
  const values = readArguments();
  if (!values) return 2;
  if (values.help) {
    print(HELP);
    return 0;
  }
  const moments = chooseMoments(values);
  if (!moments) return 2;
  const [{ seed } = { seed: undefined }] = moments;
  if (seed !== undefined && !values.json) print(`seed ${seed}`);
  if (values.list) {
    for (const { number, phase, name } of moments) print(`${String(number).padStart(2)} ${phase}: ${name}`);
    return 0;
  }
  const kills = moments.map((moment) => ({ moment, asksAgain: asksAgainAt(moment, values) }));

  const startedAt = performance.now();
  const results = await runAll(kills, (result) => {
    if (!values.json) print(describeKill(result));
  });
  const failed = results.filter(({ failure }) => failure).length;
  const counts = { passed: results.length - failed, failed, skipped: 0 };
  if (values.json) {
    const listed = results.map((result) => ({ number: result.moment.number, ...result }));
    print(JSON.stringify({ ...(seed === undefined ? {} : { seed }), ...counts, kills: listed }, null, 2));
  } else {
    print(`\n${tableOfKills(results)}`);
    print(`${kills.length} kills in ${((performance.now() - startedAt) / 1000).toFixed(0)} s`);
    print(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
  }
  return failed === 0 ? 0 : 1;
}

process.on('SIGINT', () => void interrupt());
process.on('SIGTERM', () => void interrupt());
process.exitCode = await main();
