import { describe, expect, it } from 'vitest';
import type { DatasetId, TransferId } from '../../functions/domain/ids.ts';
import { aLockItem, aRecord, DATASET } from '../support/builders.ts';
import type { StorePorts } from './stores.ts';

const OF_OTHERS = ['2-18b49d36001', '290-18b49d36001'] as TransferId[];

/** The part of the stores' contract that is about the transfers of one dataset. */
export function describeTransfersOfDataset(emptyStores: () => Promise<StorePorts>): void {
  // Hundreds of items are written one by one.
  describe('transfers of a dataset', { timeout: 120_000 }, () => {
    const idOf = (number: number) => `29-18b49d36${String(number).padStart(3, '0')}` as TransferId;
    const reserve = async ({ transfers }: StorePorts, transferId: TransferId, changes: object = {}) => {
      const datasetId = transferId.slice(0, transferId.indexOf('-')) as DatasetId;
      await transfers.reserve(aRecord({ transferId, datasetId, ...changes }));
    };
    const listed = async ({ transfers }: StorePorts, page: { limit: number; before?: TransferId }) =>
      (await transfers.listByDataset(DATASET, page)).map(({ transferId }) => transferId);

    it('are listed from the newest on, open and over, as they are read, without what lies beside them', async () => {
      const stores = await emptyStores();
      await reserve(stores, idOf(1), { state: 'CLOSED' });
      for (const transferId of [idOf(3), idOf(2), ...OF_OTHERS]) await reserve(stores, transferId);
      await stores.locks.create(aLockItem());
      await stores.files.writeFiles(idOf(2), 'list', [{ storageIdentifier: 'a', fileName: 'a' }]);
      await stores.files.writeResults(idOf(2), 1, [
        { storageIdentifier: 'a', fileName: 'a', outcome: 'refused', reason: 'too large' },
      ]);
      expect(await listed(stores, { limit: 10 })).toEqual([idOf(3), idOf(2), idOf(1)]);
      const [newest] = await stores.transfers.listByDataset(DATASET, { limit: 1 });
      expect(newest).toEqual(await stores.transfers.read(idOf(3)));
    });

    it('are listed in pages, each from the one before on', async () => {
      const stores = await emptyStores();
      for (const number of [1, 2, 3, 4, 5]) await reserve(stores, idOf(number));
      expect(await listed(stores, { limit: 2 })).toEqual([idOf(5), idOf(4)]);
      expect(await listed(stores, { limit: 2, before: idOf(4) })).toEqual([idOf(3), idOf(2)]);
      expect(await listed(stores, { limit: 2, before: idOf(2) })).toEqual([idOf(1)]);
      expect(await listed(stores, { limit: 2, before: idOf(1) })).toEqual([]);
      expect(await listed(stores, { limit: 0 })).toEqual([]);
    });

    it('are listed from any moment on, whether a transfer began then or not', async () => {
      const stores = await emptyStores();
      for (const number of [1, 3]) await reserve(stores, idOf(number));
      expect(await listed(stores, { limit: 5, before: idOf(2) })).toEqual([idOf(1)]);
      expect(await listed(stores, { limit: 5, before: idOf(9) })).toEqual([idOf(3), idOf(1)]);
    });

    it('are listed beyond the megabyte that one page of the table holds', async () => {
      const stores = await emptyStores();
      const trail = Array.from({ length: 100 }, () => ({
        atEpochSeconds: 1,
        state: 'GRANTED' as const,
        by: 'grant',
        why: 'w'.repeat(100),
      }));
      for (let number = 0; number < 120; number += 1) await reserve(stores, idOf(number), { trail });
      const all = await listed(stores, { limit: 1_000 });
      expect(all).toEqual(Array.from({ length: 120 }, (_, index) => idOf(119 - index)));
      expect(await listed(stores, { limit: 110 })).toEqual(all.slice(0, 110));
    });
  });
}
