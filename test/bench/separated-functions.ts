import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Context } from 'aws-lambda';
import type { FunctionEntry, LambdaHandler } from '../../infra/local/lambda-runner.ts';
import type { StackParts } from '../../infra/local/stack-parts.ts';
import type { FunctionAnswer, FunctionCall } from './function-process.ts';

const FUNCTION_PROCESS = fileURLToPath(new URL('./function-process.ts', import.meta.url));

/** The functions that hold whole file lists. */
export const SEPARATED: readonly string[] = ['request-globus-upload-paths', 'add-globus-files', 'register-files'];
/** In the state folder: the peaks of memory of the functions that have a process of their own. */
export const PEAKS_FILE = 'peaks.json';

/** A peak of resident memory in bytes, by function. */
export type FunctionPeaks = Readonly<Record<string, number>>;

/**
 * Gives some functions processes of their own, as Lambda does: one call at a time in each, and one process more whenever all are at work. All
 * other functions stay in the stack's.
 * @param heapMegabytes - what V8 may use in each
 * @param onPeak - told of all the peaks after each call
 */
export function withSeparatedFunctions(
  parts: StackParts,
  functionNames: readonly string[],
  heapMegabytes: number,
  onPeak: (peaks: FunctionPeaks) => void,
): StackParts {
  const peaks: Record<string, number> = {};
  const execArgv = ['--disable-warning=ExperimentalWarning', `--max-old-space-size=${heapMegabytes}`];
  const handlerOf = ({ functionName, entry }: FunctionEntry): LambdaHandler => {
    const address = new URL(`../../functions/${entry}`, import.meta.url).href;
    const idle: ChildProcess[] = [];
    return async (event, context) => {
      const child =
        idle.pop() ?? fork(FUNCTION_PROCESS, [address], { execArgv, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
      const { result, error, peakBytes } = await answerOf(child, event, context);
      idle.push(child);
      peaks[functionName] = Math.max(peaks[functionName] ?? 0, peakBytes);
      onPeak(peaks);
      if (error) throw Object.assign(new Error(error.message), { name: error.name });
      return result;
    };
  };
  return {
    ...parts,
    loadHandler: (entry) =>
      functionNames.includes(entry.functionName) ? Promise.resolve(handlerOf(entry)) : parts.loadHandler(entry),
  };
}

function answerOf(child: ChildProcess, event: unknown, context: Context): Promise<FunctionAnswer> {
  const { getRemainingTimeInMillis, done: _, fail: __, succeed: ___, ...plain } = context;
  const call: FunctionCall = { event, remainingMilliseconds: getRemainingTimeInMillis(), context: plain };
  return new Promise((resolve, reject) => {
    const onExit = () => reject(new Error("the function's process has ended"));
    child.once('exit', onExit);
    child.once('message', (answer: FunctionAnswer) => {
      child.off('exit', onExit);
      resolve(answer);
    });
    child.send(call);
  });
}
