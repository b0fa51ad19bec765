import { createHash, randomBytes } from 'node:crypto';
import type { LocalClock } from '../../clock.ts';
import type { Database, Row } from './database.ts';

/** Access tokens live 48 hours (globus-api.md 1.2). */
export const TOKEN_LIFETIME_SECONDS = 172_800;
/** Refresh tokens live until six months after their last use (globus-api.md 1.3). */
const REFRESH_LIFETIME_SECONDS = 182 * 86_400;

/** One login of a person in a browser. Client identities have none (globus-api.md 1.9). */
export interface LoginSession {
  readonly id: string;
  readonly authenticatedAtEpochSeconds: number;
}

/** What a token is issued for. */
export interface TokenOrder {
  /** The application that asked for it; with client credentials the same as the identity. */
  readonly clientId: string;
  readonly identityId: string;
  readonly resourceServer: string;
  readonly scope: string;
  readonly session: LoginSession | null;
}

/** What a presented token stands for. Times are epoch seconds. */
export interface TokenGrant extends TokenOrder {
  readonly issuedAtEpochSeconds: number;
  readonly expiresAtEpochSeconds: number;
}

export type TokenKind = 'access' | 'refresh';

/** Tokens issued so far; only their SHA-256 is kept. */
export interface TokenBook {
  issue(order: TokenOrder, kind?: TokenKind): string;
  /** What an unexpired token stands for; undefined when it is unknown, revoked or expired. */
  find(token: string, kind?: TokenKind): TokenGrant | undefined;
  /** Notes that a refresh token was used, which makes it live longer. */
  prolong(refreshToken: string): void;
  /** Revokes a token of either kind. */
  revoke(token: string): void;
  /** Ends all access tokens; refresh tokens stay. @returns how many there were */
  expireAll(): number;
}

/** Opens the tokens stored in the database. */
export function openTokens(database: Database, clock: LocalClock): TokenBook {
  const lifetimeMilliseconds = (kind: TokenKind) =>
    (kind === 'access' ? TOKEN_LIFETIME_SECONDS : REFRESH_LIFETIME_SECONDS) * 1000;
  return {
    issue(order, kind = 'access') {
      const token = `Ag${randomBytes(36).toString('base64url')}`;
      const now = clock.nowMilliseconds();
      database.run(
        'INSERT INTO issued_tokens VALUES (?, ?, ?, ?, ?)',
        hashOf(token),
        kind,
        JSON.stringify(order),
        now,
        now + lifetimeMilliseconds(kind),
      );
      return token;
    },
    find(token, kind = 'access') {
      const row = database.get('SELECT * FROM issued_tokens WHERE token_hash = ? AND kind = ?', hashOf(token), kind);
      return row && Number(row['expires_at_ms']) > clock.nowMilliseconds() ? toGrant(row) : undefined;
    },
    prolong: (token) =>
      void database.run(
        "UPDATE issued_tokens SET expires_at_ms = ? WHERE token_hash = ? AND kind = 'refresh'",
        clock.nowMilliseconds() + lifetimeMilliseconds('refresh'),
        hashOf(token),
      ),
    revoke: (token) => void database.run('DELETE FROM issued_tokens WHERE token_hash = ?', hashOf(token)),
    expireAll: () => database.run("DELETE FROM issued_tokens WHERE kind = 'access'").changes,
  };
}

/** What is kept of a secret that the simulator must recognise and nobody may read. */
export function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

function toGrant(row: Row): TokenGrant {
  return {
    ...(JSON.parse(String(row['token_order'])) as TokenOrder),
    issuedAtEpochSeconds: Math.floor(Number(row['issued_at_ms']) / 1000),
    expiresAtEpochSeconds: Math.floor(Number(row['expires_at_ms']) / 1000),
  };
}
