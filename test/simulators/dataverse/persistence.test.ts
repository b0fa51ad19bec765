import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { FIXTURE_WORLD } from '../../../infra/local/simulators/dataverse/fixture.ts';
import { CURATOR, SUPERUSER, startTestDataverse } from './running-dataverse.ts';

const MAIN = fileURLToPath(new URL('../../../infra/local/simulators/dataverse/main.ts', import.meta.url));
const entry = {
  storageIdentifier: 'globusm://18bf3af9c78-aaaaaaaaaaaa',
  fileName: 'a.dat',
  mimeType: 'text/plain',
  checksum: { '@type': 'MD5', '@value': 'aa' },
};

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}

/** Runs `main.ts` and waits for its first line. @throws what it says when it ends without one */
async function run(environment: Readonly<Record<string, string>>, ...args: string[]) {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', MAIN, ...args], {
    env: { ...process.env, ...environment },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const ended = once(child, 'exit');
  let complaint = '';
  child.stderr.on('data', (chunk) => {
    complaint += chunk;
  });
  const closed = once(child, 'close').then(() => Promise.reject(new Error(complaint)));
  closed.catch(() => undefined);
  const [first] = (await Promise.race([once(child.stdout, 'data'), closed])) as [Buffer];
  return { child, ended, output: first.toString() };
}

/** The same on a free port: on another one when somebody else was given the first in the meantime. */
async function runOnFreePort(environment: Readonly<Record<string, string>>) {
  for (;;) {
    const port = await freePort();
    try {
      return { port, ...(await run({ ...environment, DATAVERSE_PORT: String(port) })) };
    } catch (error) {
      if (!String(error).includes('EADDRINUSE')) throw error;
    }
  }
}

describe('state', () => {
  it('survives a close and a start, and the world is written only once', async () => {
    const first = await startTestDataverse();
    await first.call('POST', '/api/datasets/29/addFiles', { key: CURATOR, jsonData: [entry] });
    await first.call('POST', '/api/datasets/29/lock/GlobusUpload', { key: SUPERUSER });
    await first.control('POST', '/users', { name: 'reader', apiToken: null });
    await first.control('POST', '/settings', { name: ':GlobusAppUrl', value: 'http://app.test' });
    await first.close();

    const otherWorld = { ...FIXTURE_WORLD, version: '9.9', datasets: [] };
    const second = await startTestDataverse({ stateDirectory: first.stateDirectory, world: otherWorld });
    const files = await second.call('GET', '/api/datasets/29/versions/:draft/files', { key: CURATOR });
    expect(files.body).toMatchObject({ data: [{ label: 'a.dat' }] });
    expect((await second.call('GET', '/api/datasets/29/locks')).body).toMatchObject({
      data: [{ lockType: 'GlobusUpload', user: 'dataverseAdmin' }],
    });
    expect((await second.call('GET', '/api/info/version')).body).toMatchObject({ data: { version: '6.5' } });
    expect((await second.call('GET', '/api/admin/settings/:GlobusAppUrl')).body).toMatchObject({
      data: { message: 'http://app.test' },
    });
  });

  it('adds nothing, and frees the dataset at its next start, when the server stops while it registers', async () => {
    const first = await startTestDataverse();
    await first.control('POST', '/register-delay', { millisecondsPerFile: 3_600_000 });
    const pending = first.call('POST', '/api/datasets/29/addFiles', { key: CURATOR, jsonData: [entry] });
    const cut = expect(pending).rejects.toThrow();
    await expect
      .poll(async () => (await first.call('GET', '/api/datasets/29/locks')).body, { timeout: 15_000 })
      .toMatchObject({ data: [{ lockType: 'EditInProgress' }] });
    await first.close();
    await cut;

    const second = await startTestDataverse({ stateDirectory: first.stateDirectory });
    expect((await second.call('GET', '/api/datasets/29/locks')).body).toMatchObject({ data: [] });
    const files = await second.call('GET', '/api/datasets/29/versions/:draft/files', { key: CURATOR });
    expect(files.body).toMatchObject({ totalCount: 0 });
  });
});

describe('main.ts', () => {
  it('tells its settings', async () => {
    const { ended, output } = await run({}, '--help');
    expect(output).toContain('DATAVERSE_PORT');
    expect(await ended).toEqual([0, null]);
  });

  it('keeps its state when it is killed, and stops with status 0 when it is asked to', async () => {
    const stateDirectory = await mkdtemp(join(tmpdir(), 'dataverse-main-'));
    onTestFinished(() => rm(stateDirectory, { recursive: true, force: true }));
    const environment = { STATE_DIR: stateDirectory, SITE_URL: '', GLOBUS_URL: '' };
    const dataset = (port: number) => `http://127.0.0.1:${port}/api/datasets/29`;

    const first = await runOnFreePort(environment);
    expect(first.output).toContain(`http://127.0.0.1:${first.port}`);
    const headers = { 'x-dataverse-key': SUPERUSER };
    await fetch(`${dataset(first.port)}/lock/GlobusUpload`, { method: 'POST', headers });
    first.child.kill('SIGKILL');
    await first.ended;

    const second = await runOnFreePort(environment);
    const locks = await fetch(`${dataset(second.port)}/locks`);
    expect(await locks.json()).toMatchObject({ data: [{ lockType: 'GlobusUpload' }] });
    second.child.kill('SIGTERM');
    expect(await second.ended).toEqual([0, null]);
  });

  it('refuses a port that is none', async () => {
    const child = spawn(process.execPath, [MAIN], { env: { ...process.env, DATAVERSE_PORT: 'x' } });
    const [[text], [status]] = await Promise.all([once(child.stderr, 'data'), once(child, 'exit')]);
    expect([String(text), status]).toEqual(['DATAVERSE_PORT: expected a port from 1 to 65535, got "x"\n', 1]);
  });
});
