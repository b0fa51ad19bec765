import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** moto and an evaluator for JSONata, in a virtual environment; or why there is none here, and what to do about it. */
export type MotoEnvironment = { readonly python: string } | { readonly whyNot: string };

const REQUIREMENTS = fileURLToPath(new URL('./requirements.txt', import.meta.url));
/** Where tools keep what can be had again; git and every check here leave it out. */
const CACHE = fileURLToPath(new URL('../../node_modules/.cache/second-engine', import.meta.url));
const LONGEST_STEP_MILLISECONDS = 180_000;
const LAST_WORDS = 500;

/**
 * The environment for these requirements: an earlier one, or else a new one with its packages from PyPI, made in less than a minute where
 * that answers. Several test files may ask at once: each makes its own beside, and the first that is complete is put in place.
 * @param python - the interpreter to make it with; 3.10 or later
 */
export async function prepareMoto(python = process.env['PYTHON'] || 'python3'): Promise<MotoEnvironment> {
  const version = createHash('sha256').update(readFileSync(REQUIREMENTS)).digest('hex').slice(0, 12);
  const environment = join(CACHE, version);
  if (existsSync(environment)) return { python: pythonIn(environment) };

  mkdirSync(CACHE, { recursive: true });
  const unfinished = mkdtempSync(join(CACHE, 'unfinished-'));
  try {
    const noPython = await failureOf(python, '-m', 'venv', unfinished);
    if (noPython !== undefined)
      return { whyNot: `${python} makes no virtual environment; install Python 3.10 or later: ${noPython}` };
    const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-input', '--retries', '1'];
    const noPackages = await failureOf(pythonIn(unfinished), ...install, '--requirement', REQUIREMENTS);
    if (noPackages !== undefined) return { whyNot: `PyPI gives no moto; let pip reach a package index: ${noPackages}` };
    try {
      renameSync(unfinished, environment);
    } catch (error) {
      // Another file was first.
      if (!existsSync(environment)) throw error;
    }
    return { python: pythonIn(environment) };
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}

function pythonIn(environment: string): string {
  return join(environment, 'bin', 'python');
}

/** Runs a command to its end. @returns the last it said when it failed or took too long, undefined when it went well */
function failureOf(command: string, ...args: readonly string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    let said = '';
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: LONGEST_STEP_MILLISECONDS });
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        said = `${said}${chunk}`.slice(-LAST_WORDS);
      });
    }
    child.on('error', (error) => resolve(error.message));
    child.on('close', (status, signal) =>
      resolve(status === 0 ? undefined : said.trim() || `ended with ${status ?? signal}`),
    );
  });
}
