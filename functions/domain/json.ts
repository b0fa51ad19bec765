import { InvalidRequestError } from './errors.ts';

/** Deeper nesting than any document of ours has (T-13). */
const MAX_DEPTH = 16;

/**
 * Parses JSON from outside: bounded depth, no `__proto__` members, no numbers beyond those that are exact (T-13).
 * @param complaint - first words of the error, Dataverse's own where it has some
 * @throws InvalidRequestError
 */
export function parseJson(text: string, complaint: string): unknown {
  if (depthOf(text) > MAX_DEPTH) throw new InvalidRequestError(`${complaint}: nested deeper than ${MAX_DEPTH} levels.`);
  try {
    return JSON.parse(text, (name, value) => {
      if (name === '__proto__') throw new SyntaxError('a member is named __proto__');
      const isTooLarge = typeof value === 'number' && Math.abs(value) > Number.MAX_SAFE_INTEGER;
      if (isTooLarge) throw new SyntaxError('a number is too large to be exact');
      return value;
    });
  } catch (error) {
    throw new InvalidRequestError(`${complaint}: expected JSON, got something else (${(error as Error).message}).`);
  }
}

/** Deepest nesting of brackets outside strings; wrong for broken JSON, which the parser refuses anyway. */
function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  let isInString = false;
  for (let index = 0; index < text.length; index++) {
    const character = text[index];
    if (isInString) {
      if (character === '\\') index++;
      else if (character === '"') isInString = false;
    } else if (character === '"') isInString = true;
    else if (character === '{' || character === '[') deepest = Math.max(deepest, ++depth);
    else if (character === '}' || character === ']') depth--;
  }
  return deepest;
}
