import { describe, expect, it } from 'vitest';
import { createLocalClock } from '../../infra/local/clock.ts';
import { InvalidDefinitionError } from '../../infra/local/workflow-engine/errors.ts';
import { startWorkflowEngine } from '../../infra/local/workflow-engine/start.ts';
import { findDefinitionFaults } from '../../infra/local/workflow-engine/validate-definition.ts';
import { temporaryDatabase } from './rig.ts';

const end = { Type: 'Succeed' };
const pass = { Type: 'Pass', End: true };
const lambda = {
  Type: 'Task',
  Resource: 'arn:aws:states:::lambda:invoke',
  Arguments: { FunctionName: 'f' },
  Next: 'B',
};
const token = { ...lambda, Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken' };
const inner = { StartAt: 'In', States: { In: pass } };
const faultsOf = (definition: object) =>
  findDefinitionFaults('machine', { QueryLanguage: 'JSONata', StartAt: 'A', ...definition });
const faultsOfState = (state: object) => faultsOf({ States: { A: state, B: end } });

describe('findDefinitionFaults', () => {
  it('finds none in a definition that uses every supported field', () => {
    const Retry = [
      {
        ErrorEquals: ['E', 'States.Timeout'],
        IntervalSeconds: 1,
        BackoffRate: 1.5,
        MaxAttempts: 0,
        MaxDelaySeconds: 9,
        JitterStrategy: 'FULL',
        Comment: 'c',
      },
      { ErrorEquals: ['States.ALL'] },
    ];
    const Catch = [{ ErrorEquals: ['States.ALL'], Next: 'End', Output: 1, Assign: { caught: true }, Comment: 'c' }];
    const common = { Comment: 'c', QueryLanguage: 'JSONata', Output: '{% 1 %}', Assign: { x_1: '{% 2 %}', ünï: null } };
    const faults = faultsOf({
      Comment: 'c',
      Version: '1.0',
      TimeoutSeconds: 60,
      States: {
        A: { ...token, ...common, Retry, Catch, TimeoutSeconds: 60, HeartbeatSeconds: '{% 5 %}' },
        B: { Type: 'Wait', ...common, Seconds: 0, Next: 'C' },
        C: { Type: 'Wait', Timestamp: '2026-01-01T00:00:00.5+02:00', Next: 'D' },
        D: {
          Type: 'Choice',
          ...common,
          Choices: [{ Condition: '{% true %}', Next: 'E', Output: 1, Assign: { y: 1 }, Comment: 'c' }],
          Default: 'End',
        },
        E: {
          Type: 'Map',
          ...common,
          Items: [1, '{% 2 %}'],
          ItemSelector: { a: 1 },
          MaxConcurrency: 3,
          ItemProcessor: { ProcessorConfig: { Mode: 'INLINE' }, Comment: 'c', ...inner },
          Retry,
          Catch,
          Next: 'F',
        },
        F: {
          Type: 'Parallel',
          ...common,
          Arguments: {},
          Branches: [{ StartAt: 'Other', States: { Other: { ...pass, Assign: { own: 1 } } } }],
          Next: 'G',
        },
        G: { Type: 'Pass', ...common, Next: 'H' },
        H: {
          ...lambda,
          Arguments: {
            FunctionName: '{% $x_1 %}',
            Payload: null,
            Qualifier: 'live',
            InvocationType: 'RequestResponse',
          },
          Next: 'I',
        },
        I: { Type: 'Choice', Choices: [{ Condition: true, Next: 'Bad' }], Default: 'End' },
        Bad: { Type: 'Fail', Comment: 'c', Error: 'E', Cause: "{% 'x' %}" },
        End: { Type: 'Succeed', Output: {}, Comment: 'c' },
      },
    });

    expect(faults).toEqual([]);
  });

  it.each([
    {
      case: 'no query language',
      definition: { QueryLanguage: undefined, States: { A: end } },
      fault: 'QueryLanguage: must be "JSONata"',
    },
    {
      case: 'JSONPath',
      definition: { QueryLanguage: 'JSONPath', States: { A: end } },
      fault: 'QueryLanguage: expected "JSONata", got "JSONPath"',
    },
    {
      case: 'a start that is not there',
      definition: { StartAt: 'X', States: { A: end } },
      fault: 'StartAt: "X" is not a state',
    },
    {
      case: 'a state nothing leads to',
      definition: { States: { A: end, B: end } },
      fault: 'States.B: cannot be reached',
    },
    {
      case: 'a Next that is not there',
      definition: { States: { A: { Type: 'Pass', Next: 'X' } } },
      fault: 'States.A.Next: "X" is not a state',
    },
    {
      case: 'a Next out of the scope',
      definition: {
        States: {
          A: {
            Type: 'Parallel',
            Branches: [{ StartAt: 'In', States: { In: { Type: 'Pass', Next: 'B' } } }],
            Next: 'B',
          },
          B: end,
        },
      },
      fault: 'States.A.Branches[0].States.In.Next: "B" is not a state',
    },
    {
      case: 'a name used twice',
      definition: { States: { A: { Type: 'Parallel', Branches: [{ StartAt: 'A', States: { A: pass } }], End: true } } },
      fault: 'States.A.Branches[0].States.A: another state of the machine has this name',
    },
    {
      case: 'a name that is too long',
      definition: { StartAt: 'x'.repeat(81), States: { ['x'.repeat(81)]: end } },
      fault: '1 to 80 characters',
    },
    {
      case: 'a variable of an outer scope assigned inside',
      definition: {
        States: {
          A: {
            Type: 'Parallel',
            Assign: { v: 1 },
            Branches: [{ StartAt: 'In', States: { In: { ...pass, Assign: { v: 2 } } } }],
            End: true,
          },
        },
      },
      fault: 'the variable "v" is assigned outside already',
    },
    {
      case: 'an unknown field of the machine',
      definition: { States: { A: end }, Timeout: 1 },
      fault: 'definition.Timeout: is not a supported field',
    },
    { case: 'no states', definition: {}, fault: 'definition: States is missing' },
    {
      case: 'a time limit of no time',
      definition: { States: { A: end }, TimeoutSeconds: 0 },
      fault: 'TimeoutSeconds: expected a whole number from 1',
    },
  ])('names $case', ({ definition, fault }) => {
    expect(faultsOf(definition)).toContainEqual(expect.stringContaining(fault));
  });

  it('lists every fault, not the first', () => {
    expect(faultsOfState({ Type: 'Wait', Seconds: -1, Foo: 1, Next: 'X' })).toEqual([
      'States.A.Foo: is not a supported field',
      'States.A.Seconds: expected a whole number from 0 to 99999999 or JSONata',
      'States.A.Next: "X" is not a state beside it',
      'States.B: cannot be reached',
    ]);
  });

  it.each([null, 'text', []])('refuses %j as a definition', (definition) => {
    expect(findDefinitionFaults('machine', definition)).toEqual(['definition: expected an object']);
  });
});

describe('startWorkflowEngine', () => {
  it('does not start with a definition it cannot run, and says why', async () => {
    const { databaseFile, remove } = temporaryDatabase();
    const definition = { QueryLanguage: 'JSONata' as const, StartAt: 'X', States: {} };
    const started = startWorkflowEngine({
      port: 0,
      databaseFile,
      clock: createLocalClock(),
      invoke: async () => null,
      stateMachines: [{ name: 'transfer', definition }],
    });

    await expect(started).rejects.toBeInstanceOf(InvalidDefinitionError);
    await expect(started).rejects.toThrow(
      'The definition of "transfer" cannot run:\n- StartAt: "X" is not a state beside it',
    );
    remove();
  });
});
