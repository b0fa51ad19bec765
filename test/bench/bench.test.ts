import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readArguments } from './arguments.ts';
import type { Part } from './figure.ts';
import { withStack } from './measured-stack.ts';
import { PARTS } from './parts.ts';
import { asJson, runParts } from './run-parts.ts';
import { describePart, tableHead } from './show-result.ts';
import { median, percentile } from './statistics.ts';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));
const NAMES = ['one', 'two', 'three'];

function startBench(given: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const args = ['--disable-warning=ExperimentalWarning', MAIN, ...given];
  const child = spawn(process.execPath, args, {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  return { child, ended };
}

async function bench(...given: readonly string[]) {
  const { child, ended } = startBench(given);
  const [stdout, stderr, status] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { status, stdout, stderr };
}

// Each part of the benchmark gives up by itself; loading it takes seconds on a machine that is busy.
describe('the command line of the benchmark', { timeout: 180_000 }, () => {
  it('runs every part, in the order of the list, unless told which', () => {
    expect(readArguments([], NAMES)).toEqual({ json: false, help: false, isLong: false, only: NAMES });
    expect(readArguments(['--only', 'three', '--only', 'one', '--long'], NAMES)).toMatchObject({
      isLong: true,
      only: ['one', 'three'],
    });
  });

  it.each([
    { case: 'an unknown option', given: ['--fast'], complaint: '--fast' },
    { case: 'an unknown part', given: ['--only', 'everything'], complaint: 'expected one of ready' },
    { case: 'a stray word', given: ['ready'], complaint: 'ready' },
    { case: '--only without a name', given: ['--only'], complaint: '--only' },
  ])('refuses $case with status 2, a sentence, and nothing on standard output', async ({ given, complaint }) => {
    const { status, stdout, stderr } = await bench(...given);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(complaint);
  });

  it('names all its parts in its help', async () => {
    const { status, stdout } = await bench('--help');
    expect(status).toBe(0);
    for (const { name, title } of PARTS) expect(stdout).toContain(`${name.padEnd(11)}  ${title}`);
  });

  it('prints one object and nothing else with --json, each figure with its budget', async () => {
    const { status, stdout } = await bench('--only', 'monitor', '--json');
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      ok: true,
      parts: [
        {
          name: 'monitor',
          failure: null,
          figures: [
            { what: 'calls to Globus in a minute', value: 10, unit: 'calls', budget: 15, ok: true },
            { value: 11, budget: 15, ok: true },
            { unit: 'ms', budget: null, ok: null },
          ],
        },
      ],
    });
  });
});

