import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import validate from 'asl-validator';
import { beforeAll, describe, expect, it } from 'vitest';
import { transferWorkflowDefinition } from '../../functions/workflow/definition.ts';

const MAIN = fileURLToPath(new URL('../../infra/definition/print-definition.ts', import.meta.url));

/** What the command prints. */
async function print(...args: readonly string[]): Promise<string> {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [MAIN, ...args]);
  expect(stderr).toBe('');
  return stdout;
}

let printed: string;

beforeAll(async () => {
  printed = await print();
});

/** The printed text, with one part of it replaced, judged by the validator. @returns its findings, empty when it has none */
function findings(part: string, replacement: string): string {
  expect(printed).toContain(part);
  return validate(JSON.parse(printed.replace(part, replacement))).errorsText();
}

describe('the printed definition', () => {
  it('is the transfer workflow as JSON and nothing else', () => {
    expect(JSON.parse(printed)).toEqual(transferWorkflowDefinition);
  });

  it('needs nothing beside it: no placeholder is left for a deployment to fill in', () => {
    expect(printed).not.toMatch(/\$\{/);
  });

  it('is accepted by an independent validator', () => {
    expect(findings('"StartAt"', '"StartAt"')).toBe('');
  });

  it.each([
    { case: 'a condition that is no JSONata', part: '$next = \\"DONE\\" %}', replacement: '$next = %}' },
    { case: 'an argument that is no JSONata', part: '{% $executionNumber %}', replacement: '{% ( %}' },
    { case: 'a time limit that is no JSONata', part: '{% $max([1, $waitSeconds]) %}', replacement: '{% $max([1 %}' },
    {
      case: 'a pause that is no JSONata',
      part: '"Seconds": "{% $waitSeconds %}"',
      replacement: '"Seconds": "{% ( %}"',
    },
    { case: 'a way to a state that does not exist', part: '"Next": "Dispatch"', replacement: '"Next": "Nowhere"' },
    { case: 'a field of the other query language', part: '"Arguments"', replacement: '"Parameters"' },
    { case: 'no query language', part: '"QueryLanguage": "JSONata",', replacement: '' },
  ])('is refused by that validator with $case', ({ part, replacement }) => {
    expect(findings(part, replacement)).not.toBe('');
  });

  it('comes with a help that is not mixed with it', async () => {
    expect(await print('--help')).toMatch(/^Prints the definition/);
  });
});
