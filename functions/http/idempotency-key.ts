import { InvalidRequestError } from '../domain/errors.ts';
import type { HttpRequest } from './http-request.ts';

/** The Idempotency-Key of a request for access; undefined without one. @throws InvalidRequestError when it is empty or too long */
export function idempotencyKeyOf(request: HttpRequest): string | undefined {
  const key = request.headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (key.length === 0 || key.length > 200)
    throw new InvalidRequestError('Idempotency-Key: expected 1 to 200 characters.');
  return key;
}
