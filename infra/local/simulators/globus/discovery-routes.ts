import { randomUUID } from 'node:crypto';
import type { SimulatorReply, SimulatorRequest, SimulatorRoute } from '../http/routes.ts';
import { authErrorReply } from './auth-error.ts';
import type { GlobusContext } from './context.ts';
import { isoTime, jsonObject } from './documents.ts';
import { ISSUER } from './id-tokens.ts';

const JWKS_PATH = '/jwk.json';

/** What programs ask before they can log someone in: addresses, keys, and an application of their own. */
export function discoveryRoutes(context: GlobusContext): SimulatorRoute[] {
  return [
    ['GET', '/.well-known/openid-configuration', (request) => ({ status: 200, body: configuration(request) })],
    ['GET', JWKS_PATH, () => ({ status: 200, body: { keys: [context.idTokens.publicJwk()] } })],
    ['POST', '/v2/api/clients', (request) => createClient(context, request)],
  ];
}

/** Addresses are those under which the caller has found this server; the issuer is the real one (globus-api.md 1.7). */
function configuration(request: SimulatorRequest) {
  const base = `http://${request.headers.host ?? '127.0.0.1'}`;
  return {
    issuer: ISSUER,
    authorization_endpoint: `${base}/v2/oauth2/authorize`,
    token_endpoint: `${base}/v2/oauth2/token`,
    userinfo_endpoint: `${base}/v2/oauth2/userinfo`,
    introspection_endpoint: `${base}/v2/oauth2/token/introspect`,
    revocation_endpoint: `${base}/v2/oauth2/token/revoke`,
    jwks_uri: `${base}${JWKS_PATH}`,
    response_types_supported: ['code'],
    grant_types_supported: ['authorization_code', 'refresh_token', 'client_credentials'],
    scopes_supported: ['openid', 'email', 'profile'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
    code_challenge_methods_supported: ['S256'],
    token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'none'],
  };
}

/** A confidential client from a template, as a command line program makes one for itself (globus-api.md 4). */
function createClient(context: GlobusContext, request: SimulatorRequest): SimulatorReply {
  let given: Record<string, unknown>;
  try {
    given = (jsonObject(request.body)['client'] ?? {}) as Record<string, unknown>;
  } catch {
    return authErrorReply(400, 'INVALID_PARAMETERS', 'The body must be a JSON object');
  }
  const { name, template_id: templateId } = given;
  if (typeof name !== 'string' || name === '' || typeof templateId !== 'string')
    return authErrorReply(400, 'INVALID_PARAMETERS', 'client needs a name and a template_id');
  const id = randomUUID();
  const secret = randomUUID();
  const username = `${id}@clients.auth.globus.org`;
  context.directory.addIdentity({ id, username, name, email: username, clientSecret: secret });
  const created = isoTime(context.clock.nowMilliseconds());
  return {
    status: 201,
    body: {
      client: { id, name, template_id: templateId, public_client: false, redirect_uris: [], scopes: [] },
      included: { client_credential: { id: randomUUID(), client: id, name: 'template', secret, created } },
    },
  };
}
