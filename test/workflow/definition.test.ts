import { describe, expect, it } from 'vitest';
import * as errors from '../../functions/domain/errors.ts';
import { steps } from '../../functions/manifest.ts';
import { transferWorkflowDefinition } from '../../functions/workflow/definition.ts';
import { findDefinitionFaults } from '../../infra/local/workflow-engine/validate-definition.ts';
import { STATES, TASKS } from './states.ts';

/** Names that the platform gives to failures; all others must be ours. */
const OF_THE_PLATFORM = /^(States|Lambda|Sandbox|Runtime)\./;

/** What a step may answer as its next (functions/domain/transfer.ts), with the state that does it. */
const STATE_OF_NEXT = {
  LEASE: 'EndLease',
  REPORT: 'AwaitReport',
  FOLLOW: 'LookAtTask',
  RELEASE: 'ReleaseAccessRule',
  REGISTER: 'RegisterFiles',
  CLOSE: 'CloseTransfer',
  DONE: 'Done',
};

function literalNames(): string[] {
  return Object.values(errors).flatMap((value) => {
    if (typeof value !== 'function' || value === errors.ExpectedError) return [];
    return [new (value as new (message: string) => Error)('x').name];
  });
}

describe('the transfer workflow', () => {
  it('has no fault that Amazon would refuse', () => {
    expect(findDefinitionFaults('transfer', transferWorkflowDefinition)).toEqual([]);
  });

  it('is plain data, the same after a round trip through JSON', () => {
    expect(JSON.parse(JSON.stringify(transferWorkflowDefinition))).toEqual(transferWorkflowDefinition);
  });

  it('invokes every step of the manifest and no other function', () => {
    const invoked = TASKS.map(([, state]) => state.Arguments?.FunctionName);
    expect([...new Set(invoked)].sort()).toEqual(steps.map((step) => step.functionName).sort());
  });

  it.each(
    TASKS.flatMap(([name, state]) =>
      typeof state.TimeoutSeconds === 'number'
        ? [{ name, functionName: state.Arguments?.FunctionName, limitSeconds: state.TimeoutSeconds }]
        : [],
    ),
  )(
    'gives $name more time than its function may take, so that the function ends first',
    ({ functionName, limitSeconds }) => {
      const step = steps.find((each) => each.functionName === functionName);
      expect(limitSeconds).toBeGreaterThan(step?.timeoutSeconds ?? Number.POSITIVE_INFINITY);
    },
  );

  it('has a time limit on every step', () => {
    expect(TASKS.filter(([, state]) => state.TimeoutSeconds === undefined)).toEqual([]);
  });

  it.each(TASKS.map(([name, state]) => ({ name, state })))(
    'tells $name which transfer and execution it is about, and no more than a wait, its token and a reason',
    ({ state }) => {
      const { transferId, ...others } = state.Arguments?.Payload ?? {};
      expect(transferId).toBe('{% $transferId %}');
      const allowed = ['executionNumber', 'executionStartedAt', 'taskToken', 'waitSeconds', 'reason'];
      expect(allowed).toEqual(expect.arrayContaining(Object.keys(others)));
    },
  );
});

describe('the errors the workflow names', () => {
  const retried = TASKS.flatMap(([, state]) => (state.Retry ?? []).flatMap((retry) => retry.ErrorEquals));

  it('are names of classes of ours, or of the platform', () => {
    const ours = [...new Set(retried)].filter((name) => !OF_THE_PLATFORM.test(name)).sort();
    expect(ours).toEqual(['RecordTakenError', 'UnavailableError']);
    expect(literalNames()).toEqual(expect.arrayContaining(ours));
  });

  it('are all of ours that pass by themselves, and none that needs somebody to act', () => {
    const passing = Object.values(errors).flatMap((value) => {
      if (typeof value !== 'function' || value === errors.ExpectedError) return [];
      const error = new (value as new (message: string) => errors.ExpectedError)('x');
      return error.kind === 'unavailable' ? [error.name] : [];
    });
    const ours = [...new Set(retried)].filter((name) => !OF_THE_PLATFORM.test(name));
    expect(ours.sort()).toEqual(passing.sort());
  });

  it('are told apart by names that are literals and unique', () => {
    const names = literalNames();
    expect(new Set(names).size).toBe(names.length);
    expect(
      Object.keys(errors)
        .filter((name) => name !== 'ExpectedError')
        .sort(),
    ).toEqual(names.sort());
  });

  it('take the end of the wait for the report for no failure: it is not retried', () => {
    const [, awaitReport] = STATES.find(([name]) => name === 'AwaitReport') ?? [];
    const names = awaitReport?.Retry?.flatMap((retry) => retry.ErrorEquals) ?? [];
    expect(names).not.toContain('States.Timeout');
    expect(names).not.toContain('States.ALL');
    expect(awaitReport?.Catch).toEqual([{ ErrorEquals: ['States.ALL'], Next: 'EndLease' }]);
  });

  it('take the end of a round of the wait for the task for no failure: the next is longer, a day at most', () => {
    const { AwaitCompletion } = transferWorkflowDefinition.States;
    const [timeOut] = AwaitCompletion.Catch;
    expect(timeOut).toMatchObject({ ErrorEquals: ['States.Timeout'], Next: 'AwaitCompletion' });
    expect(timeOut.Assign).toEqual({ waitSeconds: '{% $min([86400, 3 * $waitSeconds]) %}' });
    expect(AwaitCompletion.Retry.flatMap((retry): readonly string[] => retry.ErrorEquals)).not.toContain(
      'States.Timeout',
    );
  });

  it.each(
    TASKS.filter(([name]) => name !== 'AwaitReport' && name !== 'RaiseAttention').map(([name, state]) => ({
      name,
      state,
    })),
  )('beyond those lead from $name to an operator, never to a release', ({ state }) => {
    const caught = state.Catch?.map(({ ErrorEquals, Next }) => ({ ErrorEquals, Next }));
    expect(caught?.filter(({ ErrorEquals }) => !ErrorEquals.includes('States.Timeout'))).toEqual([
      { ErrorEquals: ['States.ALL'], Next: 'RaiseAttention' },
    ]);
  });

  it('are all retried, for days, where an operator is told', () => {
    const [, raiseAttention] = STATES.find(([name]) => name === 'RaiseAttention') ?? [];
    expect(raiseAttention?.Retry).toMatchObject([{ ErrorEquals: ['States.ALL'], MaxAttempts: 1_000 }]);
  });
});

describe('the routes of the workflow', () => {
  it.each(['Route', 'Dispatch'])('%s has a way for every next step there is, and one for any other', (name) => {
    const [, state] = STATES.find(([each]) => each === name) ?? [];
    const ways = Object.fromEntries(
      (state?.Choices ?? []).flatMap(({ Condition, Next }) => {
        const [, next] = /^\{% \$next = "(\w+)" %\}$/.exec(Condition) ?? [];
        return next ? [[next, Next]] : [];
      }),
    );
    expect(ways).toEqual(STATE_OF_NEXT);
    expect(state?.Default).toBe('UnknownStep');
  });
});
