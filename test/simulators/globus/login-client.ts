import { createHash, randomBytes } from 'node:crypto';
import { DATAVERSE_GLOBUS_CLIENT_ID, RESEARCHER_ID } from '../../../infra/local/simulators/globus/fixture.ts';
import { type Json, type Reply, send, TRANSFER_SCOPE } from './globus-harness.ts';

/** What the transfer app asks for (clients.md 1). */
export const APP_SCOPES = `openid email profile ${TRANSFER_SCOPE}`;
export const REDIRECT_URI = 'http://127.0.0.1:4200/upload?dvLocale=en';
export const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
/** 128 hexadecimal digits, as the transfer app makes them. */
export const VERIFIER = randomBytes(64).toString('hex');

export type Parameters = Readonly<Record<string, string | undefined>>;

/** Parameters with changes; `undefined` leaves one out. */
export function formOf(...parts: readonly Parameters[]): string {
  const entries = Object.entries(Object.assign({}, ...parts) as Parameters);
  return new URLSearchParams(entries.filter((entry): entry is [string, string] => entry[1] !== undefined)).toString();
}

export function basicAuth(id: string, secret: string): Record<string, string> {
  return { authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` };
}

/** The address of the login page as the transfer app opens it, with changes. */
export function authorizeUrl(url: string, changes: Parameters = {}): string {
  const codeChallenge = createHash('sha256').update(VERIFIER).digest('base64url');
  const query = {
    response_type: 'code',
    client_id: DATAVERSE_GLOBUS_CLIENT_ID,
    state: 'a b/c=%2F',
    scope: APP_SCOPES,
    redirect_uri: REDIRECT_URI,
    code_challenge: codeChallenge,
    code_challenge_method: 'S256',
  };
  return `${url}/v2/oauth2/authorize?${formOf(query, changes)}`;
}

/** Opens an address without following where it leads. */
export async function open(
  address: string,
): Promise<{ status: number; location: string; html: string; headers: Headers }> {
  const response = await fetch(address, { redirect: 'manual' });
  const { status, headers } = response;
  return { status, headers, location: headers.get('location') ?? '', html: await response.text() };
}

/** Logs someone in at the login page. @returns the code */
export async function codeFor(url: string, changes: Parameters = {}): Promise<string> {
  const { location } = await open(authorizeUrl(url, { login: RESEARCHER_ID, ...changes }));
  return new URL(location).searchParams.get('code') ?? '';
}

/** Exchanges a code as the transfer app does, with changes. */
export function exchange(url: string, code: string, changes: Parameters = {}, headers = {}): Promise<Reply> {
  const form = {
    grant_type: 'authorization_code',
    code,
    client_id: DATAVERSE_GLOBUS_CLIENT_ID,
    redirect_uri: REDIRECT_URI,
    code_verifier: VERIFIER,
  };
  return send(`${url}/v2/oauth2/token`, 'POST', formOf(form, changes), { ...FORM, ...headers });
}

/** Token objects of a reply: the one at the top, then the others. */
export function tokensOf({ body }: Reply): Json[] {
  return [body, ...((body['other_tokens'] ?? []) as Json[])];
}
