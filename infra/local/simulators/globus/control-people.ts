import { randomUUID } from 'node:crypto';
import type { SimulatorReply, SimulatorRoute } from '../http/routes.ts';
import type { ConsentHolder } from './consents.ts';
import type { GlobusContext } from './context.ts';
import { controlRefusal, withBody } from './control-body.ts';
import { isUuid } from './documents.ts';
import { findClient } from './oauth-client.ts';
import { dataAccessScope, needsDataAccess, parseScopes, TRANSFER_SCOPE } from './scopes.ts';
import { findCollection, findIdentity } from './world.ts';

type Body = Readonly<Record<string, unknown>>;

/** What the control interface may do about people, applications, and what the ones allow the others. */
export function controlPeopleRoutes(context: GlobusContext): SimulatorRoute[] {
  return [
    ['POST', '/_control/identities', withBody((body) => addIdentity(context, body))],
    ['POST', '/_control/clients', withBody((body) => addClient(context, body))],
    ['POST', '/_control/consents', withBody((body) => changeConsent(context, body, 'grant'))],
    ['DELETE', '/_control/consents', withBody((body) => changeConsent(context, body, 'withdraw'))],
    ['POST', '/_control/signed-in', withBody(({ identityId }) => signIn(context, identityId))],
  ];
}

function addIdentity(context: GlobusContext, body: Body): SimulatorReply {
  const { id = randomUUID(), username, name, email, organization, clientSecret, linkedIdentityIds } = body;
  if (!isUuid(id) || !isText(username) || !isText(name) || !isText(email))
    return controlRefusal('expected {"username": <text>, "name": <text>, "email": <text>, "id": <id or absent>}');
  if (linkedIdentityIds !== undefined && !(Array.isArray(linkedIdentityIds) && linkedIdentityIds.every(isUuid)))
    return controlRefusal('linkedIdentityIds: expected a list of ids');
  const identity = {
    id: id.toLowerCase(),
    username,
    name,
    email,
    ...(isText(organization) ? { organization } : {}),
    ...(isText(clientSecret) ? { clientSecret } : {}),
    ...(linkedIdentityIds ? { linkedIdentityIds } : {}),
  };
  context.directory.addIdentity(identity);
  return { status: 201, body: identity };
}

/** With a secret an application is an identity too, as at Globus. */
function addClient(context: GlobusContext, body: Body): SimulatorReply {
  const { id = randomUUID(), name, secret } = body;
  if (!isUuid(id) || !isText(name)) return controlRefusal('expected {"name": <text>, "id": <id or absent>}');
  const clientId = id.toLowerCase();
  const username = `${clientId}@clients.auth.globus.org`;
  if (isText(secret))
    context.directory.addIdentity({ id: clientId, username, name, email: username, clientSecret: secret });
  else context.directory.addPublicClient({ id: clientId, name });
  return { status: 201, body: { id: clientId, name, isPublic: !isText(secret) } };
}

function changeConsent(context: GlobusContext, body: Body, change: 'grant' | 'withdraw'): SimulatorReply {
  const holder = consentHolder(context, body);
  const collection = findCollection(context.world, String(body['collectionId']));
  if (!holder || !collection || !needsDataAccess(collection))
    return controlRefusal(
      'expected {"clientId": <id>, "identityId": <id>, "collectionId": <id of a mapped collection>}',
    );
  const scope = dataAccessScope(collection.id);
  if (change === 'grant') context.consents.grant(holder, parseScopes(`${TRANSFER_SCOPE}[*${scope}]`), false);
  else if (!context.consents.withdraw(holder, [TRANSFER_SCOPE, scope]))
    return { status: 404, body: { message: 'no such consent' } };
  return { status: 200, body: { ...holder, scope } };
}

function consentHolder(context: GlobusContext, { clientId, identityId }: Body): ConsentHolder | undefined {
  const client = findClient(context.world, String(clientId));
  const identity = findIdentity(context.world, String(identityId));
  return client && identity && { clientId: client.id, identityId: identity.id };
}

function signIn(context: GlobusContext, identityId: unknown): SimulatorReply {
  const identity = findIdentity(context.world, String(identityId));
  if (identityId !== null && !identity) return controlRefusal('expected {"identityId": <id of an identity or null>}');
  context.settings.signedInIdentityId = identity?.id ?? null;
  return { status: 200, body: { identityId: identity?.id ?? null } };
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
