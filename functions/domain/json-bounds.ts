/** Deeper nesting than any document of ours has (T-13). */
const MAX_DEPTH = 16;
/** As many files as any one request may name. */
const MAX_ITEMS = 50_000;
/** Some 30 for each of 10,000 files, for which a body has room. A value takes far more memory than its text. */
const MAX_VALUES = 300_000;

/** An object or a list that is not closed yet. */
interface OpenValue {
  readonly isObject: boolean;
  items: number;
  /** Of an object: its members so far. */
  names: Set<string> | undefined;
}

/**
 * What makes a JSON text more than is read of anybody: one walk over it, which builds nothing. Of broken JSON, which the parser refuses anyway,
 * it may think anything.
 * @returns the end of a sentence, or undefined
 */
export function excessIn(text: string): string | undefined {
  const open: OpenValue[] = [];
  let values = 1;
  for (let at = 0; at < text.length; at++) {
    const inside = open.at(-1);
    const character = text[at];
    if (character === '"') {
      const end = endOfString(text, at);
      const fault = inside?.isObject && isName(text, end) ? noteName(inside, text.slice(at, end + 1)) : undefined;
      if (fault !== undefined) return fault;
      at = end;
    } else if (character === '{' || character === '[') {
      if (open.length === MAX_DEPTH) return `nested deeper than ${MAX_DEPTH} levels`;
      open.push({ isObject: character === '{', items: 1, names: undefined });
      values += 1;
    } else if (character === '}' || character === ']') {
      open.pop();
    } else if (character === ',') {
      values += 1;
      if (inside) inside.items += 1;
      if (inside && inside.items > MAX_ITEMS) return `a list or an object has more than ${MAX_ITEMS} members`;
    } else if (isStartOfNumber(character)) {
      const number = numberAt(text, at);
      if (Math.abs(Number(number)) > Number.MAX_SAFE_INTEGER) return notJson('a number is too large to be exact');
      at += number.length - 1;
    }
    if (values > MAX_VALUES) return `there are more than ${MAX_VALUES} values`;
  }
  return undefined;
}

function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === '"') return at;
  }
  return text.length;
}

function isName(text: string, endOfString: number): boolean {
  const colon = /\s*:/y;
  colon.lastIndex = endOfString + 1;
  return colon.test(text);
}

/** A member that stands twice is read in one way here and in another way there; no two names may be the same once their escapes are read. */
function noteName(object: OpenValue, quoted: string): string | undefined {
  const name = quoted.includes('\\') ? unescaped(quoted) : quoted.slice(1, -1);
  if (name === '__proto__') return notJson('a member is named __proto__');
  object.names ??= new Set();
  if (object.names.has(name)) return notJson(`the member ${JSON.stringify(name.slice(0, 80))} stands twice`);
  object.names.add(name);
  return undefined;
}

function unescaped(quoted: string): string {
  try {
    return JSON.parse(quoted);
  } catch {
    return quoted;
  }
}

function isStartOfNumber(character: string | undefined): boolean {
  return character !== undefined && ((character >= '0' && character <= '9') || character === '-');
}

function numberAt(text: string, start: number): string {
  const number = /[-+.\dEe]+/y;
  number.lastIndex = start;
  return number.exec(text)?.[0] ?? '';
}

function notJson(why: string): string {
  return `expected JSON, got something else (${why})`;
}
