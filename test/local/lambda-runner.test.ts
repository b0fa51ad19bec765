import { describe, expect, it } from 'vitest';
import {
  createLambdaRunner,
  EventTooLargeError,
  type LambdaHandler,
  TimeLimitPassedError,
} from '../../infra/local/lambda-runner.ts';

function runnerOf(handler: LambdaHandler, timeoutSeconds = 60) {
  return createLambdaRunner([{ functionName: 'step', entry: 'step.ts', timeoutSeconds }], async () => handler);
}

describe('lambda runner', () => {
  it('hands over and gives back plain JSON only', async () => {
    let given: unknown;
    const runner = runnerOf((event) => {
      given = event;
      return { at: new Date(0), left: undefined };
    });

    const result = await runner.run('step', { list: [undefined], map: new Map([[1, 2]]), absent: undefined });

    expect(given).toEqual({ list: [null], map: {} });
    expect(given).not.toHaveProperty('absent');
    expect(result).toEqual({ at: '1970-01-01T00:00:00.000Z' });
  });

  it('loads a handler once, when it is first called', async () => {
    let loads = 0;
    const runner = createLambdaRunner([{ functionName: 'step', entry: '', timeoutSeconds: 60 }], async () => {
      loads += 1;
      return () => 'done';
    });
    expect(loads).toBe(0);

    await Promise.all([runner.run('step', {}), runner.run('step', {})]);

    expect(loads).toBe(1);
  });

  it('loads again after a load that failed', async () => {
    const outcomes = [Promise.reject(new Error('no such file')), Promise.resolve(() => 'done')];
    outcomes[0]?.catch(() => undefined);
    const runner = createLambdaRunner(
      [{ functionName: 'step', entry: '', timeoutSeconds: 60 }],
      () => outcomes.shift() as Promise<LambdaHandler>,
    );

    await expect(runner.run('step', {})).rejects.toThrow('no such file');

    expect(await runner.run('step', {})).toBe('done');
  });

  it.each([
    ['an unknown name', () => runnerOf(() => 1).run('other', {}), Error],
    [
      'a time limit that passes',
      () => runnerOf(() => new Promise(() => undefined), 0.01).run('step', {}),
      TimeLimitPassedError,
    ],
    ['an event over 6 MB', () => runnerOf(() => 1).run('step', 'x'.repeat(6 * 1024 * 1024)), EventTooLargeError],
    ['an answer over 6 MB', () => runnerOf(() => 'x'.repeat(6 * 1024 * 1024)).run('step', {}), Error],
    ['a handler that throws', () => runnerOf(() => JSON.parse('{')).run('step', {}), SyntaxError],
  ])('rejects for %s', async (_case, run, kind) => {
    await expect(run()).rejects.toThrow(kind);
  });

  it('does not call the handler when its signal aborts before', async () => {
    const stopping = new AbortController();
    let calls = 0;
    const call = runnerOf(() => (calls += 1)).run('step', {}, { signal: stopping.signal });

    stopping.abort(new Error('the engine closes'));

    await expect(call).rejects.toThrow('the engine closes');
    expect(calls).toBe(0);
  });

  it('stops waiting for the handler when its signal aborts', async () => {
    const stopping = new AbortController();
    const neverEnding = () => {
      queueMicrotask(() => stopping.abort(new Error('the engine closes')));
      return new Promise(() => undefined);
    };

    const call = runnerOf(neverEnding).run('step', {}, { signal: stopping.signal });

    await expect(call).rejects.toThrow('the engine closes');
  });

  it('tells the handler its request id and the time it has left', async () => {
    const runner = runnerOf((_event, context) => [context.awsRequestId, context.getRemainingTimeInMillis() <= 60_000]);

    expect(await runner.run('step', {}, { requestId: 'r-1' })).toEqual(['r-1', true]);
  });
});
