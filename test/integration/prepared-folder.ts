import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type CommandResult, runCommand } from './commands.ts';

/** Where a client is installed; or why there is none here, and what to do about it. */
export type Prepared = { readonly folder: string } | { readonly whyNot: string };

/** Where tools keep what can be had again; git and every check here leave it out. */
const CACHE = fileURLToPath(new URL('../../node_modules/.cache/integration', import.meta.url));
const LONGEST_STEP_MILLISECONDS = 240_000;
const LAST_WORDS = 500;

/**
 * The folder that was once filled for this definition, or else a new one. Several test files may ask at once: each fills its own beside,
 * and the first that is complete is put in place. So whatever is installed must bear to be moved.
 * @param definition - all that decides what is in the folder; another one takes another folder
 * @param fill - returns why it could not, or undefined when the folder is complete
 */
export async function prepareFolder(
  name: string,
  definition: string,
  fill: (folder: string) => Promise<string | undefined>,
): Promise<Prepared> {
  const version = createHash('sha256').update(definition).digest('hex').slice(0, 12);
  const folder = join(CACHE, `${name}-${version}`);
  if (existsSync(folder)) return { folder };

  mkdirSync(CACHE, { recursive: true });
  const unfinished = mkdtempSync(join(CACHE, 'unfinished-'));
  try {
    const whyNot = await fill(unfinished);
    if (whyNot !== undefined) return { whyNot };
    try {
      renameSync(unfinished, folder);
    } catch (error) {
      // Another file was first.
      if (!existsSync(folder)) throw error;
    }
    return { folder };
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}

/** Runs a step of an installation. @returns the last it said, in one line, when it failed or took too long, undefined when it went well */
export async function failureOf(command: string, ...args: readonly string[]): Promise<string | undefined> {
  const result = await runCommand(command, args, { timeoutMilliseconds: LONGEST_STEP_MILLISECONDS });
  return result.status === 0 ? undefined : lastWordsOf(result);
}

/** Says which test files are skipped, and why. */
export function tellSkipped(what: string, whyNot: string): void {
  process.stdout.write(`skipped: ${what}: ${whyNot}\n`);
}

function lastWordsOf({ status, output, errors }: CommandResult): string {
  const said = `${output}${errors}`.trim().replace(/\s+/g, ' ').slice(-LAST_WORDS);
  return said || `ended with ${status}`;
}