describe('an interruption of the benchmark', { timeout: 180_000 }, () => {
  it('ends it with status 130, and leaves no folder of its stacks behind', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'bench-test-'));
    const { child, ended } = startBench(['--only', 'ready'], { TMPDIR: folder });
    try {
      let told = '';
      let isInterrupted = false;
      child.stderr.on('data', (chunk: Buffer) => {
        told += chunk.toString('utf8');
        // By then the next start is under way. A second signal would kill a process that is on its way out.
        if (told.includes('start 1 of') && !isInterrupted) isInterrupted = child.kill('SIGINT');
      });
      expect(await ended).toBe(130);
      expect(readdirSync(folder)).toEqual([]);
    } finally {
      // It ends its stacks as it goes.
      child.kill('SIGTERM');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe('a stack of the benchmark', () => {
  it('is not started when the interruption comes just before', async () => {
    const interruption = new AbortController();
    const prepare = () => interruption.abort(new Error('interrupted'));
    const stack = withStack({ prepare }, interruption.signal, () => new Promise(() => undefined));
    await expect(stack).rejects.toThrow('interrupted');
  });
});

const NO_ABORT = new AbortController().signal;
const QUIETLY = { signal: NO_ABORT, isLong: false, tell: () => undefined };

function partOf(name: string, run: Part['run']): Part {
  return { name, title: `part ${name}`, run };
}

describe('what the benchmark found', () => {
  const result = {
    figures: [
      { what: 'time', value: 1.234, unit: 's' as const, budget: 2 },
      { what: 'size', value: 1_234.5, unit: 'KB' as const, budget: 600 },
      { what: 'speed', value: 20.04, unit: '/s' as const },
    ],
    notMeasured: [{ what: 'cost', why: 'there is no bill' }],
    tables: [
      { title: 'all of them', columns: ['name', 'calls'], rows: [['first', 7] as const, ['second', 12] as const] },
    ],
  };

  it('is a table with budgets, in which what exceeds its own stands out', () => {
    const lines = `${tableHead()}\n${describePart('a part', result)}`
      .split('\n')
      .map((line) => line.trim().split(/\s\s+/));
    expect(lines).toEqual([
      ['what', 'measured', 'budget', 'ok?'],
      [''],
      ['a part'],
      ['time', '1.23 s', '≤ 2 s', 'yes'],
      ['size', '1,234.5 KB', '≤ 600 KB', 'NO'],
      ['speed', '20.0/s'],
      ['cost', 'not measured'],
      ['there is no bill'],
      [''],
      ['all of them'],
      ['name', 'calls'],
      ['first', '7'],
      ['second', '12'],
    ]);
  });

  it('is an object for programs, not ok when a figure exceeds its budget', async () => {
    const outcomes = await runParts([partOf('a', async () => result)], QUIETLY, () => undefined);
    expect(asJson(outcomes)).toMatchObject({
      ok: false,
      parts: [
        {
          name: 'a',
          title: 'part a',
          failure: null,
          figures: [
            { what: 'time', value: 1.234, unit: 's', budget: 2, ok: true },
            { what: 'size', ok: false },
            { what: 'speed', budget: null, ok: null },
          ],
          notMeasured: [{ what: 'cost', why: 'there is no bill' }],
          tables: [
            {
              title: 'all of them',
              rows: [
                { name: 'first', calls: 7 },
                { name: 'second', calls: 12 },
              ],
            },
          ],
        },
      ],
    });
  });

  it('tells of a part that could not be measured, and of those after it', async () => {
    const broken = partOf('broken', () => Promise.reject(new Error('no machine')));
    const sound = partOf('sound', async () => ({ figures: [] }));
    const told: string[] = [];
    const outcomes = await runParts([broken, sound], QUIETLY, ({ name, failure }) => told.push(`${name}: ${failure}`));
    expect(told).toEqual(['broken: no machine', 'sound: undefined']);
    expect(asJson(outcomes)).toMatchObject({ ok: false, parts: [{ failure: 'no machine' }, { failure: null }] });
  });

  it('ends with an interruption, whatever the parts make of it', async () => {
    const interruption = new AbortController();
    const interrupted = partOf('interrupted', async ({ signal }) => {
      interruption.abort(new Error('interrupted'));
      signal.throwIfAborted();
      return { figures: [] };
    });
    const run = { ...QUIETLY, signal: interruption.signal };
    await expect(runParts([interrupted, interrupted], run, () => undefined)).rejects.toThrow('interrupted');
  });
});

describe('the statistics of the benchmark', () => {
  it.each([
    { values: [3, 1, 2], middle: 2 },
    { values: [4, 1, 3, 2], middle: 2.5 },
    { values: [7], middle: 7 },
    { values: [], middle: Number.NaN },
  ])('take $middle for the median of $values', ({ values, middle }) => {
    expect(median(values)).toBe(middle);
  });

  it('take the nearest rank for a percentile', () => {
    const values = Array.from({ length: 200 }, (_, index) => 200 - index);
    expect([50, 95, 99, 100].map((percent) => percentile(values, percent))).toEqual([100, 190, 198, 200]);
    expect(percentile([5], 50)).toBe(5);
  });
});
