import type { SimulatorReply } from '../http/routes.ts';
import type { GlobusContext } from './context.ts';
import { ISSUER } from './id-tokens.ts';
import { AUTH_RESOURCE_SERVER, scopesByResourceServer } from './scopes.ts';
import { type LoginSession, TOKEN_LIFETIME_SECONDS } from './tokens.ts';
import { findIdentity } from './world.ts';

/** Where the identities of the simulator log in. */
export const IDENTITY_PROVIDER_ID = '41143743-f3c8-4d60-bbdb-eeecaba85bd9';
export const IDENTITY_PROVIDER_NAME = 'Globus ID';

export interface TokenReplyOrder {
  readonly clientId: string;
  readonly identityId: string;
  readonly scope: string;
  readonly session: LoginSession | null;
  /** Whether each resource server's token comes with a new refresh token. */
  readonly isOffline: boolean;
  /** The refresh token that this reply answers to. */
  readonly refreshToken?: string;
  /** From the login page. */
  readonly state?: string | null;
  readonly nonce?: string | null;
}

/**
 * One token per resource server, in the order of the scopes: the first at the top level, the rest in `other_tokens`
 * (globus-api.md 1.2).
 */
export function tokenReply(context: GlobusContext, order: TokenReplyOrder): SimulatorReply {
  const { clientId, identityId, session } = order;
  const groups = scopesByResourceServer(order.scope);
  const [first, ...others] = [...groups].map(([resourceServer, scopes]) => {
    const scope = scopes.join(' ');
    const token = { clientId, identityId, resourceServer, scope, session };
    const refreshToken = order.isOffline ? context.tokens.issue(token, 'refresh') : order.refreshToken;
    return {
      access_token: context.tokens.issue(token),
      scope,
      expires_in: TOKEN_LIFETIME_SECONDS,
      token_type: 'Bearer',
      resource_server: resourceServer,
      ...(refreshToken === undefined ? {} : { refresh_token: refreshToken }),
    };
  });
  const isOpenId = groups.get(AUTH_RESOURCE_SERVER)?.includes('openid') ?? false;
  return {
    status: 200,
    headers: { 'cache-control': 'no-store' },
    body: {
      ...first,
      ...(order.state === undefined || order.state === null ? {} : { state: order.state }),
      ...(isOpenId ? { id_token: context.idTokens.sign(claims(context, order)) } : {}),
      other_tokens: others,
    },
  };
}

function claims(context: GlobusContext, { clientId, identityId, session, nonce }: TokenReplyOrder) {
  const identity = findIdentity(context.world, identityId);
  const now = Math.floor(context.clock.nowMilliseconds() / 1000);
  return {
    iss: ISSUER,
    sub: identityId,
    aud: clientId,
    iat: now,
    exp: now + TOKEN_LIFETIME_SECONDS,
    preferred_username: identity?.username,
    name: identity?.name,
    email: identity?.email,
    organization: identity?.organization ?? null,
    identity_provider: IDENTITY_PROVIDER_ID,
    identity_provider_display_name: IDENTITY_PROVIDER_NAME,
    last_authentication: session?.authenticatedAtEpochSeconds ?? null,
    ...(nonce ? { nonce } : {}),
  };
}
