import type { TransferId } from '../domain/ids.ts';
import type { FileResult, ReportedFile } from '../domain/reported-file.ts';

/** File lists and per-file results of transfers, in chunks below the item limit (A13). Throws UnavailableError when the table cannot be asked. */
export interface FileEntryStore {
  /** Writes the files of one report under the name of its list; writing the same again changes nothing. */
  writeFiles(transferId: TransferId, listId: string, files: readonly ReportedFile[]): Promise<void>;
  /** The files of one report in the order they were given; empty when there is none. */
  readFiles(transferId: TransferId, listId: string): Promise<readonly ReportedFile[]>;
  /** Forgets the files of a report that was refused. */
  removeFiles(transferId: TransferId, listId: string): Promise<void>;
  /** Writes what became of the files of one batch; writing the same batch again replaces it. */
  writeResults(transferId: TransferId, batch: number, results: readonly FileResult[]): Promise<void>;
  readResults(transferId: TransferId): Promise<readonly FileResult[]>;
}
