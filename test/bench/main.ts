import { performance } from 'node:perf_hooks';
import { helpText, readArguments } from './arguments.ts';
import { PARTS } from './parts.ts';
import { asJson, type PartOutcome, runParts } from './run-parts.ts';
import { describePart, tableHead } from './show-result.ts';

class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

function tell(line: string): void {
  process.stderr.write(`${line}\n`);
}

function show({ title, failure, tookSeconds, ...result }: PartOutcome): void {
  print(describePart(`${title}, ${tookSeconds.toFixed(0)} s`, result));
  if (failure) print(`  could not be measured: ${failure}`);
}

/** @returns the exit code */
async function main(signal: AbortSignal): Promise<number> {
  const given = readArguments(
    process.argv.slice(2),
    PARTS.map(({ name }) => name),
  );
  if (typeof given === 'string') {
    tell(given);
    return 2;
  }
  if (given.help) {
    print(helpText(PARTS));
    return 0;
  }
  const startedAt = performance.now();
  const parts = PARTS.filter(({ name }) => given.only.includes(name));
  if (!given.json) print(tableHead());
  const outcomes = await runParts(parts, { signal, isLong: given.isLong, tell }, given.json ? () => undefined : show);
  if (given.json) print(JSON.stringify(asJson(outcomes), null, 2));
  else print(`\nmeasured in ${((performance.now() - startedAt) / 1000).toFixed(0)} s with Node ${process.version}`);
  return outcomes.some(({ failure }) => failure) ? 1 : 0;
}

const interruption = new AbortController();
// Ctrl-C reaches npm and this process, and npm passes it on: the second one means nothing new.
process.on('SIGINT', () => interruption.abort(new Interrupted()));
process.on('SIGTERM', () => interruption.abort(new Interrupted()));
// `npm run bench | head` closes the pipe early.
process.stdout.on('error', () => undefined);

process.exitCode = await main(interruption.signal).catch((error: unknown) => {
  if (error instanceof Interrupted) return 130;
  throw error;
});
