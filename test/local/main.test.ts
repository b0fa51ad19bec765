import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const MAIN = fileURLToPath(new URL('../../infra/local/main.ts', import.meta.url));
const FREE_PORTS = { PORT: '0', GLOBUS_PORT: '0', DATAVERSE_PORT: '0' };

interface Run {
  readonly process: ChildProcess;
  readonly ended: Promise<{ code: number | null; stdout: string; stderr: string }>;
  /** Resolves with all output once it contains the text. */
  shows(text: string): Promise<string>;
}

let folder: string;
const runs: Run[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'main-'));
});
afterEach(async () => {
  for (const run of runs.splice(0)) {
    run.process.kill('SIGKILL');
    await run.ended;
  }
  rmSync(folder, { recursive: true, force: true });
});

function run(settings: Record<string, string>, ...args: string[]): Run {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', MAIN, ...args], {
    env: { PATH: process.env['PATH'], HOME: folder, ...settings },
    cwd: folder,
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const ended = new Promise<Awaited<Run['ended']>>((resolve) => {
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
  const shows = (text: string) =>
    new Promise<string>((resolve, reject) => {
      const look = () => stdout.includes(text) && resolve(stdout);
      child.stdout.on('data', look);
      child.once('close', () => reject(new Error(`ended without "${text}": ${stdout}${stderr}`)));
      look();
    });
  const started = { process: child, ended, shows };
  runs.push(started);
  return started;
}

// Whole stacks, up to two one after the other.
describe('npm start', { timeout: 120_000 }, () => {
  it('explains itself with --help', async () => {
    const { code, stdout } = await run({}, '--help').ended;

    expect(code).toBe(0);
    expect(stdout).toContain('GLOBUS_BYTES_PER_SECOND');
    expect(stdout).toContain('Exit codes');
  });

  it('refuses an argument it does not know', async () => {
    const { code, stderr } = await run({}, '--port').ended;

    expect(code).toBe(2);
    expect(stderr).toContain('"--port"');
  });

  it('ends with status 1 and all faults when settings are wrong', async () => {
    const { code, stderr } = await run({ PORT: 'x', LEASE_SECONDS: '0' }).ended;

    expect(code).toBe(1);
    expect(stderr).toMatch(/^could not start: PORT: .*\nLEASE_SECONDS: .*\n$/);
  });

  it('ends with status 1 when a setting of the product is wrong', async () => {
    const settings = { ...FREE_PORTS, STATE_DIR: folder, MAX_FILES_PER_GRANT: 'many' };

    const { code, stderr } = await run(settings).ended;

    expect(code).toBe(1);
    expect(stderr).toContain('MAX_FILES_PER_GRANT: expected');
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('starts on an empty folder and stops with status 0 on %s', async (signal) => {
    const started = run({ ...FREE_PORTS, STATE_DIR: folder });
    const text = await started.shows('ready in');
    const apiUrl = /API and site +(\S+)/.exec(text)?.[1];

    const version = await fetch(`${apiUrl}/api/info/version`);
    started.process.kill(signal);
    // Ctrl-C arrives twice when npm passes it on.
    started.process.kill(signal);

    expect(version.status).toBe(200);
    expect((await started.ended).code).toBe(0);
  });

  it('shows what people need to begin: addresses, keys, collections, datasets and commands', async () => {
    const text = await run({ ...FREE_PORTS, STATE_DIR: folder }).shows('ready in');

    for (const shown of [
      '11111111-1111-4111-8111-111111111111',
      'researcher-secret',
      '0a1b2c3d-0000-4000-8000-00000000c011',
      'doi:10.5072/FK2/S3MANA',
      folder,
    ]) {
      expect(text).toContain(shown);
    }
    expect(text.match(/^ {2}curl -s /gm)).toHaveLength(3);
  });

  it('starts at once after kill -9 and keeps what was there', async () => {
    const first = run({ ...FREE_PORTS, STATE_DIR: folder });
    const before = /Globus simulator +(\S+)/.exec(await first.shows('ready in'))?.[1];
    const made = await fetch(`${before}/_control/rules`, {
      method: 'POST',
      body: JSON.stringify({
        collectionId: 'd8c42580-6528-4605-9ad8-116a61982644',
        principal: 'd15d4244-fc10-47f3-a790-85bdb6db9a75',
        path: '/hdc1/kept/',
        permissions: 'r',
      }),
    });
    expect(made.ok).toBe(true);
    first.process.kill('SIGKILL');
    await first.ended;

    const second = run({ ...FREE_PORTS, STATE_DIR: folder });
    const after = /Globus simulator +(\S+)/.exec(await second.shows('ready in'))?.[1];

    const state = await fetch(`${after}/_control/state`);
    expect(await state.text()).toContain('/hdc1/kept/');
  });
});
