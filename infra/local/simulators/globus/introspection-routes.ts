import type { SimulatorReply, SimulatorRequest, SimulatorRoute } from '../http/routes.ts';
import type { GlobusContext } from './context.ts';
import { isUuid } from './documents.ts';
import { ISSUER } from './id-tokens.ts';
import { authenticatedClient, callingClient, oauthError, oauthParameters } from './oauth-client.ts';
import { IDENTITY_PROVIDER_ID } from './token-reply.ts';
import type { TokenGrant } from './tokens.ts';
import { callerOf, findIdentity } from './world.ts';

const INACTIVE: SimulatorReply = { status: 200, body: { active: false } };

/** Looking into tokens, asking whether they are good, and revoking them (globus-api.md 1.5). */
export function introspectionRoutes(context: GlobusContext): SimulatorRoute[] {
  return [
    ['POST', '/v2/oauth2/token/introspect', (request) => introspect(context, request)],
    ['POST', '/v2/oauth2/token/validate', (request) => validate(context, request)],
    ['POST', '/v2/oauth2/token/revoke', (request) => revoke(context, request)],
  ];
}

function introspect(context: GlobusContext, request: SimulatorRequest): SimulatorReply {
  if (!authenticatedClient(context, request)) return oauthError(401, 'invalid_client');
  const parameters = oauthParameters(request);
  const grant = findToken(context, parameters);
  const identity = grant && findIdentity(context.world, grant.identityId);
  if (!grant || !identity) return INACTIVE;
  const include = (parameters.get('include') ?? '').split(',');
  const set = callerOf(context.world, identity.id).identityIds;
  return {
    status: 200,
    body: {
      active: true,
      token_type: 'Bearer',
      scope: grant.scope,
      client_id: grant.clientId,
      sub: identity.id,
      username: identity.username,
      name: identity.name,
      email: identity.email,
      exp: grant.expiresAtEpochSeconds,
      iat: grant.issuedAtEpochSeconds,
      nbf: grant.issuedAtEpochSeconds,
      aud: [grant.resourceServer, grant.clientId],
      iss: ISSUER,
      ...(include.includes('session_info') ? { session_info: sessionInfo(grant) } : {}),
      ...(include.includes('identity_set') ? { identity_set: set } : {}),
      ...(include.includes('identity_set_detail') ? { identity_set_detail: set.map((id) => detail(context, id)) } : {}),
    },
  };
}

function validate(context: GlobusContext, request: SimulatorRequest): SimulatorReply {
  const client = callingClient(context, request);
  if (!client) return oauthError(401, 'invalid_client');
  const isActive = findToken(context, oauthParameters(request))?.clientId === client.id;
  return isActive ? { status: 200, body: { active: true } } : INACTIVE;
}

/**
 * Whoever holds a token may revoke it: `globus logout` names the template of the client it was issued to, an id that
 * is no client here.
 */
function revoke(context: GlobusContext, request: SimulatorRequest): SimulatorReply {
  const parameters = oauthParameters(request);
  const isNamed = request.headers.authorization === undefined && isUuid(parameters.get('client_id'));
  if (!isNamed && !authenticatedClient(context, request)) return oauthError(401, 'invalid_client');
  context.tokens.revoke(parameters.get('token') ?? '');
  return INACTIVE;
}

function findToken(context: GlobusContext, parameters: URLSearchParams): TokenGrant | undefined {
  const token = parameters.get('token') ?? '';
  return context.tokens.find(token) ?? context.tokens.find(token, 'refresh');
}

/** Who has logged in for this token, and when; nobody has for a client's own. */
function sessionInfo({ session, identityId }: TokenGrant) {
  const authentication = session && {
    idp: IDENTITY_PROVIDER_ID,
    auth_time: session.authenticatedAtEpochSeconds,
    acr: null,
    amr: null,
    custom_claims: {},
  };
  return {
    session_id: session?.id ?? null,
    authentications: authentication ? { [identityId]: authentication } : {},
  };
}

function detail(context: GlobusContext, id: string) {
  const identity = findIdentity(context.world, id);
  return {
    sub: id,
    username: identity?.username ?? null,
    name: identity?.name ?? null,
    email: identity?.email ?? null,
    organization: identity?.organization ?? null,
    identity_provider: IDENTITY_PROVIDER_ID,
    identity_type: 'login',
  };
}
