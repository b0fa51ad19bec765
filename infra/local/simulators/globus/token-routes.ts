import { createHash } from 'node:crypto';
import type { SimulatorReply, SimulatorRequest, SimulatorRoute } from '../http/routes.ts';
import { authErrorReply, unknownScopeDetail } from './auth-error.ts';
import type { Authorization } from './authorization-codes.ts';
import type { GlobusContext } from './context.ts';
import { callingClient, type OAuthClient, oauthError, oauthParameters } from './oauth-client.ts';
import { DEFAULT_SCOPES, parseScopes, scopesByResourceServer, unknownScopes } from './scopes.ts';
import { tokenReply } from './token-reply.ts';

type Grant = (context: GlobusContext, client: OAuthClient, parameters: URLSearchParams) => SimulatorReply;

/** What RFC 7636 asks of a verifier. */
const CODE_VERIFIER = /^[A-Za-z0-9~_.-]{43,128}$/;

/** The token endpoint with its three grants (globus-api.md 1.2 to 1.4). */
export function tokenRoutes(context: GlobusContext): SimulatorRoute[] {
  return [['POST', '/v2/oauth2/token', (request) => issueTokens(context, request)]];
}

const GRANTS: Readonly<Record<string, Grant>> = {
  client_credentials: grantToClient,
  authorization_code: exchangeCode,
  refresh_token: refresh,
};

function issueTokens(context: GlobusContext, request: SimulatorRequest): SimulatorReply {
  const client = callingClient(context, request);
  if (!client) return oauthError(401, 'invalid_client');
  const parameters = oauthParameters(request);
  const grantType = parameters.get('grant_type');
  if (!grantType) return oauthError(400, 'invalid_request');
  return GRANTS[grantType]?.(context, client, parameters) ?? oauthError(400, 'unsupported_grant_type');
}

/** Asking for dependent scopes is consenting to them, as far as clients go that act for themselves. */
function grantToClient(context: GlobusContext, client: OAuthClient, parameters: URLSearchParams): SimulatorReply {
  if (client.isPublic) return oauthError(400, 'unauthorized_client');
  const scope = parameters.get('scope') || DEFAULT_SCOPES;
  const refusal = refuseScopes(context, client.id, scope);
  if (refusal) return refusal;
  const holder = { clientId: client.id, identityId: client.id };
  context.consents.grant(holder, parseScopes(scope), false);
  return tokenReply(context, { ...holder, scope, session: null, isOffline: false });
}

function exchangeCode(context: GlobusContext, client: OAuthClient, parameters: URLSearchParams): SimulatorReply {
  const code = parameters.get('code');
  if (!code) return oauthError(400, 'invalid_request', { error_description: 'code is missing' });
  const authorization = context.codes.take(code);
  const isFit =
    authorization?.clientId === client.id &&
    authorization.redirectUri === parameters.get('redirect_uri') &&
    isProven(authorization, parameters.get('code_verifier'));
  if (!isFit) return oauthError(401, 'invalid_grant');
  return tokenReply(context, authorization);
}

/** Answers with the refresh token it was given: clients that store what they get would lose it otherwise. */
function refresh(context: GlobusContext, client: OAuthClient, parameters: URLSearchParams): SimulatorReply {
  const token = parameters.get('refresh_token');
  if (!token) return oauthError(400, 'invalid_request', { error_description: 'refresh_token is missing' });
  const grant = context.tokens.find(token, 'refresh');
  if (grant?.clientId !== client.id) return oauthError(401, 'invalid_grant');
  context.tokens.prolong(token);
  return tokenReply(context, { ...grant, isOffline: false, refreshToken: token });
}

/** PKCE (S256): who exchanges the code is who asked for it. */
function isProven({ codeChallenge }: Authorization, verifier: string | null): boolean {
  if (codeChallenge === null) return true;
  if (verifier === null || !CODE_VERIFIER.test(verifier)) return false;
  return createHash('sha256').update(verifier).digest('base64url') === codeChallenge;
}

/** What is wrong with the scopes of a request, if anything is. */
function refuseScopes(context: GlobusContext, clientId: string, scope: string): SimulatorReply | undefined {
  try {
    const unknown = unknownScopes(context.world, parseScopes(scope));
    if (unknown.length > 0)
      return authErrorReply(400, 'UNKNOWN_SCOPE_ERROR', unknownScopeDetail(clientId, unknown), 'invalid_scope');
    scopesByResourceServer(scope);
    return undefined;
  } catch (error) {
    return authErrorReply(400, 'INVALID_SCOPE', (error as Error).message);
  }
}
