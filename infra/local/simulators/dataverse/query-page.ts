/** `offset` and `limit`, negative ones as if absent; undefined when one is no number, which is a 404 like all that the framework cannot convert. */
export function pageIn(query: URLSearchParams): { offset: number; limit: number | undefined } | undefined {
  const offset = wholeNumber(query, 'offset') ?? 0;
  const limit = wholeNumber(query, 'limit');
  if (Number.isNaN(offset) || Number.isNaN(limit)) return undefined;
  return { offset: Math.max(0, offset), limit: limit !== undefined && limit < 0 ? undefined : limit };
}

/** A number in the query: undefined when absent, NaN when it is none. */
function wholeNumber(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  return /^-?\d+$/.test(text) ? Number(text) : Number.NaN;
}
