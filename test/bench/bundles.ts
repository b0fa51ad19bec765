import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Bundle, bundleFunctions } from '../../infra/bundling/bundle-functions.ts';
import { compareLoads } from '../../infra/bundling/measure-load.ts';
import type { Figure, Part, Table } from './figure.ts';
import { median } from './statistics.ts';

const RUNS = 7;
/** Bundles measured in turn with one empty handler: few, so that an interruption is noticed soon. */
const BUNDLES_AT_A_TIME = 4;
const KB = 1_000;

/** How large each function's bundle is, and how long it loads. */
export const bundles: Part = {
  name: 'bundles',
  title: `the functions' bundles (medians of ${RUNS} fresh processes)`,
  async run({ signal, tell }) {
    const folder = await mkdtemp(join(tmpdir(), 'bench-bundles-'));
    try {
      const built = await bundleFunctions(folder);
      tell(`${built.length} functions are bundled`);
      const loads: Load[] = [];
      for (let first = 0; first < built.length; first += BUNDLES_AT_A_TIME) {
        signal.throwIfAborted();
        loads.push(...(await loadsOf(built.slice(first, first + BUNDLES_AT_A_TIME))));
        tell(`${loads.length} of ${built.length} are measured`);
      }
      return { figures: figuresOf(built, loads), tables: [tableOf(built, loads)] };
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

interface Load {
  readonly functionName: string;
  readonly milliseconds: number;
  readonly emptyMilliseconds: number;
  /** Over the empty handler of the same minutes. */
  readonly ratio: number;
}

async function loadsOf(built: readonly Bundle[]): Promise<readonly Load[]> {
  const compared = await compareLoads(
    built.map(({ file }) => file),
    RUNS,
  );
  return built.map(({ functionName, file }) => {
    const { medianMilliseconds = Number.NaN, ratio = Number.NaN } = compared.bundles.get(file) ?? {};
    return {
      functionName,
      milliseconds: medianMilliseconds,
      emptyMilliseconds: compared.empty.medianMilliseconds,
      ratio,
    };
  });
}

function figuresOf(built: readonly Bundle[], loads: readonly Load[]): readonly Figure[] {
  const largest = built.toSorted((a, b) => b.bytes - a.bytes)[0];
  const worst = loads.toSorted((a, b) => b.ratio - a.ratio)[0];
  if (!largest || !worst) throw new Error('there are no functions');
  const middle = (of: (load: Load) => number) => median(loads.map(of));
  return [
    { what: `the largest bundle: ${largest.functionName}`, value: largest.bytes / KB, unit: 'KB', budget: 600 },
    { what: 'load and init, median of the functions', value: middle((load) => load.milliseconds), unit: 'ms' },
    {
      what: 'the same of an empty handler with a DynamoDB client',
      value: middle((load) => load.emptyMilliseconds),
      unit: 'ms',
    },
    { what: 'load and init ÷ empty handler, median', value: middle((load) => load.ratio), unit: '×', budget: 1.5 },
    { what: `load and init ÷ empty handler, worst: ${worst.functionName}`, value: worst.ratio, unit: '×', budget: 1.5 },
  ];
}

function tableOf(built: readonly Bundle[], loads: readonly Load[]): Table {
  const bytes = new Map(built.map((bundle) => [bundle.functionName, bundle.bytes]));
  return {
    title: 'each function',
    columns: ['function', 'KB', 'load and init ms', '÷ empty'],
    rows: loads.map(({ functionName, milliseconds, ratio }) => [
      functionName,
      Math.round((bytes.get(functionName) ?? 0) / KB),
      milliseconds,
      Math.round(ratio * 100) / 100,
    ]),
  };
}
