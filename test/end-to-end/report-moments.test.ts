import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { TaskId, TransferId } from '../../functions/domain/ids.ts';
import { DATASET } from '../support/builders.ts';
import {
  clearFaults,
  dataverseControl,
  expectRegisteredOnce,
  globusControl,
  readTask,
  setSpeed,
  shiftClock,
  transferOf,
  untilSettled,
  untilState,
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
  listRules,
  putSourceFile,
  reportFiles,
  submitOthersTask,
  submitTransfer,
} from '../support/upload-client.ts';
import { untilClosed } from '../support/uploads.ts';

/** Quick looks at a task come after 2 to 12 s. */
const LONGEST_QUICK_LOOK_SECONDS = 12;
let stack: StackInProcess;

beforeAll(async () => {
  stack = await startStackInProcess({ LEASE_SECONDS: '3000', SWEEP_SECONDS: '5' });
  await putSourceFile(stack, '/moments/small.txt', 'small\n');
  await putSourceFile(stack, '/moments/large.bin', Buffer.alloc(200_000, 3));
});
afterAll(() => stack?.remove());
beforeEach(() => setSpeed(stack, null));
afterEach(() => clearFaults(stack));

const headerOf = ({ identifier }: GrantedFile) => stack.stores.transfers.read(transferOf(identifier) as TransferId);
const labels = async () => (await listFiles(stack)).map((file) => file.label);

async function untilTaskIs(taskId: string, status: string): Promise<void> {
  await eventually(`the task is ${status}`, async () => (await readTask(stack, taskId)).status === status);
}

/** A task whose first file is there and whose second one takes a while. */
async function halfDoneTask(granted: readonly GrantedFile[]): Promise<string> {
  const [first, second] = granted.map((file) => file.path);
  await setSpeed(stack, 1_000);
  const taskId = await submitTransfer(stack, [
    ['/moments/small.txt', first ?? ''],
    ['/moments/large.bin', second ?? ''],
  ]);
  await eventually('the first file is there', async () => (await readTask(stack, taskId)).files_transferred >= 1);
  return taskId;
}

describe('a report that comes when its task is over', { timeout: 120_000 }, () => {
  it('is settled at once after a success', async () => {
    const granted = await grantOne(stack);
    const taskId = await submitTransfer(stack, [['/moments/small.txt', granted.path]]);
    await untilTaskIs(taskId, 'SUCCEEDED');
    expect((await reportFiles(stack, taskId, [[granted, 'over.txt']])).status).toBe(200);
    await untilSettled(stack);
    // By the first look, and nobody has moved the clock.
    expect(await headerOf(granted)).toMatchObject({ looks: 0, registration: { batchesSent: 1, isComplete: true } });
    await expectRegisteredOnce(stack, 'over.txt');
  });

  it('registers after a failure what succeeded, and then unlocks and closes', async () => {
    const granted = await grantFiles(stack, 2);
    const [first, second] = granted as [GrantedFile, GrantedFile];
    const taskId = await halfDoneTask(granted);
    await globusControl(stack, `/tasks/${taskId}/fail`, { code: 'QUOTA_EXCEEDED', description: 'the disk is full' });
    await untilTaskIs(taskId, 'FAILED');
    const named = [
      [first, 'before-failure.txt'],
      [second, 'never.bin'],
    ] as const;
    expect((await reportFiles(stack, taskId, named)).status).toBe(200);
    await untilClosed(stack, first);
    await untilSettled(stack);
    await expectRegisteredOnce(stack, 'before-failure.txt');
    expect(await labels()).not.toContain('never.bin');
    const results = await stack.stores.files.readResults(transferOf(first.identifier) as TransferId);
    expect(results.find((result) => result.fileName === 'never.bin')).toMatchObject({
      outcome: 'not-transferred',
      reason: 'QUOTA_EXCEEDED: the disk is full',
    });
  });

  it('registers nothing when it was cancelled', async () => {
    const granted = await grantFiles(stack, 2);
    const [first, second] = granted as [GrantedFile, GrantedFile];
    const taskId = await halfDoneTask(granted);
    await globusControl(stack, `/tasks/${taskId}/fail`, { code: 'CANCELED', description: 'cancelled by its owner' });
    await untilTaskIs(taskId, 'FAILED');
    const named = [
      [first, 'cancelled.txt'],
      [second, 'cancelled.bin'],
    ] as const;
    expect((await reportFiles(stack, taskId, named)).status).toBe(200);
    await untilClosed(stack, first);
    await untilSettled(stack);
    expect((await labels()).filter((label) => label.startsWith('cancelled'))).toEqual([]);
  });
});

