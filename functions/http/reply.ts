import { isUtf8 } from 'node:buffer';
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { type ErrorKind, ExpectedError, InvalidRequestError, UnavailableError } from '../domain/errors.ts';
import type { ForwardedReply } from '../ports/dataverse.ts';

export type HttpReply = APIGatewayProxyStructuredResultV2;

/** Lambda hands on at most 6,291,456 bytes of a reply (A10). The envelope and the headers take some. */
export const LARGEST_REPLY_BYTES = 6_200_000;

/** The bytes of a body as Lambda hands it on: a text inside JSON, where each quotation mark takes two. */
export function carriedBytes(body: string): number {
  return Buffer.byteLength(JSON.stringify(body));
}

/** @throws InvalidRequestError for a reply that cannot be carried: Lambda would put an error of its own in its place */
export function assertCarried({ body = '' }: HttpReply): void {
  const bytes = carriedBytes(body);
  if (bytes <= LARGEST_REPLY_BYTES) return;
  throw new InvalidRequestError(
    `The answer has ${bytes} bytes, and ${LARGEST_REPLY_BYTES} can be carried. Ask for fewer files at a time.`,
  );
}

/** The first of these entries of a list, as many as one reply carries. */
export function asManyAsCarried<Entry>(entries: readonly Entry[]): readonly Entry[] {
  let left = LARGEST_REPLY_BYTES - carriedBytes(JSON.stringify({ status: 'OK', data: [] }));
  const end = entries.findIndex((entry) => {
    // Its comma takes a byte; the quotation marks around it as a text of its own are two more.
    left -= carriedBytes(JSON.stringify(entry)) - 1;
    return left < 0;
  });
  return end < 0 ? entries : entries.slice(0, end);
}

/** Dataverse's envelope of a success (dataverse-api.md 1.4). */
export function ok(data: unknown): HttpReply {
  return json(200, { status: 'OK', data });
}

/** Dataverse's answer as it came, byte for byte; its JSON as text, since Base64 would make a third more of a large one. */
export function passOn({ status, headers, body }: ForwardedReply): HttpReply {
  const isText = /^application\/json\b/i.test(headers['content-type'] ?? '') && isUtf8(body);
  return {
    statusCode: status,
    headers: { ...headers },
    body: Buffer.from(body).toString(isText ? 'utf8' : 'base64'),
    isBase64Encoded: !isText,
  };
}

/** One status per kind; a new kind does not compile until it has one. */
const STATUS: Record<ErrorKind, number> = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  missing: 404,
  conflict: 409,
  'too-large': 413,
  'upstream-refused': 502,
  unavailable: 503,
  loop: 508,
};

/** An error in Dataverse's envelope. Whatever we did not throw on purpose is a 500 with a fixed sentence and the request's id. */
export function errorReply(error: unknown, requestId: string): HttpReply {
  if (!(error instanceof ExpectedError)) {
    return json(500, {
      status: 'ERROR',
      message: `Internal server error. Please give the operators this request id: ${requestId}.`,
    });
  }
  const reply = json(STATUS[error.kind], { status: 'ERROR', message: error.message });
  if (!(error instanceof UnavailableError)) return reply;
  return { ...reply, headers: { ...reply.headers, 'retry-after': String(error.retryAfterSeconds) } };
}

/** A JSON reply. */
export function json(statusCode: number, body: unknown): HttpReply {
  return { statusCode, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}
