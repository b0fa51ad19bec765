/** Members of a JSON detail that say something to people, the first of them found. */
const TELLING_MEMBERS = ['message', 'error', 'detail', 'description', 'context', 'path'] as const;

/** Globus's free text as one short line: of JSON what it tells people, of the chatter of GridFTP its first words. */
export function shortDetails(details: string | null): string | null {
  return details === null ? null : oneLine(tellingPart(details));
}

function tellingPart(details: string): string {
  let value: unknown;
  try {
    value = JSON.parse(details);
  } catch {
    return details;
  }
  return textIn(value) ?? '';
}

/** The first text of a telling member, however deep. */
function textIn(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return firstOf(value);
  if (typeof value !== 'object' || value === null) return undefined;
  const members = new Map(Object.entries(value));
  return firstOf(TELLING_MEMBERS.map((name) => members.get(name)));
}

function firstOf(values: readonly unknown[]): string | undefined {
  for (const value of values) {
    const text = textIn(value);
    if (text !== undefined) return text;
  }
  return undefined;
}

const LONGEST_LINE = 200;
/** What looks like a credential: long runs without a blank or a slash, and whatever follows the name of one. */
const CREDENTIALS = [
  /\b(?:[\w-]*(?:token|secret|key|password|signature))["']?\s*[=:]\s*["']?[^\s"',;&]+/gi,
  /\b(?:Bearer|Basic)\s+\S+/gi,
  /[A-Za-z0-9_+=-]{60,}/g,
] as const;

/** One line without control characters and without anything that looks like a credential; null when nothing is left. */
export function oneLine(text: string): string | null {
  // Reply codes of GridFTP begin its lines, such as `530-`.
  const lines = text.replace(/(?:^|[\r\n]+|\\r\\n|\\n)\d{3}[ -]/g, ' ');
  const plain = CREDENTIALS.reduce((masked, pattern) => masked.replace(pattern, '[left out]'), lines)
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  if (plain === '') return null;
  return plain.length <= LONGEST_LINE ? plain : `${plain.slice(0, LONGEST_LINE - 1).trimEnd()}…`;
}
