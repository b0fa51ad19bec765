import type { DatabaseSync } from 'node:sqlite';
import { insertRow } from './insert-row.ts';

export interface QuotaRecords {
  /** Bytes the collection around all datasets may hold; undefined when no quota is defined. */
  allocatedBytes(): number | undefined;
  /** Null removes the quota. */
  allocate(bytes: number | null): void;
}

/** The one quota of the installation in the database. */
export function createQuotaRecords(database: DatabaseSync): QuotaRecords {
  return {
    allocatedBytes: () =>
      database.prepare('SELECT allocatedBytes FROM quota').get()?.['allocatedBytes'] as number | undefined,
    allocate(bytes) {
      database.exec('DELETE FROM quota');
      if (bytes !== null) insertRow(database, 'quota', { allocatedBytes: bytes });
    },
  };
}
