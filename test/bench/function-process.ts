import type { Context } from 'aws-lambda';
import type { LambdaHandler } from '../../infra/local/lambda-runner.ts';
import { readMemory } from './process-memory.ts';

/** One call of the function that has this process for itself; the next one comes after its answer. */
export interface FunctionCall {
  readonly event: unknown;
  readonly remainingMilliseconds: number;
  /** The plain members of Lambda's context. */
  readonly context: Omit<Context, 'getRemainingTimeInMillis' | 'done' | 'fail' | 'succeed'>;
}

/** What came of it. */
export interface FunctionAnswer {
  readonly result?: unknown;
  readonly error?: { readonly name: string; readonly message: string };
  /** The most that this process ever had, in bytes. */
  readonly peakBytes: number;
}

const [, , entryAddress = ''] = process.argv;
const { handler } = (await import(entryAddress)) as { handler: LambdaHandler };

async function answer({ event, remainingMilliseconds, context }: FunctionCall): Promise<FunctionAnswer> {
  const endsAt = performance.now() + remainingMilliseconds;
  const getRemainingTimeInMillis = () => Math.max(0, Math.round(endsAt - performance.now()));
  const whole = { ...context, getRemainingTimeInMillis } as Context;
  const peakBytes = () => readMemory(process.pid).peak;
  try {
    const result = await handler(event, whole);
    return { result, peakBytes: peakBytes() };
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    return { error: { name, message }, peakBytes: peakBytes() };
  }
}

// Ctrl-C reaches every process of the terminal; this one ends with its stack.
process.on('SIGINT', () => undefined);
process.on('disconnect', () => process.exit(0));
process.on('message', (call: FunctionCall) => void answer(call).then((answered) => process.send?.(answered)));
