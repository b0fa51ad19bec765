import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import {
  MANAGED_COLLECTION_ID as GUEST,
  PERSONAL_COLLECTION_ID as PERSONAL,
  RESEARCHER_ID,
  SERVICE_ID,
} from '../../../infra/local/simulators/globus/fixture.ts';
import { accessToken, send, sha256, startHarness, transferClient } from './globus-harness.ts';

const MAIN = resolve(import.meta.dirname, '../../../infra/local/simulators/globus/main.ts');
const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

const isMoving = (task: Record<string, unknown>) => Number(task['bytes_transferred']) > 100_000;
/** Files of a directory as they lie on disk, unfinished ones included. */
const onDisk = (stateDirectory: string) => readdirSync(join(stateDirectory, 'collections', GUEST, 'hdc1')).sort();

describe('a simulator that is stopped and started on the same state', () => {
  it('knows its rules, tokens and tasks, and finishes what was under way', async () => {
    const harness = await startHarness({ bytesPerSecond: 2_000_000 });
    cleanUps.push(() => harness.close());
    await harness.grant(RESEARCHER_ID, '/hdc1/', 'rw');
    const token = await accessToken(harness.url, RESEARCHER_ID, 'researcher-secret');
    const before = transferClient(harness.url, token);
    const finished = await before.submit([['/notes.txt', '/hdc1/notes']], { label: 'finished' });
    await before.waitForStatus(finished, 'SUCCEEDED');
    const taskId = await before.submit([
      ['/rainfall.csv', '/hdc1/first'],
      ['/model/large.nc', '/hdc1/large'],
    ]);
    await before.waitFor(taskId, isMoving);

    await harness.restart();
    const after = transferClient(harness.url, token);
    expect((await after.get(`task/${finished}`)).body).toMatchObject({ status: 'SUCCEEDED', label: 'finished' });
    expect((await after.get(`task/${taskId}`)).body).toMatchObject({ status: 'ACTIVE', files_transferred: 1 });
    await harness.control('POST', 'bytes-per-second', { value: null });
    expect(await after.waitForStatus(taskId, 'SUCCEEDED')).toMatchObject({
      files_transferred: 2,
      bytes_transferred: 35 + 16 * 1024 * 1024 + 17,
    });
    expect(sha256(harness.file(GUEST, '/hdc1/large'))).toBe(sha256(harness.file(PERSONAL, '/model/large.nc')));
    expect(onDisk(harness.stateDirectory).filter((name) => name.startsWith('.globus-partial'))).toEqual([]);
  });

  it('leaves files alone that changed since the seeding', async () => {
    const harness = await startHarness();
    cleanUps.push(() => harness.close());
    rmSync(join(harness.stateDirectory, 'collections', PERSONAL, 'notes.txt'));
    await harness.restart();
    expect(readdirSync(join(harness.stateDirectory, 'collections', PERSONAL))).not.toContain('notes.txt');
  });
});

/** Starts main.ts as a process of its own and waits until it prints its address. */
async function startProcess(
  stateDirectory: string,
  bytesPerSecond?: number,
): Promise<{ child: ChildProcess; url: string; output: () => string }> {
  const env = {
    ...process.env,
    GLOBUS_PORT: '0',
    STATE_DIR: stateDirectory,
    GLOBUS_BYTES_PER_SECOND: String(bytesPerSecond ?? ''),
  };
  const child = spawn(process.execPath, [MAIN], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  cleanUps.push(() => child.kill('SIGKILL'));
  let output = '';
  child.stderr?.on('data', (chunk) => {
    output += chunk;
  });
  const url = await new Promise<string>((found, failed) => {
    child.once('exit', (code) => failed(new Error(`ended with ${code}: ${output}`)));
    child.stdout?.on('data', (chunk) => {
      output += chunk;
      const address = /http:\/\/127\.0\.0\.1:\d+/.exec(output)?.[0];
      if (address && output.includes(PERSONAL)) found(address);
    });
  });
  return { child, url, output: () => output };
}

describe('the simulator as a process of its own', { timeout: 120_000 }, () => {
  it('finishes a task after kill -9, and stops with status 0 when told to', async () => {
    const parent = mkdtempSync(join(tmpdir(), 'globus-process-'));
    cleanUps.push(() => rmSync(parent, { recursive: true, force: true }));
    const first = await startProcess(parent, 2_000_000);
    expect(first.output()).toContain('service-secret');
    await send(`${first.url}/_control/rules`, 'POST', {
      collectionId: GUEST,
      principal: RESEARCHER_ID,
      path: '/hdc1/',
      permissions: 'rw',
    });
    const token = await accessToken(first.url, RESEARCHER_ID, 'researcher-secret');
    const before = transferClient(first.url, token);
    const taskId = await before.submit([['/model/large.nc', '/hdc1/large']], { verify_checksum: true });
    await before.waitFor(taskId, isMoving);
    const died = once(first.child, 'exit');
    first.child.kill('SIGKILL');
    await died;
    const stateDirectory = join(parent, 'globus');
    expect(onDisk(stateDirectory)).toContain(`.globus-partial-${taskId}-1`);
    expect(onDisk(stateDirectory)).not.toContain('large');

    const second = await startProcess(parent);
    await transferClient(second.url, token).waitForStatus(taskId, 'SUCCEEDED');
    const copy = readFileSync(join(stateDirectory, 'collections', GUEST, 'hdc1/large'));
    expect(sha256(copy)).toBe(sha256(readFileSync(join(stateDirectory, 'collections', PERSONAL, 'model/large.nc'))));
    expect(onDisk(stateDirectory)).not.toContain(`.globus-partial-${taskId}-1`);
    const service = transferClient(second.url, await accessToken(second.url, SERVICE_ID, 'service-secret'));
    expect((await service.get(`endpoint/${GUEST}/access_list`)).data).toHaveLength(2);

    const ended = once(second.child, 'exit');
    second.child.kill('SIGTERM');
    expect((await ended)[0]).toBe(0);
  });

  it.each([
    { case: '--help', args: ['--help'], env: {}, status: 0, says: 'GLOBUS_BYTES_PER_SECOND' },
    {
      case: 'a port that is no number',
      args: [],
      env: { GLOBUS_PORT: 'x' },
      status: 1,
      says: 'GLOBUS_PORT: expected a whole number',
    },
  ])('answers $case with status $status', async ({ args, env, status, says }) => {
    const child = spawn(process.execPath, [MAIN, ...args], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => {
        output += chunk;
      });
    expect((await once(child, 'close'))[0]).toBe(status);
    expect(output).toContain(says);
  });
});
