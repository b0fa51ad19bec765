import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openWorkflowStore } from '../../infra/local/workflow-engine/store.ts';
import { callbackTask, machineOf, openRig, type Rig, type RigOptions, task, temporaryDatabase } from './rig.ts';

let databaseFile: string;
let remove: () => void;
const rigs: Rig[] = [];

beforeEach(() => {
  ({ databaseFile, remove } = temporaryDatabase());
});
afterEach(async () => {
  for (const rig of rigs.splice(0)) await rig.close();
  remove();
});

describe('after close and start', () => {
  async function open(options: RigOptions): Promise<Rig> {
    const rig = await openRig({ ...options, databaseFile });
    rigs.push(rig);
    return rig;
  }

  async function reopen(rig: Rig, options: RigOptions): Promise<Rig> {
    await rig.close();
    return open({ ...options, clock: rig.clock });
  }

  it('an interrupted function was told, and is called again', async () => {
    let isAborted = false;
    const hang = (_payload: unknown, signal: AbortSignal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          isAborted = true;
          reject(signal.reason);
        });
      });
    const states = { A: task('work') };
    const first = await open({ states, functions: { work: hang } });
    await first.start('one', { n: 1 });
    await first.settle();
    const second = await reopen(first, { states, functions: { work: (payload) => payload } });

    expect(isAborted).toBe(true);
    expect(await second.finish('one')).toMatchObject({ status: 'SUCCEEDED', output: { n: 1 } });
  });

  it('an interrupted function gets its whole time limit again', async () => {
    const states = { A: task('work', { TimeoutSeconds: 10 }) };
    const hang = (_payload: unknown, signal: AbortSignal) =>
      new Promise((resolve) => signal.addEventListener('abort', resolve));
    const first = await open({ states, functions: { work: hang } });
    await first.start('one');
    await first.settle();
    await first.close();
    first.clock.shift(20_000);
    const second = await open({ states, functions: { work: () => 'in time' }, clock: first.clock });

    expect(await second.finish('one')).toMatchObject({ status: 'SUCCEEDED', output: 'in time' });
  });

  it('a Wait until a moment that was computed keeps that moment', async () => {
    const Timestamp = '{% $fromMillis($millis() + 10000) %}';
    const states = { A: { Type: 'Wait' as const, Timestamp, End: true as const } };
    const first = await open({ states });
    await first.start('one');
    await first.settle();
    await first.close();
    first.clock.shift(5_000);
    const second = await open({ states, clock: first.clock });
    await second.finish('one');

    expect(second.clock.offsetMilliseconds()).toBe(10_000);
  });

  it('a Map repeats only the iterations that had not ended', async () => {
    const states = {
      A: {
        Type: 'Map' as const,
        Items: [1, 2, 3],
        MaxConcurrency: 1,
        ItemProcessor: {
          StartAt: 'Work',
          States: {
            Work: task('work', { Next: 'Rest' }),
            Rest: { Type: 'Wait' as const, Seconds: 10, End: true as const },
          },
        },
        End: true as const,
      },
    };
    const functions = { work: (payload: number) => payload * 10 };
    const first = await open({ states, functions });
    await first.start('one');
    await first.settle();
    first.clock.shift(10_000);
    await first.settle();
    const second = await reopen(first, { states, functions });
    const outcome = await second.finish('one');

    expect(outcome).toMatchObject({ status: 'SUCCEEDED', output: [10, 20, 30] });
    expect(first.calls.map(({ payload }) => payload)).toEqual([1, 2]);
    expect(second.calls.map(({ payload }) => payload)).toEqual([3]);
    const countOf = (wanted: string) => outcome.events.filter((type) => type === wanted).length;
    expect([countOf('MapIterationStarted'), countOf('WaitStateExited')]).toEqual([3, 3]);
  });

  it('variables, also those around a branch, are still there', async () => {
    const states = {
      A: { Type: 'Pass' as const, Assign: { outer: 1 }, Next: 'B' },
      B: {
        Type: 'Parallel' as const,
        Branches: [
          {
            StartAt: 'C',
            States: {
              C: { Type: 'Pass' as const, Assign: { inner: 2 }, Next: 'D' },
              D: { Type: 'Wait' as const, Seconds: 10, Output: ['{% $outer %}', '{% $inner %}'], End: true as const },
            },
          },
        ],
        End: true as const,
      },
    };
    const first = await open({ states });
    await first.start('one');
    await first.settle();
    const second = await reopen(first, { states });

    expect(await second.finish('one')).toMatchObject({ status: 'SUCCEEDED', output: [[1, 2]] });
  });

  it('a running execution keeps the definition it started with', async () => {
    const version = (name: string) =>
      machineOf({ A: { Type: 'Wait', Seconds: 10, Next: name }, [name]: { Type: 'Succeed', Output: name } });
    const first = await open({ definition: version('Old') });
    await first.start('one');
    await first.settle();
    const second = await reopen(first, { definition: version('New') });
    await second.start('two');

    expect(await second.finish('one')).toMatchObject({ status: 'SUCCEEDED', output: 'Old' });
    expect(await second.finish('two')).toMatchObject({ status: 'SUCCEEDED', output: 'New' });
  });

  it('an answer that was taken before the state moved on is not lost', async () => {
    const options = { states: { A: callbackTask('give') }, functions: { give: () => null } };
    const first = await open(options);
    await first.start('one');
    await first.settle();
    const [{ payload } = { payload: {} }] = first.calls;
    const { token } = payload as { token: string };
    await first.close();
    const store = openWorkflowStore(databaseFile);
    store.transaction(() => store.tokens.answer(token, { kind: 'success', output: 'kept' }));
    store.close();
    const second = await open({ ...options, clock: first.clock });

    expect(await second.finish('one')).toMatchObject({ status: 'SUCCEEDED', output: 'kept' });
  });

  it('the database is refused to a second engine as long as the first has it', async () => {
    const states = { A: { Type: 'Succeed' as const } };
    const first = await open({ states });

    await expect(openRig({ states, databaseFile })).rejects.toThrow('database is locked');
    await first.start('one');
    expect(await first.finish('one')).toMatchObject({ status: 'SUCCEEDED' });
  });

  it('an execution that ended is kept for 90 days', async () => {
    const states = { A: { Type: 'Succeed' as const } };
    const first = await open({ states });
    await first.start('one');
    await first.finish('one');
    first.clock.shift(90 * 86_400_000);
    const second = await reopen(first, { states });
    const keptAt90Days = second.engine.executions().length;
    second.clock.shift(1);
    const third = await reopen(second, { states });

    expect([keptAt90Days, third.engine.executions().length]).toEqual([1, 0]);
  });
});
