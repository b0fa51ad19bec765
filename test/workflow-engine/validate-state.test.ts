import { describe, expect, it } from 'vitest';
import { findDefinitionFaults } from '../../infra/local/workflow-engine/validate-definition.ts';

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

describe('findDefinitionFaults of one state', () => {
  it.each([
    { case: 'an unknown type', state: { Type: 'Loop', Next: 'B' }, fault: 'States.A.Type: "Loop" is not one of' },
    {
      case: 'an unknown resource',
      state: { ...lambda, Resource: 'arn:aws:states:::sqs:sendMessage' },
      fault: 'States.A.Resource: expected',
    },
    {
      case: 'a plain function ARN as resource',
      state: { ...lambda, Resource: 'arn:aws:lambda:us-east-1:1:function:f' },
      fault: 'States.A.Resource: expected',
    },
    {
      case: 'an unknown field',
      state: { Type: 'Pass', Next: 'B', Nxt: 'B' },
      fault: 'States.A.Nxt: is not a supported field',
    },
    {
      case: 'InputPath',
      state: { Type: 'Pass', Next: 'B', InputPath: '$' },
      fault: 'States.A.InputPath: belongs to JSONPath',
    },
    { case: 'ResultPath', state: { ...lambda, ResultPath: '$.x' }, fault: 'States.A.ResultPath: belongs to JSONPath' },
    { case: 'Parameters', state: { ...lambda, Parameters: {} }, fault: 'States.A.Parameters: belongs to JSONPath' },
    {
      case: 'a JSONPath key inside',
      state: { ...lambda, Arguments: { FunctionName: 'f', Payload: { 'a.$': '$' } } },
      fault: 'States.A.Arguments.Payload.a.$: belongs to JSONPath',
    },
    {
      case: 'JSONPath for one state',
      state: { Type: 'Pass', Next: 'B', QueryLanguage: 'JSONPath' },
      fault: 'States.A.QueryLanguage: expected "JSONata"',
    },
    { case: 'neither Next nor End', state: { Type: 'Pass' }, fault: 'States.A: needs either Next or End' },
    {
      case: 'both Next and End',
      state: { Type: 'Pass', Next: 'B', End: true },
      fault: 'States.A: needs either Next or End',
    },
    { case: 'End false', state: { Type: 'Pass', End: false }, fault: 'States.A.End: expected true' },
    {
      case: 'a Succeed with Next',
      state: { Type: 'Succeed', Next: 'B' },
      fault: 'States.A.Next: is not a supported field',
    },
    {
      case: 'bad JSONata',
      state: { Type: 'Pass', Next: 'B', Output: { a: ['{% 1 + %}'] } },
      fault: 'States.A.Output.a[0]: invalid JSONata',
    },
    {
      case: 'an open expression',
      state: { Type: 'Pass', Next: 'B', Output: '{% 1' },
      fault: 'States.A.Output: begins with {%',
    },
    {
      case: '$eval',
      state: { Type: 'Pass', Next: 'B', Output: "{% $eval('1') %}" },
      fault: 'States.A.Output: $eval is not available',
    },
    {
      case: 'an illegal variable name',
      state: { Type: 'Pass', Next: 'B', Assign: { 'a-b': 1 } },
      fault: 'States.A.Assign.a-b: is not a legal',
    },
    {
      case: 'the reserved variable',
      state: { Type: 'Pass', Next: 'B', Assign: { states: 1 } },
      fault: 'States.A.Assign.states: is not a legal',
    },
    {
      case: 'an unknown argument',
      state: { ...lambda, Arguments: { FunctionName: 'f', Body: 1 } },
      fault: 'States.A.Arguments.Body: is not a supported field',
    },
    {
      case: 'an asynchronous call',
      state: { ...lambda, Arguments: { FunctionName: 'f', InvocationType: 'Event' } },
      fault: 'States.A.Arguments.InvocationType: expected',
    },
    {
      case: 'no function name',
      state: { ...lambda, Arguments: {} },
      fault: 'States.A.Arguments: FunctionName is missing',
    },
    {
      case: 'a heartbeat without token',
      state: { ...lambda, HeartbeatSeconds: 5 },
      fault: 'States.A.HeartbeatSeconds: is supported with a task token only',
    },
    {
      case: 'a heartbeat as long as the limit',
      state: { ...token, HeartbeatSeconds: 5, TimeoutSeconds: 5 },
      fault: 'States.A.HeartbeatSeconds: must be smaller',
    },
    {
      case: 'a limit of no time',
      state: { ...lambda, TimeoutSeconds: 0 },
      fault: 'States.A.TimeoutSeconds: expected a whole number',
    },
    {
      case: 'a Wait for nothing',
      state: { Type: 'Wait', Next: 'B' },
      fault: 'States.A: needs either Seconds or Timestamp',
    },
    {
      case: 'a Wait for two things',
      state: { Type: 'Wait', Seconds: 1, Timestamp: '2026-01-01T00:00:00Z', Next: 'B' },
      fault: 'States.A: needs either Seconds or Timestamp',
    },
    {
      case: 'half a second',
      state: { Type: 'Wait', Seconds: 0.5, Next: 'B' },
      fault: 'States.A.Seconds: expected a whole number',
    },
    {
      case: 'a moment without zone',
      state: { Type: 'Wait', Timestamp: '2026-01-01T00:00:00', Next: 'B' },
      fault: 'States.A.Timestamp: expected a moment',
    },
    {
      case: 'a Choice without rules',
      state: { Type: 'Choice', Choices: [], Default: 'B' },
      fault: 'States.A.Choices: expected a list that is not empty',
    },
    {
      case: 'a rule without Condition',
      state: { Type: 'Choice', Choices: [{ Next: 'B' }] },
      fault: 'States.A.Choices[0]: Condition is missing',
    },
    {
      case: 'a JSONPath rule',
      state: { Type: 'Choice', Choices: [{ Variable: '$.a', IsNull: true, Next: 'B' }] },
      fault: 'States.A.Choices[0].Variable: belongs to JSONPath',
    },
    {
      case: 'a Condition as plain text',
      state: { Type: 'Choice', Choices: [{ Condition: 'true', Next: 'B' }] },
      fault: 'States.A.Choices[0].Condition: expected true, false or JSONata',
    },
    {
      case: 'a Default that is not there',
      state: { Type: 'Choice', Choices: [{ Condition: true, Next: 'B' }], Default: 'X' },
      fault: 'States.A.Default: "X" is not a state',
    },
    {
      case: 'a distributed Map',
      state: { Type: 'Map', ItemProcessor: { ...inner, ProcessorConfig: { Mode: 'DISTRIBUTED' } }, Next: 'B' },
      fault: 'States.A.ItemProcessor.ProcessorConfig.Mode: expected "INLINE"',
    },
    {
      case: 'a tolerated failure',
      state: { Type: 'Map', ItemProcessor: inner, ToleratedFailureCount: 1, Next: 'B' },
      fault: 'States.A.ToleratedFailureCount: is not a supported field',
    },
    {
      case: 'the older Iterator',
      state: { Type: 'Map', Iterator: inner, Next: 'B' },
      fault: 'States.A.Iterator: is not a supported field',
    },
    {
      case: 'Items as text',
      state: { Type: 'Map', Items: 'x', ItemProcessor: inner, Next: 'B' },
      fault: 'States.A.Items: expected a list or JSONata',
    },
    {
      case: 'no branches',
      state: { Type: 'Parallel', Branches: [], Next: 'B' },
      fault: 'States.A.Branches: expected a list that is not empty',
    },
    {
      case: 'an error nobody raises',
      state: { ...lambda, Retry: [{ ErrorEquals: ['States.Typo'] }] },
      fault: 'States.A.Retry[0].ErrorEquals: "States.Typo"',
    },
    {
      case: 'States.ALL in company',
      state: { ...lambda, Retry: [{ ErrorEquals: ['States.ALL', 'E'] }] },
      fault: 'States.A.Retry[0].ErrorEquals: States.ALL must stand alone',
    },
    {
      case: 'States.ALL before others',
      state: {
        ...lambda,
        Catch: [
          { ErrorEquals: ['States.ALL'], Next: 'B' },
          { ErrorEquals: ['E'], Next: 'B' },
        ],
      },
      fault: 'States.A.Catch[0].ErrorEquals: States.ALL must stand alone',
    },
    {
      case: 'a rate below one',
      state: { ...lambda, Retry: [{ ErrorEquals: ['E'], BackoffRate: 0.5 }] },
      fault: 'States.A.Retry[0].BackoffRate: expected a number from 1',
    },
    {
      case: 'a catcher to nowhere',
      state: { ...lambda, Catch: [{ ErrorEquals: ['E'], Next: 'X' }] },
      fault: 'States.A.Catch[0].Next: "X" is not a state',
    },
    {
      case: 'a catcher with ResultPath',
      state: { ...lambda, Catch: [{ ErrorEquals: ['E'], Next: 'B', ResultPath: '$' }] },
      fault: 'States.A.Catch[0].ResultPath: belongs to JSONPath',
    },
    {
      case: 'Retry on a Pass',
      state: { Type: 'Pass', Next: 'B', Retry: [] },
      fault: 'States.A.Retry: is not a supported field',
    },
    {
      case: 'what is no JSON',
      state: { Type: 'Pass', Next: 'B', Output: { a: undefined } },
      fault: 'States.A.Output.a: is not JSON',
    },
  ])('names $case', ({ state, fault }) => {
    expect(faultsOfState(state)).toContainEqual(expect.stringContaining(fault));
  });
});
