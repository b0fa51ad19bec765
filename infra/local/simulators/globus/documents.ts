import { createHash, randomBytes } from 'node:crypto';
import type { SimulatorReply, SimulatorRequest } from '../http/routes.ts';

const REQUEST_ID_ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Time of a task or rule as Transfer writes it: `2025-01-02T03:04:05+00:00` (globus-api.md 0). */
export function isoTime(milliseconds: number | null): string | null {
  return milliseconds === null ? null : `${new Date(milliseconds).toISOString().slice(0, 19)}+00:00`;
}

/** Time of a file as listings write it, with a space: `2025-01-02 03:04:05+00:00`. */
export function fileTime(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19).replace('T', ' ')}+00:00`;
}

/**
 * Milliseconds since 1970 of a date or time from a request; without an offset it is UTC.
 * @returns undefined when it is not a time
 */
export function parseTime(text: string): number | undefined {
  const hasTime = /[T ]\d/.test(text);
  const hasOffset = /(Z|[+-]\d\d:?\d\d)$/.test(text);
  const milliseconds = Date.parse(hasTime && !hasOffset ? `${text}Z` : text);
  return Number.isNaN(milliseconds) ? undefined : milliseconds;
}

/** Nine letters and digits, as in every Transfer answer. */
export function newRequestId(): string {
  return [...randomBytes(9)].map((byte) => REQUEST_ID_ALPHABET[byte % REQUEST_ID_ALPHABET.length]).join('');
}

/** The id of something that has none of its own: always the same for the same text. */
export function uuidFrom(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

export function isUuid(value: unknown): value is string {
  return typeof value === 'string' && UUID.test(value);
}

/** Path of a request without its version prefix, as most answers name it in `resource`. */
export function resourceOf(request: SimulatorRequest): string {
  return request.path.replace(/^\/v0\.10(?=\/)/, '');
}

/** An answer document with the members every result carries. */
export function resultReply(
  request: SimulatorRequest,
  status: number,
  document: Readonly<Record<string, unknown>>,
): SimulatorReply {
  return { status, body: { ...document, resource: resourceOf(request), request_id: newRequestId() } };
}

/** The JSON object in a request's body. @throws SyntaxError or TypeError when there is none */
export function jsonObject(body: Buffer): Record<string, unknown> {
  const value: unknown = JSON.parse(body.toString('utf8'));
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new TypeError('not an object');
  return value as Record<string, unknown>;
}
