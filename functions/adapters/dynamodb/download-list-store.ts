import type { DatasetId, UserName } from '../../domain/ids.ts';
import type { DownloadListStore } from '../../ports/download-list-store.ts';
import type { Table } from './table.ts';

/** Ids of 19 digits, which is the most there are, with a comma each: 400,000 bytes of the 409,600 of an item (A13). */
const IDS_PER_PART = 20_000;
const PART = 'part#';

/** File lists of launches in parts; each names their number, so that a list that was written in part only is no list. */
export function createDownloadListStore(table: Table): DownloadListStore {
  return {
    async keep({ downloadId, fileIds, ...rest }) {
      const count = Math.max(1, Math.ceil(fileIds.length / IDS_PER_PART));
      for (let index = 0; index < count; index += 1) {
        await table.put({
          downloadId,
          part: `${PART}${String(index).padStart(4, '0')}`,
          partCount: count,
          // One text: a list spends more on the type of each id.
          fileIds: fileIds.slice(index * IDS_PER_PART, (index + 1) * IDS_PER_PART).join(','),
          ...rest,
        });
      }
    },

    async read(downloadId) {
      const parts = await table.list({ name: 'downloadId', value: downloadId }, { name: 'part', prefix: PART });
      const [first] = parts;
      if (!first || parts.some(({ partCount }) => partCount !== parts.length)) return undefined;
      return {
        downloadId,
        datasetId: first['datasetId'] as DatasetId,
        userName: first['userName'] as UserName | null,
        fileIds: parts.flatMap((part) => String(part['fileIds']).split(',')).filter((fileId) => fileId !== ''),
        expiresAtEpochSeconds: Number(first['expiresAtEpochSeconds']),
      };
    },
  };
}
