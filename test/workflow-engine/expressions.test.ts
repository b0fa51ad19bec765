import { describe, expect, it } from 'vitest';
import { QueryEvaluationFailure } from '../../infra/local/workflow-engine/errors.ts';
import { evaluateTemplate } from '../../infra/local/workflow-engine/expressions.ts';

const NOW = Date.parse('2026-03-04T05:06:07.089Z');
const scope = {
  states: { input: { n: 3, list: [1, 2, 3, 4, 5], text: '{"a":[1]}', one: [7] } },
  variables: { limit: 10 },
  nowMilliseconds: NOW,
};
const evaluate = (text: string) => evaluateTemplate(text, 'Output', scope);

describe('evaluateTemplate', () => {
  it.each([
    { expression: '$states.input.n + $limit', value: 13 },
    { expression: '$partition($states.input.list, 2)', value: [[1, 2], [3, 4], [5]] },
    { expression: '$range(0, 10, 5)', value: [0, 5, 10] },
    { expression: '$range(3, 1, -1)', value: [3, 2, 1] },
    { expression: '$range(3, 1, 1)', value: [] },
    { expression: "$hash('abc', 'MD5')", value: '900150983cd24fb0d6963f7d28e17f72' },
    { expression: "$hash('abc', 'SHA-1')", value: 'a9993e364706816aba3e25717850c26c9cd0d89d' },
    {
      expression: "$hash('abc', 'SHA-256')",
      value: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    },
    { expression: '$parse($states.input.text)', value: { a: [1] } },
    { expression: '$random(5) = $random(5)', value: true },
    { expression: '$random() < 1 and $random() >= 0', value: true },
    { expression: '$length($uuid())', value: 36 },
    { expression: '$now()', value: '2026-03-04T05:06:07.089Z' },
    { expression: "$now('[Y0001]-[M01]')", value: '2026-03' },
    { expression: '$millis()', value: NOW },
    { expression: '$states.input.list[$ > 3]', value: [4, 5] },
    { expression: '{"a": $states.input.missing, "b": 1}', value: { b: 1 } },
    { expression: '$states.input.one', value: [7] },
    { expression: 'null', value: null },
  ])('gives the value of $expression', async ({ expression, value }) => {
    expect(await evaluate(`{% ${expression} %}`)).toEqual(value);
  });

  it.each([
    { case: 'gives nothing', expression: '$states.input.missing' },
    { case: 'throws', expression: "$error('no')" },
    { case: 'gives a function', expression: 'function($x) { $x }' },
    { case: 'gives a built-in function', expression: '$sum' },
    { case: 'calls a function that is not there', expression: '$nope()' },
    { case: 'asks for too long a range', expression: '$range(1, 1001, 1)' },
    { case: 'asks for an unknown hash', expression: "$hash('abc', 'CRC')" },
    { case: 'parses what is no JSON', expression: "$parse('{')" },
    { case: 'never ends', expression: '($f := function($x) { 1 + $f($x) }; $f(1))' },
  ])('fails when an expression $case', async ({ expression }) => {
    const failure = evaluateTemplate({ deep: [`{% ${expression} %}`] }, 'Output', scope);
    await expect(failure).rejects.toBeInstanceOf(QueryEvaluationFailure);
    await expect(failure).rejects.toMatchObject({
      errorName: 'States.QueryEvaluationError',
      location: 'Output/deep/0',
    });
  });

  it('leaves everything else as it is', async () => {
    const template = { a: ['plain', 1, null, true], b: { c: 'not {% an expression %}' } };
    expect(await evaluateTemplate(template, 'Output', scope)).toEqual(template);
  });

  it('gives copies, so that a changed value changes nothing behind it', async () => {
    const list = (await evaluate('{% $states.input.list %}')) as number[];
    list.push(6);
    expect(scope.states.input.list).toEqual([1, 2, 3, 4, 5]);
  });
});
