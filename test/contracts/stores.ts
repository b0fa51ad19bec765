import { describe, expect, it } from 'vitest';
import type { AccessRuleRow } from '../../functions/domain/access-rule.ts';
import type { CollectionId, RuleId, TransferId } from '../../functions/domain/ids.ts';
import type { Ports } from '../../functions/ports/ports.ts';
import {
  aClaim,
  aLockItem,
  aRecord,
  aRow,
  COLLECTION,
  DATASET,
  SECOND_PRINCIPAL,
  TASK,
  TRANSFER,
} from '../support/builders.ts';
import { describeDownloadLists } from './stores-download-lists.ts';
import { describeTransfersOfDataset } from './stores-transfers-of-dataset.ts';

export type StorePorts = Pick<Ports, 'transfers' | 'accessRules' | 'locks' | 'claims' | 'files' | 'downloadLists'>;

/** What every set of stores must do, whatever holds the items. Each test asks for empty stores. */
export function describeStoresContract(name: string, emptyStores: () => Promise<StorePorts>): void {
  describe(`stores: ${name}`, () => {
    describe('transfers', () => {
      it('reserves an id once', async () => {
        const { transfers } = await emptyStores();
        expect(await transfers.reserve(aRecord())).toBe(true);
        expect(await transfers.reserve(aRecord({ userName: 'another' as never }))).toBe(false);
        expect(await transfers.read(TRANSFER)).toEqual(aRecord());
      });

      it('writes only over the version before', async () => {
        const { transfers } = await emptyStores();
        await transfers.reserve(aRecord({ version: 1 }));
        expect(await transfers.write(aRecord({ version: 2, state: 'GRANTED' }))).toBe(true);
        expect(await transfers.write(aRecord({ version: 2, state: 'EXPIRING' }))).toBe(false);
        expect(await transfers.write(aRecord({ version: 9, state: 'EXPIRING' }))).toBe(false);
        expect((await transfers.read(TRANSFER))?.state).toBe('GRANTED');
      });

      it('writes nothing where nothing was reserved', async () => {
        const { transfers } = await emptyStores();
        expect(await transfers.write(aRecord({ version: 2 }))).toBe(false);
        expect(await transfers.read(TRANSFER)).toBeUndefined();
      });

      it('keeps the first transfer of an idempotency key', async () => {
        const { transfers } = await emptyStores();
        expect(await transfers.claimIdempotencyKey('hash', TRANSFER)).toBe(TRANSFER);
        expect(await transfers.claimIdempotencyKey('hash', '29-00000000001' as TransferId)).toBe(TRANSFER);
      });

      it('lets a key stand for another transfer only in place of the one it stands for', async () => {
        const { transfers } = await emptyStores();
        const [second, third] = ['29-00000000002', '29-00000000003'] as [TransferId, TransferId];
        await transfers.claimIdempotencyKey('hash', TRANSFER);
        expect(await transfers.claimIdempotencyKey('hash', second, third)).toBe(TRANSFER);
        expect(await transfers.claimIdempotencyKey('hash', second, TRANSFER)).toBe(second);
        expect(await transfers.claimIdempotencyKey('hash', third, TRANSFER)).toBe(second);
        expect(await transfers.claimIdempotencyKey('hash', third, second)).toBe(third);
      });
    });

    describeTransfersOfDataset(emptyStores);
    describeDownloadLists(emptyStores);

    describe.each([
      {
        case: 'access rules',
        value: (changes: object) => aRow(changes),
        store: (stores: StorePorts) => stores.accessRules,
        key: aRow(),
      },
      {
        case: 'dataset locks',
        value: (changes: object) => aLockItem(changes),
        store: (stores: StorePorts) => stores.locks,
        key: DATASET,
      },
      {
        case: 'task claims',
        value: (changes: object) => aClaim(changes),
        store: (stores: StorePorts) => stores.claims,
        key: TASK,
      },
    ])('$case', ({ value, store, key }) => {
      // Three stores of one shape; the table above is what differs.
      type AnyStore = {
        read(key: unknown): Promise<AccessRuleRow | undefined>;
        create(value: unknown): Promise<boolean>;
        write(value: unknown): Promise<boolean>;
        remove(value: unknown): Promise<boolean>;
      };
      const open = async () => store(await emptyStores()) as unknown as AnyStore;

      it('creates an item once', async () => {
        const items = await open();
        expect(await items.create(value({}))).toBe(true);
        expect(await items.create(value({ birthId: 'birth-2' }))).toBe(false);
        expect(await items.read(key)).toEqual(value({}));
      });

      it('writes only over the version before of the same birth', async () => {
        const items = await open();
        await items.create(value({}));
        expect(await items.write(value({ version: 2, birthId: 'birth-2' }))).toBe(false);
        expect(await items.write(value({ version: 3 }))).toBe(false);
        expect(await items.write(value({ version: 2 }))).toBe(true);
        expect((await items.read(key))?.version).toBe(2);
      });

      it('removes exactly the version it was told', async () => {
        const items = await open();
        await items.create(value({}));
        expect(await items.remove(value({ version: 2 }))).toBe(false);
        expect(await items.remove(value({ birthId: 'birth-2' }))).toBe(false);
        expect(await items.read(key)).toBeDefined();
        expect(await items.remove(value({}))).toBe(true);
        expect(await items.read(key)).toBeUndefined();
      });

      it('does not take a new birth for the old one', async () => {
        const items = await open();
        await items.create(value({}));
        await items.remove(value({}));
        await items.create(value({ birthId: 'birth-2' }));
        expect(await items.write(value({ version: 2 }))).toBe(false);
        expect(await items.remove(value({}))).toBe(false);
      });
    });

    // Hundreds of items are written one by one.
    describe('access rules of a collection', { timeout: 120_000 }, () => {
      const OTHER_COLLECTION = '3e90d018-0d05-461a-bbaf-aab605283d21' as CollectionId;
      const [first, second] = ['rule-1', 'rule-2'] as [RuleId, RuleId];

      it("are listed with all their rows and nobody else's", async () => {
        const { accessRules } = await emptyStores();
        const rows = [aRow({ principal: SECOND_PRINCIPAL }), aRow({ path: '/hdc1/a#b/' }), aRow()];
        for (const row of [...rows, aRow({ collectionId: OTHER_COLLECTION })]) await accessRules.create(row);
        await accessRules.rememberForeign(COLLECTION, [first]);
        const listed = await accessRules.list(COLLECTION);
        expect(listed).toHaveLength(rows.length);
        expect(listed).toEqual(expect.arrayContaining(rows));
      });

      it('are listed beyond the megabyte that one page holds', async () => {
        const { accessRules } = await emptyStores();
        const holders = Object.fromEntries(
          Array.from({ length: 100 }, (_, index) => [`29-${String(index).padStart(11, '0')}`, 'rw' as const]),
        );
        for (let index = 0; index < 500; index++) {
          await accessRules.create(aRow({ path: `/hdc1/${index}/`, holders, foreignRuleIds: Array(50).fill(first) }));
        }
        expect(new Set((await accessRules.list(COLLECTION)).map((row) => row.path)).size).toBe(500);
      });

      it("remember which are somebody else's, once each, per collection, whatever rows come and go", async () => {
        const { accessRules } = await emptyStores();
        await accessRules.create(aRow());
        await accessRules.rememberForeign(COLLECTION, [first, second]);
        await accessRules.rememberForeign(COLLECTION, [second]);
        await accessRules.remove(aRow());
        expect([...(await accessRules.listForeign(COLLECTION))].sort()).toEqual([first, second]);
        expect(await accessRules.listForeign(OTHER_COLLECTION)).toEqual([]);
        expect(await accessRules.list(COLLECTION)).toEqual([]);
      });

      it('forget those they are told to, known or not, and no others', async () => {
        const { accessRules } = await emptyStores();
        await accessRules.rememberForeign(COLLECTION, [first, second]);
        await accessRules.rememberForeign(OTHER_COLLECTION, [first]);
        await accessRules.forgetForeign(COLLECTION, [first, 'never-known' as RuleId]);
        expect(await accessRules.listForeign(COLLECTION)).toEqual([second]);
        expect(await accessRules.listForeign(OTHER_COLLECTION)).toEqual([first]);
      });
    });

    describe('files', { timeout: 120_000 }, () => {
      const file = (index: number) => ({
        storageIdentifier: `globusm://18b49d3688c-${String(index).padStart(12, '0')}`,
        fileName: `Messung ${index} ä.dat`,
        description: 'd'.repeat(200),
        categories: ['Data'],
        restrict: true,
      });

      it('keeps ten thousand files in their order, over as many items as it takes', async () => {
        const { files } = await emptyStores();
        const list = Array.from({ length: 10_000 }, (_, index) => file(index));
        await files.writeFiles(TRANSFER, 'hash-a', list);
        expect(await files.readFiles(TRANSFER, 'hash-a')).toEqual(list);
      });

      it('keeps the files of two reports apart and forgets one without the other', async () => {
        const { files } = await emptyStores();
        await files.writeFiles(TRANSFER, 'hash-a', [file(1)]);
        await files.writeFiles(TRANSFER, 'hash-b', [file(2)]);
        await files.removeFiles(TRANSFER, 'hash-a');
        expect(await files.readFiles(TRANSFER, 'hash-a')).toEqual([]);
        expect(await files.readFiles(TRANSFER, 'hash-b')).toEqual([file(2)]);
      });

      it('replaces the results of a batch that is written again', async () => {
        const { files } = await emptyStores();
        const result = (fileName: string) =>
          ({ storageIdentifier: fileName, fileName, outcome: 'refused', reason: 'too large' }) as const;
        await files.writeResults(TRANSFER, 1, [result('a')]);
        await files.writeResults(TRANSFER, 2, [result('b')]);
        await files.writeResults(TRANSFER, 1, [result('c')]);
        const read = await files.readResults(TRANSFER);
        expect(read.map((each) => each.fileName)).toEqual(['c', 'b']);
      });
    });
  });
}
