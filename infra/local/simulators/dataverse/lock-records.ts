import type { DatabaseSync } from 'node:sqlite';
import { insertRow } from './insert-row.ts';

/** Every reason a dataset may be locked for, as paths and answers spell it (dataverse-api.md 4.4). */
export const LOCK_TYPES = [
  'Ingest',
  'Workflow',
  'InReview',
  'DcmUpload',
  'GlobusUpload',
  'finalizePublication',
  'EditInProgress',
  'FileValidationFailed',
] as const;
export type LockType = (typeof LOCK_TYPES)[number];

export interface LockRecord {
  readonly datasetId: number;
  readonly lockType: LockType;
  readonly userName: string;
  /** Null for a lock that was placed through the API. */
  readonly message: string | null;
  readonly placedAtMilliseconds: number;
}

export interface LockRecords {
  of(datasetId: number): LockRecord[];
  all(): LockRecord[];
  /** False when the dataset has a lock of that type already. */
  place(lock: LockRecord): boolean;
  /** Removes the lock of that type, or all of them; tells how many went. */
  remove(datasetId: number, lockType?: LockType): number;
  /** Removes the locks of saves that died with the process they ran in. */
  removeUnfinishedSaves(): void;
}

/** Message of the lock that a save places for itself. */
export const SAVING_MESSAGE = 'saving current edits';

/** Locks in the database: at most one of each type per dataset. */
export function createLockRecords(database: DatabaseSync): LockRecords {
  return {
    of: (datasetId) =>
      database
        .prepare('SELECT * FROM locks WHERE datasetId = ? ORDER BY placedAtMilliseconds, rowid')
        .all(datasetId) as unknown as LockRecord[],
    all: () =>
      database.prepare('SELECT * FROM locks ORDER BY placedAtMilliseconds, rowid').all() as unknown as LockRecord[],
    place(lock) {
      const existing = database.prepare('SELECT 1 FROM locks WHERE datasetId = ? AND lockType = ?');
      if (existing.get(lock.datasetId, lock.lockType)) return false;
      insertRow(database, 'locks', { ...lock });
      return true;
    },
    remove(datasetId, lockType) {
      const removed =
        lockType === undefined
          ? database.prepare('DELETE FROM locks WHERE datasetId = ?').run(datasetId)
          : database.prepare('DELETE FROM locks WHERE datasetId = ? AND lockType = ?').run(datasetId, lockType);
      return Number(removed.changes);
    },
    removeUnfinishedSaves() {
      database.prepare('DELETE FROM locks WHERE lockType = ? AND message = ?').run('EditInProgress', SAVING_MESSAGE);
    },
  };
}

/** Whether the text names a lock type exactly. */
export function isLockType(text: string): text is LockType {
  return (LOCK_TYPES as readonly string[]).includes(text);
}
