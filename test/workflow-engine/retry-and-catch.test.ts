import { describe, expect, it } from 'vitest';
import { coversError, LambdaFailure } from '../../infra/local/workflow-engine/errors.ts';
import { retryDelayMilliseconds } from '../../infra/local/workflow-engine/failure-handling.ts';
import { runOnce, task } from './rig.ts';

const failing = (errorName: string, times = Number.POSITIVE_INFINITY) => ({
  work: (_payload: unknown, _signal: AbortSignal, earlierCalls: number) => {
    if (earlierCalls < times) throw new LambdaFailure(errorName, `call ${earlierCalls + 1}`);
    return 'done';
  },
});

describe('coversError', () => {
  it.each([
    { listed: 'X', error: 'X', covers: true },
    { listed: 'X', error: 'x', covers: false },
    { listed: 'States.ALL', error: 'X', covers: true },
    { listed: 'States.ALL', error: 'Lambda.Unknown', covers: true },
    { listed: 'States.ALL', error: 'States.Timeout', covers: true },
    { listed: 'States.ALL', error: 'States.HeartbeatTimeout', covers: true },
    { listed: 'States.ALL', error: 'States.QueryEvaluationError', covers: true },
    { listed: 'States.ALL', error: 'States.DataLimitExceeded', covers: false },
    { listed: 'States.ALL', error: 'States.Runtime', covers: false },
    { listed: 'States.TaskFailed', error: 'X', covers: true },
    { listed: 'States.TaskFailed', error: 'Lambda.Unknown', covers: true },
    { listed: 'States.TaskFailed', error: 'States.Timeout', covers: false },
    { listed: 'States.TaskFailed', error: 'States.HeartbeatTimeout', covers: false },
    { listed: 'States.TaskFailed', error: 'States.DataLimitExceeded', covers: false },
    { listed: 'States.Timeout', error: 'States.HeartbeatTimeout', covers: true },
    { listed: 'States.HeartbeatTimeout', error: 'States.Timeout', covers: false },
    { listed: 'States.DataLimitExceeded', error: 'States.DataLimitExceeded', covers: true },
    { listed: 'States.Runtime', error: 'States.Runtime', covers: false },
  ])('says $covers for $listed and $error', ({ listed, error, covers }) => {
    expect(coversError([listed], error)).toBe(covers);
  });
});

describe('retryDelayMilliseconds', () => {
  it.each([
    { case: 'the defaults', retrier: {}, delays: [1_000, 2_000, 4_000] },
    { case: 'interval and rate', retrier: { IntervalSeconds: 3, BackoffRate: 1.5 }, delays: [3_000, 4_500, 6_750] },
    { case: 'the longest delay', retrier: { IntervalSeconds: 4, MaxDelaySeconds: 10 }, delays: [4_000, 8_000, 10_000] },
    {
      case: 'full jitter',
      retrier: { IntervalSeconds: 4, JitterStrategy: 'FULL' as const },
      delays: [1_000, 2_000, 4_000],
    },
  ])('follows $case', ({ retrier, delays }) => {
    const row = { ErrorEquals: ['States.ALL'], ...retrier };
    expect([0, 1, 2].map((used) => retryDelayMilliseconds(row, used, 0.25))).toEqual(delays);
  });
});

describe('Retry', () => {
  it('repeats the task after growing delays until it succeeds, with three more events each time', async () => {
    const Retry = [{ ErrorEquals: ['Flaky'], IntervalSeconds: 2, BackoffRate: 3, MaxAttempts: 5 }];
    const outcome = await runOnce({ states: { A: task('work', { Retry }) }, functions: failing('Flaky', 2) });

    expect(outcome).toMatchObject({ status: 'SUCCEEDED', output: 'done', transitionCount: 3 });
    expect(outcome.calls.map(({ atMilliseconds }) => atMilliseconds)).toEqual([0, 2_000, 8_000]);
    expect(outcome.events.length).toBe(2 + 5 + 3 + 3);
  });

  it.each([
    { case: 'three times by default', rows: [{ ErrorEquals: ['E'] }], calls: 4 },
    { case: 'never with MaxAttempts 0', rows: [{ ErrorEquals: ['E'], MaxAttempts: 0 }], calls: 1 },
    { case: 'not for errors no row covers', rows: [{ ErrorEquals: ['Other'] }], calls: 1 },
    {
      case: 'by the first row that covers the error, used up or not',
      rows: [
        { ErrorEquals: ['E'], MaxAttempts: 1 },
        { ErrorEquals: ['States.ALL'], MaxAttempts: 5 },
      ],
      calls: 2,
    },
  ])('repeats $case', async ({ rows, calls }) => {
    const outcome = await runOnce({ states: { A: task('work', { Retry: rows }) }, functions: failing('E') });

    expect({ status: outcome.status, error: outcome.error, calls: outcome.calls.length }).toEqual({
      status: 'FAILED',
      error: 'E',
      calls,
    });
  });

  it('counts the attempts of each row apart and tells expressions their sum', async () => {
    const errors = ['E', 'F', 'E', 'F'];
    const work = (payload: unknown, _signal: AbortSignal, earlierCalls: number) => {
      const name = errors[earlierCalls];
      if (name !== undefined) throw new LambdaFailure(name, '');
      return payload;
    };
    const Retry = ['E', 'F'].map((name) => ({ ErrorEquals: [name], MaxAttempts: 2 }));
    const Arguments = { FunctionName: 'work', Payload: '{% $states.context.State.RetryCount %}' };
    const outcome = await runOnce({ states: { A: task('work', { Retry, Arguments }) }, functions: { work } });

    expect(outcome).toMatchObject({ status: 'SUCCEEDED', output: 4 });
    expect(outcome.calls.map(({ payload }) => payload)).toEqual([0, 1, 2, 3, 4]);
  });

  it('repeats a whole Map, not only the iteration that failed', async () => {
    const work = (payload: unknown, _signal: AbortSignal, earlierCalls: number) => {
      if (earlierCalls === 1) throw new LambdaFailure('E', '');
      return payload;
    };
    const outcome = await runOnce({
      states: {
        A: {
          Type: 'Map',
          Items: [1, 2],
          MaxConcurrency: 1,
          ItemProcessor: { StartAt: 'In', States: { In: task('work') } },
          Retry: [{ ErrorEquals: ['E'] }],
          End: true,
        },
      },
      functions: { work },
    });

    expect(outcome).toMatchObject({ status: 'SUCCEEDED', output: [1, 2] });
    expect(outcome.calls.map(({ payload }) => payload)).toEqual([1, 2, 1, 2]);
  });

  it('repeats a state whose expression failed', async () => {
    const work = (_payload: unknown, _signal: AbortSignal, earlierCalls: number) =>
      earlierCalls === 0 ? {} : { n: 1 };
    const Retry = [{ ErrorEquals: ['States.QueryEvaluationError'] }];
    const states = { A: task('work', { Retry, Output: '{% $states.result.Payload.n %}' }) };
    const outcome = await runOnce({ states, functions: { work } });

    expect(outcome).toMatchObject({ status: 'SUCCEEDED', output: 1 });
    expect(outcome.events.filter((type) => type === 'EvaluationFailed').length).toBe(1);
  });
});

