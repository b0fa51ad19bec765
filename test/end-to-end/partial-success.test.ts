import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TransferId } from '../../functions/domain/ids.ts';
import { COLLECTION, PATH } from '../support/builders.ts';
import { type RunningStack, startStackProcess } from '../support/local-stack.ts';
import {
  expectRegisteredOnce,
  globusControl,
  logLines,
  readTask,
  setSpeed,
  shiftClock,
  statesOf,
  transferOf,
  untilSettled,
} from '../support/stack-control.ts';
import { type StackInProcess, startStackInProcess } from '../support/stack-in-process.ts';
import {
  call,
  eventually,
  type GrantedFile,
  grantFiles,
  grantOne,
  listFiles,
  listLocks,
  logIn,
  putSourceFile,
  reportFiles,
  submitTransfer,
} from '../support/upload-client.ts';
import { ruleIds, submitPaused, untilClosed, untilQuickLooksAreOver } from '../support/uploads.ts';

/** In this process, so that the tests can read what was recorded of each file. */
let stack: StackInProcess;

beforeAll(async () => {
  stack = await startStackInProcess({ LEASE_SECONDS: '600' });
});
afterAll(() => stack?.remove());

/** Asks for four paths at once: as many as any of these tests needs. */
async function grantFour(where: RunningStack = stack) {
  const [one, two, three, four] = await grantFiles(where, 4);
  if (!one || !two || !three || !four) throw new Error('fewer paths were given out than asked for');
  return [one, two, three, four] as const;
}

/** What became of each reported file: its outcome and the reason. */
async function resultsOf({ identifier }: GrantedFile): Promise<Record<string, readonly [string, string | null]>> {
  const results = await stack.stores.files.readResults(transferOf(identifier) as TransferId);
  return Object.fromEntries(results.map(({ fileName, outcome, reason }) => [fileName, [outcome, reason]]));
}

const REGISTERED = ['registered', null];
const NOT_MOVED = ['not-transferred', 'not among the files that Globus transferred'];
const fileNames = async (where: RunningStack = stack) => (await listFiles(where)).map((file) => file.label);

/** A file that lies on the managed collection itself. */
async function putManagedFile(path: string): Promise<void> {
  const file = join(stack.stateDirectory, 'globus', 'collections', COLLECTION, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, path);
}

describe('a task that passes over files which it cannot read', () => {
  it("has the others registered, and these listed with Globus's reason", async () => {
    const [here, gone, forbidden] = await grantFour();
    await putManagedFile(`${PATH}incoming/here.txt`);
    await putManagedFile('/hdc1/10.5072/FK2/FOREIGN/forbidden.txt');
    const pairs = [
      [`${PATH}incoming/here.txt`, here.path],
      [`${PATH}incoming/gone.txt`, gone.path],
      ['/hdc1/10.5072/FK2/FOREIGN/forbidden.txt', forbidden.path],
    ] as const;
    // From the managed collection: there the researcher may read only where the access rule lets him.
    const taskId = await submitTransfer(stack, pairs, { source_endpoint: COLLECTION, skip_source_errors: true });
    const reported = [
      [here, 'here.txt'],
      [gone, 'gone.txt'],
      [forbidden, 'forbidden.txt'],
    ] as const;
    expect((await reportFiles(stack, taskId, reported)).status).toBe(200);
    await untilClosed(stack, here);
    expect(await resultsOf(here)).toEqual({
      'here.txt': REGISTERED,
      'gone.txt': ['not-transferred', 'FILE_NOT_FOUND'],
      'forbidden.txt': ['not-transferred', 'PERMISSION_DENIED'],
    });
    await untilSettled(stack);
    expect(await fileNames()).toEqual(['here.txt']);
  }, 60_000);
});

describe('a report that differs from what the task moves', () => {
  it('has only what was reported and arrived registered, and says of each other reported file why not', async () => {
    const [both, unreported, unmoved, missing] = await grantFour();
    for (const name of ['both.txt', 'unreported.txt']) await putSourceFile(stack, `/partial/${name}`, name);
    const pairs = [
      ['/partial/both.txt', both.path],
      ['/partial/unreported.txt', unreported.path],
      ['/partial/unreported.txt', `${PATH}of-no-grant`],
      ['/partial/missing.txt', missing.path],
    ] as const;
    const taskId = await submitTransfer(stack, pairs, { skip_source_errors: true });
    const reported = [
      [both, 'both.txt'],
      [unmoved, 'unmoved.txt'],
      [missing, 'missing.txt'],
    ] as const;
    expect((await reportFiles(stack, taskId, reported)).status).toBe(200);
    await untilClosed(stack, both);
    // Three files have arrived and three were reported, and yet they are not the same.
    expect(await readTask(stack, taskId)).toMatchObject({ status: 'SUCCEEDED', files_transferred: 3 });
    expect(await resultsOf(both)).toEqual({
      'both.txt': REGISTERED,
      'unmoved.txt': NOT_MOVED,
      'missing.txt': ['not-transferred', 'FILE_NOT_FOUND'],
    });
    await untilSettled(stack);
    await expectRegisteredOnce(stack, 'both.txt');
    const identifiers = (await listFiles(stack)).map((file) => file.dataFile.storageIdentifier);
    expect(identifiers).toContain(both.identifier);
    expect(identifiers).not.toContain(unreported.identifier);
  }, 60_000);
});

