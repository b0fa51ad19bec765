import { ListExecutionsCommand, SFNClient, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  expectRegisteredOnce,
  logLines,
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
import { untilClosed } from '../support/uploads.ts';

let stack: StackInProcess;
let workflows: SFNClient;

beforeAll(async () => {
  stack = await startStackInProcess({ LEASE_SECONDS: '30', SWEEP_SECONDS: '1', GLOBUS_BYTES_PER_SECOND: '5' });
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  workflows = new SFNClient({ endpoint: stack.workflowUrl, region: 'local', credentials });
});

afterAll(async () => {
  workflows?.destroy();
  await stack?.remove();
});

/** Stops whatever execution runs, as an operator might. @returns how many */
async function stopExecutions(): Promise<number> {
  const { stateMachineArn } = stack;
  const running = await workflows.send(new ListExecutionsCommand({ stateMachineArn, statusFilter: 'RUNNING' }));
  for (const { executionArn } of running.executions ?? []) {
    await workflows.send(new StopExecutionCommand({ executionArn }));
  }
  return running.executions?.length ?? 0;
}

/** Starts the upload of one file, which is reported and still runs. */
async function startUpload(name: string): Promise<GrantedFile> {
  await putSourceFile(stack, `/${name}`, 'followed all the same\n');
  const granted = await grantOne(stack);
  const taskId = await submitTransfer(stack, [[`/${name}`, granted.path]]);
  expect((await reportFiles(stack, taskId, [[granted, name]])).status).toBe(200);
  return granted;
}

describe('an execution that somebody stopped', () => {
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
    await shiftClock(stack, 11);
    await untilState(stack, granted.identifier, 'EXPIRED');
  });

  it('while the task runs is followed by another one, which registers the file once', async () => {
    const granted = await startUpload('stopped.dat');
    expect(await listLocks(stack)).toMatchObject([{ lockType: 'GlobusUpload' }]);
    expect(await stopExecutions()).toBe(1);
    await shiftClock(stack, 300);
    await untilClosed(stack, granted);
    await expectRegisteredOnce(stack, 'stopped.dat');
  });
});

describe('a workflow service whose executions all die', () => {
  it('keeps nobody from the end: the sweep does the work itself', async () => {
    const killer = setInterval(() => void stopExecutions().catch(() => undefined), 20);
    try {
      const { identifier } = await startUpload('swept.dat');
      const isClosed = async () => (await statesOf(stack, transferOf(identifier))).at(-1) === 'CLOSED';
      for (let rounds = 0; rounds < 12 && !(await isClosed()); rounds++) {
        // Two minutes: what a transfer whose workflow should have gone on is left alone for.
        await shiftClock(stack, 121);
        await eventually('the transfer is closed', isClosed, 4_000).catch(() => undefined);
      }
      expect(await isClosed()).toBe(true);
    } finally {
      clearInterval(killer);
    }
    expect([await listRules(stack), await listLocks(stack)]).toEqual([[], []]);
    await expectRegisteredOnce(stack, 'swept.dat');
  }, 90_000);
});
