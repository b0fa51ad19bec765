import { randomUUID } from 'node:crypto';
import type { SimulatorReply, SimulatorRequest } from '../http/routes.ts';

const NOT_FOUND =
  'API endpoint does not exist on this server. Please check your code for typos, or consult our API guide at http://guides.dataverse.org.';
const WRONG_METHOD = 'API endpoint does not support this method. Consult our API guide at http://guides.dataverse.org.';
const NOT_AUTHORIZED =
  'Not authorized to access this object via this API endpoint. Please check your code for typos, or consult our API guide at http://guides.dataverse.org.';
const INTERNAL_ERROR = 'Internal server error. More details available at the server logs.';

/** Thrown to end a call with an answer from anywhere below its handler. */
export class ApiFailure extends Error {
  readonly reply: SimulatorReply;

  constructor(status: number, message: string, statusWord: 'ERROR' | 'error' = 'ERROR') {
    super(message);
    this.name = 'ApiFailure';
    this.reply = { status, body: { status: statusWord, message } };
  }
}

/** `{"status":"OK","data":…}`, with `totalCount` before the data when it is given. */
export function ok(data: unknown, totalCount?: number): SimulatorReply {
  return { status: 200, body: { status: 'OK', ...(totalCount === undefined ? {} : { totalCount }), data } };
}

/** `{"status":"OK","data":{"message":…}}`. */
export function okMessage(message: string): SimulatorReply {
  return ok({ message });
}

/** An ordinary refusal: status and message, nothing else (dataverse-api.md 1.4). */
export function failure(status: number, message: string): SimulatorReply {
  return { status, body: { status: 'ERROR', message } };
}

/** A refusal by one of the exception mappers, which tell more (dataverse-api.md 1.4). */
export function mapperFailure(status: number, message: string, request: SimulatorRequest): SimulatorReply {
  const [requestUrl] = requestUrlOf(request).split('?', 1);
  return { status, body: { status: 'ERROR', code: status, message, requestUrl, requestMethod: request.method } };
}

/** No such path, or an enumerated parameter with an unknown value. */
export function pathNotFound(request: SimulatorRequest): SimulatorReply {
  return mapperFailure(404, NOT_FOUND, request);
}

/** The path exists for other methods. */
export function methodNotAllowed(request: SimulatorRequest): SimulatorReply {
  return mapperFailure(405, WRONG_METHOD, request);
}

/** Raised where bytes of a file are asked for by who may not have them. */
export function notAuthorized(request: SimulatorRequest): SimulatorReply {
  return mapperFailure(403, NOT_AUTHORIZED, request);
}

/** The body is of a type the path does not take. */
export function unsupportedMediaType(request: SimulatorRequest): SimulatorReply {
  return mapperFailure(415, 'HTTP 415 Unsupported Media Type', request);
}

/** An uncaught exception; `interalError` is spelt as the real one spells it. */
export function internalError(request: SimulatorRequest, error: unknown): SimulatorReply {
  const plain = mapperFailure(500, INTERNAL_ERROR, request).body as Record<string, unknown>;
  const { requestUrl, requestMethod, ...start } = plain;
  const interalError = error instanceof Error ? error.name : 'Exception';
  return { status: 500, body: { ...start, incidentId: randomUUID(), interalError, requestUrl, requestMethod } };
}

/**
 * The request's URL as the server behind a proxy sees it: scheme from `X-Forwarded-Proto`, host from `Host`,
 * and the path after its rewriting to `/api/v1`. Signatures are checked over it, so a wrong host fails them all.
 */
export function requestUrlOf(request: SimulatorRequest): string {
  const forwarded = request.headers['x-forwarded-proto'];
  const scheme = (Array.isArray(forwarded) ? forwarded[0] : forwarded)?.split(',')[0]?.trim() || 'http';
  return `${scheme}://${request.headers.host ?? 'localhost'}${toVersionedTarget(request.target)}`;
}

/** `/api/x` is `/api/v1/x` inside the server (dataverse-api.md 1.1). */
export function toVersionedTarget(target: string): string {
  return target.replace(/^\/api\/(?!v1\/)/, '/api/v1/');
}
