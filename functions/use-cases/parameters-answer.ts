import type { DatasetId } from '../domain/ids.ts';
import { type SigningKeys, signUrl, untilAfter } from '../domain/signed-url.ts';

/** One entry of `signedUrls` in an answer to one of Dataverse's two parameter calls (dataverse-api.md 2.1, 2.5). */
export interface SignedUrlEntry {
  readonly name: string;
  readonly httpMethod: string;
  readonly signedUrl: string;
}

/** For whom and how long our URLs are signed. */
export interface UrlOrder {
  readonly keys: SigningKeys;
  readonly siteUrl: string;
  /** Undefined for guests and for users without an API token, whose URLs are not signed, as in Dataverse. */
  readonly user: string | undefined;
  readonly minutes: number;
  readonly nowMilliseconds: number;
}

/** The URL of one of our calls; signed when the order names a user. */
export function ourUrl(
  { keys, siteUrl, user, minutes, nowMilliseconds }: UrlOrder,
  call: {
    readonly method: string;
    readonly operation: string;
    readonly datasetId: DatasetId;
    readonly downloadId: string | null;
  },
): string {
  const base = `${siteUrl}/api/v1/datasets/${call.datasetId}/${call.operation}`;
  if (user !== undefined) return signUrl(keys, base, { ...call, user, until: untilAfter(nowMilliseconds, minutes) });
  return call.downloadId === null ? base : `${base}?downloadId=${encodeURIComponent(call.downloadId)}`;
}

/**
 * The user that Dataverse signed the URLs of an answer for; undefined when it signed none. It writes the name as it is, without
 * percent-encoding (dataverse-api.md 3.1).
 */
export function userSignedForIn(signedUrls: readonly SignedUrlEntry[]): string | undefined {
  for (const { signedUrl } of signedUrls) {
    const match = /[?&]user=([^&]+)&/.exec(signedUrl);
    if (match?.[1]) return match[1];
  }
  return undefined;
}

/** The JSON of a body; undefined when it is something else, so that it passes through untouched. */
export function jsonOrNothing(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
