import { InvalidRequestError } from '../domain/errors.ts';
import type { HttpRequest } from './http-request.ts';

/**
 * A whole number of the query.
 * @throws InvalidRequestError when it is something else, or out of bounds; nothing is cut down silently
 */
export function wholeNumberIn(
  { query }: Pick<HttpRequest, 'query'>,
  name: string,
  { least, most, otherwise }: { readonly least: number; readonly most: number; readonly otherwise: number },
): number {
  const text = query.get(name);
  if (text === null) return otherwise;
  const number = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (number >= least && number <= most) return number;
  throw new InvalidRequestError(
    `${name}: expected a whole number from ${least} to ${most}, got ${JSON.stringify(text.slice(0, 40))}.`,
  );
}
