import { SendTaskFailureCommand, SendTaskHeartbeatCommand, SendTaskSuccessCommand } from '@aws-sdk/client-sfn';
import { afterEach, describe, expect, it } from 'vitest';
import { LambdaFailure } from '../../infra/local/workflow-engine/errors.ts';
import { callbackTask, openRig, type Rig, type RigOptions } from './rig.ts';

const end = { Type: 'Succeed' as const };
const CALLBACK_EVENTS = ['TaskStateEntered', 'TaskScheduled', 'TaskStarted', 'TaskSubmitted'];

let rig: Rig;
afterEach(() => rig.close());

async function open(rest: object = {}, functions: RigOptions['functions'] = { give: () => 'saved' }): Promise<void> {
  rig = await openRig({ states: { A: callbackTask('give', rest), B: end }, functions });
}

const withNext = (rest: object = {}) => ({ Next: 'B', ...rest });
const tokenAt = (index: number) => String((rig.calls[index]?.payload as { token?: string } | undefined)?.token);
const succeed = (taskToken: string, output: unknown = { answer: 1 }) =>
  rig.client.send(new SendTaskSuccessCommand({ taskToken, output: JSON.stringify(output) }));
const errorNameOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'accepted',
    (error: Error) => error.name,
  );

async function waitForToken(): Promise<string> {
  await rig.start('one');
  await rig.settle();
  return tokenAt(0);
}

