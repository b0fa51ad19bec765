import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { DATASET } from '../support/builders.ts';
import { dataverseControl } from '../support/stack-control.ts';
import {
  call,
  type GrantedFile,
  grantFiles,
  putSourceFile,
  reportFiles,
  requestPaths,
  submitTransfer,
} from '../support/upload-client.ts';
import type { Figure, Part } from './figure.ts';
import { type MeasuredStack, withStack } from './measured-stack.ts';
import { watchMemory } from './process-memory.ts';
import { type FunctionPeaks, PEAKS_FILE } from './separated-functions.ts';
import { comesTo, ends, timesOf } from './transfer-times.ts';

const MIB = 2 ** 20;
const SOURCE = '/bench.dat';

interface LargeUpload {
  readonly files: number;
  /** All reported for one task. */
  readonly grants: number;
  readonly memoryBudget?: number;
}

const USUALLY: readonly LargeUpload[] = [
  { files: 1_000, grants: 1 },
  { files: 10_000, grants: 1 },
];
/** Its functions have processes of their own, so that their memory can be told from that of the stand-ins. */
const STACK = fileURLToPath(new URL('./separated-stack.ts', import.meta.url));
const LONG: readonly LargeUpload[] = [{ files: 50_000, grants: 5, memoryBudget: 512 }];

/** How long uploads of many small files take, and how much memory the stack needs. */
export const largeUploads: Part = {
  name: 'large',
  title: 'many files in one task, on a local stack of their own',
  async run({ signal, isLong, tell }) {
    const figures: Figure[] = [];
    for (const order of isLong ? [...USUALLY, ...LONG] : USUALLY) {
      tell(`${nameOf(order)} …`);
      const found = await withStack({ program: STACK }, signal, (stack) => measure(stack, order));
      figures.push(...found.map((figure) => ({ ...figure, what: `${nameOf(order)}: ${figure.what}` })));
    }
    return isLong ? { figures } : { figures, notMeasured: LONG.map(notMeasured) };
  },
};

async function measure(stack: MeasuredStack, { files, grants, memoryBudget }: LargeUpload): Promise<readonly Figure[]> {
  await putSourceFile(stack, SOURCE, 'x'.repeat(100));
  // What happens inside Dataverse is not ours to measure: it looks the size of each file up at Globus.
  await dataverseControl(stack, '/globus-url', { url: null });
  // Both are refused; their functions are loaded by then.
  await requestPaths(stack, 0);
  await reportFiles(stack, 'no task', []);
  const memory = watchMemory(stack.pid);
  const grantTimes = stopwatch();
  const granted: (readonly GrantedFile[])[] = [];
  for (let grant = 0; grant < grants; grant++) {
    granted.push(await grantTimes.measure(() => grantFiles(stack, files / grants)));
  }
  const taskId = await submitTransfer(
    stack,
    granted.flat().map(({ path }) => [SOURCE, path] as const),
  );
  const reportTimes = stopwatch();
  for (const [grant, each] of granted.entries()) {
    const named = each.map((file, index) => [file, `${grant}-${index}.dat`] as const);
    const reply = await reportTimes.measure(() => reportFiles(stack, taskId, named));
    if (reply.status !== 200) throw new Error(`the report was refused: ${JSON.stringify(reply.body)}`);
  }
  const times = await Promise.all(
    granted.flatMap(([first]) => (first ? [timesOf(stack, first, DATASET, comesTo('CLOSED'))] : [])),
  );
  const peak = memory.stop() / MIB;
  const settledAt = Math.min(...times.map((each) => each.first(comesTo('SETTLING'))));
  const registeredAt = Math.max(...times.map((each) => each.last(ends('register-files'))));
  const registeringSeconds = (registeredAt - settledAt) / 1000;
  const each = grants > 1 ? ', slowest' : '';
  return [
    { what: `answer with the paths${each}`, value: grantTimes.slowest(), unit: 's' },
    { what: `answer to the report${each}`, value: reportTimes.slowest(), unit: 's' },
    { what: 'from the end noticed until all are registered', value: registeringSeconds, unit: 's' },
    { what: 'the same per 1,000 files', value: (registeringSeconds * 1_000) / files, unit: 's' },
    {
      what: 'calls of addFiles',
      value: await countCalls(stack.dataverseUrl, (target) => target.includes('/addFiles?')),
      unit: 'calls',
    },
    {
      what: 'calls to Globus for the list of what arrived',
      value: await countCalls(stack.globusUrl, (target) => target.includes('/successful_transfers')),
      unit: 'calls',
    },
    ...peaksOf(stack).map(
      ([functionName, bytes]): Figure => ({
        what: `peak of memory, ${functionName}`,
        value: bytes / MIB,
        unit: 'MB',
        ...(memoryBudget === undefined ? {} : { budget: memoryBudget }),
      }),
    ),
    { what: 'peak of memory, all the rest of the local stack', value: peak, unit: 'MB' },
  ];
}

function stopwatch() {
  const seconds: number[] = [];
  return {
    slowest: () => Math.max(...seconds),
    async measure<Result>(work: () => Promise<Result>): Promise<Result> {
      const startedAt = performance.now();
      const result = await work();
      seconds.push((performance.now() - startedAt) / 1000);
      return result;
    },
  };
}

/** Of the last 2,000 that a stand-in has answered. */
async function countCalls(url: string, isMeant: (target: string) => boolean): Promise<number> {
  const { body } = await call(`${url}/_control/requests`);
  return (body as { target: string }[]).filter(({ target }) => isMeant(target)).length;
}

function peaksOf({ stateDirectory }: MeasuredStack): readonly [functionName: string, bytes: number][] {
  return Object.entries(JSON.parse(readFileSync(join(stateDirectory, PEAKS_FILE), 'utf8')) as FunctionPeaks);
}

function nameOf({ files, grants }: LargeUpload): string {
  return `${files.toLocaleString('en-GB')} files${grants > 1 ? ` over ${grants} grants` : ''}`;
}

function notMeasured(order: LargeUpload) {
  const { memoryBudget } = order;
  return { what: `${nameOf(order)}: peak of memory ≤ ${memoryBudget} MB`, why: 'takes minutes: --long measures it' };
}
