import type { SimulatorReply, SimulatorRequest, SimulatorRoute } from '../http/routes.ts';
import { authErrorReply } from './auth-error.ts';
import { bearerToken, type GlobusContext } from './context.ts';
import { authenticatedClient } from './oauth-client.ts';
import { AUTH_RESOURCE_SERVER } from './scopes.ts';
import { IDENTITY_PROVIDER_ID, IDENTITY_PROVIDER_NAME } from './token-reply.ts';
import { callerOf, findIdentity, type GlobusIdentity } from './world.ts';

const VIEW_IDENTITY_SET = 'urn:globus:auth:scope:auth.globus.org:view_identity_set';

/** Who someone is (globus-api.md 1.6). */
export function identityRoutes(context: GlobusContext): SimulatorRoute[] {
  return [
    ['GET', '/v2/oauth2/userinfo', (request) => userinfo(context, request)],
    ['GET', '/v2/api/identities', (request) => lookUp(context, request)],
    ['GET', '/v2/api/identities/{id}', (request) => readOne(context, request)],
  ];
}

function userinfo(context: GlobusContext, request: SimulatorRequest): SimulatorReply {
  const grant = context.tokens.find(bearerToken(request));
  if (!grant) return authErrorReply(401, 'UNAUTHORIZED', 'Unauthorized');
  const scopes = grant.scope.split(' ');
  if (grant.resourceServer !== AUTH_RESOURCE_SERVER || !scopes.includes('openid'))
    return authErrorReply(403, 'FORBIDDEN', 'Forbidden');
  const caller = callerOf(context.world, grant.identityId);
  const identity = findIdentity(context.world, caller.primaryId);
  if (!identity) return authErrorReply(401, 'UNAUTHORIZED', 'Unauthorized');
  const members = caller.identityIds.flatMap((id) => findIdentity(context.world, id) ?? []);
  return {
    status: 200,
    body: {
      sub: identity.id,
      preferred_username: identity.username,
      name: identity.name,
      email: identity.email,
      organization: identity.organization ?? null,
      identity_provider: IDENTITY_PROVIDER_ID,
      identity_provider_display_name: IDENTITY_PROVIDER_NAME,
      ...(grant.session ? { last_authentication: grant.session.authenticatedAtEpochSeconds } : {}),
      ...(scopes.includes(VIEW_IDENTITY_SET) ? { identity_set: members.map(setMember) } : {}),
    },
  };
}

function lookUp(context: GlobusContext, request: SimulatorRequest): SimulatorReply {
  if (!isKnown(context, request)) return authErrorReply(401, 'UNAUTHORIZED', 'Unauthorized');
  const ids = request.query.get('ids');
  const usernames = request.query.get('usernames');
  if ((ids === null) === (usernames === null))
    return authErrorReply(400, 'INVALID_PARAMETERS', 'Exactly one of ids and usernames is required');
  const wanted = (ids ?? usernames ?? '').toLowerCase().split(',');
  const found = context.world.identities.filter((each) =>
    wanted.includes((ids === null ? each.username : each.id).toLowerCase()),
  );
  return { status: 200, body: { identities: found.map(identityDocument) } };
}

function readOne(context: GlobusContext, request: SimulatorRequest): SimulatorReply {
  if (!isKnown(context, request)) return authErrorReply(401, 'UNAUTHORIZED', 'Unauthorized');
  const identity = findIdentity(context.world, request.params['id'] ?? '');
  if (!identity) return authErrorReply(404, 'NOT_FOUND', 'Identity not found');
  return { status: 200, body: { identity: identityDocument(identity) } };
}

function isKnown(context: GlobusContext, request: SimulatorRequest): boolean {
  return context.tokens.find(bearerToken(request)) !== undefined || authenticatedClient(context, request) !== undefined;
}

function identityDocument(identity: GlobusIdentity) {
  return {
    id: identity.id,
    username: identity.username,
    name: identity.name,
    email: identity.email,
    organization: identity.organization ?? null,
    identity_provider: IDENTITY_PROVIDER_ID,
    identity_type: 'login',
    status: 'used',
  };
}

function setMember(identity: GlobusIdentity) {
  return {
    sub: identity.id,
    username: identity.username,
    name: identity.name,
    email: identity.email,
    identity_provider: IDENTITY_PROVIDER_ID,
    identity_provider_display_name: IDENTITY_PROVIDER_NAME,
    organization: identity.organization ?? null,
    status: 'used',
  };
}
