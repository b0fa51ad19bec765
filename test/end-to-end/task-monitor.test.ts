import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type StackProcess, startStackProcess } from '../support/local-stack.ts';
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
  untilState,
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
import { untilClosed } from '../support/uploads.ts';

const LIST_CALL = '/endpoint_manager/task_list';
let stack: StackProcess;

beforeAll(async () => {
  stack = await startStackProcess({ LEASE_SECONDS: '300' });
});
afterAll(() => stack?.remove());
afterEach(() => clearFaults(stack));

/** How often a step of the workflow has run. */
async function runsOf(step: string): Promise<number> {
  return (await logLines(stack, 'step')).filter((line) => line['step'] === step).length;
}

interface WaitingUpload {
  readonly taskId: string;
  readonly granted: GrantedFile;
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
  const before = await runsOf('await-completion');
  for (let looks = 0; looks < 20 && (await runsOf('await-completion')) === before; looks++) {
    const looksBefore = await runsOf('look-at-task');
    await shiftClock(stack, 13);
    const hasLooked = async () =>
      (await runsOf('look-at-task')) > looksBefore || (await runsOf('await-completion')) > before;
    await eventually('a look', hasLooked);
  }
  return { taskId, granted };
}

async function finish(taskId: string): Promise<void> {
  await globusControl(stack, `/tasks/${taskId}/resume`);
  await eventually('the task has ended', async () => (await readTask(stack, taskId)).status === 'SUCCEEDED');
}

async function listCalls(): Promise<number> {
  const { body } = await call(`${stack.globusUrl}/_control/requests`);
  return body.filter((request: { target: string }) => request.target.startsWith(`/v0.10${LIST_CALL}`)).length;
}

describe('the shared task monitor', () => {
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
    const { taskId, granted } = await waitingUpload('called.dat');
    await finish(taskId);
    await shiftClock(stack, 60);
    await untilClosed(stack, granted);
    await untilSettled(stack);
    await expectRegisteredOnce(stack, 'called.dat');
  });

  it('makes up for ticks that were skipped, and does no harm with many at once', async () => {
    const { taskId, granted } = await waitingUpload('ticks.dat');
    await finish(taskId);
    // Half an hour at once is one tick; then thirty of them in a burst.
    await shiftClock(stack, 1_800);
    for (let ticks = 0; ticks < 30; ticks++) await shiftClock(stack, 60);
    await untilClosed(stack, granted);
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
    await untilClosed(stack, other.granted);
    await eventually('the refusal is noted', async () => (await logLines(stack, 'task-not-confirmed')).length > 0);
    expect(await statesOf(stack, transferOf(poisoned.granted.identifier))).not.toContain('SETTLING');
    await clearFaults(stack);
    await shiftClock(stack, 60);
    await untilClosed(stack, poisoned.granted);
    await untilSettled(stack);
    await expectRegisteredOnce(stack, 'poisoned.dat');
  });

  it('dead for an hour delays and loses nothing: the wait ends with a look of its own', async () => {
    const reply = { status: 503, body: '<html>down</html>' };
    await globusControl(stack, '/faults', { match: LIST_CALL, kind: 'reply', times: null, reply });
    const { taskId, granted } = await waitingUpload('delayed.dat');
    await finish(taskId);
    await shiftClock(stack, 120);
    await eventually('the monitor has failed', async () => (await logLines(stack, 'task-monitor-failed')).length > 0);
    expect(await listRules(stack)).toHaveLength(1);
    await shiftClock(stack, 3_600);
    await untilState(stack, granted.identifier, 'SETTLING');
    // Releasing asks for live tasks by the same call.
    await clearFaults(stack);
    await shiftClock(stack, 30);
    await untilSettled(stack);
    await expectRegisteredOnce(stack, 'delayed.dat');
  }, 90_000);

  it('ends nothing because Globus does not know a task any more', async () => {
    const { taskId, granted } = await waitingUpload('missing.dat');
    await globusControl(stack, `/tasks/${taskId}/forget`);
    await shiftClock(stack, 60);
    await eventually('it was looked for', async () => (await logLines(stack, 'task-monitor')).length > 0);
    await shiftClock(stack, 4 * 3_600);
    await eventually('a look of its own', async () => (await runsOf('await-completion')) > 1);
    expect(await listRules(stack)).toHaveLength(1);
    expect(await listLocks(stack)).toMatchObject([{ lockType: 'GlobusUpload' }]);
    await eventually('an operator is asked', async () => {
      await shiftClock(stack, 86_400);
      return (await statesOf(stack, transferOf(granted.identifier))).includes('ATTENTION');
    });
    expect(await listRules(stack)).toHaveLength(1);
    expect(await listLocks(stack)).toMatchObject([{ lockType: 'GlobusUpload' }]);
  });
});
