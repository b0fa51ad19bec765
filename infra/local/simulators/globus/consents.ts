import type { LocalClock } from '../../clock.ts';
import type { Database, Row } from './database.ts';
import type { ScopeNode } from './scopes.ts';

/** Who allowed whom: an application may act for an identity. */
export interface ConsentHolder {
  readonly clientId: string;
  readonly identityId: string;
}

/** One scope that someone has agreed to, in the place where it was asked for. */
export interface Consent extends ConsentHolder {
  readonly id: number;
  readonly scope: string;
  /** Ids of the consents above it, then its own. */
  readonly dependencyPath: readonly number[];
  readonly allowsRefresh: boolean;
  readonly isOptional: boolean;
  readonly createdAtMilliseconds: number;
  readonly updatedAtMilliseconds: number;
  readonly lastUsedAtMilliseconds: number;
}

/**
 * Consents are kept per application and identity, not in tokens: one that comes later serves a token that is out
 * already (globus-api.md 6).
 */
export interface ConsentBook {
  grant(holder: ConsentHolder, scopes: readonly ScopeNode[], allowsRefresh: boolean): void;
  /** Whether the scopes, from the outermost to the innermost, are agreed to; notes that they were used. */
  covers(holder: ConsentHolder, path: readonly string[]): boolean;
  /** Takes the innermost of those scopes back. @returns whether it was there */
  withdraw(holder: ConsentHolder, path: readonly string[]): boolean;
  /** Everything an identity has agreed to, oldest first. */
  list(identityId: string): Consent[];
}

const UPSERT = `INSERT INTO consents (client_id, identity_id, parent_id, scope, allows_refresh, is_optional, created_ms,
  updated_ms, last_used_ms) VALUES (?, ?, ?, ?, ?, ?, ?7, ?7, ?7)
  ON CONFLICT (client_id, identity_id, parent_id, scope)
  DO UPDATE SET allows_refresh = max(allows_refresh, excluded.allows_refresh), updated_ms = excluded.updated_ms
  RETURNING id`;
const ROOT = 0;

/** Opens the consents stored in the database. */
export function openConsents(database: Database, clock: LocalClock): ConsentBook {
  const grantBelow = (
    holder: ConsentHolder,
    parentId: number,
    scopes: readonly ScopeNode[],
    allowsRefresh: boolean,
  ): void => {
    for (const { scope, isOptional, dependencies } of scopes) {
      const flags = [Number(allowsRefresh), Number(isOptional), clock.nowMilliseconds()];
      const row = database.get(UPSERT, holder.clientId, holder.identityId, parentId, scope, ...flags);
      grantBelow(holder, Number(row?.['id']), dependencies, allowsRefresh);
    }
  };
  const follow = (holder: ConsentHolder, path: readonly string[]): number[] | undefined => {
    const ids: number[] = [];
    for (const scope of path) {
      const row = database.get(
        'SELECT id FROM consents WHERE client_id = ? AND identity_id = ? AND parent_id = ? AND scope = ?',
        holder.clientId,
        holder.identityId,
        ids.at(-1) ?? ROOT,
        scope,
      );
      if (!row) return undefined;
      ids.push(Number(row['id']));
    }
    return ids;
  };
  return {
    grant: (holder, scopes, allowsRefresh) =>
      database.transaction(() => grantBelow(holder, ROOT, scopes, allowsRefresh)),
    covers(holder, path) {
      const ids = follow(holder, path);
      for (const id of ids ?? [])
        database.run('UPDATE consents SET last_used_ms = ? WHERE id = ?', clock.nowMilliseconds(), id);
      return ids !== undefined;
    },
    withdraw(holder, path) {
      const id = follow(holder, path)?.at(-1);
      return id !== undefined && database.run('DELETE FROM consents WHERE id = ?', id).changes > 0;
    },
    list(identityId) {
      const rows = database.all('SELECT * FROM consents WHERE identity_id = ? ORDER BY id', identityId);
      const parents = new Map(rows.map((row) => [Number(row['id']), Number(row['parent_id'])]));
      const pathTo = (id: number): number[] => (id === ROOT ? [] : [...pathTo(parents.get(id) ?? ROOT), id]);
      return rows.map((row) => toConsent(row, pathTo(Number(row['id']))));
    },
  };
}

function toConsent(row: Row, dependencyPath: readonly number[]): Consent {
  return {
    id: Number(row['id']),
    clientId: String(row['client_id']),
    identityId: String(row['identity_id']),
    scope: String(row['scope']),
    dependencyPath,
    allowsRefresh: row['allows_refresh'] === 1,
    isOptional: row['is_optional'] === 1,
    createdAtMilliseconds: Number(row['created_ms']),
    updatedAtMilliseconds: Number(row['updated_ms']),
    lastUsedAtMilliseconds: Number(row['last_used_ms']),
  };
}
