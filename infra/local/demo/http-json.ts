import * as z from 'zod/mini';
import { DemoFailure } from './demo-failure.ts';

/** Nothing that the demo asks for takes longer, even on a busy machine. */
const LONGEST_CALL_MILLISECONDS = 60_000;

const problemSchema = z.looseObject({ code: z.optional(z.string()), message: z.optional(z.string()) });

/** One call: what it is for, in words that complete "could not …". */
export interface HttpCall {
  readonly purpose: string;
  readonly url: string;
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | FormData | URLSearchParams;
  readonly signal: AbortSignal;
}

/**
 * Makes a call and reads its JSON answer.
 * @throws DemoFailure when nobody answers, for a status other than 2xx (with the server's own words), or for an answer of another shape
 * @throws the signal's reason
 */
export async function callJson<Schema extends z.core.$ZodType>(
  schema: Schema,
  { purpose, url, method = 'GET', headers = {}, body, signal }: HttpCall,
): Promise<z.output<Schema>> {
  let status: number;
  let text: string;
  try {
    const response = await fetch(url, {
      method,
      headers: { ...headers },
      ...(body === undefined ? {} : { body }),
      signal: AbortSignal.any([signal, AbortSignal.timeout(LONGEST_CALL_MILLISECONDS)]),
    });
    status = response.status;
    text = await response.text();
  } catch (cause) {
    signal.throwIfAborted();
    throw new DemoFailure(`Could not ${purpose}: no answer (${causeOf(cause)}).`, { cause });
  }
  const answer = parseJson(text);
  if (status < 200 || status > 299)
    throw new DemoFailure(`Could not ${purpose}: status ${status}, ${wordsOf(answer)}.`);
  const parsed = z.safeParse(schema, answer);
  if (parsed.success) return parsed.data;
  const where = parsed.error.issues[0]?.path.join('.') || 'the body';
  throw new DemoFailure(`Could not ${purpose}: the answer of status ${status} has an unexpected form at ${where}.`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function wordsOf(answer: unknown): string {
  const problem = problemSchema.safeParse(answer);
  if (!problem.success) return 'without words';
  const { code, message } = problem.data;
  return [code, message?.trim().replace(/\.$/, '')].filter(Boolean).join(': ') || 'without words';
}

function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  return cause instanceof Error ? ((cause as NodeJS.ErrnoException).code ?? cause.message) : error.message;
}
