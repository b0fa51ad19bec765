import * as auth from '@globus/sdk/services/auth';
import * as transfer from '@globus/sdk/services/transfer';
import * as z from 'zod/mini';
import { UnavailableError, UpstreamRefusedError } from '../../domain/errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Secrets } from '../../ports/secrets.ts';
import type { Deadline } from '../system/retry-wait.ts';
import { basicAuthorization } from './credential.ts';
import { exchange, type GlobusReply, type NoReply, withoutSecrets } from './reply.ts';
import type { RetryingCall } from './retrying.ts';
import { type GlobusHosts, sdkOptions } from './sdk-fetch.ts';

/** A token is not used in its last minute: the request it goes with takes time too, and clocks differ. */
const RENEW_BEFORE_EXPIRY_SECONDS = 60;

const tokenDocument = z.object({
  access_token: z.string().check(z.minLength(1)),
  expires_in: z.number(),
  resource_server: z.string(),
});
const tokenReply = z.extend(tokenDocument, { other_tokens: z.optional(z.array(z.unknown())) });

/** Transfer tokens of our client identities, one per secret. */
export interface AccessTokens {
  /** A token that is good for a minute at least. */
  tokenOf(secretName: string, deadline: Deadline): Promise<string>;
  /** Drops a token that Globus refused, and the secret behind it, so that a rotated secret is picked up (F-72). */
  forget(secretName: string, token: string): void;
}

export interface AccessTokenOptions {
  readonly hosts: GlobusHosts;
  readonly secrets: Secrets;
  readonly clock: Clock;
  readonly retrying: RetryingCall;
}

/**
 * Keeps client-credentials tokens (globus-api.md 1.2) until a minute before they end; callers at the same moment share one request.
 */
export function createAccessTokens(options: AccessTokenOptions): AccessTokens {
  const { hosts, secrets, clock, retrying } = options;
  const tokens = new Map<string, { readonly token: string; readonly renewAtMilliseconds: number }>();
  const running = new Map<string, Promise<string>>();

  const ask = async (secretName: string, deadline: Deadline) => {
    const { header, hidden } = basicAuthorization(secretName, await secrets.read(secretName));
    return retrying({ name: 'token', when: 'any-transient', deadline }, async (timeLimitMilliseconds) =>
      withoutSecrets(
        await exchange(() =>
          auth.oauth2.token.token(
            {
              // The SDK types only the authorization-code form (globus-api.md 5.3).
              payload: { grant_type: 'client_credentials', scope: transfer.CONFIG.SCOPES.ALL } as never,
              headers: { Authorization: header },
            },
            sdkOptions(hosts, timeLimitMilliseconds),
          ),
        ),
        hidden,
      ),
    );
  };

  const renew = async (secretName: string, deadline: Deadline): Promise<string> => {
    let result = await ask(secretName, deadline);
    if (refusalIn(result)) {
      // The secret may have been rotated since it was read.
      secrets.forget(secretName);
      result = await ask(secretName, deadline);
    }
    const { token, expiresInSeconds } = tokenIn(result, secretName);
    tokens.set(secretName, {
      token,
      renewAtMilliseconds: clock.nowMilliseconds() + (expiresInSeconds - RENEW_BEFORE_EXPIRY_SECONDS) * 1000,
    });
    return token;
  };

  return {
    tokenOf(secretName, deadline) {
      const known = tokens.get(secretName);
      if (known && clock.nowMilliseconds() < known.renewAtMilliseconds) return Promise.resolve(known.token);
      const shared = running.get(secretName);
      if (shared) return shared;
      const renewal = renew(secretName, deadline).finally(() => running.delete(secretName));
      running.set(secretName, renewal);
      return renewal;
    },
    forget(secretName, token) {
      // Another call may have renewed it already: a younger token stays.
      if (tokens.get(secretName)?.token !== token) return;
      tokens.delete(secretName);
      secrets.forget(secretName);
    },
  };
}

/** Auth's own refusal of the credential, as against a failure that may pass. */
function refusalIn(result: GlobusReply | NoReply): GlobusReply | undefined {
  if (result.kind === 'none' || ![400, 401, 403].includes(result.status)) return undefined;
  return result.code === '' ? undefined : result;
}

function tokenIn(result: GlobusReply | NoReply, secretName: string): { token: string; expiresInSeconds: number } {
  const refusal = refusalIn(result);
  if (refusal) {
    throw new UpstreamRefusedError(
      `Globus Auth does not accept the credential in the secret "${secretName}": ${refusal.message || refusal.code}`,
      { details: { status: refusal.status, code: refusal.code } },
    );
  }
  if (result.kind === 'none') {
    throw new UnavailableError(`Globus Auth gave no answer: ${result.reason}.`);
  }
  const reply = result.status === 200 ? z.safeParse(tokenReply, result.json).data : undefined;
  if (!reply) {
    throw new UnavailableError(`Globus Auth answered ${result.status} without a usable token.`, {
      details: { status: result.status, code: result.code },
    });
  }
  for (const candidate of [reply, ...(reply.other_tokens ?? [])]) {
    const token = z.safeParse(tokenDocument, candidate).data;
    if (token?.resource_server === 'transfer.api.globus.org') {
      return { token: token.access_token, expiresInSeconds: token.expires_in };
    }
  }
  throw new UnavailableError('Globus Auth gave no token for transfer.api.globus.org.');
}
