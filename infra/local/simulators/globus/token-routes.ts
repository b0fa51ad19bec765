import { timingSafeEqual } from 'node:crypto';
import type { SimulatorReply, SimulatorRequest, SimulatorRoute } from '../http/routes.ts';
import { AUTH_RESOURCE_SERVER, type GlobusContext } from './context.ts';
import { TOKEN_LIFETIME_SECONDS } from './tokens.ts';
import { callerOf, findIdentity, type GlobusIdentity } from './world.ts';

const DEFAULT_SCOPES = 'openid profile email urn:globus:auth:scope:transfer.api.globus.org:all';

/** Client credentials, introspection and revocation (globus-api.md 1.2 and 1.5). */
export function tokenRoutes(context: GlobusContext): SimulatorRoute[] {
  return [
    ['POST', '/v2/oauth2/token', (request) => issueTokens(context, request)],
    ['POST', '/v2/oauth2/token/introspect', (request) => introspect(context, request)],
    ['POST', '/v2/oauth2/token/revoke', (request) => revoke(context, request)],
  ];
}

/** Parameters of an OAuth call: from the form in the body, or from the query when the body is empty. */
export function oauthParameters(request: SimulatorRequest): URLSearchParams {
  return request.body.length > 0 ? new URLSearchParams(request.body.toString('utf8')) : request.query;
}

/** The client that proves itself by Basic auth or by `client_id` and `client_secret` among the parameters. */
export function authenticatedClient(context: GlobusContext, request: SimulatorRequest): GlobusIdentity | undefined {
  const basic = /^Basic\s+(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
  const parameters = oauthParameters(request);
  const [id, secret] = basic
    ? splitCredentials(Buffer.from(basic, 'base64').toString('utf8'))
    : [parameters.get('client_id') ?? '', parameters.get('client_secret') ?? ''];
  const client = findIdentity(context.world, id.toLowerCase());
  return client?.clientSecret !== undefined && sameText(client.clientSecret, secret) ? client : undefined;
}

/**
 * Scopes grouped by the resource server they belong to, in the order in which the servers first appear.
 * Scopes nested in brackets depend on the one before and do not count on their own (globus-api.md 1.1).
 * @throws RangeError for a scope of an unknown shape
 */
export function scopesByResourceServer(scopes: string): Map<string, string[]> {
  const result = new Map<string, string[]>();
  for (const scope of topLevelScopes(scopes)) {
    const server = resourceServerOf(scope);
    result.set(server, [...(result.get(server) ?? []), scope]);
  }
  return result;
}

function issueTokens(context: GlobusContext, request: SimulatorRequest): SimulatorReply {
  const client = authenticatedClient(context, request);
  if (!client) return oauthError(401, 'invalid_client');
  const parameters = oauthParameters(request);
  const grantType = parameters.get('grant_type');
  if (grantType !== 'client_credentials')
    return oauthError(400, grantType ? 'unsupported_grant_type' : 'invalid_request');
  let groups: Map<string, string[]>;
  try {
    groups = scopesByResourceServer(parameters.get('scope') || DEFAULT_SCOPES);
  } catch {
    return oauthError(400, 'invalid_scope');
  }
  const [first, ...others] = [...groups].map(([resourceServer, scopes]) => ({
    access_token: context.tokens.issue(client.id, resourceServer, scopes.join(' ')),
    scope: scopes.join(' '),
    expires_in: TOKEN_LIFETIME_SECONDS,
    token_type: 'Bearer',
    resource_server: resourceServer,
  }));
  return { status: 200, headers: { 'cache-control': 'no-store' }, body: { ...first, other_tokens: others } };
}

function introspect(context: GlobusContext, request: SimulatorRequest): SimulatorReply {
  if (!authenticatedClient(context, request)) return oauthError(401, 'invalid_client');
  const parameters = oauthParameters(request);
  const grant = context.tokens.find(parameters.get('token') ?? '');
  const identity = grant && findIdentity(context.world, grant.identityId);
  if (!grant || !identity) return { status: 200, body: { active: false } };
  const include = (parameters.get('include') ?? '').split(',');
  const set = callerOf(context.world, identity.id).identityIds;
  return {
    status: 200,
    body: {
      active: true,
      token_type: 'Bearer',
      scope: grant.scope,
      client_id: identity.id,
      sub: identity.id,
      username: identity.username,
      name: identity.name,
      email: identity.email,
      exp: grant.expiresAtEpochSeconds,
      iat: grant.issuedAtEpochSeconds,
      nbf: grant.issuedAtEpochSeconds,
      aud: [grant.resourceServer, identity.id],
      iss: 'https://auth.globus.org',
      ...(include.includes('identity_set') ? { identity_set: set } : {}),
      ...(include.includes('identity_set_detail') ? { identity_set_detail: set.map((id) => detail(context, id)) } : {}),
    },
  };
}

function revoke(context: GlobusContext, request: SimulatorRequest): SimulatorReply {
  const parameters = oauthParameters(request);
  const isNamed = findIdentity(context.world, parameters.get('client_id') ?? '') !== undefined;
  if (!isNamed && !authenticatedClient(context, request)) return oauthError(401, 'invalid_client');
  context.tokens.revoke(parameters.get('token') ?? '');
  return { status: 200, body: { active: false } };
}

function detail(context: GlobusContext, id: string) {
  const identity = findIdentity(context.world, id);
  return {
    sub: id,
    username: identity?.username ?? null,
    name: identity?.name ?? null,
    email: identity?.email ?? null,
  };
}

function oauthError(status: number, error: string): SimulatorReply {
  return { status, body: { error } };
}

function splitCredentials(text: string): [string, string] {
  const at = text.indexOf(':');
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

function sameText(expected: string, given: string): boolean {
  const [a, b] = [Buffer.from(expected), Buffer.from(given)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function topLevelScopes(scopes: string): string[] {
  let depth = 0;
  let flat = '';
  for (const character of scopes) {
    if (character === '[') depth += 1;
    else if (character === ']') depth -= 1;
    else if (depth === 0) flat += character;
  }
  return flat.split(/\s+/).filter((scope) => scope !== '');
}

function resourceServerOf(scope: string): string {
  if (['openid', 'profile', 'email'].includes(scope)) return AUTH_RESOURCE_SERVER;
  const server =
    /^urn:globus:auth:scope:([^:]+):[^:]+$/.exec(scope)?.[1] ??
    /^https:\/\/auth\.globus\.org\/scopes\/([^/]+)\/[^/]+$/.exec(scope)?.[1];
  if (server === undefined) throw new RangeError(`unknown scope ${scope}`);
  return server;
}
