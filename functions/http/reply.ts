import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { type ErrorKind, ExpectedError, UnavailableError } from '../domain/errors.ts';
import type { ForwardedReply } from '../ports/dataverse.ts';

export type HttpReply = APIGatewayProxyStructuredResultV2;

/** Lambda hands on at most 6,291,456 bytes of a reply (A10). The envelope takes some. */
export const LARGEST_REPLY_BYTES = 6_200_000;

/** Dataverse's envelope of a success (dataverse-api.md 1.4). */
export function ok(data: unknown): HttpReply {
  return json(200, { status: 'OK', data });
}

/** Dataverse's answer as it came. */
export function passOn(reply: ForwardedReply): HttpReply {
  return {
    statusCode: reply.status,
    headers: { ...reply.headers },
    body: Buffer.from(reply.body).toString('base64'),
    isBase64Encoded: true,
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
