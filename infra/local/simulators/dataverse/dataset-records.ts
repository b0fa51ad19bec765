import type { DatabaseSync } from 'node:sqlite';
import { insertRow } from './insert-row.ts';

export interface DatasetRecord {
  readonly id: number;
  readonly title: string;
  readonly protocol: string;
  readonly authority: string;
  readonly identifier: string;
  readonly storeId: string;
  readonly createdAtMilliseconds: number;
}

export interface VersionRecord {
  readonly id: number;
  readonly datasetId: number;
  readonly state: 'DRAFT' | 'RELEASED';
  readonly major: number | null;
  readonly minor: number | null;
  readonly createdAtMilliseconds: number;
  readonly updatedAtMilliseconds: number;
}

export interface DatasetRecords {
  byId(id: number): DatasetRecord | undefined;
  /** `persistentId` in the form `doi:10.5072/FK2/ILLPXE`. */
  byPersistentId(persistentId: string): DatasetRecord | undefined;
  all(): DatasetRecord[];
  remove(id: number): void;
  /** Versions of a dataset, newest first. */
  versions(datasetId: number): VersionRecord[];
  /** The draft, made from the last version (its files included) when there is none. To be called in a transaction. */
  openDraft(datasetId: number, nowMilliseconds: number): VersionRecord;
  /**
   * Publishes the draft: 1.0, then 2.0 or 1.1. To be called in a transaction.
   * @throws Error when there is no draft
   */
  publishDraft(datasetId: number, step: 'major' | 'minor', nowMilliseconds: number): VersionRecord;
  /** A database setting by its name, colon included. */
  setting(name: string): string | undefined;
  /** Null removes the setting. */
  setSetting(name: string, value: string | null): void;
}

/** Datasets, their versions and the installation's settings in the database. */
export function createDatasetRecords(database: DatabaseSync): DatasetRecords {
  const versions = (datasetId: number) =>
    database
      .prepare('SELECT * FROM versions WHERE datasetId = ? ORDER BY id DESC')
      .all(datasetId) as unknown as VersionRecord[];
  return {
    byId: (id) => database.prepare('SELECT * FROM datasets WHERE id = ?').get(id) as DatasetRecord | undefined,
    byPersistentId: (persistentId) =>
      database
        .prepare(`SELECT * FROM datasets WHERE protocol || ':' || authority || '/' || identifier = ?`)
        .get(persistentId) as DatasetRecord | undefined,
    all: () => database.prepare('SELECT * FROM datasets ORDER BY id').all() as unknown as DatasetRecord[],
    remove: (id) => void database.prepare('DELETE FROM datasets WHERE id = ?').run(id),
    versions,
    openDraft(datasetId, nowMilliseconds) {
      const [latest] = versions(datasetId);
      if (latest?.state === 'DRAFT') {
        database.prepare('UPDATE versions SET updatedAtMilliseconds = ? WHERE id = ?').run(nowMilliseconds, latest.id);
        return { ...latest, updatedAtMilliseconds: nowMilliseconds };
      }
      const times = { createdAtMilliseconds: nowMilliseconds, updatedAtMilliseconds: nowMilliseconds };
      const draft = { datasetId, state: 'DRAFT' as const, major: null, minor: null, ...times };
      const id = insertRow(database, 'versions', draft);
      const columns = 'fileId, label, directoryLabel, description, restricted, categories';
      if (latest) {
        database
          .prepare(
            `INSERT INTO fileMetadata (versionId, ${columns}) SELECT ?, ${columns} FROM fileMetadata WHERE versionId = ?`,
          )
          .run(id, latest.id);
      }
      return { id, ...draft };
    },
    publishDraft(datasetId, step, nowMilliseconds) {
      const [draft, former] = versions(datasetId);
      if (draft?.state !== 'DRAFT') throw new Error(`dataset ${datasetId} has no draft`);
      const [major, minor] = numberAfter(former, step);
      database
        .prepare(`UPDATE versions SET state = 'RELEASED', major = ?, minor = ?, updatedAtMilliseconds = ? WHERE id = ?`)
        .run(major, minor, nowMilliseconds, draft.id);
      database
        .prepare(
          `UPDATE files SET publishedAtMilliseconds = ? WHERE publishedAtMilliseconds IS NULL
             AND id IN (SELECT fileId FROM fileMetadata WHERE versionId = ?)`,
        )
        .run(nowMilliseconds, draft.id);
      return { ...draft, state: 'RELEASED', major, minor, updatedAtMilliseconds: nowMilliseconds };
    },
    setting: (name) =>
      database.prepare('SELECT value FROM settings WHERE name = ?').get(name)?.['value'] as string | undefined,
    setSetting(name, value) {
      database.prepare('DELETE FROM settings WHERE name = ?').run(name);
      if (value !== null) insertRow(database, 'settings', { name, value });
    },
  };
}

function numberAfter(former: VersionRecord | undefined, step: 'major' | 'minor'): [major: number, minor: number] {
  const [major, minor] = [former?.major ?? 0, former?.minor ?? 0];
  return step === 'major' || major === 0 ? [major + 1, 0] : [major, minor + 1];
}

/** `doi:10.5072/FK2/ILLPXE`. */
export function persistentIdOf(dataset: DatasetRecord): string {
  return `${dataset.protocol}:${dataset.authority}/${dataset.identifier}`;
}

/** `:draft`, or `major.minor`. */
export function versionNumber(version: VersionRecord): string {
  return version.state === 'DRAFT' ? ':draft' : `${version.major}.${version.minor}`;
}
