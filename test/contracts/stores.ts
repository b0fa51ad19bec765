import { describe, expect, it } from 'vitest';
import type { AccessRuleRow } from '../../functions/domain/access-rule.ts';
import type { DatasetLockItem } from '../../functions/domain/dataset-lock.ts';
import type { TransferId } from '../../functions/domain/ids.ts';
import type { TaskClaim } from '../../functions/domain/task-claim.ts';
import type { Ports } from '../../functions/ports/ports.ts';
import { aRecord, aRow, DATASET, TASK, TRANSFER } from '../support/builders.ts';

export type StorePorts = Pick<Ports, 'transfers' | 'accessRules' | 'locks' | 'claims' | 'files'>;

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

    describe.each([
      {
        case: 'access rules',
        value: (changes: object) => aRow(changes),
        store: (stores: StorePorts) => stores.accessRules,
        key: aRow(),
      },
      {
        case: 'dataset locks',
        value: (changes: object): DatasetLockItem => ({
          schemaVersion: 1,
          datasetId: DATASET,
          birthId: 'birth-1',
          version: 1,
          taskId: TASK,
          owners: [TRANSFER],
          lockTypes: ['GlobusUpload'],
          lockUnsettledUntilEpochSeconds: null,
          ...changes,
        }),
        store: (stores: StorePorts) => stores.locks,
        key: DATASET,
      },
      {
        case: 'task claims',
        value: (changes: object): TaskClaim => ({
          schemaVersion: 1,
          taskId: TASK,
          birthId: 'birth-1',
          version: 1,
          datasetId: DATASET,
          userName: 'curator' as never,
          principal: aRow().principal,
          transfers: { [TRANSFER]: 'hash' },
          ...changes,
        }),
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

    describe('files', () => {
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
