import type { DatabaseSync } from 'node:sqlite';
import { inTransaction } from './database.ts';
import { insertRow } from './insert-row.ts';
import type { DatasetPermission } from './world.ts';

/** An account and its API token. Truth values are 0 or 1, as the database holds them. */
export interface UserRecord {
  readonly id: number;
  readonly name: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly email: string;
  readonly affiliation: string | null;
  readonly apiToken: string | null;
  readonly tokenExpiresAtMilliseconds: number | null;
  readonly tokenDisabled: number;
  readonly superuser: number;
  readonly deactivated: number;
  readonly createdAtMilliseconds: number;
}

/** What the control interface may change about an account. */
export type UserChange = Partial<
  Pick<UserRecord, 'apiToken' | 'tokenExpiresAtMilliseconds' | 'tokenDisabled' | 'superuser' | 'deactivated'>
>;

export interface UserRecords {
  byName(name: string): UserRecord | undefined;
  byApiToken(apiToken: string): UserRecord | undefined;
  /** Undefined when no provider vouches for the token; without a user when it is good but nobody's. */
  byBearerToken(token: string): { readonly user: UserRecord | undefined } | undefined;
  /** A user name links the token, null leaves it good but nobody's, undefined makes it worthless. */
  setBearerToken(token: string, userName: string | null | undefined): void;
  all(): UserRecord[];
  change(name: string, change: UserChange): void;
  /** Role-based permissions of the account on the dataset; superusers are not special here. */
  permissionsOn(name: string, datasetId: number): DatasetPermission[];
  setPermissions(name: string, datasetId: number, permissions: readonly DatasetPermission[]): void;
}

/** Accounts, tokens and roles in the database. */
export function createUserRecords(database: DatabaseSync): UserRecords {
  const byName = (name: string) =>
    database.prepare('SELECT * FROM users WHERE name = ?').get(name) as UserRecord | undefined;
  return {
    byName,
    byApiToken: (apiToken) =>
      database.prepare('SELECT * FROM users WHERE apiToken = ?').get(apiToken) as UserRecord | undefined,
    byBearerToken(token) {
      const row = database.prepare('SELECT userName FROM bearerTokens WHERE token = ?').get(token);
      if (!row) return undefined;
      return { user: row['userName'] === null ? undefined : byName(String(row['userName'])) };
    },
    setBearerToken(token, userName) {
      database.prepare('DELETE FROM bearerTokens WHERE token = ?').run(token);
      if (userName !== undefined) insertRow(database, 'bearerTokens', { token, userName });
    },
    all: () => database.prepare('SELECT * FROM users ORDER BY id').all() as unknown as UserRecord[],
    change(name, change) {
      for (const [column, value] of Object.entries(change)) {
        database.prepare(`UPDATE users SET ${column} = ? WHERE name = ?`).run(value, name);
      }
    },
    permissionsOn: (name, datasetId) =>
      database
        .prepare('SELECT permission FROM roles WHERE userName = ? AND datasetId = ?')
        .all(name, datasetId)
        .map((row) => row['permission'] as DatasetPermission),
    setPermissions(name, datasetId, permissions) {
      inTransaction(database, () => {
        database.prepare('DELETE FROM roles WHERE userName = ? AND datasetId = ?').run(name, datasetId);
        for (const permission of new Set(permissions))
          insertRow(database, 'roles', { datasetId, userName: name, permission });
      });
    },
  };
}