describe('a task that waits for a callback', () => {
  it('goes on with the output of SendTaskSuccess, in six events', async () => {
    await open(withNext());
    await succeed(await waitForToken());
    const outcome = await rig.finish('one');

    expect(outcome).toMatchObject({ status: 'SUCCEEDED', output: { answer: 1 } });
    expect(outcome.events.slice(1, 7)).toEqual([...CALLBACK_EVENTS, 'TaskSucceeded', 'TaskStateExited']);
  });

  it('honours an answer that comes before the function has returned', async () => {
    await open(withNext(), {
      give: async ({ token }: { token: string }, signal: AbortSignal) => {
        await succeed(token, 'early');
        return new Promise((resolve) => signal.addEventListener('abort', resolve));
      },
    });
    await rig.start('one');
    await expect.poll(() => rig.outcome('one').status, { timeout: 15_000 }).toBe('SUCCEEDED');

    expect(rig.outcome('one')).toMatchObject({ output: 'early' });
    expect(rig.outcome('one').events).not.toContain('TaskSubmitted');
  });

  it.each([
    {
      case: 'with error and cause',
      answer: { error: 'Lapsed', cause: 'login' },
      caught: { Error: 'Lapsed', Cause: 'login' },
    },
    { case: 'without either', answer: {}, caught: { Error: 'States.TaskFailed', Cause: '' } },
  ])('fails by SendTaskFailure $case', async ({ answer, caught }) => {
    await open(withNext({ Catch: [{ ErrorEquals: ['States.TaskFailed'], Next: 'B' }] }));
    await rig.client.send(new SendTaskFailureCommand({ taskToken: await waitForToken(), ...answer }));

    expect(await rig.finish('one')).toMatchObject({ status: 'SUCCEEDED', output: caught });
  });

  it('fails when its function fails, and the token is spent', async () => {
    await open(withNext(), {
      give: () => {
        throw new LambdaFailure('NotSaved', 'x');
      },
    });
    const token = await waitForToken();

    expect(rig.outcome('one')).toMatchObject({ status: 'FAILED', error: 'NotSaved' });
    expect(await errorNameOf(succeed(token))).toBe('TaskTimedOut');
  });

  it.each([
    { case: 'a text that is no token', token: () => 'nonsense', refusal: 'InvalidToken' },
    { case: 'a token nobody issued', token: () => `AQB4${'x'.repeat(48)}`, refusal: 'TaskDoesNotExist' },
  ])('refuses $case', async ({ token, refusal }) => {
    await open(withNext());
    await waitForToken();

    expect(await errorNameOf(succeed(token()))).toBe(refusal);
    expect(rig.outcome('one').status).toBe('RUNNING');
  });

  it('takes one answer only', async () => {
    await open(withNext());
    const token = await waitForToken();
    const first = await errorNameOf(succeed(token, 'first'));
    const second = await errorNameOf(succeed(token, 'second'));

    expect([first, second]).toEqual(['accepted', 'TaskTimedOut']);
    expect(await rig.finish('one')).toMatchObject({ output: 'first' });
    expect(await errorNameOf(succeed(token))).toBe('TaskTimedOut');
  });

  it.each([
    { case: 'no JSON', output: '{', refusal: 'InvalidOutput' },
    { case: 'more than 256 KiB', output: JSON.stringify('x'.repeat(262_144)), refusal: 'ValidationException' },
  ])('refuses an output that is $case and keeps waiting', async ({ output, refusal }) => {
    await open(withNext());
    const taskToken = await waitForToken();

    expect(await errorNameOf(rig.client.send(new SendTaskSuccessCommand({ taskToken, output })))).toBe(refusal);
    expect(rig.outcome('one').status).toBe('RUNNING');
  });

  it('times out, and a late answer is refused', async () => {
    await open(withNext({ TimeoutSeconds: 3_600, Catch: [{ ErrorEquals: ['States.Timeout'], Next: 'B' }] }));
    const token = await waitForToken();
    rig.clock.shift(3_599_999);
    await rig.settle();
    const before = rig.outcome('one').status;
    rig.clock.shift(1);

    expect(await errorNameOf(succeed(token))).toBe('TaskTimedOut');
    expect(before).toBe('RUNNING');
    expect(await rig.finish('one')).toMatchObject({ status: 'SUCCEEDED', output: { Error: 'States.Timeout' } });
  });

  it('gives each attempt a token of its own and spends the last one', async () => {
    const Retry = [{ ErrorEquals: ['States.Timeout'], IntervalSeconds: 1 }];
    await open(withNext({ TimeoutSeconds: 10, Retry }));
    const first = await waitForToken();
    rig.clock.shift(10_000);
    await rig.settle();
    rig.clock.shift(1_000);
    await rig.settle();
    const second = tokenAt(1);

    expect(await errorNameOf(succeed(first))).toBe('TaskTimedOut');
    expect(await errorNameOf(succeed(second, 'second'))).toBe('accepted');
    expect(await rig.finish('one')).toMatchObject({ status: 'SUCCEEDED', output: 'second' });
  });

  it('refuses the token of an attempt whose function failed, though its time has not passed', async () => {
    const give = (_payload: unknown, _signal: AbortSignal, earlierCalls: number) => {
      if (earlierCalls === 0) throw new LambdaFailure('Busy', '');
    };
    await open(withNext({ Retry: [{ ErrorEquals: ['Busy'], IntervalSeconds: 1 }] }), { give });
    const first = await waitForToken();
    const duringTheDelay = await errorNameOf(succeed(first));
    rig.clock.shift(1_000);
    await rig.settle();

    expect([duringTheDelay, await errorNameOf(succeed(first))]).toEqual(['TaskTimedOut', 'TaskTimedOut']);
    expect(await errorNameOf(succeed(tokenAt(1), 'second'))).toBe('accepted');
  });

  it('lives as long as its heartbeats come, without an event for them', async () => {
    await open(withNext({ HeartbeatSeconds: 60, Catch: [{ ErrorEquals: ['States.HeartbeatTimeout'], Next: 'B' }] }));
    const taskToken = await waitForToken();
    for (let beat = 0; beat < 3; beat++) {
      rig.clock.shift(59_000);
      await rig.client.send(new SendTaskHeartbeatCommand({ taskToken }));
      await rig.settle();
    }
    const alive = rig.outcome('one');
    rig.clock.shift(60_000);

    expect(alive.status).toBe('RUNNING');
    expect(alive.events).toEqual(['ExecutionStarted', ...CALLBACK_EVENTS]);
    expect(await errorNameOf(rig.client.send(new SendTaskHeartbeatCommand({ taskToken })))).toBe('TaskTimedOut');
    expect(await rig.finish('one')).toMatchObject({
      status: 'SUCCEEDED',
      output: { Error: 'States.HeartbeatTimeout' },
    });
  });

  it('spends the tokens of an execution that is stopped by a failing sibling', async () => {
    rig = await openRig({
      states: {
        Both: {
          Type: 'Parallel',
          Branches: [
            { StartAt: 'A', States: { A: callbackTask('give') } },
            { StartAt: 'W', States: { W: { Type: 'Wait', Seconds: 5, Next: 'F' }, F: { Type: 'Fail', Error: 'E' } } },
          ],
          Catch: [{ ErrorEquals: ['E'], Next: 'Rest' }],
          End: true,
        },
        Rest: { Type: 'Wait', Seconds: 1_000, End: true },
      },
      functions: { give: () => null },
    });
    const token = await waitForToken();
    rig.clock.shift(5_000);
    await rig.settle();

    expect(rig.outcome('one').status).toBe('RUNNING');
    expect(await errorNameOf(succeed(token))).toBe('TaskTimedOut');
  });
});
