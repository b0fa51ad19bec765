import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { DemoInterrupted } from './demo-failure.ts';
import { createNarrator, type Screen } from './narrator.ts';
import { runDemo } from './run-demo.ts';

const HELP = [
  'Starts the whole product on free ports of this machine and plays what clients do: an upload to its end, with every file',
  'proven; a download, with its bytes compared; a reference to a file that stays where it is; and an upload that nobody',
  'reports, whose access rule has to go by itself.',
  '',
  'usage: npm run demo [-- options]      (npm run --silent demo -- --json  prints JSON and nothing else)',
  '',
  '  --json          print one result object instead of the story',
  '  --keep          keep the state folder (log, databases, files) and say where it is',
  '  --fault <json>  add a fault to the Globus simulator first, as its POST /_control/faults takes it, and see how a',
  `                  failure looks, for instance '{"method":"POST","match":"/transfer$","kind":"drop","times":null}'`,
  '  --help          show this',
  '',
  'Exit codes: 0 everything held; 1 something did not, with the reason on stderr; 2 wrong usage; 130 interrupted.',
].join('\n');

const NOWHERE: Screen = { write: () => undefined, isTerminal: false };

interface Arguments {
  readonly json: boolean;
  readonly keep: boolean;
  readonly help: boolean;
  readonly fault: string | undefined;
}

function readArguments(): Arguments | undefined {
  try {
    const { values } = parseArgs({
      options: {
        json: { type: 'boolean', default: false },
        keep: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
        fault: { type: 'string' },
      },
    });
    return { ...values, fault: values.fault };
  } catch (error) {
    complain(`${(error as Error).message.split('. ')[0]}; --help shows what there is`);
    return undefined;
  }
}

function complain(sentence: string): void {
  process.stderr.write(`${sentence}\n`);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** @returns the exit code */
async function play({ json, keep, fault }: Arguments, signal: AbortSignal): Promise<number> {
  const screen: Screen = { write: (text) => process.stdout.write(text), isTerminal: process.stdout.isTTY === true };
  const narrator = createNarrator(json ? NOWHERE : screen);
  const stateDirectory = await mkdtemp(join(tmpdir(), 'dataverse-globus-demo-'));
  const kept = keep ? { stateDirectory } : {};
  try {
    const result = await runDemo({ stateDirectory, globusFault: fault }, narrator, signal);
    if (json) print(JSON.stringify({ ...result, ...kept }, null, 2));
    return 0;
  } catch (error) {
    narrator.clear();
    const reason = error instanceof Error ? error.message : String(error);
    if (json) print(JSON.stringify({ ok: false, reason, ...kept }, null, 2));
    complain(reason);
    return error instanceof DemoInterrupted ? 130 : 1;
  } finally {
    if (keep && !json) print(`   The state is kept in ${stateDirectory}.`);
    // Windows and slow disks may hold a file for a moment after its process ended.
    if (!keep) await rm(stateDirectory, { recursive: true, force: true, maxRetries: 5 });
  }
}

const interruption = new AbortController();
const interrupt = () => interruption.abort(new DemoInterrupted());
// Ctrl-C reaches npm and this process, and npm passes it on: the second one means nothing new.
process.on('SIGINT', interrupt);
process.on('SIGTERM', interrupt);
// `npm run demo | head` closes the pipe early; the demo goes on to its exit code.
process.stdout.on('error', () => undefined);

const given = readArguments();
if (given === undefined) process.exitCode = 2;
else if (given.help) print(HELP);
else process.exitCode = await play(given, interruption.signal);
