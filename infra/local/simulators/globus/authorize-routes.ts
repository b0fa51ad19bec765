import { randomUUID } from 'node:crypto';
import type { SimulatorReply, SimulatorRequest, SimulatorRoute } from '../http/routes.ts';
import { unknownScopeDetail } from './auth-error.ts';
import type { GlobusContext } from './context.ts';
import { codePage, loginPage, problemPage } from './login-page.ts';
import { findClient, type OAuthClient } from './oauth-client.ts';
import { DEFAULT_SCOPES, parseScopes, unknownScopes } from './scopes.ts';
import { callerOf, findIdentity } from './world.ts';

/** base64url of a SHA-256. */
const CODE_CHALLENGE = /^[A-Za-z0-9_-]{43}$/;

/** Pages for people: logging in for an application, and a code to copy (globus-api.md 1.3). */
export function authorizeRoutes(context: GlobusContext): SimulatorRoute[] {
  return [
    ['GET', '/v2/oauth2/authorize', (request) => authorize(context, request)],
    ['GET', '/v2/web/auth-code', (request) => showCode(request)],
  ];
}

/**
 * Whose application or address is unknown gets a page and is sent nowhere; every other problem goes back to the
 * application as `error`. `login` names who clicks, `none` for someone who says no.
 */
function authorize(context: GlobusContext, request: SimulatorRequest): SimulatorReply {
  const { query } = request;
  const client = findClient(context.world, query.get('client_id') ?? '');
  if (!client) return page(400, problemPage('The application is not known: client_id'));
  const redirectUri = query.get('redirect_uri') ?? '';
  if (!isAddress(redirectUri))
    return page(400, problemPage('The application gives no address to go back to: redirect_uri'));
  const refuse = (error: string, description: string) =>
    goBack(redirectUri, { error, error_description: description, state: query.get('state') });

  const problem = problemOf(context, client, query);
  if (problem) return refuse(...problem);
  const login = query.get('login') ?? context.settings.signedInIdentityId;
  if (login === 'none') return refuse('access_denied', 'The person has said no');
  if (login === null && query.get('prompt') === 'none') return refuse('login_required', 'Nobody is logged in');
  if (login === null) return page(200, loginPage(context.world, client, query));
  const identity = findIdentity(context.world, login.toLowerCase());
  if (!identity) return refuse('access_denied', `Nobody has the identity ${login}`);
  const code = agree(context, client, callerOf(context.world, identity.id).primaryId, query);
  return goBack(redirectUri, { code, state: query.get('state') });
}

/** Notes what someone has agreed to. @returns the code that stands for it */
function agree(context: GlobusContext, client: OAuthClient, identityId: string, query: URLSearchParams): string {
  const scope = query.get('scope') || DEFAULT_SCOPES;
  const isOffline = query.get('access_type') === 'offline';
  const holder = { clientId: client.id, identityId };
  context.consents.grant(holder, parseScopes(scope), isOffline);
  return context.codes.issue({
    ...holder,
    redirectUri: query.get('redirect_uri') ?? '',
    scope,
    state: query.get('state'),
    nonce: query.get('nonce'),
    codeChallenge: query.get('code_challenge'),
    isOffline,
    session: {
      id: randomUUID(),
      authenticatedAtEpochSeconds: Math.floor(context.clock.nowMilliseconds() / 1000),
    },
  });
}

/** Error and description of a request that cannot be served, if it is one. */
function problemOf(
  context: GlobusContext,
  client: OAuthClient,
  query: URLSearchParams,
): [error: string, description: string] | undefined {
  if (query.get('response_type') !== 'code') return ['unsupported_response_type', 'response_type must be code'];
  if (!['online', 'offline'].includes(query.get('access_type') ?? 'online'))
    return ['invalid_request', 'access_type must be online or offline'];
  const challenge = query.get('code_challenge');
  if (challenge === null && client.isPublic) return ['invalid_request', 'code_challenge is required'];
  if (challenge !== null && query.get('code_challenge_method') !== 'S256')
    return ['invalid_request', 'code_challenge_method must be S256'];
  if (challenge !== null && !CODE_CHALLENGE.test(challenge))
    return ['invalid_request', 'code_challenge must be the base64url form of a SHA-256'];
  try {
    const unknown = unknownScopes(context.world, parseScopes(query.get('scope') || DEFAULT_SCOPES));
    return unknown.length === 0 ? undefined : ['invalid_scope', unknownScopeDetail(client.id, unknown)];
  } catch (error) {
    return ['invalid_scope', (error as Error).message];
  }
}

function showCode({ query }: SimulatorRequest): SimulatorReply {
  const code = query.get('code');
  if (code !== null) return page(200, codePage(code));
  return page(400, problemPage(query.get('error_description') ?? query.get('error') ?? 'There is no code'));
}

/** Sends the browser back; blanks become %20, which every client decodes the same way. */
function goBack(redirectUri: string, members: Readonly<Record<string, string | null>>): SimulatorReply {
  const query = Object.entries(members)
    .flatMap(([name, value]) => (value === null ? [] : `${name}=${encodeURIComponent(value)}`))
    .join('&');
  const location = `${redirectUri}${redirectUri.includes('?') ? '&' : '?'}${query}`;
  return { status: 302, headers: { location, 'cache-control': 'no-store' }, body: '' };
}

function isAddress(text: string): boolean {
  return /^https?:\/\/[^\s#]+$/.test(text) && URL.canParse(text);
}

function page(status: number, html: string): SimulatorReply {
  return { status, headers: { 'cache-control': 'no-store' }, body: html };
}
