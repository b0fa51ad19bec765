import * as z from 'zod/mini';
import { ExpectedError } from '../../domain/errors.ts';
import { maskSecrets } from '../system/mask-secrets.ts';

/** Larger replies are refused: a page of 1,000 documents is about 2 MB. */
const LARGEST_REPLY_BYTES = 32 * 1024 * 1024;

/** What came back over HTTP, read to its end. */
export interface GlobusReply {
  readonly kind: 'reply';
  readonly status: number;
  /** The parsed JSON; undefined when the body is something else (HTML of a front proxy, nothing, a cut text). */
  readonly json: unknown;
  /** Globus's error code; empty when there is none. */
  readonly code: string;
  /** Globus's message; empty when there is none. */
  readonly message: string;
  readonly retryAfter: string | null;
}

/** No usable answer. `wasSent` is false only when it is certain that Globus never saw the request. */
export interface NoReply {
  readonly kind: 'none';
  readonly reason: string;
  readonly wasSent: boolean;
  readonly cause: unknown;
  /** The same would come again. */
  readonly isLasting?: boolean;
}

/** Transfer's error document, and the one form of Auth's that names a code (globus-api.md 3.1, 1.2). */
const errorDocument = z.object({
  code: z.optional(z.string()),
  message: z.optional(z.string()),
  error: z.optional(z.string()),
  error_description: z.optional(z.string()),
});

class ReplyTooLarge extends Error {}

/** Runs one HTTP exchange and reads its body under the same time limit. It throws only what we ourselves refuse. */
export async function exchange(send: () => Promise<Response>): Promise<GlobusReply | NoReply> {
  try {
    const response = await send();
    const json = parsed(await boundedText(response));
    const error = response.ok ? undefined : z.safeParse(errorDocument, json).data;
    return {
      kind: 'reply',
      status: response.status,
      json,
      code: error?.code ?? error?.error ?? '',
      message: error?.message ?? error?.error_description ?? '',
      retryAfter: response.headers.get('retry-after'),
    };
  } catch (error) {
    // Refused by us before anything was sent: no failure of the exchange.
    if (error instanceof ExpectedError) throw error;
    return { kind: 'none', ...explained(error), cause: error, isLasting: error instanceof ReplyTooLarge };
  }
}

/** The same result with the credentials of the call masked in its texts, whatever Globus echoes. */
export function withoutSecrets(result: GlobusReply | NoReply, values: readonly string[]): GlobusReply | NoReply {
  return result.kind === 'reply'
    ? { ...result, message: maskSecrets(result.message, values), code: maskSecrets(result.code, values) }
    : { ...result, reason: maskSecrets(result.reason, values) };
}

async function boundedText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Leaving the loop by an error cancels the rest of the body.
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > LARGEST_REPLY_BYTES) throw new ReplyTooLarge(`the reply is larger than ${LARGEST_REPLY_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** These arise before a connection stands, so that the request cannot have had an effect. */
const NEVER_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT']);

function explained(error: unknown): { reason: string; wasSent: boolean } {
  if (!(error instanceof Error)) return { reason: 'unknown failure', wasSent: true };
  if (error.name === 'TimeoutError' || error.name === 'AbortError')
    return { reason: 'no answer in time', wasSent: true };
  const code = codeOf(error.cause) ?? codeOf(error);
  return { reason: code ?? error.message, wasSent: !NEVER_SENT.has(code ?? '') };
}

function codeOf(error: unknown): string | undefined {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}
