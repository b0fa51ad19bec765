import type { SimulatorRequest } from '../http/routes.ts';
import type { Installation } from './installation.ts';
import { ApiFailure, requestUrlOf } from './replies.ts';
import { isValidSignedUrl } from './signed-urls.ts';
import type { UserRecord } from './user-records.ts';

/**
 * Who is calling: the first credential found decides, and a bad one ends the call (dataverse-api.md 1.3).
 * Here are API key (header before query) and signed URL; bearer tokens, sessions and workflow ids are switched off.
 * @returns undefined for `:guest`
 * @throws ApiFailure 401 for a bad credential
 */
export function authenticate(dataverse: Installation, request: SimulatorRequest): UserRecord | undefined {
  const apiKey = apiKeyOf(request);
  if (apiKey !== null) {
    const user = userByKey(dataverse, apiKey);
    if (!user) throw new ApiFailure(401, 'Bad API key');
    return user;
  }
  return request.query.has('token') ? userBySignedUrl(dataverse, request) : undefined;
}

/** The API key that was sent, or null. */
export function apiKeyOf(request: SimulatorRequest): string | null {
  const header = request.headers['x-dataverse-key'];
  return (Array.isArray(header) ? header[0] : header) ?? request.query.get('key');
}

/** The key that signs for this user: the secret and the user's API token, usable or not. Undefined without a token. */
export function signingKeyOf(dataverse: Installation, user: UserRecord): string | undefined {
  return user.apiToken === null ? undefined : dataverse.configuration.signingSecret + user.apiToken;
}

/** Whether the user's API token exists, is not expired and not disabled. */
export function hasUsableToken(dataverse: Installation, user: UserRecord): boolean {
  return user.apiToken !== null && user.tokenDisabled === 0 && !isExpired(dataverse, user);
}

/** @throws ApiFailure 401 when the caller has no account */
export function requireAccount(caller: UserRecord | undefined): UserRecord {
  if (!caller) throw new ApiFailure(401, 'Only authenticated users can perform the requested operation');
  return caller;
}

function userByKey(dataverse: Installation, apiKey: string): UserRecord | undefined {
  const user = dataverse.users.byApiToken(apiKey);
  if (!user || user.deactivated || user.tokenDisabled) return undefined;
  if (!isExpired(dataverse, user)) return user;
  // The real one deletes an expired token at its first use, and with it every URL signed for that user.
  dataverse.users.change(user.name, { apiToken: null, tokenExpiresAtMilliseconds: null });
  return undefined;
}

function isExpired(dataverse: Installation, user: UserRecord): boolean {
  const expiresAt = user.tokenExpiresAtMilliseconds;
  return expiresAt !== null && expiresAt <= dataverse.clock.nowMilliseconds();
}

/** Neither expiry nor the disabled flag of the token is looked at here, as in the real one (dataverse-api.md 3.2). */
function userBySignedUrl(dataverse: Installation, request: SimulatorRequest): UserRecord {
  const name = request.query.get('user');
  if (name === null) throw new Error('a signed URL without its user');
  const user = dataverse.users.byName(name);
  const key = user && signingKeyOf(dataverse, user);
  const expected = { user: name, httpMethod: request.method };
  if (!key || !isValidSignedUrl(requestUrlOf(request), expected, key, dataverse.clock.nowMilliseconds())) {
    throw new ApiFailure(401, 'Bad signed URL');
  }
  return user;
}
