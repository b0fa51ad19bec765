/** What Dataverse's signature covers, in the order in which it appends them (dataverse-api.md 3.1). */
const SIGNED_NAMES = ['until', 'user', 'method'];
/** Credentials that Dataverse looks at before a signature: beside one of them it would not be the signature that is proven (1.3). */
const STRONGER_CREDENTIALS = ['key', 'invocationID'];

/** Was this query signed, and not by us? Dataverse decides by the presence of `token`, whatever its value. */
export function isSignedByDataverse(rawQuery: string): boolean {
  const parts = rawQuery.split('&');
  return !parts.some((part) => part.startsWith('kid=')) && new URLSearchParams(rawQuery).has('token');
}

/**
 * The user that a Dataverse-signed query claims to be signed for. It proves nothing by itself: it is only certain that Dataverse, when it
 * accepts the signature, has read the same user. So names are taken as they stand, never decoded, and whatever could be read in two ways is
 * no claim: `until`, `user` and `method` stand once each before the one `token`, and no stronger credential stands anywhere.
 * @returns the name, percent-decoded once; undefined when anything is odd
 */
export function userSignedFor(rawQuery: string): string | undefined {
  const parts = rawQuery.split('&').map((part) => {
    const at = part.indexOf('=');
    return at < 0 ? { name: part, value: '' } : { name: part.slice(0, at), value: part.slice(at + 1) };
  });
  const names = parts.map(({ name }) => name);
  if (names.some((name) => /[%+]/.test(name) || STRONGER_CREDENTIALS.includes(name))) return undefined;
  const tokenAt = names.indexOf('token');
  const signed = parts.slice(0, tokenAt < 0 ? 0 : tokenAt);
  const isOnceEach = SIGNED_NAMES.every((name) => signed.filter((each) => each.name === name).length === 1);
  const user = signed.find(({ name }) => name === 'user')?.value;
  if (!isOnceEach || user === undefined) return undefined;
  return userNameIn(user);
}

/** A plus is a blank to some and a plus to others; `!` begins the visitor of a private URL, who has no account; `@` is no part of a name. */
function userNameIn(rawValue: string): string | undefined {
  if (rawValue.includes('+')) return undefined;
  try {
    const name = decodeURIComponent(rawValue);
    return /^[^@!\p{C}][^\p{C}]*$/u.test(name) ? name : undefined;
  } catch {
    return undefined;
  }
}
