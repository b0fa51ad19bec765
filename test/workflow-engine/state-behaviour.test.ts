import { describe, expect, it } from 'vitest';
import { openRig, runOnce, TEST_START, task } from './rig.ts';

describe('states', () => {
  it('gives expressions the context Amazon gives them', async () => {
    const context = (
      await runOnce({ states: { Look: { Type: 'Succeed', Output: '{% $states.context %}' } }, input: { n: 1 } })
    ).output;

    expect(context).toEqual({
      Execution: {
        Id: 'arn:aws:states:us-east-1:000000000000:execution:machine:run-0',
        Input: { n: 1 },
        Name: 'run-0',
        RoleArn: 'arn:aws:iam::000000000000:role/local-workflow',
        StartTime: '2026-01-01T00:00:00.000Z',
      },
      State: { EnteredTime: '2026-01-01T00:00:00.000Z', Name: 'Look', RetryCount: 0 },
      StateMachine: { Id: 'arn:aws:states:us-east-1:000000000000:stateMachine:machine', Name: 'machine' },
    });
  });

  it.each([
    { case: 'Seconds', state: { Seconds: '{% $states.input.n %}' }, input: { n: 90 }, endsAfter: 90_000 },
    { case: 'Timestamp', state: { Timestamp: '2026-01-01T01:00:00+01:00' }, input: {}, endsAfter: 0 },
    { case: 'Timestamp in the past', state: { Timestamp: '2025-01-01T00:00:00Z' }, input: {}, endsAfter: 0 },
    {
      case: 'Timestamp as JSONata',
      state: { Timestamp: '{% $states.input.at %}' },
      input: { at: '2026-01-01T00:00:07Z' },
      endsAfter: 7_000,
    },
  ])('waits as long as $case says', async ({ state, input, endsAfter }) => {
    const rig = await openRig({ states: { A: { Type: 'Wait', ...state, End: true } as never } });
    await rig.run(input);
    const record = rig.engine.executions()[0];
    await rig.close();

    expect((record?.stoppedAtMilliseconds ?? 0) - TEST_START).toBe(endsAfter);
  });

  it('runs no more iterations at once than MaxConcurrency says', async () => {
    let running = 0;
    let most = 0;
    const busy = async () => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
    };
    const outcome = await runOnce({
      states: {
        A: {
          Type: 'Map',
          Items: '{% $range(1, 9, 1) %}',
          MaxConcurrency: '{% 3 %}',
          ItemProcessor: { StartAt: 'In', States: { In: task('busy') } },
          End: true,
        },
      },
      functions: { busy },
    });

    expect({ status: outcome.status, calls: outcome.calls.length, most }).toEqual({
      status: 'SUCCEEDED',
      calls: 9,
      most: 3,
    });
  });

  it('runs at most fifty functions at once', async () => {
    let running = 0;
    let most = 0;
    const release: (() => void)[] = [];
    const held = async () => {
      running += 1;
      most = Math.max(most, running);
      await new Promise<void>((resolve) => release.push(resolve));
      running -= 1;
    };
    const rig = await openRig({ states: { A: task('held') }, functions: { held } });
    for (let index = 0; index < 60; index++) await rig.start(`e${index}`);
    await rig.settle();
    const heldAtFirst = release.length;
    while (release.length > 0) {
      for (const go of release.splice(0)) go();
      await rig.settle();
    }
    const statuses = new Set(rig.engine.executions().map(({ status }) => status));
    await rig.close();

    expect({ heldAtFirst, most, statuses: [...statuses] }).toEqual({
      heldAtFirst: 50,
      most: 50,
      statuses: ['SUCCEEDED'],
    });
  });
});
