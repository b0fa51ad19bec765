import type { FileResult, ReportedFile } from './reported-file.ts';
import { formatStorageIdentifier, mintFileNames } from './storage-identifier.ts';
import { isFinal, type TransferRecord } from './transfer.ts';

/** One file of a transfer, and how far it is. */
export interface FileView {
  readonly storageIdentifier: string;
  /** Null until it is reported. */
  readonly fileName: string | null;
  /** Of a download: Dataverse's id of the file; null else. */
  readonly fileId: string | null;
  /**
   * `granted`: may be moved · `waiting`: reported, not registered yet · `not-registered`: the transfer is over without a word on it · else what
   * became of it.
   */
  readonly outcome: FileResult['outcome'] | 'granted' | 'waiting' | 'not-registered';
  /** Globus's, Dataverse's or our own words; null when there is nothing to explain. */
  readonly reason: string | null;
}

/** Which part of the list is wanted. */
export interface FilePageRequest {
  /** Files to pass over. */
  readonly start: number;
  readonly limit: number;
}

export interface FilePage extends FilePageRequest {
  /** Files of the transfer, not of the page. */
  readonly total: number;
  readonly results: readonly FileView[];
}

/**
 * A page of a transfer's files, in the order in which they were reported, else granted.
 * @param listed - the reported files, or those that a download was granted for; undefined while there is no list
 */
export function filePage(
  record: TransferRecord,
  listed: readonly ReportedFile[] | undefined,
  results: readonly FileResult[],
  { start, limit }: FilePageRequest,
): FilePage {
  const page = { start, limit, total: listed?.length ?? record.numberOfFiles };
  if (listed === undefined) return { ...page, results: grantedFiles(record, page) };
  const known = new Map(results.map((result) => [result.storageIdentifier, result]));
  const unknown = outcomeWithoutResult(record);
  return {
    ...page,
    results: listed.slice(start, start + limit).map(({ storageIdentifier, fileName, fileId = null }) => {
      const result = known.get(storageIdentifier);
      const { outcome, reason } = result ?? { outcome: unknown, reason: null };
      return { storageIdentifier, fileName, fileId, outcome, reason };
    }),
  };
}

function outcomeWithoutResult({ download, bound, state }: TransferRecord): FileView['outcome'] {
  if (download) return 'granted';
  if (isFinal(state)) return 'not-registered';
  return bound ? 'waiting' : 'granted';
}

/** Nothing is stored per identifier before a report: they are computed from the seed. */
function grantedFiles(record: TransferRecord, { start, limit }: FilePageRequest): readonly FileView[] {
  const end = Math.min(start + limit, record.numberOfFiles);
  if (end <= start) return [];
  const names = mintFileNames(record.identifiersOf, record.identifierSeed, end).slice(start);
  const outcome = isFinal(record.state) ? 'not-registered' : 'granted';
  return names.map((name) => {
    const storageIdentifier = formatStorageIdentifier(record, name);
    return { storageIdentifier, fileName: null, fileId: null, outcome, reason: null };
  });
}
