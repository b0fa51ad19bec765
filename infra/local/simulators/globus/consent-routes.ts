import type { SimulatorReply, SimulatorRequest, SimulatorRoute } from '../http/routes.ts';
import { authErrorReply } from './auth-error.ts';
import type { Consent } from './consents.ts';
import { bearerToken, type GlobusContext } from './context.ts';
import { isoTime, uuidFrom } from './documents.ts';
import { AUTH_RESOURCE_SERVER } from './scopes.ts';
import { callerOf } from './world.ts';

const VIEW_CONSENTS = 'urn:globus:auth:scope:auth.globus.org:view_consents';

/** What someone has agreed to (globus-api.md 1.6). */
export function consentRoutes(context: GlobusContext): SimulatorRoute[] {
  return [['GET', '/v2/api/identities/{id}/consents', (request) => listConsents(context, request)]];
}

/** Without `all=true`: what was given to the application that asks. */
function listConsents(context: GlobusContext, request: SimulatorRequest): SimulatorReply {
  const grant = context.tokens.find(bearerToken(request));
  if (!grant) return authErrorReply(401, 'UNAUTHORIZED', 'Unauthorized');
  const id = (request.params['id'] ?? '').toLowerCase();
  const isAll = ['true', '1'].includes((request.query.get('all') ?? '').toLowerCase());
  const mayAsk =
    grant.resourceServer === AUTH_RESOURCE_SERVER &&
    callerOf(context.world, grant.identityId).identityIds.includes(id) &&
    (!isAll || grant.scope.split(' ').includes(VIEW_CONSENTS));
  if (!mayAsk) return authErrorReply(403, 'FORBIDDEN', 'Forbidden');
  const consents = context.consents.list(id).filter(({ clientId }) => isAll || clientId === grant.clientId);
  return { status: 200, body: { consents: consents.map(consentDocument) } };
}

function consentDocument(consent: Consent) {
  return {
    id: consent.id,
    status: 'approved',
    scope: uuidFrom(consent.scope),
    scope_name: consent.scope,
    client: consent.clientId,
    effective_identity: consent.identityId,
    dependency_path: consent.dependencyPath,
    allows_refresh: consent.allowsRefresh,
    auto_approved: false,
    atomically_revocable: consent.isOptional,
    created: isoTime(consent.createdAtMilliseconds),
    updated: isoTime(consent.updatedAtMilliseconds),
    last_used: isoTime(consent.lastUsedAtMilliseconds),
  };
}
