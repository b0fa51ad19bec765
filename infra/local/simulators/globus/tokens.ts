import { createHash, randomBytes } from 'node:crypto';
import type { LocalClock } from '../../clock.ts';
import type { Database } from './database.ts';

/** Access tokens live 48 hours (globus-api.md 1.2). */
export const TOKEN_LIFETIME_SECONDS = 172_800;

/** What a presented token stands for. Times are epoch seconds. */
export interface TokenGrant {
  readonly identityId: string;
  readonly resourceServer: string;
  readonly scope: string;
  readonly issuedAtEpochSeconds: number;
  readonly expiresAtEpochSeconds: number;
}

/** Tokens issued so far; only their SHA-256 is kept. */
export interface TokenBook {
  issue(identityId: string, resourceServer: string, scope: string): string;
  /** What an unexpired token stands for; undefined when it is unknown, revoked or expired. */
  find(token: string): TokenGrant | undefined;
  revoke(token: string): void;
  expireAll(): number;
}

export function openTokens(database: Database, clock: LocalClock): TokenBook {
  return {
    issue(identityId, resourceServer, scope) {
      const token = `Ag${randomBytes(36).toString('base64url')}`;
      const now = clock.nowMilliseconds();
      database.run(
        'INSERT INTO tokens VALUES (?, ?, ?, ?, ?, ?)',
        hashOf(token),
        identityId,
        resourceServer,
        scope,
        now,
        now + TOKEN_LIFETIME_SECONDS * 1000,
      );
      return token;
    },
    find(token) {
      const row = database.get('SELECT * FROM tokens WHERE token_hash = ?', hashOf(token));
      if (!row || Number(row['expires_at_ms']) <= clock.nowMilliseconds()) return undefined;
      return {
        identityId: String(row['identity_id']),
        resourceServer: String(row['resource_server']),
        scope: String(row['scope']),
        issuedAtEpochSeconds: Math.floor(Number(row['issued_at_ms']) / 1000),
        expiresAtEpochSeconds: Math.floor(Number(row['expires_at_ms']) / 1000),
      };
    },
    revoke: (token) => void database.run('DELETE FROM tokens WHERE token_hash = ?', hashOf(token)),
    expireAll: () => database.run('DELETE FROM tokens').changes,
  };
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
