import { datasetIdOf, type TransferId } from '../../domain/ids.ts';
import type { FileResult, ReportedFile } from '../../domain/reported-file.ts';
import type { FileEntryStore } from '../../ports/file-entry-store.ts';
import type { Item, Table } from './table.ts';

/** An item holds 400 KB (A13); what DynamoDB adds for names and types stays well below the rest. */
const CHUNK_BYTES = 300_000;

/**
 * File lists and results in chunks: `files#<transfer>#<list>#<chunk>` and `results#<transfer>#<batch>#<chunk>`:
 * apart from the headers, so that these can be listed without them.
 */
export function createFileEntryStore(table: Table): FileEntryStore {
  const writeAll = async (transferId: TransferId, prefix: string, rows: readonly unknown[]) => {
    const pk = datasetIdOf(transferId);
    for (const [index, chunk] of chunksOf(rows).entries()) {
      await table.put({ pk, sk: `${prefix}#${String(index).padStart(4, '0')}`, rows: chunk });
    }
  };
  const readAll = async (transferId: TransferId, prefix: string): Promise<unknown[]> => {
    const items = await table.list({ name: 'pk', value: datasetIdOf(transferId) }, { name: 'sk', prefix });
    return items.flatMap((item) => item['rows'] as unknown[]);
  };

  return {
    writeFiles: (transferId, listId, files) => writeAll(transferId, `files#${transferId}#${listId}`, files),
    readFiles: async (transferId, listId) =>
      (await readAll(transferId, `files#${transferId}#${listId}#`)) as ReportedFile[],
    async removeFiles(transferId, listId) {
      const prefix = `files#${transferId}#${listId}#`;
      const items: Item[] = await table.list({ name: 'pk', value: datasetIdOf(transferId) }, { name: 'sk', prefix });
      for (const { pk, sk } of items) await table.remove({ pk, sk });
    },
    writeResults: (transferId, batch, results) =>
      writeAll(transferId, `results#${transferId}#${String(batch).padStart(6, '0')}`, results),
    readResults: async (transferId) => (await readAll(transferId, `results#${transferId}#`)) as FileResult[],
  };
}

/** Rows cut into lists of at most so many bytes of JSON; at least one list, so that an empty one is told from none. */
function chunksOf(rows: readonly unknown[]): unknown[][] {
  const chunks: unknown[][] = [[]];
  let bytes = 0;
  for (const row of rows) {
    const size = Buffer.byteLength(JSON.stringify(row));
    if (bytes + size > CHUNK_BYTES && bytes > 0) {
      chunks.push([]);
      bytes = 0;
    }
    chunks.at(-1)?.push(row);
    bytes += size;
  }
  return chunks;
}
