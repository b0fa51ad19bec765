import type { RecordedCall } from '../support/call-recorder.ts';
import { describeCall, SERVICES } from './describe-call.ts';
import type { Table } from './figure.ts';
import { PAIRS, type ToldStory } from './round-trip-stories.ts';

/** One run of a function with all its calls. */
interface FunctionRun {
  readonly story: string;
  readonly functionName: string;
  /** Its first in this process, which finds neither a token nor anything remembered. */
  readonly isCold: boolean;
  readonly calls: readonly RecordedCall[];
}

/** How many calls each run made, and to whom; runs of one story that made the same numbers are told once. */
export function countCalls(stories: readonly ToldStory[]): Table {
  const rows: (string | number)[][] = [];
  for (const { story, functionName, isCold, calls } of runsOf(stories)) {
    const counts = SERVICES.map((service) => calls.filter((call) => call.service === service).length);
    const row = [story, functionName, isCold ? 'cold' : 'warm', ...counts, calls.length];
    const same = rows.find((other) => row.every((cell, index) => cell === other[index + 1]));
    if (same) same[0] = Number(same[0]) + 1;
    else rows.push([1, ...row]);
  }
  return { title: 'calls of a run', columns: ['runs', 'story', 'function', 'start', ...SERVICES, 'all'], rows };
}

/**
 * The calls of warm runs one by one, in their order: of the second upload, and of the stories after it what differs from the runs before.
 * Calls that are alike and follow each other are told once.
 */
export function listWarmCalls(stories: readonly ToldStory[]): Table {
  const told = new Set<string>();
  const rows: [story: string, functionName: string, service: string, call: string, times: number][] = [];
  const [, ...later] = stories;
  for (const { story, functionName, calls } of runsOf(later)) {
    const signature = [
      functionName,
      ...calls
        .filter((call) => !isBudgetOfWindow(call))
        .map(describeCall)
        .sort(),
    ].join();
    if (told.has(signature)) continue;
    told.add(signature);
    for (const [index, call] of calls.entries()) {
      const described = describeCall(call);
      const last = index === 0 ? undefined : rows.at(-1);
      if (last?.[3] === described && last[2] === call.service) last[4] += 1;
      else rows.push([index === 0 ? story : '', index === 0 ? functionName : '', call.service, described, 1]);
    }
  }
  return {
    title: 'calls of a run, one by one',
    columns: ['story', 'function', 'service', 'call', 'times'],
    rows,
  };
}

/** What a function calls in its first run and not in the same run of the next transfer of the kind. */
export function listColdCalls(stories: readonly ToldStory[]): Table {
  const rows: [functionName: string, service: string, call: string][] = [];
  const runs = runsOf(stories);
  for (const cold of runs.filter(({ isCold }) => isCold)) {
    const second = PAIRS.find(([first]) => first === cold.story)?.[1];
    if (second === undefined) continue;
    const warm = runs.find(({ story, functionName }) => story === second && functionName === cold.functionName);
    const left = (warm?.calls ?? []).map(describeCall);
    for (const call of cold.calls) {
      const at = left.indexOf(describeCall(call));
      if (at >= 0) left.splice(at, 1);
      else if (!isBudgetOfWindow(call)) rows.push([cold.functionName, call.service, describeCall(call)]);
    }
  }
  return { title: 'besides, in the first run of a process', columns: ['function', 'service', 'call'], rows };
}

/** One more whenever a window of ten seconds begins, warm or cold. */
function isBudgetOfWindow(call: RecordedCall): boolean {
  return call.service === 'DynamoDB' && call.partitionKey.startsWith('budget#');
}

function runsOf(stories: readonly ToldStory[]): readonly FunctionRun[] {
  const known = new Set<string>();
  return stories.flatMap(({ name: story, calls, silent }) => {
    const runs = [...Map.groupBy(calls, ({ run }) => run)].sort(([a], [b]) => a - b).map(([, each]) => each);
    const called = runs.map((each): FunctionRun => {
      const functionName = each[0]?.functionName ?? '';
      const isCold = !known.has(functionName);
      known.add(functionName);
      return { story, functionName, isCold, calls: each };
    });
    return [
      ...called,
      ...silent.map((functionName): FunctionRun => ({ story, functionName, isCold: true, calls: [] })),
    ];
  });
}
