/** Decides whether a document passes; made from one `filter` parameter. */
export type DocumentFilter = (document: Readonly<Record<string, unknown>>) => boolean;

/**
 * The filter syntax of Transfer (globus-api.md 0): clauses joined with `/`, each `key:v1,v2`; a value may begin with
 * `=` (exact, as without), `~` (glob), `!` or `!~` (not); times and numbers as ranges `key:from,to`, either end blank, or `>5`.
 * @param rangeKeys - keys whose two values are ends of a range
 */
export function parseFilters(filters: readonly string[], rangeKeys: readonly string[] = []): DocumentFilter {
  const clauses = filters
    .flatMap((filter) => filter.split('/'))
    .filter((clause) => clause.includes(':'))
    .map((clause) => parseClause(clause, rangeKeys));
  return (document) => clauses.every((accepts) => accepts(document));
}

/**
 * The comparison an `orderby` such as `name ASC,size DESC` asks for.
 * @param fallback - used when `orderby` is absent
 */
export function parseOrder(orderBy: string | null, fallback: string) {
  const keys = (orderBy || fallback).split(',').map((part) => part.trim().split(/\s+/));
  return (a: Readonly<Record<string, unknown>>, b: Readonly<Record<string, unknown>>): number => {
    for (const [key = '', direction = 'ASC'] of keys) {
      const order = compare(a[key], b[key]);
      if (order !== 0) return direction.toUpperCase() === 'DESC' ? -order : order;
    }
    return 0;
  };
}

/** Whether a name fits a glob of `*`, `?` and `[…]`. */
export function matchesGlob(glob: string, name: string): boolean {
  const source = glob
    .replace(/[.+^${}()|\\]/g, '\\$&')
    .replace(/\*/g, '.*')
    .replace(/\?/g, '.')
    .replace(/\[!/g, '[^');
  try {
    return new RegExp(`^${source}$`, 'su').test(name);
  } catch {
    return glob === name;
  }
}

function parseClause(clause: string, rangeKeys: readonly string[]): DocumentFilter {
  const at = clause.indexOf(':');
  const key = clause.slice(0, at);
  const value = clause.slice(at + 1);
  if (rangeKeys.includes(key)) {
    const [from = '', to = ''] = value.split(',');
    return (document) => {
      const text = String(document[key] ?? '');
      return (from === '' || compareText(text, from) >= 0) && (to === '' || compareText(text, to) <= 0);
    };
  }
  const values = value.split(',').map(parseValue);
  return (document) => {
    const text = String(document[key] ?? '');
    const positive = values.filter(({ isNegated }) => !isNegated);
    const isWanted = positive.length === 0 || positive.some(({ matches }) => matches(text));
    return isWanted && values.every(({ isNegated, matches }) => !isNegated || !matches(text));
  };
}

function parseValue(value: string): { isNegated: boolean; matches: (text: string) => boolean } {
  const isNegated = value.startsWith('!');
  const rest = isNegated ? value.slice(1) : value;
  if (rest.startsWith('~')) return { isNegated, matches: (text) => matchesGlob(rest.slice(1), text) };
  if (rest.startsWith('>')) return { isNegated, matches: (text) => Number(text) > Number(rest.slice(1)) };
  if (rest.startsWith('<')) return { isNegated, matches: (text) => Number(text) < Number(rest.slice(1)) };
  const exact = rest.startsWith('=') ? rest.slice(1) : rest;
  return { isNegated, matches: (text) => text === exact };
}

function compare(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return compareText(String(a ?? ''), String(b ?? ''));
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
