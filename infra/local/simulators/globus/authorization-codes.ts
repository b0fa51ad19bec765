import { randomBytes } from 'node:crypto';
import type { LocalClock } from '../../clock.ts';
import type { Database } from './database.ts';
import { hashOf, type LoginSession } from './tokens.ts';

/** How long a code waits for its exchange. The real figure is not known (globus-api.md 1.3). */
const CODE_LIFETIME_MILLISECONDS = 10 * 60_000;

/** What someone agreed to on the login page. */
export interface Authorization {
  readonly clientId: string;
  readonly identityId: string;
  readonly redirectUri: string;
  /** As asked for, dependent scopes included. */
  readonly scope: string;
  readonly state: string | null;
  readonly nonce: string | null;
  /** base64url of the SHA-256 of the verifier that the exchange must bring. */
  readonly codeChallenge: string | null;
  /** Whether refresh tokens are wanted. */
  readonly isOffline: boolean;
  readonly session: LoginSession;
}

/** Codes on their way from the login page to the token endpoint. */
export interface AuthorizationCodes {
  issue(authorization: Authorization): string;
  /** What a code stands for. It is good for one call, whatever becomes of that. */
  take(code: string): Authorization | undefined;
}

/** Opens the codes stored in the database. */
export function openAuthorizationCodes(database: Database, clock: LocalClock): AuthorizationCodes {
  return {
    issue(authorization) {
      const code = randomBytes(24).toString('base64url');
      database.run(
        'INSERT INTO authorization_codes VALUES (?, ?, ?)',
        hashOf(code),
        JSON.stringify(authorization),
        clock.nowMilliseconds() + CODE_LIFETIME_MILLISECONDS,
      );
      return code;
    },
    take(code) {
      const row = database.get('DELETE FROM authorization_codes WHERE code_hash = ? RETURNING *', hashOf(code));
      if (!row || Number(row['expires_at_ms']) <= clock.nowMilliseconds()) return undefined;
      return JSON.parse(String(row['authorization'])) as Authorization;
    },
  };
}
