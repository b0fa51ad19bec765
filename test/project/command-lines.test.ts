import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));
const COMMANDS = [
  'build',
  'definition',
  'docs',
  'simulator:globus',
  'simulator:dataverse',
  'bench',
  'test:kill',
  'fuzz',
] as const;

/** Runs the file behind one of package.json's scripts, without npm. */
async function run(script: (typeof COMMANDS)[number], ...given: string[]) {
  const [, ...command] = packageJson.scripts[script].split(' ');
  const child = spawn(process.execPath, [...command, ...given], { cwd: PROJECT, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const status = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { status, stdout, stderr };
}

// A process of its own each time, on a machine that may be busy.
describe('a command of the project', { timeout: 60_000 }, () => {
  it.each(COMMANDS)('explains itself: npm run %s -- --help', async (script) => {
    const { status, stdout, stderr } = await run(script, '--help');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout.split('\n').length).toBeGreaterThan(3);
  });

  it.each(COMMANDS)('refuses what it does not know, and does nothing: npm run %s -- --fast', async (script) => {
    const { status, stdout, stderr } = await run(script, '--fast');
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain('--fast');
    expect(stderr).toContain('--help');
  });
});
