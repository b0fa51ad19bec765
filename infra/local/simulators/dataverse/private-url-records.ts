import type { DatabaseSync } from 'node:sqlite';
import type { PrivateUrlUser } from './callers.ts';
import { insertRow } from './insert-row.ts';

export interface PrivateUrlRecords {
  byToken(token: string): PrivateUrlUser | undefined;
  byDataset(datasetId: number): PrivateUrlUser | undefined;
  /** A dataset has one private URL at most: a new one takes the place of the old. */
  put(user: PrivateUrlUser): void;
  remove(datasetId: number): void;
}

/** Private URLs in the database. */
export function createPrivateUrlRecords(database: DatabaseSync): PrivateUrlRecords {
  const read = (column: 'token' | 'datasetId', value: string | number): PrivateUrlUser | undefined => {
    const row = database.prepare(`SELECT * FROM privateUrls WHERE ${column} = ?`).get(value) as Row | undefined;
    return row && { datasetId: row.datasetId, token: row.token, isAnonymized: row.anonymized === 1 };
  };
  const remove = (datasetId: number) =>
    void database.prepare('DELETE FROM privateUrls WHERE datasetId = ?').run(datasetId);
  return {
    byToken: (token) => read('token', token),
    byDataset: (datasetId) => read('datasetId', datasetId),
    put({ datasetId, token, isAnonymized }) {
      remove(datasetId);
      insertRow(database, 'privateUrls', { datasetId, token, anonymized: isAnonymized ? 1 : 0 });
    },
    remove,
  };
}

interface Row {
  readonly datasetId: number;
  readonly token: string;
  readonly anonymized: number;
}