/** Starts the upload of two small files and a large one, reports it, and waits until the small ones have arrived. */
async function startUpload(where: RunningStack, prefix: string) {
  const names = [`${prefix}-1.txt`, `${prefix}-2.txt`, `${prefix}-large.bin`];
  const grants = (await grantFour(where)).slice(0, names.length);
  await putSourceFile(where, `/partial/${prefix}-1.txt`, 'one');
  await putSourceFile(where, `/partial/${prefix}-2.txt`, 'two');
  await putSourceFile(where, `/partial/${prefix}-large.bin`, Buffer.alloc(6_000_000, 3));
  await setSpeed(where, 2_000);
  const taskId = await submitTransfer(
    where,
    grants.map(({ path }, index) => [`/partial/${names[index]}`, path]),
  );
  const files = grants.map((granted, index) => [granted, names[index] ?? ''] as const);
  expect((await reportFiles(where, taskId, files)).status).toBe(200);
  const hasSmallOnes = async () => (await readTask(where, taskId)).files_transferred === 2;
  await eventually('two files have arrived', hasSmallOnes);
  return { taskId, granted: grants[0] as GrantedFile, names };
}

describe('a task that fails when some of its files are done', () => {
  it("has those registered and the rest listed with Globus's reason, and leaves neither rule nor lock", async () => {
    const { taskId, granted, names } = await startUpload(stack, 'failed');
    const [one = '', two = '', large = ''] = names;
    await globusControl(stack, `/tasks/${taskId}/fail`, { code: 'QUOTA_EXCEEDED', description: 'no space is left' });
    await untilClosed(stack, granted);
    expect(await resultsOf(granted)).toEqual({
      [one]: REGISTERED,
      [two]: REGISTERED,
      [large]: ['not-transferred', 'QUOTA_EXCEEDED: no space is left'],
    });
    await untilSettled(stack);
    await expectRegisteredOnce(stack, one, two);
    expect(await fileNames()).not.toContain(large);
  }, 60_000);
});

describe('a task that its owner cancels when some of its files are done', () => {
  const cancel = async (where: RunningStack, taskId: string) =>
    call(`${where.globusUrl}/v0.10/task/${taskId}/cancel`, { method: 'POST', headers: await logIn(where) });

  it('has nothing registered, and leaves neither rule nor lock', async () => {
    const { taskId, granted, names } = await startUpload(stack, 'cancelled');
    expect((await cancel(stack, taskId)).body.code).toBe('Canceled');
    await untilClosed(stack, granted);
    const cancelled = ['not-transferred', 'the transfer was cancelled'];
    expect(await resultsOf(granted)).toEqual(Object.fromEntries(names.map((name) => [name, cancelled])));
    await untilSettled(stack);
    expect((await fileNames()).filter((name) => names.includes(name))).toEqual([]);
  }, 60_000);

  it('has what was done registered where the operator wants it so', async () => {
    const other = await startStackProcess({ LEASE_SECONDS: '600', REGISTER_CANCELLED: 'true' });
    try {
      const { taskId, granted, names } = await startUpload(other, 'wanted');
      expect((await cancel(other, taskId)).body.code).toBe('Canceled');
      await untilClosed(other, granted);
      await untilSettled(other);
      expect((await fileNames(other)).sort()).toEqual(names.slice(0, 2));
    } finally {
      await other.remove();
    }
  }, 120_000);
});

describe('a task that does not go on for hours', () => {
  const ENDINGS = ['SETTLING', 'CLOSED', 'ATTENTION', 'EXPIRING'];
  const waits = async () =>
    (await logLines(stack, 'step')).filter((line) => line['step'] === 'await-completion').length;

  /** Lets a time pass that ends a wait for the task monitor's call, and waits for the look that this brings. */
  async function letPass(seconds: number): Promise<void> {
    const before = await waits();
    await shiftClock(stack, seconds);
    await eventually('a look', async () => (await waits()) > before);
  }

  it.each([
    ['paused', 'pause', 'resume', { status: 'ACTIVE', is_paused: true }],
    ['INACTIVE', 'inactive', 'reactivate', { status: 'INACTIVE' }],
  ])(
    'since it is %s keeps its rule and lock, and is registered when it has gone on',
    async (name, stop, goOn, stillIs) => {
      const fileName = `${name}.txt`;
      // At one byte a second it is far from done when it is paused, however late that comes.
      await putSourceFile(stack, `/partial/${fileName}`, name.repeat(100));
      const granted = await grantOne(stack);
      const taskId = await submitPaused(stack, [[`/partial/${fileName}`, granted.path]]);
      if (stop === 'inactive') {
        await globusControl(stack, `/tasks/${taskId}/inactive`);
        await globusControl(stack, `/tasks/${taskId}/resume`);
      }
      expect((await reportFiles(stack, taskId, [[granted, fileName]])).status).toBe(200);
      const rules = await ruleIds(stack);
      expect(rules).toHaveLength(1);

      await untilQuickLooksAreOver(stack, granted);
      // Then there is a look after one hour, and the next after three more.
      await letPass(3_600);
      await letPass(10_800);
      expect(await readTask(stack, taskId)).toMatchObject(stillIs);
      expect(await ruleIds(stack)).toEqual(rules);
      expect(await listLocks(stack)).toMatchObject([{ lockType: 'GlobusUpload' }]);
      const states = await statesOf(stack, transferOf(granted.identifier));
      expect(states.filter((state) => ENDINGS.includes(state))).toEqual([]);

      await globusControl(stack, `/tasks/${taskId}/${goOn}`);
      await untilClosed(stack, granted);
      await untilSettled(stack);
      await expectRegisteredOnce(stack, fileName);
    },
    120_000,
  );
});
