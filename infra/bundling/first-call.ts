import { writeSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { pathToFileURL } from 'node:url';

/**
 * A process as Lambda starts one: it imports a bundle, calls its handler once, and ends.
 * Arguments: the bundle, the event and the context as JSON. What became of it goes to file descriptor 3.
 */

/** What the process tells of its one call, as JSON. */
export type FirstCall = {
  /** From before the import to the handler's answer. */
  readonly milliseconds: number;
} & (
  | { readonly result: unknown }
  | { readonly error: { readonly name: string; readonly message: string; readonly stack: string } }
);

/** A context as JSON; `remainingMilliseconds` becomes its `getRemainingTimeInMillis`, which counts from the handler's call. */
export interface CallContext {
  readonly functionName: string;
  readonly awsRequestId: string;
  readonly remainingMilliseconds: number;
}

type Handler = (event: unknown, context: unknown) => unknown;

async function answerOf(bundle: string, event: unknown, { remainingMilliseconds, ...context }: CallContext) {
  try {
    const { handler } = (await import(pathToFileURL(bundle).href)) as { handler: Handler };
    const endsAt = performance.now() + remainingMilliseconds;
    const getRemainingTimeInMillis = () => Math.max(0, Math.round(endsAt - performance.now()));
    // JSON has no undefined: whoever calls a function that answers nothing is told null.
    return { result: (await handler(event, { ...context, getRemainingTimeInMillis })) ?? null };
  } catch (thrown) {
    const { name, message, stack = '' } = thrown as Error;
    return { error: { name, message, stack } };
  }
}

const [bundle = '', event = 'null', context = '{}'] = process.argv.slice(2);
const input = [bundle, JSON.parse(event), JSON.parse(context)] as const;
const startedAt = performance.now();
const answer = await answerOf(...input);
writeSync(3, JSON.stringify({ milliseconds: performance.now() - startedAt, ...answer }));
process.exit();
