import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { type StackProcess, startStackProcess } from '../support/local-stack.ts';
import { FUZZED_STACK } from './fuzzed-stack.ts';
import { windUp } from './nothing-left.ts';
import { describeFailure, describeRun } from './report.ts';
import { type FuzzOrder, runFuzz } from './run-fuzz.ts';

const DEFAULT_REQUESTS = 20_000;
const PROGRESS_EVERY = 1_000;

const HELP = [
  'Sends made-up requests to the API of a fresh local stack: every route and what is beside it, all methods, bodies that are right, nearly',
  'right or hostile, signed URLs that were tampered with, headers of proxies and attackers, everybody as caller. Each reply must be as',
  'docs/openapi.yaml says and no fault; at the end, with all leases over, no access rule, no lock and no secret may be left.',
  '',
  'usage: npm run fuzz [-- options]      (npm run --silent fuzz -- --json  prints JSON and nothing else)',
  '',
  `  --requests N   so many requests (default ${DEFAULT_REQUESTS})`,
  '  --seed S       a whole number; the same one makes the same requests (default: another one each time)',
  '  --path P       send the one request alone that a failed run has printed this path and its seed for',
  '  --json         print one result object at the end',
  '  --help         show this',
  '',
  'A run that fails keeps its state folder. Exit codes: 0 passed; 1 failed; 2 wrong usage; 130 interrupted.',
].join('\n');

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

function complain(sentence: string): undefined {
  process.stderr.write(`${sentence}; --help shows what there is\n`);
  return undefined;
}

function readArguments() {
  try {
    const { values } = parseArgs({
      options: {
        requests: { type: 'string' },
        seed: { type: 'string' },
        path: { type: 'string' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    const requests = Number(values.requests ?? (values.path === undefined ? DEFAULT_REQUESTS : 1));
    const seed = Number(values.seed ?? randomInt(1_000_000_000));
    if (!Number.isInteger(requests) || requests < 1) return complain('--requests: expected a whole number from 1');
    if (!Number.isInteger(seed)) return complain('--seed: expected a whole number');
    if (values.path !== undefined && values.seed === undefined)
      return complain('--path: expected its --seed beside it');
    if (values.path !== undefined && !/^\d+(:\d+)*$/.test(values.path))
      return complain('--path: expected one that was printed');
    return { ...values, requests, seed };
  } catch (error) {
    return complain((error as Error).message.split('. ')[0] ?? '');
  }
}

let stack: StackProcess | undefined;
const interruption = new AbortController();

/** @returns the exit code */
async function main(): Promise<number> {
  const given = readArguments();
  if (!given) return 2;
  if (given.help) {
    print(HELP);
    return 0;
  }
  const { requests, seed, path, json } = given;
  const say = json ? () => undefined : print;
  say(`seed ${seed}`);
  stack = await startStackProcess(FUZZED_STACK);
  const order: FuzzOrder = {
    requests,
    seed,
    signal: interruption.signal,
    ...(path === undefined ? {} : { path }),
    onProgress: (sent) => {
      if (sent % PROGRESS_EVERY === 0) say(`${sent} requests`);
    },
  };
  const result = await runFuzz(stack, order);
  say(describeRun(result));
  for (const failure of result.failures) say(`\n${describeFailure(failure)}`);
  say('waiting until every transfer is over');
  const ending = await windUp(stack);
  say(`${ending.transfers} transfers are over, ${ending.givenUp.length} of them given up by an operator`);
  for (const each of ending.left) say(`left: ${each}`);
  const failed = result.failures.length + ending.left.length;
  if (json) print(JSON.stringify({ seed, ...result, ...ending, failed }, null, 2));
  else print(failed === 0 ? 'passed: no fault, and nothing is left' : `failed; state and log: ${stack.stateDirectory}`);
  if (failed === 0) await stack.remove();
  else await stack.interrupt();
  return failed === 0 ? 0 : 1;
}

async function interrupt(): Promise<void> {
  interruption.abort(new Error('interrupted'));
  await stack?.remove();
  process.exit(130);
}

process.on('SIGINT', () => void interrupt());
process.on('SIGTERM', () => void interrupt());
process.exitCode = await main().catch(async (error: unknown) => {
  await stack?.remove();
  throw error;
});
