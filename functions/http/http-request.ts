import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { TooLargeError } from '../domain/errors.ts';

/** A request as the operations see it. */
export interface HttpRequest {
  readonly method: string;
  /** As received, without the query. */
  readonly path: string;
  /** As received, without the question mark. */
  readonly rawQuery: string;
  readonly query: URLSearchParams;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** The `{id}` of the path, percent-decoded. */
  readonly datasetInPath: string;
  /** The `{transferId}` of the path, percent-decoded; empty where the path has none. */
  readonly transferInPath: string;
  readonly requestId: string;
}

/** Base64 must stay under Lambda's 6,291,456 bytes (A10). */
const MAX_BODY_BYTES = 4_500_000;

/**
 * Reads an HTTP API event (payload format 2.0).
 * @throws TooLargeError beyond 4,500,000 bytes of body
 */
export function readHttpEvent(event: APIGatewayProxyEventV2): HttpRequest {
  const body = Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8');
  if (body.length > MAX_BODY_BYTES) {
    throw new TooLargeError(
      `The request has ${body.length} bytes; ${MAX_BODY_BYTES} are allowed. Shorten what is said of each file; ask for the paths of large uploads in several requests of some 5,000 files, and report each on its own.`,
    );
  }
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(event.headers)) {
    if (value !== undefined) headers[name.toLowerCase()] = value;
  }
  return {
    method: event.requestContext.http.method,
    path: event.rawPath,
    rawQuery: event.rawQueryString,
    query: new URLSearchParams(event.rawQueryString),
    headers,
    body,
    datasetInPath: decode(event.pathParameters?.['id'] ?? ''),
    transferInPath: decode(event.pathParameters?.['transferId'] ?? ''),
    requestId: event.requestContext.requestId,
  };
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
