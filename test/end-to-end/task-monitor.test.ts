import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type StackProcess, startStackProcess } from '../support/local-stack.ts';
import { eventuallyInQuietTime, stepRuns, untilComesTo } from '../support/quiet-time.ts';
import {
  clearFaults,
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
import {
  call,
  eventually,
  type GrantedFile,
  grantOne,
  listLocks,
  listRules,
  PUBLISHED_PID,
  putSourceFile,
  reportFiles,
  submitTransfer,
} from '../support/upload-client.ts';

const LIST_CALL = '/endpoint_manager/task_list';
let stack: StackProcess;

beforeAll(async () => {
  stack = await startStackProcess({ LEASE_SECONDS: '300' });
});
afterAll(() => stack?.remove());
afterEach(() => clearFaults(stack));

interface WaitingUpload {
  readonly taskId: string;
  readonly transferId: string;
}

/** An upload of one file, its task paused, reported, and its quick looks over: its workflow waits for a call. */
async function waitingUpload(name: string, persistentId?: string): Promise<WaitingUpload> {
  await putSourceFile(stack, `/monitor/${name}`, 'a file\n');
  await setSpeed(stack, 1);
  const granted = await grantOne(stack, persistentId);
  const taskId = await submitTransfer(stack, [[`/monitor/${name}`, granted.path]]);
  await globusControl(stack, `/tasks/${taskId}/pause`);
  await setSpeed(stack, null);
  expect((await reportFiles(stack, taskId, [[granted, name]], persistentId)).status).toBe(200);
  const transferId = transferIdOf(granted, persistentId);
  const isWaiting = async () => (await stepRuns(stack, transferId, 'await-completion')) > 0;
  while (!(await isWaiting())) {
    const looks = () => stepRuns(stack, transferId, 'look-at-task');
    const looksBefore = await looks();
    await shiftClock(stack, 13);
    const hasLooked = async () => (await looks()) > looksBefore || (await isWaiting());
    await eventuallyInQuietTime(stack, 'a look', hasLooked);
  }
  return { taskId, transferId };
}

function transferIdOf({ identifier }: GrantedFile, persistentId?: string): string {
  return transferOf(identifier, persistentId === PUBLISHED_PID ? '30' : undefined);
}

/** Waits until a transfer is CLOSED: all in all the clock moves on by far less than the wait of an hour. */
async function untilClosed(transferId: string, shiftSeconds?: number): Promise<void> {
  await untilComesTo(stack, transferId, 'CLOSED', shiftSeconds);
}

async function finish(taskId: string): Promise<void> {
  await globusControl(stack, `/tasks/${taskId}/resume`);
  await eventually('the task has ended', async () => (await readTask(stack, taskId)).status === 'SUCCEEDED');
}

async function listCalls(): Promise<number> {
  const { body } = await call(`${stack.globusUrl}/_control/requests`);
  return body.filter((request: { target: string }) => request.target.startsWith(`/v0.10${LIST_CALL}`)).length;
}

describe('the shared task monitor', { timeout: 180_000 }, () => {
  it('asks nobody while nothing is open, and one list a minute while something is', async () => {
    for (let minutes = 0; minutes < 5; minutes++) await shiftClock(stack, 60);
    expect(await listCalls()).toBe(0);
    const { taskId } = await waitingUpload('counted.dat');
    // A tick of its own may fall between a shift of the clock and the count: so ticks are counted, not shifts.
    const ticks = async () => (await logLines(stack, 'task-monitor')).length;
    for (let minutes = 0; minutes < 3; minutes++) {
      const ticksBefore = await ticks();
      await shiftClock(stack, 60);
      await eventually('a tick', async () => (await ticks()) > ticksBefore);
    }
    await eventually('one list a tick', async () => (await listCalls()) === (await ticks()));
    await finish(taskId);
    await shiftClock(stack, 60);
    await untilSettled(stack);
  });

  it('calls the workflow of a task that has ended, long before the wait of an hour is over', async () => {
    const { taskId, transferId } = await waitingUpload('called.dat');
    await finish(taskId);
    await shiftClock(stack, 60);
    await untilClosed(transferId);
    await untilSettled(stack);
    await expectRegisteredOnce(stack, 'called.dat');
  });

  it('makes up for ticks that were skipped, and does no harm with many at once', async () => {
    const { taskId, transferId } = await waitingUpload('ticks.dat');
    await finish(taskId);
    // Half an hour at once is one tick; then thirty of them in a burst, which is over before the look that they cause.
    await shiftClock(stack, 1_800);
    await Promise.all(Array.from({ length: 30 }, () => shiftClock(stack, 60)));
    // Time ran away from the first looks: an operator may have been asked, and they come again after ten minutes.
    await untilClosed(transferId, 60);
    await untilSettled(stack);
    await expectRegisteredOnce(stack, 'ticks.dat');
  });

  it('is not blinded by one task that Globus refuses to talk about', async () => {
    const poisoned = await waitingUpload('poisoned.dat');
    const other = await waitingUpload('other.dat', PUBLISHED_PID);
    await globusControl(stack, '/faults', {
      match: `endpoint_manager/task/${poisoned.taskId}$`,
      kind: 'reply',
      times: null,
      reply: { status: 403, body: { code: 'PermissionDenied', message: 'no', request_id: 'x', resource: '/' } },
    });
    await finish(poisoned.taskId);
    await finish(other.taskId);
    await shiftClock(stack, 60);
    await untilClosed(other.transferId);
    await eventually('the refusal is noted', async () => (await logLines(stack, 'task-not-confirmed')).length > 0);
    expect(await statesOf(stack, poisoned.transferId)).not.toContain('SETTLING');
    await clearFaults(stack);
    await shiftClock(stack, 60);
    await untilClosed(poisoned.transferId);
    await untilSettled(stack);
    await expectRegisteredOnce(stack, 'poisoned.dat');
  });

  it('dead for an hour delays and loses nothing: the wait ends with a look of its own', async () => {
    const reply = { status: 503, body: '<html>down</html>' };
    await globusControl(stack, '/faults', { match: LIST_CALL, kind: 'reply', times: null, reply });
    const { taskId, transferId } = await waitingUpload('delayed.dat');
    await finish(taskId);
    const failures = async () => (await logLines(stack, 'task-monitor-failed')).length;
    const failuresBefore = await failures();
    await shiftClock(stack, 120);
    await eventually('the monitor has failed', async () => (await failures()) > failuresBefore);
    expect(await listRules(stack)).toHaveLength(1);
    await shiftClock(stack, 3_600);
    const isSettling = async () => (await statesOf(stack, transferId)).includes('SETTLING');
    await eventually('its own look has seen the end', isSettling);
    // Releasing asks for live tasks by the same call.
    await clearFaults(stack);
    await untilClosed(transferId);
    await untilSettled(stack);
    await expectRegisteredOnce(stack, 'delayed.dat');
  });

  it('ends nothing because Globus does not know a task any more', async () => {
    const { taskId, transferId } = await waitingUpload('missing.dat');
    await globusControl(stack, `/tasks/${taskId}/forget`);
    const ticks = async () => (await logLines(stack, 'task-monitor')).length;
    const ticksBefore = await ticks();
    await shiftClock(stack, 60);
    await eventually('it was looked for', async () => (await ticks()) > ticksBefore);
    await shiftClock(stack, 4 * 3_600);
    await eventually('a look of its own', async () => (await stepRuns(stack, transferId, 'await-completion')) > 1);
    expect(await listRules(stack)).toHaveLength(1);
    expect(await listLocks(stack)).toMatchObject([{ lockType: 'GlobusUpload' }]);
    await untilComesTo(stack, transferId, 'ATTENTION', 86_400);
    expect(await listRules(stack)).toHaveLength(1);
    expect(await listLocks(stack)).toMatchObject([{ lockType: 'GlobusUpload' }]);
  });
});
