import type { DatasetLockItem } from '../domain/dataset-lock.ts';
import type { DatasetId } from '../domain/ids.ts';

/** The lock item of each dataset. All reads are strongly consistent; every method throws UnavailableError when the table cannot be asked. */
export interface DatasetLockStore {
  read(datasetId: DatasetId): Promise<DatasetLockItem | undefined>;
  /** Puts a new item if there is none. */
  create(item: DatasetLockItem): Promise<boolean>;
  /** Puts an item whose version is one more than the stored one of the same birth; false when another writer was first. */
  write(item: DatasetLockItem): Promise<boolean>;
  /** Removes exactly this version of this birth; false when another writer was first. */
  remove(item: DatasetLockItem): Promise<boolean>;
}
