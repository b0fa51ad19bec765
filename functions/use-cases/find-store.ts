import { NotFoundError } from '../domain/errors.ts';
import type { Store } from '../domain/store.ts';
import type { DatasetReference } from '../ports/dataverse.ts';
import type { Ports } from '../ports/ports.ts';

/**
 * The store of ours that new files of a dataset go to. `foreign`: Dataverse's own affair, the request belongs there untouched.
 * `unknown`: Dataverse knows no such dataset; a later call says so in the right words.
 */
export async function findStore(
  ports: Pick<Ports, 'dataverse'>,
  stores: readonly Store[],
  dataset: DatasetReference,
): Promise<Store | 'foreign' | 'unknown'> {
  try {
    const storeId = await ports.dataverse.storageDriver(dataset);
    return stores.find((store) => store.storeId === storeId) ?? 'foreign';
  } catch (error) {
    if (error instanceof NotFoundError) return 'unknown';
    throw error;
  }
}
