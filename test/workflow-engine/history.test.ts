import { describe, expect, it } from 'vitest';
import type { State } from '../../infra/local/workflow-engine/definition.ts';
import { callbackTask, openRig, runOnce, task } from './rig.ts';

const echo = { echo: (payload: unknown) => payload };
/** Events of an execution around its states: started, and the entry, exit and end by a Succeed. */
const AROUND = 4;
const end: State = { Type: 'Succeed' };

describe('history', () => {
  it.each<{ case: string; state: State; events: string[] }>([
    {
      case: 'a Wait',
      state: { Type: 'Wait', Seconds: 1, Next: 'End' },
      events: ['WaitStateEntered', 'WaitStateExited'],
    },
    {
      case: 'a Choice',
      state: { Type: 'Choice', Choices: [{ Condition: true, Next: 'End' }] },
      events: ['ChoiceStateEntered', 'ChoiceStateExited'],
    },
    { case: 'a Pass', state: { Type: 'Pass', Next: 'End' }, events: ['PassStateEntered', 'PassStateExited'] },
    {
      case: 'a lambda Task',
      state: task('echo', { Next: 'End' }),
      events: ['TaskStateEntered', 'TaskScheduled', 'TaskStarted', 'TaskSucceeded', 'TaskStateExited'],
    },
    {
      case: 'a Task whose error is caught',
      state: task('missing', { Next: 'End', Catch: [{ ErrorEquals: ['States.ALL'], Next: 'End' }] }),
      events: ['TaskStateEntered', 'TaskScheduled', 'TaskStarted', 'TaskFailed', 'TaskStateExited'],
    },
    {
      case: 'a Map of one item',
      state: {
        Type: 'Map',
        Items: [1],
        ItemProcessor: { StartAt: 'In', States: { In: { Type: 'Pass', End: true } } },
        Next: 'End',
      },
      events: [
        'MapStateEntered',
        'MapStateStarted',
        'MapIterationStarted',
        'PassStateEntered',
        'PassStateExited',
        'MapIterationSucceeded',
        'MapStateSucceeded',
        'MapStateExited',
      ],
    },
    {
      case: 'a Parallel whose branch fails',
      state: {
        Type: 'Parallel',
        Branches: [{ StartAt: 'In', States: { In: { Type: 'Fail', Error: 'E' } } }],
        Catch: [{ ErrorEquals: ['E'], Next: 'End' }],
        Next: 'End',
      },
      events: [
        'ParallelStateEntered',
        'ParallelStateStarted',
        'FailStateEntered',
        'ParallelStateFailed',
        'ParallelStateExited',
      ],
    },
  ])('of $case has the events Amazon writes', async ({ state, events }) => {
    const outcome = await runOnce({ states: { A: state, End: end }, functions: echo });

    expect(outcome.events).toEqual([
      'ExecutionStarted',
      ...events,
      'SucceedStateEntered',
      'SucceedStateExited',
      'ExecutionSucceeded',
    ]);
  });

  it('costs nine events and three transitions per poll of Wait, Task and Choice', async () => {
    const outcome = await runOnce({
      states: {
        Begin: { Type: 'Pass', Assign: { n: 0 }, Next: 'Wait' },
        Wait: { Type: 'Wait', Seconds: 50, Next: 'Look' },
        Look: task('echo', { Assign: { n: '{% $n + 1 %}' }, Next: 'More' }),
        More: { Type: 'Choice', Choices: [{ Condition: '{% $n < 10 %}', Next: 'Wait' }], Default: 'End' },
        End: end,
      },
      functions: echo,
    });

    expect(outcome.status).toBe('SUCCEEDED');
    expect(outcome.events.length).toBe(AROUND + 2 + 10 * 9);
    expect(outcome.transitionCount).toBe(2 + 10 * 3);
  });

  it('numbers events and points back along each branch', async () => {
    const rig = await openRig({
      states: {
        A: {
          Type: 'Parallel',
          Branches: ['X', 'Y'].map((name) => ({
            StartAt: name,
            States: { [name]: { Type: 'Wait', Seconds: 1, End: true } },
          })),
          End: true,
        },
      },
    });
    await rig.run();
    const events = rig.engine.history('run-0').map(({ id, previousEventId, type }) => [id, previousEventId, type]);
    await rig.close();

    expect(events.slice(0, 5)).toEqual([
      [1, 0, 'ExecutionStarted'],
      [2, 1, 'ParallelStateEntered'],
      [3, 2, 'ParallelStateStarted'],
      [4, 3, 'WaitStateEntered'],
      [5, 3, 'WaitStateEntered'],
    ]);
    expect(events.slice(5, 7).map(([, previous]) => previous)).toEqual([4, 5]);
  });

  it('tells what a state was given, made and assigned, and where an expression failed', async () => {
    const rig = await openRig({
      states: {
        A: { Type: 'Pass', Output: 'out', Assign: { x: [1] }, Next: 'B' },
        B: { Type: 'Pass', Output: { deep: '{% $states.input.missing %}' }, End: true },
      },
    });
    await rig.run({ n: 1 });
    const history = rig.engine.history('run-0');
    await rig.close();

    expect(history[1]?.details).toMatchObject({ stateEnteredEventDetails: { name: 'A', input: '{"n":1}' } });
    expect(history[2]?.details).toMatchObject({
      stateExitedEventDetails: { name: 'A', output: '"out"', assignedVariables: { x: '[1]' } },
    });
    expect(history[4]).toMatchObject({
      type: 'EvaluationFailed',
      details: {
        evaluationFailedEventDetails: { state: 'B', location: 'Output/deep', error: 'States.QueryEvaluationError' },
      },
    });
  });

  it.each<{ case: string; ItemSelector: string; Output: string; at: string }>([
    { case: 'the ItemSelector', ItemSelector: '{% $missing %}', Output: 'x', at: 'ItemSelector' },
    { case: 'an iteration', ItemSelector: 'x', Output: '{% $missing %}', at: 'Output' },
  ])('notes a failing expression once when it stands in $case of a Map', async ({ ItemSelector, Output, at }) => {
    const ItemProcessor = { StartAt: 'In', States: { In: { Type: 'Pass' as const, Output, End: true as const } } };
    const rig = await openRig({ states: { A: { Type: 'Map', Items: [1], ItemSelector, ItemProcessor, End: true } } });
    await rig.run();
    const failures = rig.engine.history('run-0').filter(({ type }) => type === 'EvaluationFailed');
    await rig.close();

    expect(failures.map(({ details }) => details)).toEqual([
      { evaluationFailedEventDetails: expect.objectContaining({ location: at, state: at === 'Output' ? 'In' : 'A' }) },
    ]);
  });

  it('names the callback resource and its time limit', async () => {
    const rig = await openRig({
      states: { A: callbackTask('give', { TimeoutSeconds: 5 }) },
      functions: { give: () => null },
    });
    await rig.run();
    const scheduled = rig.engine.history('run-0').find(({ type }) => type === 'TaskScheduled');
    await rig.close();

    expect(scheduled?.details).toMatchObject({
      taskScheduledEventDetails: { resource: 'invoke.waitForTaskToken', resourceType: 'lambda', timeoutInSeconds: 5 },
    });
  });
});

