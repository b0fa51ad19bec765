import type { CollectionPath } from './storage-identifiers.ts';

const SCOPES = ['openid', 'email', 'profile', 'urn:globus:auth:scope:transfer.api.globus.org:all'];
const TIME_LIMIT_MILLISECONDS = 60_000;

/** `unknown`: Globus could not be asked, or did not answer with a listing. `missing`: the listing does not have it. */
export type SizeLookup = { readonly sizeBytes: number } | 'unknown' | 'missing';

/**
 * Makes the function that asks Globus for file sizes: one token per use of it and store, then one listing per file,
 * filtered by name (dataverse-api.md 2.10).
 * @param globusUrl - serves `/v2` and `/v0.10`; undefined makes every size unknown
 */
export function createSizeLookup(globusUrl: string | undefined) {
  const tokens = new Map<string, Promise<string | undefined>>();
  return async (
    globusToken: string | undefined,
    place: (CollectionPath & { readonly name: string }) | undefined,
  ): Promise<SizeLookup> => {
    if (globusUrl === undefined || globusToken === undefined || place === undefined) return 'unknown';
    try {
      const known = tokens.get(globusToken) ?? fetchToken(globusUrl, globusToken);
      tokens.set(globusToken, known);
      const accessToken = await known;
      if (accessToken === undefined) return 'unknown';
      return await fetchSize(globusUrl, accessToken, place);
    } catch {
      return 'unknown';
    }
  };
}

async function fetchToken(globusUrl: string, globusToken: string): Promise<string | undefined> {
  const url = `${globusUrl}/v2/oauth2/token?scope=${SCOPES.join('+')}&grant_type=client_credentials`;
  const reply = await fetch(url, {
    method: 'POST',
    headers: { authorization: `Basic ${globusToken}` },
    signal: AbortSignal.timeout(TIME_LIMIT_MILLISECONDS),
  });
  const body = (await reply.json()) as { other_tokens?: { access_token?: string }[] };
  return reply.ok ? body.other_tokens?.[0]?.access_token : undefined;
}

async function fetchSize(
  globusUrl: string,
  accessToken: string,
  place: CollectionPath & { readonly name: string },
): Promise<SizeLookup> {
  const query = `path=${encodeURIComponent(place.path)}&filter=name:${encodeURIComponent(place.name)}`;
  const reply = await fetch(`${globusUrl}/v0.10/operation/endpoint/${place.collectionId}/ls?${query}`, {
    headers: { authorization: `Bearer ${accessToken}` },
    signal: AbortSignal.timeout(TIME_LIMIT_MILLISECONDS),
  });
  if (!reply.ok) return 'unknown';
  const { DATA = [] } = (await reply.json()) as { DATA?: { name: string; type: string; size: number }[] };
  const entry = DATA.find((each) => each.name === place.name && each.type === 'file');
  return entry ? { sizeBytes: entry.size } : 'missing';
}
