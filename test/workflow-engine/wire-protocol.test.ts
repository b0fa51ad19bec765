import {
  DescribeExecutionCommand,
  DescribeStateMachineCommand,
  ExecutionDoesNotExist,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  ListStateMachinesCommand,
  type SFNServiceException,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { State } from '../../infra/local/workflow-engine/definition.ts';
import { executionArn, stateMachineArn } from '../../infra/local/workflow-engine/names.ts';
import { openRig, type Rig, TEST_START } from './rig.ts';

const MACHINE = stateMachineArn('machine');
const states: Record<string, State> = {
  A: { Type: 'Wait', Seconds: 100, Next: 'B' },
  B: {
    Type: 'Choice',
    Choices: [{ Condition: '{% $states.input.fail = true %}', Next: 'C' }],
    Default: 'D',
  },
  C: { Type: 'Fail', Error: 'Asked', Cause: 'for it' },
  D: { Type: 'Succeed', Output: { done: true } },
};

let rig: Rig;
beforeEach(async () => {
  rig = await openRig({ states });
});
afterEach(() => rig.close());

const start = (name: string, input?: string) =>
  rig.client.send(new StartExecutionCommand({ stateMachineArn: MACHINE, name, ...(input !== undefined && { input }) }));
const describeExecution = (name: string) =>
  rig.client.send(new DescribeExecutionCommand({ executionArn: executionArn('machine', name) }));
const refusal = async (promise: Promise<unknown>): Promise<SFNServiceException> =>
  promise.then(
    () => {
      throw new Error('was accepted');
    },
    (error) => error,
  );

describe('DescribeExecution', () => {
  it.each([
    { case: 'a success', input: '{"fail":false}', expected: { status: 'SUCCEEDED', output: '{"done":true}' } },
    { case: 'a failure', input: '{"fail":true}', expected: { status: 'FAILED', error: 'Asked', cause: 'for it' } },
  ])('tells how it ended: $case', async ({ input, expected }) => {
    await start('one', input);
    await rig.finish('one');

    expect(await describeExecution('one')).toMatchObject({
      ...expected,
      name: 'one',
      input,
      stateMachineArn: MACHINE,
      startDate: new Date(TEST_START),
      stopDate: new Date(TEST_START + 100_000),
    });
  });

  it('refuses an execution that is not there', async () => {
    expect(await refusal(describeExecution('none'))).toBeInstanceOf(ExecutionDoesNotExist);
  });
});

describe('StopExecution', () => {
  it('ends an open execution as ABORTED, once', async () => {
    await start('one');
    await rig.settle();
    const arn = executionArn('machine', 'one');
    const stopped = await rig.client.send(
      new StopExecutionCommand({ executionArn: arn, error: 'Operator', cause: 'asked' }),
    );
    rig.clock.shift(200_000);
    const again = await rig.client.send(new StopExecutionCommand({ executionArn: arn, error: 'Other' }));

    expect(stopped.stopDate).toEqual(new Date(TEST_START));
    expect(again.stopDate).toEqual(stopped.stopDate);
    expect(await describeExecution('one')).toMatchObject({ status: 'ABORTED', error: 'Operator', cause: 'asked' });
    expect(rig.outcome('one').events).toEqual(['ExecutionStarted', 'WaitStateEntered', 'ExecutionAborted']);
  });
});

describe('ListExecutions', () => {
  it('pages from the newest to the oldest, by status', async () => {
    for (const name of ['a', 'b', 'c', 'd', 'e']) await start(name);
    await rig.client.send(new StopExecutionCommand({ executionArn: executionArn('machine', 'c') }));
    const pages: string[][] = [];
    let nextToken: string | undefined;
    do {
      const page = await rig.client.send(
        new ListExecutionsCommand({ stateMachineArn: MACHINE, statusFilter: 'RUNNING', maxResults: 2, nextToken }),
      );
      pages.push((page.executions ?? []).map(({ name }) => name ?? ''));
      nextToken = page.nextToken;
    } while (nextToken);
    const aborted = await rig.client.send(
      new ListExecutionsCommand({ stateMachineArn: MACHINE, statusFilter: 'ABORTED' }),
    );

    expect(pages).toEqual([
      ['e', 'd'],
      ['b', 'a'],
    ]);
    expect(aborted.executions?.map(({ name }) => name)).toEqual(['c']);
  });

  it('refuses a page token it did not give', async () => {
    const command = new ListExecutionsCommand({ stateMachineArn: MACHINE, nextToken: 'nonsense' });

    expect((await refusal(rig.client.send(command))).name).toBe('InvalidToken');
  });
});

describe('GetExecutionHistory', () => {
  it.each([
    {
      reverseOrder: false,
      ids: [
        [1, 2, 3],
        [4, 5, 6],
        [7, 8],
      ],
    },
    {
      reverseOrder: true,
      ids: [
        [8, 7, 6],
        [5, 4, 3],
        [2, 1],
      ],
    },
  ])('pages in both orders (reverse: $reverseOrder)', async ({ reverseOrder, ids }) => {
    await start('one');
    await rig.finish('one');
    const pages: number[][] = [];
    let nextToken: string | undefined;
    do {
      const command = new GetExecutionHistoryCommand({
        executionArn: executionArn('machine', 'one'),
        maxResults: 3,
        reverseOrder,
        nextToken,
      });
      const page = await rig.client.send(command);
      pages.push((page.events ?? []).map(({ id }) => id ?? 0));
      nextToken = page.nextToken;
    } while (nextToken);

    expect(pages).toEqual(ids);
  });

  it('gives events as the SDK knows them', async () => {
    await start('one', '{"a":1}');
    await rig.finish('one');
    const command = new GetExecutionHistoryCommand({ executionArn: executionArn('machine', 'one') });
    const { events } = await rig.client.send(command);

    expect(events?.[0]).toMatchObject({
      type: 'ExecutionStarted',
      timestamp: new Date(TEST_START),
      executionStartedEventDetails: { input: '{"a":1}' },
    });
    expect(events?.at(-1)).toMatchObject({
      type: 'ExecutionSucceeded',
      executionSucceededEventDetails: { output: '{"done":true}' },
    });
  });
});

describe('state machines', () => {
  it('lists and describes them', async () => {
    const { stateMachines } = await rig.client.send(new ListStateMachinesCommand({}));
    const described = await rig.client.send(new DescribeStateMachineCommand({ stateMachineArn: MACHINE }));

    expect(stateMachines).toMatchObject([{ name: 'machine', stateMachineArn: MACHINE, type: 'STANDARD' }]);
    expect(described).toMatchObject({ status: 'ACTIVE', name: 'machine' });
    expect(JSON.parse(described.definition ?? '').States).toEqual(states);
  });
});

describe('the protocol itself', () => {
  it.each([
    {
      case: 'an operation that is not served',
      target: 'AWSStepFunctions.DeleteStateMachine',
      body: '{}',
      status: 400,
      type: 'UnknownOperationException',
    },
    {
      case: 'an inherited name',
      target: 'AWSStepFunctions.toString',
      body: '{}',
      status: 400,
      type: 'UnknownOperationException',
    },
    {
      case: 'another service',
      target: 'DynamoDB_20120810.GetItem',
      body: '{}',
      status: 400,
      type: 'UnknownOperationException',
    },
    {
      case: 'a body that is no object',
      target: 'AWSStepFunctions.ListStateMachines',
      body: '[]',
      status: 400,
      type: 'SerializationException',
    },
    {
      case: 'a body that is no JSON',
      target: 'AWSStepFunctions.ListStateMachines',
      body: '{',
      status: 400,
      type: 'SerializationException',
    },
    {
      case: 'a missing member',
      target: 'AWSStepFunctions.StartExecution',
      body: '{}',
      status: 400,
      type: 'ValidationException',
    },
    {
      case: 'a member of another type',
      target: 'AWSStepFunctions.StartExecution',
      body: '{"stateMachineArn":1}',
      status: 400,
      type: 'ValidationException',
    },
    {
      case: 'a body over 1 MB',
      target: 'AWSStepFunctions.StartExecution',
      body: `"${'x'.repeat(1_048_577)}"`,
      status: 413,
      type: 'RequestEntityTooLargeException',
    },
  ])('refuses $case', async ({ target, body, status, type }) => {
    const response = await fetch(rig.engine.url, { method: 'POST', headers: { 'x-amz-target': target }, body });

    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toBe('application/x-amz-json-1.0');
    expect(await response.json()).toEqual({ __type: type, message: expect.any(String) });
  });
});
