import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type StackProcess, startStackProcess } from '../support/local-stack.ts';
import { clearFaults, globusControl, logLines, setSpeed, shiftClock, untilSettled } from '../support/stack-control.ts';
import {
  call,
  eventually,
  grantOne,
  listFiles,
  listRules,
  putSourceFile,
  reportFiles,
  submitTransfer,
} from '../support/upload-client.ts';

const LIST_CALL = 'endpoint_manager/task_list';
let stack: StackProcess;

beforeAll(async () => {
  stack = await startStackProcess({ LEASE_SECONDS: '300' });
});
afterAll(() => stack?.remove());

/** How often a workflow has begun to wait for a call. */
async function waits(): Promise<number> {
  return (await logLines(stack, 'step')).filter((line) => line['step'] === 'await-completion').length;
}

/** An upload of one file, its task held, reported, and its quick looks over: its workflow waits for a call. */
async function waitingUpload(name: string): Promise<string> {
  await putSourceFile(stack, `/monitor/${name}`, 'a file\n');
  await setSpeed(stack, 1);
  const granted = await grantOne(stack);
  const taskIdentifier = await submitTransfer(stack, [[`/monitor/${name}`, granted.path]]);
  await globusControl(stack, `/tasks/${taskIdentifier}/pause`);
  await setSpeed(stack, null);
  expect((await reportFiles(stack, taskIdentifier, [[granted, name]])).status).toBe(200);
  const before = await waits();
  await eventually('the quick looks are over', async () => {
    await shiftClock(stack, 13);
    // Long enough for a look, which reads twice.
    await eventually('a look', async () => (await waits()) > before, 1_500).catch(() => undefined);
    return (await waits()) > before;
  });
  return taskIdentifier;
}

const labels = async () => (await listFiles(stack)).map((file) => file.label);

describe('the shared task monitor', () => {
  it('calls the workflow of a task that has ended, long before the wait of an hour is over', async () => {
    const task = await waitingUpload('called.dat');
    await globusControl(stack, `/tasks/${task}/resume`);
    await eventually('the task has ended', async () => {
      const { body } = await call(`${stack.globusUrl}/_control/state`);
      return body.tasks.every((each: { status: string }) => each.status !== 'ACTIVE');
    });
    await shiftClock(stack, 60);
    await untilSettled(stack);
    expect(await labels()).toContain('called.dat');
  });

  it('is not blinded by one task that Globus refuses to talk about', async () => {
    const poisoned = await waitingUpload('poisoned.dat');
    const reply = {
      status: 403,
      body: { code: 'PermissionDenied', message: 'canary', request_id: 'x', resource: '/' },
    };
    await globusControl(stack, '/faults', {
      match: `endpoint_manager/task/${poisoned}$`,
      kind: 'reply',
      times: 3,
      reply,
    });
    await globusControl(stack, `/tasks/${poisoned}/resume`);
    await shiftClock(stack, 60);
    await eventually('the refusal is noted', async () => (await logLines(stack, 'task-not-confirmed')).length > 0);
    await clearFaults(stack);
    await shiftClock(stack, 60);
    await untilSettled(stack);
    expect(await labels()).toContain('poisoned.dat');
  });

  it('dead for an hour delays and loses nothing: the wait ends with a look of its own', async () => {
    const reply = { status: 503, body: '<html>down</html>' };
    await globusControl(stack, '/faults', { match: LIST_CALL, kind: 'reply', times: null, reply });
    const task = await waitingUpload('delayed.dat');
    await globusControl(stack, `/tasks/${task}/resume`);
    await shiftClock(stack, 120);
    await eventually('the monitor has failed', async () => (await logLines(stack, 'task-monitor-failed')).length > 0);
    expect(await listRules(stack)).toHaveLength(1);
    await shiftClock(stack, 3_600);
    // Releasing asks for live tasks by the same call.
    await eventually('the end was seen', async () => {
      const changes = await logLines(stack, 'transfer-state');
      return changes.filter((line) => line['to'] === 'SETTLING').length >= 3;
    });
    await clearFaults(stack);
    await shiftClock(stack, 30);
    await untilSettled(stack);
    expect(await labels()).toContain('delayed.dat');
  }, 90_000);
});
