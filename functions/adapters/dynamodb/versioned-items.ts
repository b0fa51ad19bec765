import type { DatasetLockStore } from '../../ports/dataset-lock-store.ts';
import type { TaskClaimStore } from '../../ports/task-claim-store.ts';
import { openKeysOfHold } from './open-index.ts';
import type { Item, Table } from './table.ts';

interface Versioned {
  readonly birthId: string;
  readonly version: number;
  readonly collectionId: string;
  readonly checkAtEpochSeconds: number | null;
}

interface VersionedItems<Value extends Versioned, Key> {
  read(key: Key): Promise<Value | undefined>;
  create(value: Value): Promise<boolean>;
  write(value: Value): Promise<boolean>;
  remove(value: Value): Promise<boolean>;
}

/** The lock item of each dataset, beside its transfers. */
export function createDatasetLockStore(table: Table): DatasetLockStore {
  return versionedItems(
    table,
    (datasetId) => ({ pk: datasetId, sk: 'lock' }),
    (item) => item.datasetId,
    'lock',
  );
}

/** The claim on each Globus task. */
export function createTaskClaimStore(table: Table): TaskClaimStore {
  return versionedItems(
    table,
    (taskId) => ({ pk: `task#${taskId}`, sk: 'claim' }),
    (claim) => claim.taskId,
    'claim',
  );
}

function versionedItems<Value extends Versioned, Key>(
  table: Table,
  itemKey: (key: Key) => Item,
  keyOf: (value: Value) => Key,
  itemType: 'lock' | 'claim',
): VersionedItems<Value, Key> {
  const toItem = (value: Value): Item => ({
    ...itemKey(keyOf(value)),
    itemType,
    ...value,
    ...openKeysOfHold(value.collectionId, value.checkAtEpochSeconds, `${itemType}#${keyOf(value)}`),
  });
  return {
    async read(key) {
      const item = await table.read(itemKey(key));
      if (!item) return undefined;
      const { pk, sk, itemType: _itemType, writeId, openCollectionId, openDueTimeAndTransferId, ...value } = item;
      return value as unknown as Value;
    },
    create: (value) => table.putNew(toItem(value)),
    write: (value) => table.putNext(toItem(value)),
    remove: (value) => table.removeExactly(itemKey(keyOf(value)), value.birthId, value.version),
  };
}