// Some seconds of work even where nothing else runs.
describe('the limit of 25,000 events', { timeout: 120_000 }, () => {
  /** A loop of two events per round that ends once its counter reaches the input. */
  const loop = {
    Begin: { Type: 'Pass', Assign: { n: '{% $states.input.rounds %}' }, Next: 'Turn' },
    Turn: {
      Type: 'Choice',
      Choices: [{ Condition: '{% $n > 1 %}', Assign: { n: '{% $n - 1 %}' }, Next: 'Turn' }],
      Default: 'End',
    },
    End: { Type: 'Succeed' },
  } as const;
  // ExecutionStarted, two of Begin, two per round, two of End, and ExecutionSucceeded.
  const eventsOf = (rounds: number) => 6 + 2 * rounds;

  it('lets an execution end with event 25,000', async () => {
    const outcome = await runOnce({ states: loop, input: { rounds: 12_497 } });

    expect(eventsOf(12_497)).toBe(25_000);
    expect(outcome.status).toBe('SUCCEEDED');
    expect(outcome.events.length).toBe(25_000);
  });

  it('fails an execution whose event 25,000 is no ending', async () => {
    const outcome = await runOnce({ states: loop, input: { rounds: 12_498 } });

    expect(outcome).toMatchObject({ status: 'FAILED', error: 'States.Runtime' });
    expect(outcome.events.length).toBe(25_000);
    expect(outcome.events.at(-1)).toBe('ExecutionFailed');
  });
});
