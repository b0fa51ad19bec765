import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { runCommand } from '../integration/commands.ts';

/** What check.sh does with `quick`, a test for each instance and each switch. */

const SOURCES = ['main.cpp', 'search.cpp', 'instances.cpp'].map((name) =>
  fileURLToPath(new URL(name, import.meta.url)),
);
/** Many times what a search takes on a machine that does nothing else. */
const LONGEST_MILLISECONDS = 170_000;
/** A switch that is not noticed within so many states is not noticed. */
const MOST_STATES = 4_000_000;

const compiler = await runCommand('g++', ['--version']);
const whyNot =
  compiler.status === 0 ? undefined : `g++ cannot be run (${compiler.errors.trim()}): install the package g++`;
if (whyNot !== undefined) process.stdout.write(`skipped: the model of the access-rule protocol: ${whyNot}\n`);
const model = whyNot === undefined ? await compile() : '';
const listed = whyNot === undefined ? (await runCommand(model, ['list'])).output : '';

afterAll(() => {
  if (model !== '') rmSync(dirname(model), { recursive: true });
});

describe.skipIf(whyNot !== undefined)('the model of the access-rule protocol', () => {
  it.each([...listed.matchAll(/^instance (\S+) quick (.*)$/gm)].map(([, name = '', about = '']) => ({ name, about })))(
    'keeps its promises in every state of $name: $about',
    async ({ name }) => {
      const { status, output } = await search(name);
      process.stdout.write(output);
      expect(status, output).toBe(0);
      expect(output).toMatch(/ clean; [1-9]\d* clean ends/);
    },
  );

  it.each(
    [...listed.matchAll(/^(without|mutant)=(\S+) \[(.*)\] (.*)$/gm)].map(
      ([, kind = '', name = '', instances = '', about = '']) => ({ kind, name, instances, about }),
    ),
  )('notices $kind=$name: $about', async ({ kind, name, instances }) => {
    const where = instances.split(' ');
    const { status, output } = await search(`${kind}=${name}`, ...where, 'first', 'no-ends', `limit=${MOST_STATES}`);
    const found = output.match(/violation after \d+ steps: .+/)?.[0];
    process.stdout.write(`${kind}=${name}: ${found ?? `nothing in ${instances}`}\n`);
    expect(status, output).toBe(1);
    expect(found, output).toBeDefined();
  });

  it('refuses an instance and a switch that it does not know', async () => {
    expect(await search('99-unknown')).toMatchObject({ status: 2 });
    expect(await search('without=everything')).toMatchObject({ status: 2 });
  });
});

function search(...args: readonly string[]) {
  return runCommand(model, args, { timeoutMilliseconds: LONGEST_MILLISECONDS });
}

/** @returns the program's path, in a folder of its own */
async function compile(): Promise<string> {
  const program = join(mkdtempSync(join(tmpdir(), 'model-')), 'model');
  const options = ['-O2', '-std=c++17', '-Wall', '-Wextra', '-Werror', '-o', program];
  const { status, errors } = await runCommand('g++', [...options, ...SOURCES], { timeoutMilliseconds: 120_000 });
  if (status !== 0) throw new Error(`g++ refuses the model:\n${errors}`);
  return program;
}
