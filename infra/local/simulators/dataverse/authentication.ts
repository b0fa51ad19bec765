import type { SimulatorRequest } from '../http/routes.ts';
import { accountOf, type Caller } from './callers.ts';
import type { Installation } from './installation.ts';
import { ApiFailure, requestUrlOf } from './replies.ts';
import { isValidSignedUrl } from './signed-urls.ts';
import type { UserRecord } from './user-records.ts';

/**
 * Who is calling: the first credential found decides, and a bad one ends the call (dataverse-api.md 1.3).
 * Here are API key or private URL token (header before query), signed URL and, if switched on, bearer token.
 * @returns undefined for `:guest`
 * @throws ApiFailure 401 for a bad credential, 403 for a good bearer token of nobody
 */
export function authenticate(dataverse: Installation, request: SimulatorRequest): Caller {
  const apiKey = apiKeyOf(request);
  if (apiKey !== null) return callerByKey(dataverse, request, apiKey);
  if (request.query.has('token')) return callerBySignedUrl(dataverse, request);
  const bearerToken = dataverse.switches.bearerAuthEnabled ? bearerTokenOf(request) : undefined;
  return bearerToken === undefined ? undefined : userByBearerToken(dataverse, bearerToken);
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
export function requireAccount(caller: Caller): UserRecord {
  const account = accountOf(caller);
  if (!account) throw new ApiFailure(401, 'Only authenticated users can perform the requested operation');
  return account;
}

/**
 * Whom URLs with this `user` are signed for, and the key that signs them; no key when there is no such signer.
 * @param name - an account's, or `!<dataset id>` for the private URL of a dataset
 */
export function signerNamed(dataverse: Installation, name: string): { caller: Caller; key: string | undefined } {
  if (!name.startsWith('!')) {
    const user = dataverse.users.byName(name);
    return { caller: user, key: user && signingKeyOf(dataverse, user) };
  }
  const caller = /^!\d+$/.test(name) ? dataverse.privateUrls.byDataset(Number(name.slice(1))) : undefined;
  return { caller, key: caller && dataverse.configuration.signingSecret + caller.token };
}

function callerByKey(dataverse: Installation, request: SimulatorRequest, apiKey: string): Caller {
  const privateUrlUser = dataverse.privateUrls.byToken(apiKey);
  const isOneFile = /^\/api(\/v1)?\/access\/datafile\/[^/]+$/.test(request.path);
  const caller = privateUrlUser ?? userByKey(dataverse, apiKey);
  if (!caller || (privateUrlUser?.isAnonymized && !isOneFile)) throw new ApiFailure(401, 'Bad API key');
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

function bearerTokenOf({ headers }: SimulatorRequest): string | undefined {
  return /^bearer (.*)$/i.exec(headers.authorization ?? '')?.[1]?.trim();
}

function userByBearerToken(dataverse: Installation, token: string): UserRecord {
  const found = dataverse.users.byBearerToken(token);
  if (!found) throw new ApiFailure(401, 'Unauthorized bearer token');
  if (!found.user) throw new ApiFailure(403, 'Bearer token is validated, but there is no linked user account.');
  return found.user;
}

/** Neither expiry nor the disabled flag of the token is looked at here, as in the real one (dataverse-api.md 3.2). */
function callerBySignedUrl(dataverse: Installation, request: SimulatorRequest): Caller {
  const name = request.query.get('user');
  if (name === null) throw new Error('a signed URL without its user');
  const { caller, key } = signerNamed(dataverse, name);
  const expected = { user: name, httpMethod: request.method };
  if (!key || !isValidSignedUrl(requestUrlOf(request), expected, key, dataverse.clock.nowMilliseconds())) {
    throw new ApiFailure(401, 'Bad signed URL');
  }
  return caller;
}
