import { describe, expect, it } from 'vitest';
import { LambdaFailure } from '../../infra/local/workflow-engine/errors.ts';
import { type RigOptions, runOnce, task } from './rig.ts';

const KIB = 1_024;

interface Case extends RigOptions {
  case: string;
  input?: unknown;
  expected: { status: string; output?: unknown; error?: string; cause?: string };
}

const echo = { echo: (payload: unknown) => payload };

const cases: Case[] = [
  {
    case: 'a Pass hands its input on',
    states: { A: { Type: 'Pass', End: true } },
    input: { a: [1, null, 'x'] },
    expected: { status: 'SUCCEEDED', output: { a: [1, null, 'x'] } },
  },
  {
    case: 'expressions stand anywhere inside Output',
    states: { A: { Type: 'Pass', Output: { a: ['{% $states.input.n + 1 %}', 'plain'], b: { c: true } }, End: true } },
    input: { n: 1 },
    expected: { status: 'SUCCEEDED', output: { a: [2, 'plain'], b: { c: true } } },
  },
  {
    case: 'a Succeed makes the output of the execution',
    states: { A: { Type: 'Succeed', Output: '{% $states.context.Execution.Input.n * 2 %}' } },
    input: { n: 21 },
    expected: { status: 'SUCCEEDED', output: 42 },
  },
  {
    case: 'a Fail ends with its error',
    states: { A: { Type: 'Fail', Error: 'Broken', Cause: "{% 'because ' & $states.input.why %}" } },
    input: { why: 'x' },
    expected: { status: 'FAILED', error: 'Broken', cause: 'because x' },
  },
  {
    case: 'a Task gives the reply inside the answer of the optimised integration',
    states: {
      A: task('echo', {
        Output: {
          payload: '{% $states.result.Payload %}',
          code: '{% $states.result.StatusCode %}',
          version: '{% $states.result.ExecutedVersion %}',
        },
      }),
    },
    functions: echo,
    input: { n: 1 },
    expected: { status: 'SUCCEEDED', output: { payload: { n: 1 }, code: 200, version: '$LATEST' } },
  },
  {
    case: 'a function named by a qualified ARN is called by its bare name',
    states: { A: task('arn:aws:lambda:eu-west-1:123456789012:function:echo:live') },
    functions: echo,
    input: 7,
    expected: { status: 'SUCCEEDED', output: 7 },
  },
  {
    case: 'a function without a reply gives null',
    states: { A: task('nothing') },
    functions: { nothing: () => undefined },
    expected: { status: 'SUCCEEDED', output: null },
  },
  {
    case: 'an error of a function fails the execution under its name',
    states: { A: task('fails') },
    functions: {
      fails: () => {
        throw new LambdaFailure('GlobusDown', 'no answer');
      },
    },
    expected: { status: 'FAILED', error: 'GlobusDown' },
  },
  {
    case: 'a function that does not exist fails as Lambda.Unknown',
    states: { A: task('missing') },
    expected: { status: 'FAILED', error: 'Lambda.Unknown' },
  },
  {
    case: 'Arguments that name no function fail past every Catch',
    states: {
      A: task('echo', { Arguments: '{% {"Payload": 1} %}', Catch: [{ ErrorEquals: ['States.ALL'], Next: 'B' }] }),
      B: { Type: 'Succeed' },
    },
    functions: echo,
    expected: { status: 'FAILED', error: 'States.Runtime' },
  },
  {
    case: 'a Choice takes the first true rule with the Output of that rule',
    states: {
      A: {
        Type: 'Choice',
        Choices: [
          { Condition: false, Next: 'B', Output: 'first' },
          { Condition: '{% $states.input.n > 1 %}', Next: 'B', Output: 'second' },
          { Condition: true, Next: 'B', Output: 'third' },
        ],
        Default: 'B',
        Output: 'default',
      },
      B: { Type: 'Succeed' },
    },
    input: { n: 2 },
    expected: { status: 'SUCCEEDED', output: 'second' },
  },
  {
    case: 'a Choice without a true rule takes Default with its own Output and Assign',
    states: {
      A: {
        Type: 'Choice',
        Choices: [{ Condition: false, Next: 'B', Assign: { way: 'rule' } }],
        Default: 'B',
        Output: 'default',
        Assign: { way: 'default' },
      },
      B: { Type: 'Succeed', Output: ['{% $states.input %}', '{% $way %}'] },
    },
    expected: { status: 'SUCCEEDED', output: ['default', 'default'] },
  },
  {
    case: 'a Choice with neither fails as States.NoChoiceMatched',
    states: { A: { Type: 'Choice', Choices: [{ Condition: false, Next: 'B' }] }, B: { Type: 'Succeed' } },
    expected: { status: 'FAILED', error: 'States.NoChoiceMatched' },
  },
  {
    case: 'a Condition that is no boolean fails',
    states: { A: { Type: 'Choice', Choices: [{ Condition: '{% 1 %}', Next: 'B' }] }, B: { Type: 'Succeed' } },
    expected: { status: 'FAILED', error: 'States.QueryEvaluationError' },
  },
  {
    case: 'assignments see the values from before the state, and so does Output',
    states: {
      A: { Type: 'Pass', Assign: { x: 1, y: 2 }, Next: 'B' },
      B: { Type: 'Pass', Assign: { x: '{% $y %}', y: '{% $x %}' }, Output: ['{% $x %}', '{% $y %}'], Next: 'C' },
      C: { Type: 'Succeed', Output: ['{% $states.input %}', '{% $x %}', '{% $y %}'] },
    },
    expected: { status: 'SUCCEEDED', output: [[1, 2], 2, 1] },
  },
  {
    case: 'an inner scope reads outer variables and keeps its own to itself',
    states: {
      A: { Type: 'Pass', Assign: { outer: 10 }, Next: 'B' },
      B: {
        Type: 'Map',
        Items: [1, 2],
        ItemProcessor: {
          StartAt: 'In',
          States: {
            In: { Type: 'Pass', Assign: { inner: '{% $states.input * $outer %}' }, Next: 'Out' },
            Out: { Type: 'Pass', Output: '{% $inner %}', End: true },
          },
        },
        Next: 'C',
      },
      C: { Type: 'Pass', Output: { list: '{% $states.input %}', leaked: '{% $exists($inner) %}' }, End: true },
    },
    expected: { status: 'SUCCEEDED', output: { list: [10, 20], leaked: false } },
  },
  {
    case: 'a Map without Items takes its input, and ItemSelector sees item and index',
    states: {
      A: {
        Type: 'Map',
        ItemSelector: { at: '{% $states.context.Map.Item.Index %}', value: '{% $states.context.Map.Item.Value %}' },
        MaxConcurrency: 1,
        ItemProcessor: {
          ProcessorConfig: { Mode: 'INLINE' },
          StartAt: 'In',
          States: { In: { Type: 'Pass', End: true } },
        },
        Assign: { size: '{% $count($states.result) %}' },
        Next: 'B',
      },
      B: { Type: 'Succeed', Output: { list: '{% $states.input %}', size: '{% $size %}' } },
    },
    input: ['a', 'b'],
    expected: {
      status: 'SUCCEEDED',
      output: {
        list: [
          { at: 0, value: 'a' },
          { at: 1, value: 'b' },
        ],
        size: 2,
      },
    },
  },
  {
    case: 'a Map over an empty list gives an empty list',
    states: {
      A: {
        Type: 'Map',
        Items: '{% [] %}',
        ItemProcessor: { StartAt: 'In', States: { In: { Type: 'Pass', End: true } } },
        End: true,
      },
    },
    expected: { status: 'SUCCEEDED', output: [] },
  },
  {
    case: 'a Map over something else than a list fails',
    states: {
      A: { Type: 'Map', ItemProcessor: { StartAt: 'In', States: { In: { Type: 'Pass', End: true } } }, End: true },
    },
    input: { no: 'list' },
    expected: { status: 'FAILED', error: 'States.QueryEvaluationError' },
  },
  {
    case: 'a Parallel gives the outputs of its branches in their order',
    states: {
      A: {
        Type: 'Parallel',
        Arguments: { n: '{% $states.input.n * 10 %}' },
        Branches: [
          { StartAt: 'Slow', States: { Slow: { Type: 'Wait', Seconds: 5, End: true } } },
          { StartAt: 'Fast', States: { Fast: { Type: 'Pass', Output: 'fast', End: true } } },
        ],
        End: true,
      },
    },
    input: { n: 1 },
    expected: { status: 'SUCCEEDED', output: [{ n: 10 }, 'fast'] },
  },
  {
    case: 'a failing branch fails its Parallel under its own error name, which Catch handles',
    states: {
      A: {
        Type: 'Parallel',
        Branches: [
          { StartAt: 'Slow', States: { Slow: { Type: 'Wait', Seconds: 5_000, End: true } } },
          { StartAt: 'Bad', States: { Bad: { Type: 'Fail', Error: 'Bad', Cause: 'x' } } },
        ],
        Catch: [{ ErrorEquals: ['Bad'], Next: 'B' }],
        End: true,
      },
      B: { Type: 'Succeed' },
    },
    expected: { status: 'SUCCEEDED', output: { Error: 'Bad', Cause: 'x' } },
  },
  {
    case: 'an undefined expression fails',
    states: { A: { Type: 'Pass', Output: '{% $states.input.missing %}', End: true } },
    expected: { status: 'FAILED', error: 'States.QueryEvaluationError' },
  },
  {
    case: 'an expression that throws fails',
    states: { A: { Type: 'Pass', Assign: { x: "{% $number('x') %}" }, End: true } },
    expected: { status: 'FAILED', error: 'States.QueryEvaluationError' },
  },
  {
    case: 'a Wait for something else than whole seconds fails',
    states: { A: { Type: 'Wait', Seconds: '{% 1.5 %}', End: true } },
    expected: { status: 'FAILED', error: 'States.QueryEvaluationError' },
  },
  {
    case: 'a Wait until something else than a moment fails',
    states: { A: { Type: 'Wait', Timestamp: "{% 'tomorrow' %}", End: true } },
    expected: { status: 'FAILED', error: 'States.QueryEvaluationError' },
  },
  {
    case: 'an output of exactly 256 KiB passes',
    states: {
      A: { Type: 'Pass', Output: `{% $pad('', ${256 * KIB - 2}, 'x') %}`, Next: 'B' },
      B: { Type: 'Pass', Output: '{% $length($states.input) %}', End: true },
    },
    expected: { status: 'SUCCEEDED', output: 256 * KIB - 2 },
  },
  {
    case: 'an output of one byte more fails',
    states: { A: { Type: 'Pass', Output: `{% $pad('', ${256 * KIB - 1}, 'x') %}`, Next: 'B' }, B: { Type: 'Succeed' } },
    expected: { status: 'FAILED', error: 'States.DataLimitExceeded' },
  },
  {
    case: 'a reply over the limit fails past States.ALL',
    states: {
      A: task('big', { Output: 1, Catch: [{ ErrorEquals: ['States.ALL'], Next: 'B' }] }),
      B: { Type: 'Succeed' },
    },
    functions: { big: () => 'x'.repeat(300 * KIB) },
    expected: { status: 'FAILED', error: 'States.DataLimitExceeded' },
  },
];

describe('outcomes of states', () => {
  it.each(cases)('$case', async ({ expected, ...options }) => {
    expect(await runOnce(options)).toMatchObject(expected);
  });
});
