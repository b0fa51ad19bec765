import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type StackProcess, startStackProcess } from '../support/local-stack.ts';
import {
  CURATOR_KEY,
  call,
  datasetUrl,
  eventually,
  listFiles,
  listLocks,
  listRules,
  logIn,
  postJson,
  postReport,
  putSourceFile,
  requestPaths,
  submitTransfer,
} from '../support/upload-client.ts';

const KEY = { 'X-Dataverse-key': CURATOR_KEY };
const LEASE_SECONDS = 2;
let stack: StackProcess;

beforeAll(async () => {
  stack = await startStackProcess({ LEASE_SECONDS: String(LEASE_SECONDS) });
});
afterAll(() => stack?.remove());

interface Granted {
  readonly identifier: string;
  readonly path: string;
}

async function grantOne(): Promise<Granted> {
  const paths = await requestPaths(stack, 1);
  expect(paths.status).toBe(200);
  const [[identifier = '', path = ''] = []] = Object.entries<string>(paths.body.data);
  return { identifier, path };
}

/** Moves all clocks of the stack, so that no test waits for minutes. */
function shiftClock(shiftSeconds: number) {
  return postJson(`${stack.apiUrl}/_control/clock`, { shiftSeconds });
}

const setSpeed = (value: number | null) => postJson(`${stack.globusUrl}/_control/bytes-per-second`, { value });

/** Has the transfer of this grant come to that state? Read from the log of its state changes; a successor has an id of its own. */
async function hasReached(state: string, { identifier }: Granted): Promise<boolean> {
  const log = await readFile(join(stack.stateDirectory, 'log.jsonl'), 'utf8');
  const timePart = identifier.replace('globusm://', '').slice(0, 11);
  return log
    .split('\n')
    .some(
      (line) => line.includes('"transfer-state"') && line.includes(`29-${timePart}`) && line.includes(`"${state}"`),
    );
}

function reportOf({ identifier }: Granted, taskIdentifier: string, fileName: string) {
  const jsonData = { taskIdentifier, files: [{ storageIdentifier: identifier, fileName }] };
  return postReport(datasetUrl(stack, 'addGlobusFiles'), jsonData, KEY);
}

async function readTask(taskId: string) {
  const headers = await logIn(stack);
  return (await call(`${stack.globusUrl}/v0.10/task/${taskId}`, { headers })).body;
}

async function untilSettled(): Promise<void> {
  await eventually('the dataset is unlocked', async () => (await listLocks(stack)).length === 0);
  await eventually('no access rule is left', async () => (await listRules(stack)).length === 0);
}

/** Each file of these names, once. */
async function expectRegisteredOnce(...names: readonly string[]): Promise<void> {
  const labels = (await listFiles(stack)).map((file) => file.label);
  expect(labels.filter((label) => names.includes(label)).sort()).toEqual([...names].sort());
}

/** Leaves the lease unreported until the grant is EXPIRED and its rule gone. */
async function grantAndLetExpire(): Promise<Granted> {
  const granted = await grantOne();
  await eventually('the lease ends', () => hasReached('EXPIRING', granted));
  await eventually('the rule is gone', async () => (await listRules(stack)).length === 0);
  await shiftClock(11);
  await eventually('the second look proves it', () => hasReached('EXPIRED', granted));
  return granted;
}

