import { parseArgs } from 'node:util';
import type { StackProcess } from '../support/local-stack.ts';
import { describeKill, numberOf, tableOfKills } from './kill-report.ts';
import type { AsksAgain, Moment } from './moment.ts';
import { MOMENTS } from './moments.ts';
import { type KillResult, runKill } from './run-kill.ts';

const DEFAULT_KILLS = 30;
/** Two stacks and this process keep two cores busy. */
const STACKS_AT_ONCE = 2;

const HELP = [
  'Kills the whole local stack (kill -9 of its process) at different moments of an upload, one fresh stack and one upload',
  'for each, starts it again on the same state folder, and follows everything to its end: the client goes on like a real',
  'one, the clock is moved on while nothing happens. Then every file must be registered exactly once with its bytes, and',
  'no access rule, no lock and no open transfer be left.',
  '',
  'usage: npm run test:kill [-- options]      (npm run --silent test:kill -- --json  prints JSON and nothing else)',
  '',
  `  --kills N    so many kills (default ${DEFAULT_KILLS}), spread over the ${MOMENTS.length} moments; more than that take them again`,
  '  --only K     moment K alone, by the number that is printed for each',
  '  --same-key   clients that did not get their paths ask again with the same Idempotency-Key',
  '  --anew       they ask anew, without one; default: one moment so, the next the other way',
  '  --list       show the moments, and kill nothing',
  '  --json       print one result object at the end',
  '  --help       show this',
  '',
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

function complain(sentence: string): undefined {
  process.stderr.write(`${sentence}; --help shows what there is\n`);
  return undefined;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** The kills that were asked for, or undefined when the numbers are none. */
function planKills(values: NonNullable<ReturnType<typeof readArguments>>): readonly Kill[] | undefined {
  const again: AsksAgain | undefined = values.anew
    ? 'anew'
    : values['same-key']
      ? 'again with the same key'
      : undefined;
  const kill = (index: number, round: number): Kill[] => {
    const moment = MOMENTS[index];
    return moment
      ? [{ moment, asksAgain: again ?? ((index + round) % 2 === 0 ? 'anew' : 'again with the same key') }]
      : [];
  };
  if (values.only !== undefined) {
    const only = kill(Number(values.only) - 1, 0);
    return only.length > 0 ? only : complain(`--only: expected a number from 1 to ${MOMENTS.length}`);
  }
  const kills = Number(values.kills ?? DEFAULT_KILLS);
  if (!Number.isInteger(kills) || kills < 1) return complain('--kills: expected a whole number from 1');
  const spread = Math.max(1, MOMENTS.length / kills);
  return Array.from({ length: kills }, (_, number) => {
    const at = Math.floor(number * spread);
    return kill(at % MOMENTS.length, Math.floor(at / MOMENTS.length));
  }).flat();
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
  if (values.list) {
    for (const moment of MOMENTS) print(`${String(numberOf(moment)).padStart(2)} ${moment.phase}: ${moment.name}`);
    return 0;
  }
  const kills = planKills(values);
  if (!kills) return 2;

  const startedAt = performance.now();
  const results = await runAll(kills, (result) => {
    if (!values.json) print(describeKill(result));
  });
  const failed = results.filter(({ failure }) => failure).length;
  const counts = { passed: results.length - failed, failed, skipped: 0 };
  if (values.json) {
    const listed = results.map((result) => ({ number: numberOf(result.moment), ...result }));
    print(JSON.stringify({ ...counts, kills: listed }, null, 2));
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
