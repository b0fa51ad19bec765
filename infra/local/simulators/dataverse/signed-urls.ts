import { createHash } from 'node:crypto';

export interface SigningOrder {
  /** Absolute, in the `/api/v1` form; it is not changed or encoded. */
  readonly baseUrl: string;
  readonly timeOutMinutes: number;
  /** Account name without `@`. */
  readonly user: string;
  readonly httpMethod: string;
}

/**
 * Signs a URL as Dataverse does (dataverse-api.md 3.1): SHA-512 over the whole text up to `token=`, followed by the key.
 * @param key - signing secret and API token, concatenated
 * @param nowMilliseconds - the server's clock; its zone is UTC here
 */
export function signUrl(order: SigningOrder, key: string, nowMilliseconds: number): string {
  const until = new Date(nowMilliseconds + order.timeOutMinutes * 60_000).toISOString().slice(0, -1);
  const separator = order.baseUrl.includes('?') ? '&' : '?';
  const unsigned = `${order.baseUrl}${separator}until=${until}&user=${order.user}&method=${order.httpMethod}&token=`;
  return unsigned + signature(unsigned, key);
}

/** Lower-case hexadecimal SHA-512 of text and key. */
export function signature(textUpToToken: string, key: string): string {
  return createHash('sha512')
    .update(textUpToToken + key, 'utf8')
    .digest('hex');
}

/**
 * Checks a request against the signature in its URL (dataverse-api.md 3.2). What follows the token's value is not looked at.
 * @param url - as the server sees it: scheme, host and `/api/v1` path, still percent-encoded
 */
export function isValidSignedUrl(
  url: string,
  request: { readonly user: string; readonly httpMethod: string },
  key: string,
  nowMilliseconds: number,
): boolean {
  const decoded = formDecode(url);
  const tokenAt = decoded?.search(/[?&]token=/) ?? -1;
  if (decoded === undefined || tokenAt < 0) return false;
  const signed = decoded.slice(0, tokenAt + '&token='.length);
  const [token = ''] = decoded.slice(signed.length).split('&', 1);
  if (token !== signature(signed, key)) return false;
  const parameters = parametersOf(signed);
  const until = parameters.get('until');
  if (until !== undefined && !(Date.parse(`${until}Z`) >= nowMilliseconds)) return false;
  const method = parameters.get('method');
  if (method !== undefined && method !== request.httpMethod) return false;
  return parameters.get('user') === request.user;
}

/** Undoes percent-encoding the way forms use it: a plus is a space. Undefined when the encoding is broken. */
function formDecode(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}

function parametersOf(signed: string): Map<string, string> {
  const query = signed.slice(signed.indexOf('?') + 1);
  const pairs = query.split('&').map((pair) => {
    const [name = '', ...value] = pair.split('=');
    return [name, value.join('=')] as const;
  });
  return new Map(pairs);
}
