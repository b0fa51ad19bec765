import { InvalidRequestError } from './errors.ts';
import { excessIn } from './json-bounds.ts';

/**
 * Parses JSON from outside: bounded depth and number of values, no member twice or named `__proto__`, no numbers beyond those that are exact
 * (T-13). All that is looked at in the text, before anything is built from it.
 * @param complaint - first words of the error, Dataverse's own where it has some
 * @throws InvalidRequestError
 */
export function parseJson(text: string, complaint: string): unknown {
  const excess = excessIn(text);
  if (excess !== undefined) throw new InvalidRequestError(`${complaint}: ${excess}.`);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new InvalidRequestError(`${complaint}: expected JSON, got something else (${(error as Error).message}).`);
  }
}
