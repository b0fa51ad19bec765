import { setTimeout as sleep } from 'node:timers/promises';
import { ListExecutionsCommand, SFNClient, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  expectRegisteredOnce,
  logLines,
  setSpeed,
  shiftClock,
  statesOf,
  transferOf,
  untilSettled,
  untilState,
} from '../support/stack-control.ts';
import { type StackInProcess, startStackInProcess } from '../support/stack-in-process.ts';
import {
  eventually,
  type GrantedFile,
  grantOne,
  listLocks,
  listRules,
  putSourceFile,
  reportFiles,
  submitTransfer,
} from '../support/upload-client.ts';
import { untilClosed, untilExpired } from '../support/uploads.ts';

let stack: StackInProcess;
let workflows: SFNClient;

beforeAll(async () => {
  stack = await startStackInProcess({ LEASE_SECONDS: '30', SWEEP_SECONDS: '1', GLOBUS_BYTES_PER_SECOND: '1' });
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  workflows = new SFNClient({ endpoint: stack.workflowUrl, region: 'local', credentials });
});

afterAll(async () => {
  workflows?.destroy();
  await stack?.remove();
});

async function runningExecutions() {
  const { stateMachineArn } = stack;
  const running = await workflows.send(new ListExecutionsCommand({ stateMachineArn, statusFilter: 'RUNNING' }));
  return running.executions ?? [];
}

/** Stops whatever execution runs, as an operator might. @returns how many */
async function stopExecutions(): Promise<number> {
  const running = await runningExecutions();
  for (const { executionArn } of running) await workflows.send(new StopExecutionCommand({ executionArn }));
  return running.length;
}

/** Stops every execution from now on. @returns a function that ends this */
function keepStoppingExecutions(): () => Promise<void> {
  const ending = new AbortController();
  const stopAll = async () => {
    while (!ending.signal.aborted) {
      await stopExecutions().catch(() => undefined);
      await sleep(20);
    }
  };
  const stopping = stopAll();
  return () => {
    ending.abort();
    return stopping;
  };
}

/** Starts the upload of one file, which is reported and still runs. */
async function startUpload(name: string): Promise<GrantedFile> {
  await putSourceFile(stack, `/${name}`, 'followed all the same\n');
  const granted = await grantOne(stack);
  const taskId = await submitTransfer(stack, [[`/${name}`, granted.path]]);
  expect((await reportFiles(stack, taskId, [[granted, name]])).status).toBe(200);
  return granted;
}

describe('an execution that somebody stopped', { timeout: 120_000 }, () => {
  it('before the report is followed by another one, which ends the lease', async () => {
    const granted = await grantOne(stack);
    const isWaiting = async () => (await logLines(stack, 'step')).some((line) => line['step'] === 'await-report');
    await eventually('the execution waits', isWaiting);
    expect(await stopExecutions()).toBe(1);
    expect(await listRules(stack)).toHaveLength(1);
    await shiftClock(stack, 46);
    await untilState(stack, granted.identifier, 'EXPIRING');
    await untilSettled(stack);
    // Else it would take the next upload's task for one that it must hold the rule for.
    await untilExpired(stack, transferOf(granted.identifier));
    await eventually('no execution runs', async () => (await runningExecutions()).length === 0);
  });

  it('while the task runs is followed by another one, which registers the file once', async () => {
    const granted = await startUpload('stopped.dat');
    expect(await listLocks(stack)).toMatchObject([{ lockType: 'GlobusUpload' }]);
    expect(await stopExecutions()).toBe(1);
    await setSpeed(stack, null);
    await shiftClock(stack, 300);
    await untilClosed(stack, granted);
    await expectRegisteredOnce(stack, 'stopped.dat');
  });
});

describe('a workflow service whose executions all die', { timeout: 120_000 }, () => {
  it('keeps nobody from the end: the sweep does the work itself', async () => {
    await setSpeed(stack, 5);
    const endStopping = keepStoppingExecutions();
    try {
      const { identifier } = await startUpload('swept.dat');
      const isClosed = async () => (await statesOf(stack, transferOf(identifier))).at(-1) === 'CLOSED';
      const actions = async () => (await logLines(stack, 'sweep-transfers')).length;
      for (let rounds = 0; rounds < 30 && !(await isClosed()); rounds++) {
        const before = await actions();
        // Two minutes, and a short wait of its own: what a transfer whose workflow should have gone on is left alone for.
        await shiftClock(stack, 135);
        const hasActed = async () => (await actions()) > before;
        await eventually('a sweep has done something', hasActed, 10_000).catch(() => undefined);
      }
      expect(await isClosed()).toBe(true);
    } finally {
      await endStopping();
    }
    expect([await listRules(stack), await listLocks(stack)]).toEqual([[], []]);
    await expectRegisteredOnce(stack, 'swept.dat');
  });
});
