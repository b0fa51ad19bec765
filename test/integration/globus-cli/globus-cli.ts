import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import type { RunningStack } from '../../support/local-stack.ts';
import type { GlobusClient } from '../../support/upload-client.ts';
import { type CommandOptions, type CommandResult, runCommand } from '../commands.ts';
import { failureOf, type Prepared, prepareFolder } from '../prepared-folder.ts';

const REQUIREMENTS = fileURLToPath(new URL('./requirements.txt', import.meta.url));

/**
 * The Globus CLI in a virtual environment: an earlier one, or else a new one from PyPI, made in less than a minute where that answers.
 * @param python - the interpreter to make it with; 3.10 or later
 */
export function prepareGlobusCli(python = process.env['PYTHON'] || 'python3'): Promise<Prepared> {
  return prepareFolder('globus-cli', readFileSync(REQUIREMENTS, 'utf8'), async (folder) => {
    const noPython = await failureOf(python, '-m', 'venv', folder);
    if (noPython !== undefined)
      return `${python} makes no virtual environment; install Python 3.10 or later with venv: ${noPython}`;
    const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-input', '--retries', '1'];
    const noPackages = await failureOf(pythonIn(folder), ...install, '--require-hashes', '--requirement', REQUIREMENTS);
    return noPackages && `PyPI gives no globus-cli; let pip reach a package index: ${noPackages}`;
  });
}

/** The CLI as somebody uses it at a terminal whose home is a folder of its own: nobody's login is seen or changed. */
export interface GlobusCli {
  /** Runs `globus` with these arguments to its end, whatever that is. */
  run(...args: readonly string[]): Promise<CommandResult>;
  /** The same with options, such as somebody who types. */
  runWith(options: CommandOptions, ...args: readonly string[]): Promise<CommandResult>;
  /** What it prints, where it ends with 0. */
  output(...args: readonly string[]): Promise<string>;
  /** What it prints with `--format json`, where it ends with 0. */
  // biome-ignore lint/suspicious/noExplicitAny: looked into by the tests
  json(...args: readonly string[]): Promise<any>;
  /** Removes the home. */
  remove(): Promise<void>;
}

/**
 * @param folder - where the CLI is installed
 * @param client - whose credentials stand in the environment; without any, the CLI asks to log in
 */
export async function openGlobusCli(folder: string, stack: RunningStack, client?: GlobusClient): Promise<GlobusCli> {
  const home = await mkdtemp(join(tmpdir(), 'globus-cli-'));
  // Nothing of the test's own environment: a proxy or a profile in there would lead it elsewhere.
  const environment = {
    HOME: home,
    PATH: '/usr/bin:/bin',
    LANG: 'C.UTF-8',
    GLOBUS_SDK_SERVICE_URL_AUTH: `${stack.globusUrl}/`,
    GLOBUS_SDK_SERVICE_URL_TRANSFER: `${stack.globusUrl}/`,
    ...(client ? { GLOBUS_CLI_CLIENT_ID: client.id, GLOBUS_CLI_CLIENT_SECRET: client.secret } : {}),
  };
  const runWith: GlobusCli['runWith'] = (options, ...args) =>
    runCommand(pythonIn(folder), ['-m', 'globus_cli', ...args], { environment, ...options });
  const output: GlobusCli['output'] = async (...args) => {
    const result = await runWith({}, ...args);
    expect(result, `globus ${args.join(' ')}`).toMatchObject({ status: 0 });
    return result.output;
  };
  return {
    run: (...args) => runWith({}, ...args),
    runWith,
    output,
    json: async (...args) => JSON.parse(await output(...args, '--format', 'json')),
    remove: () => rm(home, { recursive: true, force: true }),
  };
}

function pythonIn(folder: string): string {
  return join(folder, 'bin', 'python');
}
