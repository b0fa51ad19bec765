import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { Secret } from './secret.ts';

/** What one of our signed URLs says: this user may call this operation on this dataset until then. */
export interface SignedCall {
  readonly method: string;
  /** Last segment of the path, such as `addGlobusFiles`. */
  readonly operation: string;
  /** Numeric dataset id. */
  readonly datasetId: string;
  readonly user: string;
  /** UTC, `yyyy-mm-ddThh:mm:ss.sss` without a zone, as Dataverse writes it. */
  readonly until: string;
  readonly downloadId: string | null;
}

/** Clocks of different hosts may differ by this much (F-73). */
const TOLERANCE_MILLISECONDS = 60_000;
const FEWEST_KEY_BYTES = 32;
const PARAMETERS = ['kid', 'until', 'user', 'method', 'downloadId', 'token'];

/** Keys that sign our URLs: the first signs, all verify, so that a key can be changed without breaking URLs in use (T-06). */
export interface SigningKeys {
  readonly keys: readonly { readonly keyId: string; readonly bytes: Buffer }[];
}

/**
 * Reads signing keys from a secret: one or more hex texts of at least 32 bytes, separated by commas, the newest first.
 * @throws Error when there is none or one is too short: a service that signs with nothing must not start
 */
export function parseSigningKeys(secret: Secret): SigningKeys {
  const keys = secret
    .reveal()
    .split(',')
    .map((text) => text.trim())
    .filter((text) => text !== '')
    .map((text) => {
      const bytes = Buffer.from(text, 'hex');
      if (!/^[0-9a-fA-F]+$/.test(text) || bytes.length < FEWEST_KEY_BYTES) {
        throw new Error(`The URL signing secret: expected hex text of at least ${FEWEST_KEY_BYTES} bytes.`);
      }
      return { keyId: createHash('sha256').update(bytes).digest('hex').slice(0, 8), bytes };
    });
  if (keys.length === 0) throw new Error('The URL signing secret is empty.');
  return { keys };
}

/**
 * Signs a call, in a form that looks like Dataverse's own signed URLs (dataverse-api.md 3.1) but signs the meaning, not the text.
 * @param base - address of the call without a query
 */
export function signUrl(keys: SigningKeys, base: string, call: SignedCall): string {
  const [key] = keys.keys;
  if (!key) throw new Error('There is no signing key.');
  const user = encodeURIComponent(call.user);
  const download = call.downloadId === null ? '' : `&downloadId=${encodeURIComponent(call.downloadId)}`;
  const token = signatureOf(key.bytes, key.keyId, call);
  return `${base}?kid=${key.keyId}&until=${call.until}&user=${user}&method=${call.method}${download}&token=${token}`;
}

/** `until` of a URL that is good for so many minutes from now. */
export function untilAfter(nowMilliseconds: number, minutes: number): string {
  return isoOf(nowMilliseconds + minutes * 60_000);
}

/** Does this query belong to a URL of ours? Those carry `kid`; they are never shown to Dataverse. */
export function isOurSignedQuery(rawQuery: string): boolean {
  return rawQuery.split('&').some((part) => part.startsWith('kid='));
}

/**
 * Checks a signed URL as it was called. Whatever follows the token's value is cut off and never read (clients append parameters there);
 * before it every parameter must be known and stand once.
 * @returns the user it was signed for, or undefined, whatever the reason
 */
export function verifySignedQuery(
  keys: SigningKeys,
  rawQuery: string,
  called: { readonly method: string; readonly operation: string; readonly datasetId: string },
  nowMilliseconds: number,
): { readonly user: string; readonly downloadId: string | null } | undefined {
  const given = readParameters(rawQuery);
  if (!given) return undefined;
  const { kid = '', until = '', user = '', method = '', token = '', downloadId = null } = given;
  const key = keys.keys.find((each) => each.keyId === kid);
  const call: SignedCall = { ...called, method, user, until, downloadId };
  // An unknown key costs the same work as a known one (T-07).
  const expected = signatureOf(key?.bytes ?? Buffer.alloc(FEWEST_KEY_BYTES), kid, call);
  const isAuthentic = equalInConstantTime(expected, token) && key !== undefined;
  const untilMilliseconds = Date.parse(`${until}Z`);
  const isInTime = untilMilliseconds + TOLERANCE_MILLISECONDS >= nowMilliseconds;
  return isAuthentic && isInTime && method === called.method ? { user, downloadId } : undefined;
}

function readParameters(rawQuery: string): Record<string, string> | undefined {
  const given: Record<string, string> = {};
  for (const part of rawQuery.split('&')) {
    const at = part.indexOf('=');
    const name = part.slice(0, at);
    if (at < 0 || !PARAMETERS.includes(name) || given[name] !== undefined) return undefined;
    try {
      given[name] = decodeURIComponent(part.slice(at + 1));
    } catch {
      return undefined;
    }
    if (name === 'token') return given;
  }
  return undefined;
}

function signatureOf(key: Buffer, keyId: string, call: SignedCall): string {
  const fields = [keyId, call.method, call.operation, call.datasetId, call.user, call.until, call.downloadId];
  return createHmac('sha512', key).update(JSON.stringify(fields)).digest('hex');
}

function equalInConstantTime(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha512').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

/** ISO text without the zone; the calendar comes from the moment alone, no clock is read. */
function isoOf(epochMilliseconds: number): string {
  return new Date(epochMilliseconds).toISOString().replace('Z', '');
}
