import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  InvalidArn,
  InvalidExecutionInput,
  InvalidName,
  type SFNServiceException,
  StartExecutionCommand,
  StateMachineDoesNotExist,
} from '@aws-sdk/client-sfn';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { State } from '../../infra/local/workflow-engine/definition.ts';
import { executionArn, isLegalName, stateMachineArn } from '../../infra/local/workflow-engine/names.ts';
import { openRig, type Rig, TEST_START } from './rig.ts';

const MACHINE = stateMachineArn('machine');
const DAY = 86_400_000;
const states: Record<string, State> = {
  A: { Type: 'Wait', Seconds: 100, Next: 'B' },
  B: { Type: 'Succeed' },
};

let rig: Rig;
beforeEach(async () => {
  rig = await openRig({ states });
});
afterEach(() => rig.close());

const start = (name: string | undefined, input?: string) =>
  rig.client.send(
    new StartExecutionCommand({
      stateMachineArn: MACHINE,
      ...(name !== undefined && { name }),
      ...(input !== undefined && { input }),
    }),
  );
const describeExecution = (name: string) =>
  rig.client.send(new DescribeExecutionCommand({ executionArn: executionArn('machine', name) }));
const refusal = async (promise: Promise<unknown>): Promise<SFNServiceException> =>
  promise.then(
    () => {
      throw new Error('was accepted');
    },
    (error) => error,
  );

describe('StartExecution', () => {
  it('tells ARN and start', async () => {
    const reply = await start('one', '{"a":1}');

    expect(reply).toMatchObject({ executionArn: executionArn('machine', 'one'), startDate: new Date(TEST_START) });
  });

  it('makes up a name when none is given, and an empty object as input', async () => {
    const { executionArn: arn } = await start(undefined);
    const described = await rig.client.send(new DescribeExecutionCommand({ executionArn: arn ?? '' }));

    expect(described).toMatchObject({ status: 'RUNNING', input: '{}' });
    expect(described.name).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('finds the open execution of the same name and input, and starts nothing', async () => {
    const [first, second] = [await start('one', '{"a":1}'), await start('one', '{"a":1}')];

    expect(second.executionArn).toBe(first.executionArn);
    expect(rig.engine.executions().length).toBe(1);
  });

  it.each([
    { case: 'another input while open', input: '{"a":2}', finish: false, days: 0 },
    { case: 'input that differs in white space only', input: '{"a": 1}', finish: false, days: 0 },
    { case: 'the same input once closed', input: '{"a":1}', finish: true, days: 0 },
    { case: 'the same input 89 days after the close', input: '{"a":1}', finish: true, days: 89 },
  ])('refuses a known name with $case', async ({ input, finish, days }) => {
    await start('one', '{"a":1}');
    if (finish) await rig.finish('one');
    rig.clock.shift(days * DAY);

    expect(await refusal(start('one', input))).toBeInstanceOf(ExecutionAlreadyExists);
  });

  it('gives a name free again 90 days after the close', async () => {
    await start('one', '{"a":1}');
    await rig.finish('one');
    rig.clock.shift(90 * DAY);
    await start('one', '{"a":2}');

    expect(await describeExecution('one')).toMatchObject({ status: 'RUNNING', input: '{"a":2}' });
  });

  it.each([
    { case: 'an illegal name', request: { name: 'a b' }, error: InvalidName },
    { case: 'input that is no JSON', request: { input: '{' }, error: InvalidExecutionInput },
    { case: 'a text that is no ARN', request: { stateMachineArn: 'machine' }, error: InvalidArn },
    {
      case: 'a machine that is not there',
      request: { stateMachineArn: stateMachineArn('no') },
      error: StateMachineDoesNotExist,
    },
  ])('refuses $case', async ({ request, error }) => {
    const command = new StartExecutionCommand({ stateMachineArn: MACHINE, ...request });

    expect(await refusal(rig.client.send(command))).toBeInstanceOf(error);
  });

  it('refuses input over 256 KiB', async () => {
    const error = await refusal(start('one', JSON.stringify('x'.repeat(262_144))));

    expect(error.name).toBe('ValidationException');
  });
});

describe('isLegalName', () => {
  it.each([
    { name: '29-18bf3af9c78-1', legal: true },
    { name: 'x'.repeat(80), legal: true },
    { name: 'ünicode_(1)+@!=.', legal: true },
    { name: '', legal: false },
    { name: 'x'.repeat(81), legal: false },
    { name: 'a b', legal: false },
    { name: 'a/b', legal: false },
    { name: 'a:b', legal: false },
    { name: 'a*', legal: false },
    { name: 'a\u0085', legal: false },
  ])('says $legal for "$name"', ({ name, legal }) => {
    expect(isLegalName(name)).toBe(legal);
  });
});