describe('a report that comes while Globus is down', { timeout: 120_000 }, () => {
  const down = () =>
    globusControl(stack, '/faults', {
      match: '/endpoint_manager/',
      kind: 'reply',
      times: null,
      reply: { status: 503, body: '<html>maintenance</html>' },
    });

  /** A task that goes on until it is told, reported while nobody can ask Globus about it. */
  async function unverifiedUpload(name: string, submitIt: (granted: GrantedFile) => Promise<string>) {
    const granted = await grantOne(stack);
    // So slow that it cannot end before it is paused.
    await setSpeed(stack, 0.001);
    const taskId = await submitIt(granted);
    await globusControl(stack, `/tasks/${taskId}/pause`);
    await down();
    expect((await reportFiles(stack, taskId, [[granted, name]])).status).toBe(200);
    expect(await headerOf(granted)).toMatchObject({ state: 'BOUND', admission: 'UNVERIFIED', bound: { taskId } });
    expect(await listLocks(stack)).toEqual([]);
    expect(await listRules(stack)).toHaveLength(1);
    return { granted, taskId };
  }
  const ownTask = (granted: GrantedFile) => submitTransfer(stack, [['/moments/small.txt', granted.path]]);
  const letTaskEnd = async (taskId: string) => {
    await setSpeed(stack, null);
    await globusControl(stack, `/tasks/${taskId}/resume`);
    await untilTaskIs(taskId, 'SUCCEEDED');
  };
  const letLookPass = async (granted: GrantedFile) => {
    const looks = async () => (await headerOf(granted))?.looks ?? 0;
    const before = await looks();
    await shiftClock(stack, LONGEST_QUICK_LOOK_SECONDS + 1);
    await eventually('a look at the task', async () => (await looks()) > before);
  };

  it('is accepted without a lock, which comes as soon as the task is proven', async () => {
    const { granted, taskId } = await unverifiedUpload('unverified.txt', ownTask);
    await shiftClock(stack, 3_600);
    await eventually('Globus was asked in vain', async () => ((await headerOf(granted))?.looks ?? 0) > 0);
    expect(await headerOf(granted)).toMatchObject({ state: 'BOUND', admission: 'UNVERIFIED' });
    expect(await listRules(stack)).toHaveLength(1);

    await clearFaults(stack);
    await shiftClock(stack, 60);
    await untilState(stack, granted.identifier, 'FOLLOWING');
    expect(await listLocks(stack)).toMatchObject([{ lockType: 'GlobusUpload' }]);
    await letTaskEnd(taskId);
    await untilClosed(stack, granted);
    await untilSettled(stack);
    await expectRegisteredOnce(stack, 'unverified.txt');
  });

  it('of a task that turns out to be another one ends with nothing registered, and its true owner can report it', async () => {
    const { granted, taskId } = await unverifiedUpload('others.txt', () => submitOthersTask(stack));
    expect(await stack.stores.claims.read(taskId as TaskId)).toBeDefined();
    await clearFaults(stack);
    await shiftClock(stack, 60);
    await untilClosed(stack, granted);
    await untilSettled(stack);
    const header = await headerOf(granted);
    expect(header?.rejection).toMatch(/does not belong to the Globus identity/);
    expect(await stack.stores.claims.read(taskId as TaskId)).toBeUndefined();
    expect(await stack.stores.locks.read(DATASET)).toBeUndefined();
    expect(await labels()).not.toContain('others.txt');
  });

  it('and whose dataset somebody locks meanwhile is followed all the same, its lock asked for at each look', async () => {
    const { granted, taskId } = await unverifiedUpload('unlocked.txt', ownTask);
    await dataverseControl(stack, '/locks', { datasetId: 29, lockType: 'GlobusUpload', user: 'reader' });
    await clearFaults(stack);
    await shiftClock(stack, 60);
    await untilState(stack, granted.identifier, 'FOLLOWING');
    expect(await headerOf(granted)).toMatchObject({ admission: 'UNLOCKED' });
    expect(await listLocks(stack)).toMatchObject([{ lockType: 'GlobusUpload', user: 'reader' }]);

    const theirLock = JSON.stringify({ datasetId: 29, lockType: 'GlobusUpload' });
    await call(`${stack.dataverseUrl}/_control/locks`, { method: 'DELETE', body: theirLock });
    // A look that was under way may still have met their lock.
    while ((await headerOf(granted))?.admission !== 'FULL') await letLookPass(granted);
    expect(await listLocks(stack)).toMatchObject([{ lockType: 'GlobusUpload', user: 'dataverseAdmin' }]);
    await letTaskEnd(taskId);
    await untilClosed(stack, granted);
    await untilSettled(stack);
    await expectRegisteredOnce(stack, 'unlocked.txt');
  });
});
