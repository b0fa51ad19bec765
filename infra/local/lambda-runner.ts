import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import type { Context } from 'aws-lambda';

/** A deployed function as the manifest names it. */
export interface FunctionEntry {
  readonly functionName: string;
  /** Relative to the functions folder. */
  readonly entry: string;
  readonly timeoutSeconds: number;
}

export type LambdaHandler = (event: unknown, context: Context) => unknown;

/** Runs functions by name as Lambda does: plain JSON in, plain JSON out, sizes and time limited. */
export interface LambdaRunner {
  /**
   * @returns what the handler returned, after a round through JSON (undefined becomes null)
   * @throws EventTooLargeError, TimeLimitPassedError, the signal's reason, or whatever the handler throws
   */
  run(functionName: string, event: unknown, options?: RunOptions): Promise<unknown>;
}

export interface RunOptions {
  readonly requestId?: string;
  /** Ends the wait for the handler, not the handler itself. */
  readonly signal?: AbortSignal;
}

/** Lambda's limit for a synchronous request or response (A10). */
export const LARGEST_PAYLOAD_BYTES = 6 * 1024 * 1024;

export class EventTooLargeError extends Error {
  override readonly name = 'EventTooLargeError';
}

export class TimeLimitPassedError extends Error {
  override readonly name = 'TimeLimitPassedError';
}

/**
 * A runner over these entries. Each handler is loaded once, when first called.
 * @param load - imports the `handler` of an entry; a failed load is tried again at the next call
 */
export function createLambdaRunner(
  entries: readonly FunctionEntry[],
  load: (entry: FunctionEntry) => Promise<LambdaHandler>,
): LambdaRunner {
  const byName = new Map(entries.map((entry) => [entry.functionName, entry]));
  const loaded = new Map<string, Promise<LambdaHandler>>();

  const handlerOf = (entry: FunctionEntry): Promise<LambdaHandler> => {
    const known = loaded.get(entry.functionName);
    if (known) return known;
    const loading = load(entry);
    loaded.set(entry.functionName, loading);
    loading.catch(() => loaded.delete(entry.functionName));
    return loading;
  };

  return {
    async run(functionName, event, options = {}) {
      const entry = byName.get(functionName);
      if (!entry) throw new Error(`no function is called ${functionName}`);
      const payload = JSON.stringify(event ?? null);
      if (Buffer.byteLength(payload) > LARGEST_PAYLOAD_BYTES) {
        throw new EventTooLargeError(`the event for ${functionName} is larger than ${LARGEST_PAYLOAD_BYTES} bytes`);
      }
      // Loading does not count against the time limit: Lambda gives the init phase its own ten seconds (A10).
      const handler = await handlerOf(entry);
      options.signal?.throwIfAborted();
      const endsAtMilliseconds = performance.now() + entry.timeoutSeconds * 1000;
      const context = createContext(functionName, options.requestId ?? randomUUID(), endsAtMilliseconds);
      const result = await withTimeLimit(
        // Inside a promise, so that a handler that throws at once is a rejection as well.
        (async () => handler(JSON.parse(payload), context))(),
        entry,
        options.signal,
      );
      return throughJson(functionName, result);
    },
  };
}

/** Waits for the handler, its time limit or the signal; a handler that is given up on goes on unobserved. */
async function withTimeLimit(
  call: Promise<unknown>,
  entry: FunctionEntry,
  signal: AbortSignal | undefined,
): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined;
  let abort: (() => void) | undefined;
  const givenUp = new Promise<never>((_, reject) => {
    const sentence = `${entry.functionName} did not answer within ${entry.timeoutSeconds} s`;
    timer = setTimeout(() => reject(new TimeLimitPassedError(sentence)), entry.timeoutSeconds * 1000);
    abort = () => reject(signal?.reason);
    signal?.addEventListener('abort', abort, { once: true });
  });
  try {
    return await Promise.race([call, givenUp]);
  } finally {
    clearTimeout(timer);
    if (abort) signal?.removeEventListener('abort', abort);
    call.catch(() => undefined);
  }
}

function throughJson(functionName: string, result: unknown): unknown {
  const text = JSON.stringify(result) ?? 'null';
  if (Buffer.byteLength(text) > LARGEST_PAYLOAD_BYTES) {
    throw new Error(`the answer of ${functionName} is larger than ${LARGEST_PAYLOAD_BYTES} bytes`);
  }
  return JSON.parse(text);
}

function createContext(functionName: string, awsRequestId: string, endsAtMilliseconds: number): Context {
  return {
    callbackWaitsForEmptyEventLoop: false,
    functionName,
    functionVersion: '$LATEST',
    invokedFunctionArn: `arn:aws:lambda:local:000000000000:function:${functionName}`,
    memoryLimitInMB: '256',
    awsRequestId,
    logGroupName: `/aws/lambda/${functionName}`,
    logStreamName: 'local',
    getRemainingTimeInMillis: () => Math.max(0, Math.round(endsAtMilliseconds - performance.now())),
    done: () => undefined,
    fail: () => undefined,
    succeed: () => undefined,
  };
}
