import type { DatabaseSync } from 'node:sqlite';
import { type FileListingWish, listingClauses } from './file-listing.ts';
import { insertRow } from './insert-row.ts';
import type { ChecksumType } from './world.ts';

/** A file as one version of its dataset shows it. */
export interface FileRecord {
  readonly id: number;
  readonly datasetId: number;
  readonly versionId: number;
  /** Null unless files have ids of their own. */
  readonly persistentId: string | null;
  /** When the first version with the file was published; null before that. */
  readonly publishedAtMilliseconds: number | null;
  readonly storageIdentifier: string;
  readonly contentType: string;
  /** -1 when it was never determined. */
  readonly sizeBytes: number;
  readonly checksumType: ChecksumType;
  readonly checksumValue: string;
  readonly embargo: { readonly dateAvailable: string; readonly reason?: string } | null;
  readonly retention: { readonly dateUnavailable: string; readonly reason?: string } | null;
  readonly createdAtMilliseconds: number;
  readonly label: string;
  readonly directoryLabel: string | null;
  readonly description: string;
  readonly restricted: boolean;
  readonly categories: readonly string[];
}

export type NewFile = Omit<
  FileRecord,
  | 'id'
  | 'datasetId'
  | 'versionId'
  | 'persistentId'
  | 'publishedAtMilliseconds'
  | 'embargo'
  | 'retention'
  | 'createdAtMilliseconds'
>;

/** What the control interface may change about a file, in all versions at once. */
export type FileChange = Partial<Pick<FileRecord, 'restricted' | 'embargo' | 'retention' | 'persistentId'>>;

export interface FileRecords {
  /** Every version's view of one file, newest version first. */
  views(fileId: number): FileRecord[];
  viewsByPersistentId(persistentId: string): FileRecord[];
  inVersion(versionId: number): FileRecord[];
  /** One page of a version's files, and how many fit in all. */
  listing(versionId: number, wish: FileListingWish): { readonly page: FileRecord[]; readonly totalCount: number };
  /** Whether any file of the dataset, in whatever version, is of that content type. */
  holdsType(datasetId: number, contentType: string): boolean;
  /** Throws when the dataset has a file with that identifier, or when the identifier holds two dots in a row. */
  add(datasetId: number, versionId: number, file: NewFile, nowMilliseconds: number): number;
  /** Sum of the known sizes of all files, in bytes. */
  totalSizeBytes(): number;
  change(fileId: number, change: FileChange): void;
  /** Names of the accounts that may download this file by a role on it alone. */
  downloaders(fileId: number): string[];
  setDownloaders(fileId: number, userNames: readonly string[]): void;
  /** Takes the file out of one version; a file that is in no other version is gone. To be called in a transaction. */
  removeFromVersion(fileId: number, versionId: number): void;
}

const VIEW = `SELECT files.*, versionId, label, directoryLabel, description, restricted, categories
  FROM fileMetadata JOIN files ON files.id = fileMetadata.fileId`;

/** Files and what each version says about them. */
export function createFileRecords(database: DatabaseSync): FileRecords {
  const read = (where: string, value: string | number) =>
    (database.prepare(`${VIEW} ${where}`).all(value) as unknown as FileRow[]).map(fromRow);
  return {
    views: (fileId) => read('WHERE fileId = ? ORDER BY versionId DESC', fileId),
    viewsByPersistentId: (persistentId) => read('WHERE persistentId = ? ORDER BY versionId DESC', persistentId),
    inVersion: (versionId) => read('WHERE versionId = ? ORDER BY fileId', versionId),
    listing(versionId, wish) {
      const { condition, order, values } = listingClauses(wish);
      const from = `WHERE versionId = ? ${condition}`;
      const paging = `ORDER BY ${order} LIMIT ? OFFSET ?`;
      const rows = database
        .prepare(`${VIEW} ${from} ${paging}`)
        .all(versionId, ...values, wish.limit ?? -1, wish.offset) as unknown as FileRow[];
      const count = database.prepare(`SELECT count(*) AS total FROM (${VIEW} ${from})`).get(versionId, ...values);
      return { page: rows.map(fromRow), totalCount: count?.['total'] as number };
    },
    holdsType: (datasetId, contentType) =>
      database
        .prepare('SELECT 1 FROM files WHERE datasetId = ? AND contentType = ? LIMIT 1')
        .get(datasetId, contentType) !== undefined,
    add(datasetId, versionId, file, nowMilliseconds) {
      const { storageIdentifier, contentType, sizeBytes, checksumType, checksumValue } = file;
      const fileId = insertRow(database, 'files', {
        datasetId,
        storageIdentifier,
        contentType,
        sizeBytes,
        checksumType,
        checksumValue,
        createdAtMilliseconds: nowMilliseconds,
      });
      insertRow(database, 'fileMetadata', {
        versionId,
        fileId,
        label: file.label,
        directoryLabel: file.directoryLabel,
        description: file.description,
        restricted: file.restricted ? 1 : 0,
        categories: JSON.stringify(file.categories),
      });
      return fileId;
    },
    totalSizeBytes: () =>
      database.prepare('SELECT coalesce(sum(max(sizeBytes, 0)), 0) AS total FROM files').get()?.['total'] as number,
    change(fileId, { restricted, embargo, retention, persistentId }) {
      const set = (sql: string, value: string | number | null) => database.prepare(sql).run(value, fileId);
      if (restricted !== undefined) set('UPDATE fileMetadata SET restricted = ? WHERE fileId = ?', restricted ? 1 : 0);
      if (embargo !== undefined) set('UPDATE files SET embargo = ? WHERE id = ?', embargo && JSON.stringify(embargo));
      if (retention !== undefined)
        set('UPDATE files SET retention = ? WHERE id = ?', retention && JSON.stringify(retention));
      if (persistentId !== undefined) set('UPDATE files SET persistentId = ? WHERE id = ?', persistentId);
    },
    downloaders: (fileId) =>
      database
        .prepare('SELECT userName FROM fileDownloaders WHERE fileId = ?')
        .all(fileId)
        .map((row) => String(row['userName'])),
    setDownloaders(fileId, userNames) {
      database.prepare('DELETE FROM fileDownloaders WHERE fileId = ?').run(fileId);
      for (const userName of new Set(userNames)) insertRow(database, 'fileDownloaders', { fileId, userName });
    },
    removeFromVersion(fileId, versionId) {
      database.prepare('DELETE FROM fileMetadata WHERE fileId = ? AND versionId = ?').run(fileId, versionId);
      database
        .prepare('DELETE FROM files WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM fileMetadata WHERE fileId = ?1)')
        .run(fileId);
    },
  };
}

interface FileRow extends Omit<FileRecord, 'embargo' | 'retention' | 'restricted' | 'categories'> {
  readonly embargo: string | null;
  readonly retention: string | null;
  readonly restricted: number;
  readonly categories: string;
}

function fromRow(row: FileRow): FileRecord {
  return {
    ...row,
    embargo: row.embargo === null ? null : JSON.parse(row.embargo),
    retention: row.retention === null ? null : JSON.parse(row.retention),
    restricted: row.restricted === 1,
    categories: JSON.parse(row.categories),
  };
}