describe('a task that lives on when the lease of its grant ends unreported', () => {
  it('keeps its rule, is taken by a late report and followed to its end', async () => {
    await putSourceFile(stack, '/late/observed.bin', Buffer.alloc(300_000, 1));
    await setSpeed(1_000);
    const granted = await grantOne();
    const taskId = await submitTransfer(stack, [['/late/observed.bin', granted.path]]);
    await eventually('the task is observed', () => hasReached('OBSERVED', granted));
    expect(await listRules(stack)).toHaveLength(1);
    expect((await readTask(taskId)).status).toBe('ACTIVE');
    expect(await listLocks(stack)).toEqual([]);

    expect((await reportOf(granted, taskId, 'observed.bin')).status).toBe(200);
    expect(await listLocks(stack)).toMatchObject([{ lockType: 'GlobusUpload' }]);
    await setSpeed(null);
    await untilSettled();
    await expectRegisteredOnce('observed.bin');
    expect(await hasReached('EXPIRING', granted)).toBe(false);
  });

  it('loses its rule when it has ended, though nobody ever reports it', async () => {
    await putSourceFile(stack, '/late/never.bin', Buffer.alloc(300_000, 2));
    await setSpeed(1_000);
    const granted = await grantOne();
    const taskId = await submitTransfer(stack, [['/late/never.bin', granted.path]]);
    await eventually('the task is observed', () => hasReached('OBSERVED', granted));
    await shiftClock(61);
    expect((await readTask(taskId)).status).toBe('ACTIVE');
    expect(await listRules(stack)).toHaveLength(1);

    await setSpeed(null);
    await eventually('the task has ended', async () => (await readTask(taskId)).status === 'SUCCEEDED');
    await shiftClock(181);
    await eventually('the rule is gone', async () => (await listRules(stack)).length === 0);
    expect((await listFiles(stack)).map((file) => file.label)).not.toContain('never.bin');
  });
});

describe('a task submitted after its rule was gone', () => {
  it('is refused by Globus until it is reported, then given its rule again and registered once', async () => {
    await putSourceFile(stack, '/late/expired.txt', 'late');
    const granted = await grantAndLetExpire();
    const taskId = await submitTransfer(stack, [['/late/expired.txt', granted.path]]);
    await eventually('Globus refuses it', async () => (await readTask(taskId)).nice_status === 'PERMISSION_DENIED');
    expect((await readTask(taskId)).status).toBe('ACTIVE');
    expect(await listRules(stack)).toEqual([]);

    const answers = [
      await reportOf(granted, taskId, 'expired.txt'),
      await reportOf(granted, taskId, 'expired.txt'),
      await reportOf(granted, taskId, 'another-name.txt'),
    ];
    expect(answers.map((answer) => answer.status)).toEqual([200, 200, 409]);
    await eventually('the task succeeds', async () => (await readTask(taskId)).status === 'SUCCEEDED');
    await untilSettled();
    await expectRegisteredOnce('expired.txt');
    expect((await reportOf(granted, taskId, 'expired.txt')).status).toBe(200);
    await expectRegisteredOnce('expired.txt');
    expect(await listRules(stack)).toEqual([]);
  });

  it('gets nothing by a report of a task that is another one', async () => {
    await putSourceFile(stack, '/late/other.txt', 'other');
    const granted = await grantAndLetExpire();
    const unknown = await reportOf(granted, '3f530302-6c48-11ee-8428-378be0d9c521', 'other.txt');
    expect(unknown.status).toBe(404);
    expect(await listRules(stack)).toEqual([]);
    expect(await listLocks(stack)).toEqual([]);
  });
});

describe('reports in the moment in which the lease ends', () => {
  it('are all accepted in the end, whoever wins, and leave each file once and no rule', async () => {
    const offsetsMilliseconds = [-300, -100, 0, 100, 300];
    const names = offsetsMilliseconds.map((_, index) => `race${index}.txt`);
    for (const name of names) await putSourceFile(stack, `/late/${name}`, name);
    const grants = [];
    for (const name of names) grants.push({ ...(await grantOne()), name, grantedAt: Date.now() });
    const taskId = await submitTransfer(
      stack,
      grants.map(({ name, path }) => [`/late/${name}`, path]),
    );
    await eventually('the task has ended', async () => (await readTask(taskId)).status === 'SUCCEEDED');
    await Promise.all(
      grants.map(async (granted, index) => {
        const reportAt = granted.grantedAt + LEASE_SECONDS * 1000 + (offsetsMilliseconds[index] ?? 0);
        await new Promise((resolve) => setTimeout(resolve, Math.max(0, reportAt - Date.now())));
        await eventually(`the report of ${granted.name} is accepted`, async () => {
          const { status } = await reportOf(granted, taskId, granted.name);
          // 503: just ending; 403: Dataverse itself locks the dataset while it adds the files of another of these reports.
          expect([200, 403, 503]).toContain(status);
          return status === 200;
        });
      }),
    );
    await untilSettled();
    await expectRegisteredOnce(...names);
  });
});
