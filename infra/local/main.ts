import { performance } from 'node:perf_hooks';
import { followLog } from './log-follower.ts';
import { helpText, screenLine, startText } from './screen.ts';
import { parseLocalSettings } from './settings.ts';
import { type LocalStack, startLocalStack } from './stack.ts';

/** After a signal the process ends within 5 s, whatever hangs (design 9). */
const LONGEST_STOP_MILLISECONDS = 4_700;

/** Decided by the local run itself; said aloud, so that nobody wonders why a value has no effect. */
const DECIDED_HERE = ['DATAVERSE_URL', 'SITE_URL', 'STORES'];

let stack: LocalStack | undefined;
let isStopping = false;

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function stop(): Promise<void> {
  // Ctrl-C reaches npm and this process, and npm passes it on: the second one means nothing new.
  if (isStopping) return;
  isStopping = true;
  setTimeout(() => process.exit(0), LONGEST_STOP_MILLISECONDS).unref();
  // During the start there is nothing to save: state on disk survives an end at any moment.
  await stack?.close();
  process.exit(0);
}

async function start(): Promise<void> {
  const settings = parseLocalSettings(process.env);
  for (const name of DECIDED_HERE) {
    if (process.env[name]) say(`${name} of the environment is not used: the local run has its own.`);
  }
  stack = await startLocalStack(settings, { log: say });
  followLog(stack.logFile, (line) => {
    const text = screenLine(line);
    if (text) say(text);
  });
  say(startText(stack, performance.now() / 1000));
}

// `npm start | head` closes the pipe early; the stack goes on unseen.
process.stdout.on('error', () => undefined);
process.on('SIGINT', () => void stop());
process.on('SIGTERM', () => void stop());
// A handler that was given up on may still fail later; that must not end the stack, as it would not end Lambda.
process.on('unhandledRejection', (error) => say(`error: ${error instanceof Error ? error.message : String(error)}`));

const [argument] = process.argv.slice(2);
if (argument === '--help' || argument === '-h') {
  say(helpText());
} else if (argument !== undefined) {
  process.stderr.write(`unknown argument "${argument}"; --help shows what there is\n`);
  process.exitCode = 2;
} else {
  start().catch((error: unknown) => {
    process.stderr.write(`could not start: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  });
}
