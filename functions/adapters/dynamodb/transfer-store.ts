import { datasetIdOf, type TransferId } from '../../domain/ids.ts';
import { NOTHING_DONE, type TransferRecord } from '../../domain/transfer.ts';
import type { TransferStore } from '../../ports/transfer-store.ts';
import { openKeysOfTransfer } from './open-index.ts';
import type { Item, Table } from './table.ts';

/** A header is born once and never removed, so its id serves as its birth. */
export function createTransferStore(table: Table): TransferStore {
  return {
    reserve: (record) => table.putNew(toItem(record)),
    async read(transferId) {
      return toRecord(await table.read(keyOf(transferId)));
    },
    async listByDataset(datasetId, { limit, before }) {
      const partition = { name: 'pk', value: datasetId };
      const sort = { name: 'sk', prefix: `${datasetId}-`, ...(before === undefined ? {} : { before }) };
      const items = await table.listBackwards(partition, sort, limit);
      return items.flatMap((item) => toRecord(item) ?? []);
    },
    write: (record) => table.putNext(toItem(record)),
    async claimIdempotencyKey(hash, transferId, replaced) {
      const key = { pk: `idem#${hash}`, sk: 'transfer' };
      if (await table.putNew({ ...key, transferId, birthId: hash, version: 1 })) return transferId;
      const stored = await table.read(key);
      const current = stored?.['transferId'] as TransferId | undefined;
      if (current === undefined || current !== replaced) return current ?? transferId;
      const version = Number(stored?.['version']) + 1;
      const isReplaced = await table.putNext({ ...key, transferId, birthId: hash, version });
      return isReplaced
        ? transferId
        : (((await table.read(key))?.['transferId'] as TransferId | undefined) ?? transferId);
    },
  };
}

function keyOf(transferId: TransferId) {
  return { pk: datasetIdOf(transferId), sk: transferId };
}

function toItem(record: TransferRecord): Item {
  return {
    ...keyOf(record.transferId),
    itemType: 'transfer',
    ...record,
    birthId: record.transferId,
    ...openKeysOfTransfer(record),
  };
}

/** Records of an earlier release lack what came later (F-77). */
function toRecord(item: Item | undefined): TransferRecord | undefined {
  if (item?.['itemType'] !== 'transfer') return undefined;
  const { pk, sk, itemType, birthId, writeId, openCollectionId, openDueTimeAndTransferId, awaitedTaskIds, ...record } =
    item;
  return { ...NOTHING_DONE, identifiersOf: record['transferId'], ...record } as unknown as TransferRecord;
}
