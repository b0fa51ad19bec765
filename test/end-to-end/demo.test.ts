import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DemoResult } from '../../infra/local/demo/run-demo.ts';

const MAIN = fileURLToPath(new URL('../../infra/local/demo/main.ts', import.meta.url));
/** A whole demo takes half a minute; two busy cores may need several times that. */
const PATIENCE_MILLISECONDS = 240_000;

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface DemoRun {
  readonly process: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Resolves once the output contains the text. */
  shows(text: string): Promise<void>;
}

let folder: string;
const runs: DemoRun[] = [];
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'demo-test-'));
});
afterAll(async () => {
  for (const run of runs) {
    run.process.kill('SIGTERM');
    await run.ended;
  }
  rmSync(folder, { recursive: true, force: true });
});

/** Runs the demo with a temporary folder of the test's own, where anything left behind shows. */
function runDemo(...args: string[]): DemoRun {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', MAIN, ...args], {
    env: { PATH: process.env['PATH'], HOME: folder, TMPDIR: folder, LEASE_SECOND: 'a misspelt setting of the shell' },
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
  const ended = new Promise<Ended>((resolve) => {
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
  const shows = (text: string) =>
    new Promise<void>((resolve, reject) => {
      const look = () => stdout.includes(text) && resolve();
      child.stdout.on('data', look);
      child.once('close', () => reject(new Error(`ended without "${text}": ${stdout}${stderr}`)));
      look();
    });
  const run = { process: child, ended, shows };
  runs.push(run);
  return run;
}

describe('npm run demo -- --json', () => {
  let ended: Ended;
  let result: DemoResult;
  beforeAll(async () => {
    ended = await runDemo('--json').ended;
    result = JSON.parse(ended.stdout || '{}');
  }, PATIENCE_MILLISECONDS);

  it('ends with status 0, one result object and not a word on stderr', () => {
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(result).toMatchObject({ ok: true, seconds: expect.any(Number) });
  });

  it('proves every file of the upload in each respect', () => {
    const proofs = result.files.flatMap((file) => Object.entries(file.proofs));

    expect(proofs).toHaveLength(result.files.length * 10);
    expect(proofs.filter(([, holds]) => !holds)).toEqual([]);
  });

  it('uploads a large file, an empty one, one with a name outside ASCII, and files in folders', () => {
    const { files } = result;

    expect(files.map(({ sizeBytes }) => sizeBytes)).toEqual(expect.arrayContaining([0, 64_000_000]));
    expect(files.some(({ name }) => /[^\p{ASCII}]/u.test(name))).toBe(true);
    expect(files.filter(({ folder }) => folder.includes('/'))).not.toEqual([]);
  });

  it('shows checksums that the client declared, and those of Globus where it declared none', () => {
    const origins = new Set(result.files.map(({ checksum }) => checksum.from));

    expect([...origins].sort()).toEqual(['Globus', 'client']);
  });

  it('names the task, the transfer with its states, and where it all listened', () => {
    expect(result.taskId).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(result.transferId).toMatch(/^29-[0-9a-f]{11}$/);
    expect(result.transferStates.slice(0, 3)).toEqual(['REQUESTED', 'GRANTED', 'BOUND']);
    expect(result.transferStates.at(-1)).toBe('CLOSED');
    const urls = result.addresses.flatMap((addresses) => Object.values(addresses));
    expect(urls).toHaveLength(6);
    for (const url of urls) expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  });

  it('downloads the public files of another dataset, whole', () => {
    const { datasetPid, taskId, files } = result.download;

    expect(datasetPid).toBe('doi:10.5072/FK2/7U7YBV');
    expect(taskId).not.toBe(result.taskId);
    expect(files.map(({ fileId, name, sizeBytes }) => [fileId, name, sizeBytes])).toEqual([
      [60, 'rainfall.csv', 89],
      [61, 'readme.txt', 89],
    ]);
    expect(new Set(files.map(({ sha256 }) => sha256)).size).toBe(2);
  });

  it('refers to a file that stays where it is', () => {
    const { reference, storageIdentifier, sizeBytes } = result.reference;

    expect([reference, sizeBytes]).toEqual(['d8c42580-6528-4605-9ad8-116a61982644/hdc1/test1.txt', 61]);
    expect(storageIdentifier).toMatch(new RegExp(`^globus://[0-9a-f]{11}-[0-9a-f]{12}//${reference}$`));
  });

  it('sees the access rule of an unreported upload come and go', () => {
    expect(result.ruleSeenAtSeconds).toBeLessThan(result.ruleGoneAtSeconds);
    expect(result.unreportedTransferStates).toEqual(['REQUESTED', 'GRANTED', 'EXPIRING', 'EXPIRED']);
  });

  it('leaves nothing behind', () => {
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('a demo that fails', () => {
  const failedTask = {
    status: 'FAILED',
    bytes_transferred: 0,
    files_transferred: 0,
    fatal_error: { code: 'QUOTA_EXCEEDED', description: 'quota exceeded' },
  };

  it.each([
    {
      case: 'Globus refuses the transfer',
      fault: { method: 'POST', match: '/transfer$', reply: { status: 403, body: { code: 'PermissionDenied' } } },
      reason: /^Could not submit the transfer: status 403, PermissionDenied\.$/,
    },
    {
      case: 'Globus ends the task as failed',
      fault: { method: 'GET', match: '/v0.10/task/[^/]+$', times: null, reply: { status: 200, body: failedTask } },
      reason: /^Globus ended task [0-9a-f-]{36} as FAILED \(QUOTA_EXCEEDED: quota exceeded\)\.$/,
    },
  ])(
    'ends with status 1 and says why in one sentence when $case',
    async ({ fault, reason }) => {
      const { code, stdout, stderr } = await runDemo('--json', '--fault', JSON.stringify({ kind: 'reply', ...fault }))
        .ended;

      expect(code).toBe(1);
      expect(stderr.trimEnd()).toMatch(reason);
      expect(JSON.parse(stdout)).toEqual({ ok: false, reason: stderr.trimEnd() });
      expect(readdirSync(folder)).toEqual([]);
    },
    PATIENCE_MILLISECONDS,
  );
});

describe('a demo that people watch', () => {
  it(
    'tells its steps in numbered lines, and stops cleanly when interrupted',
    async () => {
      const run = runDemo();
      await run.shows('4. They ask for a path for each file');
      await run.shows('   ✓ an access rule lets the researcher write');

      run.process.kill('SIGINT');
      // Ctrl-C arrives twice when npm passes it on.
      run.process.kill('SIGINT');

      expect(await run.ended).toMatchObject({ code: 130, stderr: 'The demo was interrupted.\n' });
      expect(readdirSync(folder)).toEqual([]);
    },
    PATIENCE_MILLISECONDS,
  );

  it('explains itself with --help', async () => {
    const { code, stdout } = await runDemo('--help').ended;

    expect(code).toBe(0);
    expect(stdout).toContain('--json');
    expect(stdout).toContain('Exit codes');
  });

  it('refuses an argument it does not know', async () => {
    const { code, stderr } = await runDemo('--fast').ended;

    expect(code).toBe(2);
    expect(stderr).toMatch(/'--fast'.*--help/);
  });
});
