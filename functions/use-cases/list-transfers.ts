import { type DatasetId, type TransferId, timePartOfTransfer } from '../domain/ids.ts';
import type { Store } from '../domain/store.ts';
import { isFinal, type TransferRecord } from '../domain/transfer.ts';
import type { Ports } from '../ports/ports.ts';

/** Which part of a list is wanted. */
export interface TransferPageRequest {
  /** 1 to 1,000. */
  readonly limit: number;
  /** The last transfer of the page before. */
  readonly before: TransferId | undefined;
}

export interface TransferPage {
  /** The newest first; may be fewer than asked for though there are more. */
  readonly transfers: readonly TransferRecord[];
  /** To be given as `before` for the next page; null on the last one. */
  readonly next: TransferId | null;
}

/** Reads of one request at the most, however few of a dataset's transfers the asker may see. */
const MOST_READS = 10;

/**
 * Transfers of a dataset, open and over, the newest first.
 * @param maySee - may the asker see this one?
 */
export async function listTransfersOfDataset(
  ports: Pick<Ports, 'transfers'>,
  datasetId: DatasetId,
  { limit, before }: TransferPageRequest,
  maySee: (record: TransferRecord) => boolean,
): Promise<TransferPage> {
  const found: TransferRecord[] = [];
  let last = before;
  for (let reads = 0; reads < MOST_READS; reads++) {
    // One more than asked for tells whether there are more.
    const page = await ports.transfers.listByDataset(datasetId, {
      limit: limit + 1,
      ...(last ? { before: last } : {}),
    });
    const isLastPage = page.length <= limit;
    for (const record of page) {
      last = record.transferId;
      if (maySee(record)) found.push(record);
      if (found.length < limit) continue;
      return { transfers: found, next: isLastPage && record === page.at(-1) ? null : last };
    }
    if (isLastPage) return { transfers: found, next: null };
  }
  return { transfers: found, next: last ?? null };
}

/** Records read at once. */
const READ_AT_ONCE = 20;

/** Open transfers of all stores' collections, the newest first. The index finds them; what is told comes from the records. */
export async function listOpenTransfers(
  ports: Pick<Ports, 'open' | 'transfers'>,
  stores: readonly Store[],
  { limit, before }: TransferPageRequest,
): Promise<TransferPage> {
  const collections = [...new Set(stores.map((store) => store.collectionId))];
  const lists = await Promise.all(collections.map((collectionId) => ports.open.listTransfers(collectionId)));
  const ids = lists
    .flat()
    .map((open) => open.transferId)
    .sort(newestFirst)
    .filter((transferId) => before === undefined || newestFirst(before, transferId) < 0);
  const shown = ids.slice(0, limit);
  const records: TransferRecord[] = [];
  for (let start = 0; start < shown.length; start += READ_AT_ONCE) {
    const read = shown.slice(start, start + READ_AT_ONCE).map((transferId) => ports.transfers.read(transferId));
    for (const record of await Promise.all(read)) if (record && !isFinal(record.state)) records.push(record);
  }
  return { transfers: records, next: ids.length > limit ? (shown.at(-1) ?? null) : null };
}

/** By the moment of their grant; of two in one millisecond the id decides. */
function newestFirst(a: TransferId, b: TransferId): number {
  return compare(timePartOfTransfer(b), timePartOfTransfer(a)) || compare(b, a);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
