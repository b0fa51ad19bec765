import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ListExecutionsCommand, SFNClient, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseLocalSettings } from '../../infra/local/settings.ts';
import { type LocalStack, startLocalStack } from '../../infra/local/stack.ts';
import type { StackProcess } from '../support/local-stack.ts';
import {
  CURATOR_KEY,
  datasetUrl,
  eventually,
  listFiles,
  listLocks,
  listRules,
  postJson,
  postReport,
  putSourceFile,
  requestPaths,
  submitTransfer,
} from '../support/upload-client.ts';

const KEY = { 'X-Dataverse-key': CURATOR_KEY };
let folder: string;
/** In this process, so that the test can reach the workflow service. */
let local: LocalStack;
let stack: StackProcess;
let workflows: SFNClient;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sweep-'));
  const ports = { PORT: '0', GLOBUS_PORT: '0', DATAVERSE_PORT: '0' };
  const settings = {
    ...ports,
    STATE_DIR: folder,
    LEASE_SECONDS: '30',
    SWEEP_SECONDS: '1',
    GLOBUS_BYTES_PER_SECOND: '5',
  };
  local = await startLocalStack(parseLocalSettings(settings), {});
  stack = local as unknown as StackProcess;
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  workflows = new SFNClient({ endpoint: local.workflowUrl, region: 'local', credentials });
});

afterAll(async () => {
  workflows?.destroy();
  await local?.close();
  await rm(folder, { recursive: true, force: true });
});

async function shiftClock(shiftSeconds: number): Promise<void> {
  expect((await postJson(`${stack.apiUrl}/_control/clock`, { shiftSeconds })).status).toBe(200);
}

/** Stops whatever execution runs, as an operator might. @returns how many */
async function stopExecutions(): Promise<number> {
  const { stateMachineArn } = local;
  const running = await workflows.send(new ListExecutionsCommand({ stateMachineArn, statusFilter: 'RUNNING' }));
  for (const { executionArn } of running.executions ?? []) {
    await workflows.send(new StopExecutionCommand({ executionArn }));
  }
  return running.executions?.length ?? 0;
}

async function expectNothingLeft(): Promise<void> {
  await eventually('no access rule is left', async () => (await listRules(stack)).length === 0);
  await eventually('no lock is left', async () => (await listLocks(stack)).length === 0);
}

describe('an execution that somebody stopped', () => {
  it('before the report is followed by another one, which ends the lease', async () => {
    expect((await requestPaths(stack, 1)).status).toBe(200);
    await eventually('the execution waits', async () => (await stopExecutions()) === 1);
    expect(await listRules(stack)).toHaveLength(1);
    await shiftClock(31);
    await expectNothingLeft();
  });

  it('while the task runs is followed by another one, which registers the file once', async () => {
    await putSourceFile(stack, '/stopped.dat', 'followed all the same\n');
    const paths = await requestPaths(stack, 1);
    const [[storageIdentifier = '', path = ''] = []] = Object.entries<string>(paths.body.data);
    const taskIdentifier = await submitTransfer(stack, [['/stopped.dat', path]]);
    const jsonData = { taskIdentifier, files: [{ storageIdentifier, fileName: 'stopped.dat' }] };
    expect((await postReport(datasetUrl(stack, 'addGlobusFiles'), jsonData, KEY)).status).toBe(200);
    expect(await listLocks(stack)).toMatchObject([{ lockType: 'GlobusUpload' }]);
    expect(await stopExecutions()).toBe(1);
    await shiftClock(300);
    await expectNothingLeft();
    expect((await listFiles(stack)).map((file) => file.label)).toEqual(['stopped.dat']);
  });
});

describe('a workflow service whose executions all die', () => {
  it('keeps nobody from the end: the sweep does the work itself', async () => {
    await putSourceFile(stack, '/swept.dat', 'swept to its end\n');
    const paths = await requestPaths(stack, 1);
    const [[storageIdentifier = '', path = ''] = []] = Object.entries<string>(paths.body.data);
    const taskIdentifier = await submitTransfer(stack, [['/swept.dat', path]]);
    const jsonData = { taskIdentifier, files: [{ storageIdentifier, fileName: 'swept.dat' }] };
    const killer = setInterval(() => void stopExecutions().catch(() => undefined), 20);
    try {
      expect((await postReport(datasetUrl(stack, 'addGlobusFiles'), jsonData, KEY)).status).toBe(200);
      const isOver = async () => (await listRules(stack)).length === 0 && (await listLocks(stack)).length === 0;
      for (let rounds = 0; rounds < 12 && !(await isOver()); rounds++) {
        // Two minutes: what a transfer whose workflow should have gone on is left alone for.
        await shiftClock(121);
        await eventually('rule and lock are gone', isOver, 4_000).catch(() => undefined);
      }
      await expectNothingLeft();
    } finally {
      clearInterval(killer);
    }
    const labels = (await listFiles(stack)).map((file) => file.label);
    expect(labels.filter((label) => label === 'swept.dat')).toHaveLength(1);
  }, 90_000);
});
