import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DescribeExecutionCommand, GetExecutionHistoryCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseLocalSettings } from '../../infra/local/settings.ts';
import { type LocalStack, startLocalStack } from '../../infra/local/stack.ts';
import { loadStackParts } from '../../infra/local/stack-parts.ts';
import { untilReportIsAwaited } from '../support/quiet-time.ts';
import { globusControl, transferOf, untilState } from '../support/stack-control.ts';
import {
  type GrantedFile,
  grantOne,
  listFiles,
  listLocks,
  listRules,
  putSourceFile,
  reportFiles,
  submitTransfer,
} from '../support/upload-client.ts';
import { submitPaused } from '../support/uploads.ts';
import { clientFor, startMotoEngine } from './moto-engine.ts';
import { prepareMoto } from './moto-environment.ts';

const moto = await prepareMoto();
if ('whyNot' in moto) process.stdout.write(`skipped: the local stack on moto: ${moto.whyNot}\n`);

/** Long enough for a report, short enough to be waited for. */
const LEASE_SECONDS = '20';

/** The functions, stores and simulators of the local run, real bytes and real time; only the workflow runs in moto instead of our engine. */
describe.skipIf('whyNot' in moto)('the local stack with its workflow in moto', () => {
  let stack: LocalStack;
  let stateDirectory: string;

  beforeAll(async () => {
    stateDirectory = await mkdtemp(join(tmpdir(), 'stack-on-moto-'));
    const python = 'python' in moto ? moto.python : '';
    const parts = { ...(await loadStackParts()), startEngine: startMotoEngine.bind(undefined, python) };
    const anyPorts = { PORT: '0', GLOBUS_PORT: '0', DATAVERSE_PORT: '0' };
    const settings = parseLocalSettings({ ...anyPorts, STATE_DIR: stateDirectory, LEASE_SECONDS });
    stack = await startLocalStack(settings, { parts });
    await putSourceFile(stack, '/second-engine/one.txt', 'one\n');
  });
  afterAll(async () => {
    await stack?.close();
    await rm(stateDirectory, { recursive: true, force: true });
  });

  it('registers what was uploaded and reported, and leaves neither rule nor lock', async () => {
    const granted = await grantOne(stack);
    await untilReportIsAwaited(stack, granted);
    const taskId = await submitTransfer(stack, [['/second-engine/one.txt', granted.path]]);
    expect((await reportFiles(stack, taskId, [[granted, 'one.txt']])).status).toBe(200);
    await untilState(stack, granted.identifier, 'CLOSED');
    expect(await listFiles(stack)).toMatchObject([{ label: 'one.txt' }]);
    await expectNothingIsLeft();
    const order = ['EndLease', 'AwaitReport', 'LookAtTask', 'ReleaseAccessRule', 'RegisterFiles', 'CloseTransfer'];
    expect(await stepsTaken(granted)).toEqual(order);
  });

  it('takes the rule when the lease is over and nothing was reported', async () => {
    const granted = await grantOne(stack);
    expect(await listRules(stack)).toHaveLength(1);
    await untilState(stack, granted.identifier, 'EXPIRED');
    await expectNothingIsLeft();
    expect(await stepsTaken(granted)).toEqual(['EndLease', 'AwaitReport', 'EndLease']);
  });

  it('registers nothing of a task that failed, and leaves neither rule nor lock', async () => {
    const filesBefore = await listFiles(stack);
    const granted = await grantOne(stack);
    const taskId = await submitPaused(stack, [['/second-engine/one.txt', granted.path]]);
    expect((await reportFiles(stack, taskId, [[granted, 'never.txt']])).status).toBe(200);
    await globusControl(stack, `/tasks/${taskId}/fail`, { code: 'QUOTA_EXCEEDED', description: 'no space is left' });
    await untilState(stack, granted.identifier, 'CLOSED');
    expect(await listFiles(stack)).toEqual(filesBefore);
    await expectNothingIsLeft();
  });

  async function expectNothingIsLeft(): Promise<void> {
    expect(await listRules(stack)).toEqual([]);
    expect(await listLocks(stack)).toEqual([]);
  }

  /** The steps that moto has taken, each once where it was taken several times in a row. @throws Error unless the execution succeeded */
  async function stepsTaken({ identifier }: GrantedFile): Promise<readonly string[]> {
    const client = clientFor(stack.workflowUrl);
    const executions = stack.stateMachineArn.replace(':stateMachine:', ':execution:');
    const executionArn = `${executions}:${transferOf(identifier)}-1`;
    await expect
      .poll(async () => (await client.send(new DescribeExecutionCommand({ executionArn }))).status, { timeout: 60_000 })
      .toBe('SUCCEEDED');
    const { events = [] } = await client.send(new GetExecutionHistoryCommand({ executionArn, maxResults: 1_000 }));
    client.destroy();
    const entered = events
      .filter(({ type }) => type === 'TaskStateEntered')
      .map((each) => each.stateEnteredEventDetails?.name ?? '');
    return entered.filter((name, index) => name !== entered[index - 1]);
  }
});
