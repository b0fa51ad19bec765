import { beforeEach, describe, expect, it } from 'vitest';
import { type CollectionId, type DatasetId, type TransferId, transferIdOf } from '../../functions/domain/ids.ts';
import type { TransferRecord } from '../../functions/domain/transfer.ts';
import type { Ports } from '../../functions/ports/ports.ts';
import {
  aClaim,
  aLockItem,
  aRecord,
  COLLECTION,
  DATASET,
  OTHER_TASK,
  START_MILLISECONDS,
  START_SECONDS,
  TASK,
} from '../support/builders.ts';

/** An index, and the stores it is over. */
export type IndexedPorts = Pick<Ports, 'transfers' | 'locks' | 'claims' | 'open'>;

const OTHER_COLLECTION = '3e90d018-0d05-461a-bbaf-aab605283d21' as CollectionId;
/** The index carries this and little else of each item; Step Functions' own tokens are about as long. */
const LONG_TOKEN = 't'.repeat(1_000);
/** More than one reply of DynamoDB holds: 1 MB, whatever the number of items. */
const BEYOND_ONE_PAGE = 1_200;

const transferId = (index: number): TransferId => transferIdOf(DATASET, START_MILLISECONDS + index);

/** What every adapter of the port `OpenIndex` does. Each test asks for empty stores. */
export function describeOpenIndexContract(name: string, emptyStores: () => Promise<IndexedPorts>): void {
  describe(`the open index contract, kept by ${name}`, () => {
    let ports: IndexedPorts;
    beforeEach(async () => {
      ports = await emptyStores();
    });

    const reserve = async (index: number, changes: Partial<TransferRecord> = {}): Promise<TransferRecord> => {
      const record = aRecord({ transferId: transferId(index), dueAtEpochSeconds: START_SECONDS + index, ...changes });
      if (!(await ports.transfers.reserve(record))) throw new Error(`expected ${record.transferId} to be free`);
      return record;
    };
    const listed = async (dueBefore?: number, collectionId = COLLECTION) =>
      (await ports.open.listTransfers(collectionId, dueBefore)).map((transfer) => transfer.transferId);
    const holds = (checkBefore: number, collectionId = COLLECTION) => ports.open.listHolds(collectionId, checkBefore);

    // Over a thousand items are written one by one.
    describe('open transfers', { timeout: 120_000 }, () => {
      it('are all listed when no moment is given, the most overdue first', async () => {
        for (const index of [30, 9, 100]) await reserve(index);
        expect(await listed()).toEqual([9, 30, 100].map(transferId));
      });

      it('are listed when they are due before a moment, and not when they are due at it', async () => {
        for (const index of [1, 2, 3]) await reserve(index);
        expect(await listed(START_SECONDS + 2)).toEqual([transferId(1)]);
        expect(await listed(START_SECONDS + 3)).toEqual([transferId(1), transferId(2)]);
        expect(await listed(START_SECONDS + 1)).toEqual([]);
      });

      it('are ordered by time also where the number of its digits changes', async () => {
        await reserve(1, { dueAtEpochSeconds: 10_000_000_000 });
        await reserve(2, { dueAtEpochSeconds: 9_999_999_999 });
        expect(await listed()).toEqual([transferId(2), transferId(1)]);
      });

      it('are all listed when several are due at the same time, of one dataset or of more', async () => {
        const dueAtEpochSeconds = START_SECONDS;
        const elsewhere = transferIdOf('30' as DatasetId, START_MILLISECONDS + 1);
        for (const index of [1, 2]) await reserve(index, { dueAtEpochSeconds });
        await reserve(3, { dueAtEpochSeconds, transferId: elsewhere, datasetId: '30' as DatasetId });
        expect((await listed()).toSorted()).toEqual([transferId(1), transferId(2), elsewhere].toSorted());
      });

      it('of other collections are never among them', async () => {
        await reserve(1);
        await reserve(2, { collectionId: OTHER_COLLECTION });
        expect(await listed()).toEqual([transferId(1)]);
        expect(await listed(undefined, OTHER_COLLECTION)).toEqual([transferId(2)]);
      });

      it.each(['CLOSED', 'EXPIRED', 'REFUSED'] as const)('are listed no more once they are %s', async (state) => {
        const record = await reserve(1);
        await ports.transfers.write({ ...record, version: 2, state });
        expect(await listed()).toEqual([]);
        await reserve(2, { state });
        expect(await listed()).toEqual([]);
      });

      it.each(['REQUESTED', 'GRANTED', 'OBSERVED', 'BOUND', 'FOLLOWING', 'SETTLING', 'EXPIRING', 'ATTENTION'] as const)(
        'are listed while they are %s',
        async (state) => {
          await reserve(1, { state });
          expect(await ports.open.listTransfers(COLLECTION)).toMatchObject([{ transferId: transferId(1), state }]);
        },
      );

      it('move to their new place, and stand there once, when they are due at another time', async () => {
        const first = await reserve(1);
        await reserve(2);
        await ports.transfers.write({ ...first, version: 2, dueAtEpochSeconds: START_SECONDS + 3 });
        expect(await listed()).toEqual([transferId(2), transferId(1)]);
        expect(await listed(START_SECONDS + 3)).toEqual([transferId(2)]);
      });

      it('tell the reported task that they wait for, the token of the step that waits, and how they were admitted', async () => {
        const bound = { taskId: TASK, bodyHash: 'hash', fileCount: 2, listId: 'list' };
        const taskToken = LONG_TOKEN;
        await reserve(1, { state: 'BOUND', bound, observedTaskIds: [OTHER_TASK], taskToken, admission: 'UNVERIFIED' });
        expect(await ports.open.listTransfers(COLLECTION)).toEqual([
          {
            transferId: transferId(1),
            state: 'BOUND',
            dueAtEpochSeconds: START_SECONDS + 1,
            admission: 'UNVERIFIED',
            taskIds: [TASK],
            taskToken,
          },
        ]);
      });

      it('tell the tasks that were seen while none was reported, and no token while no step waits', async () => {
        await reserve(1, { state: 'OBSERVED', observedTaskIds: [TASK, OTHER_TASK] });
        await reserve(2);
        expect(await ports.open.listTransfers(COLLECTION)).toMatchObject([
          { taskIds: [TASK, OTHER_TASK], taskToken: null, admission: 'FULL' },
          { taskIds: [], taskToken: null },
        ]);
      });

      it('are listed beyond the thousand items and the megabyte that one page holds, in their order', async () => {
        const indexes = Array.from({ length: BEYOND_ONE_PAGE }, (_, index) => index);
        // Not in the order in which they are due.
        for (const index of indexes) await reserve((index * 7) % BEYOND_ONE_PAGE, { taskToken: LONG_TOKEN });
        expect(await listed()).toEqual(indexes.map(transferId));
        expect(await listed(START_SECONDS + 1_100)).toEqual(indexes.slice(0, 1_100).map(transferId));
      });
    });

    describe('holds', () => {
      const checkAtEpochSeconds = START_SECONDS + 600;
      const lock = { kind: 'lock', datasetId: DATASET } as const;
      const claim = { kind: 'claim', taskId: TASK } as const;

      it('are the lock items and claims to be checked before a moment', async () => {
        await ports.locks.create(aLockItem({ checkAtEpochSeconds }));
        await ports.claims.create(aClaim({ checkAtEpochSeconds }));
        expect(await holds(checkAtEpochSeconds)).toEqual([]);
        const found = await holds(checkAtEpochSeconds + 1);
        expect(found).toHaveLength(2);
        expect(found).toEqual(expect.arrayContaining([lock, claim]));
      });

      it('stand apart from transfers, neither among the other', async () => {
        await reserve(1);
        await ports.locks.create(aLockItem({ checkAtEpochSeconds: START_SECONDS }));
        expect(await listed()).toEqual([transferId(1)]);
        expect(await holds(START_SECONDS + 1_000)).toEqual([lock]);
      });

      it('of other collections are never among them', async () => {
        await ports.locks.create(aLockItem({ checkAtEpochSeconds, collectionId: OTHER_COLLECTION }));
        await ports.claims.create(aClaim({ checkAtEpochSeconds }));
        expect(await holds(checkAtEpochSeconds + 1)).toEqual([claim]);
        expect(await holds(checkAtEpochSeconds + 1, OTHER_COLLECTION)).toEqual([lock]);
      });

      it('are all listed when several are to be checked at the same time', async () => {
        const taskIds = [TASK, OTHER_TASK];
        for (const taskId of taskIds) await ports.claims.create(aClaim({ taskId, checkAtEpochSeconds }));
        const datasetIds = [DATASET, '30' as DatasetId];
        for (const datasetId of datasetIds) await ports.locks.create(aLockItem({ datasetId, checkAtEpochSeconds }));
        const found = await holds(checkAtEpochSeconds + 1);
        expect(found).toHaveLength(4);
        expect(found).toEqual(
          expect.arrayContaining([
            ...taskIds.map((taskId) => ({ kind: 'claim', taskId })),
            ...datasetIds.map((datasetId) => ({ kind: 'lock', datasetId })),
          ]),
        );
      });

      it('are left out once a claim needs no check any more, or a check was put off', async () => {
        await ports.claims.create(aClaim({ checkAtEpochSeconds }));
        await ports.locks.create(aLockItem({ checkAtEpochSeconds }));
        await ports.claims.write(aClaim({ version: 2, checkAtEpochSeconds: null }));
        await ports.locks.write(aLockItem({ version: 2, checkAtEpochSeconds: checkAtEpochSeconds + 600 }));
        expect(await holds(checkAtEpochSeconds + 1)).toEqual([]);
        expect(await holds(checkAtEpochSeconds + 601)).toEqual([lock]);
      });

      it('are left out once they are removed', async () => {
        await ports.claims.create(aClaim({ checkAtEpochSeconds }));
        await ports.locks.create(aLockItem({ checkAtEpochSeconds }));
        await ports.claims.remove(aClaim({ checkAtEpochSeconds }));
        expect(await holds(checkAtEpochSeconds + 1)).toEqual([lock]);
        await ports.locks.remove(aLockItem({ checkAtEpochSeconds }));
        expect(await holds(checkAtEpochSeconds + 1)).toEqual([]);
      });
    });
  });
}