describe('Catch', () => {
  const end = { Type: 'Succeed' as const };

  it('comes after Retry, and the first row that covers the error decides', async () => {
    const Retry = [{ ErrorEquals: ['E'], MaxAttempts: 1 }];
    const Catch = [
      { ErrorEquals: ['Other'], Next: 'B', Output: 'other' },
      { ErrorEquals: ['States.TaskFailed'], Next: 'B', Output: 'task failed' },
      { ErrorEquals: ['States.ALL'], Next: 'B', Output: 'all' },
    ];
    const outcome = await runOnce({ states: { A: task('work', { Retry, Catch }), B: end }, functions: failing('E') });

    expect(outcome).toMatchObject({ status: 'SUCCEEDED', output: 'task failed' });
    expect(outcome.calls.length).toBe(2);
  });

  it('hands the error output on when it has no Output', async () => {
    const Catch = [{ ErrorEquals: ['States.ALL'], Next: 'B' }];
    const outcome = await runOnce({ states: { A: task('work', { Catch }), B: end }, functions: failing('E') });

    expect(outcome.output).toEqual({
      Error: 'E',
      Cause: JSON.stringify({ errorMessage: 'call 1', errorType: 'E', trace: [] }),
    });
  });

  it('lets Output and Assign see the error output and the input', async () => {
    const Catch = [
      {
        ErrorEquals: ['States.ALL'],
        Next: 'B',
        Assign: { name: '{% $states.errorOutput.Error %}' },
        Output: { kept: '{% $states.input.id %}' },
      },
    ];
    const states = {
      A: task('work', { Catch }),
      B: { Type: 'Succeed' as const, Output: ['{% $name %}', '{% $states.input.kept %}'] },
    };
    const outcome = await runOnce({ states, functions: failing('E'), input: { id: 5 } });

    expect(outcome.output).toEqual(['E', 5]);
  });

  it('does not handle its own failing expression', async () => {
    const Catch = [{ ErrorEquals: ['States.ALL'], Next: 'B', Output: '{% $states.input.missing %}' }];
    const outcome = await runOnce({ states: { A: task('work', { Catch }), B: end }, functions: failing('E') });

    expect(outcome).toMatchObject({ status: 'FAILED', error: 'States.QueryEvaluationError' });
  });

  it('handles the data limit when it is named', async () => {
    const Catch = [{ ErrorEquals: ['States.DataLimitExceeded'], Next: 'B', Output: 'too big' }];
    const functions = { work: () => 'x'.repeat(300_000) };
    const outcome = await runOnce({ states: { A: task('work', { Catch }), B: end }, functions });

    expect(outcome).toMatchObject({ status: 'SUCCEEDED', output: 'too big' });
  });

  it.each([
    {
      case: 'States.TaskFailed does not',
      ErrorEquals: ['States.TaskFailed'],
      expected: { status: 'FAILED', error: 'States.Timeout' },
    },
    { case: 'States.Timeout does', ErrorEquals: ['States.Timeout'], expected: { status: 'SUCCEEDED', output: 'late' } },
  ])('meets a task over its time limit: $case cover it', async ({ ErrorEquals, expected }) => {
    let reason: unknown;
    const work = (_payload: unknown, signal: AbortSignal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          reason = signal.reason;
          reject(signal.reason);
        });
      });
    const Catch = [{ ErrorEquals, Next: 'B', Output: 'late' }];
    const TimeoutSeconds = '{% $states.input.limit %}';
    const states = { A: task('work', { TimeoutSeconds, Catch }), B: end };
    const outcome = await runOnce({ states, functions: { work }, input: { limit: 7 } });

    expect(outcome).toMatchObject(expected);
    expect(outcome.events).toContain('TaskTimedOut');
    expect(String(reason)).toContain('work exceeded the time limit');
  });
});
