import type { DatasetId, TransferId } from '../domain/ids.ts';
import type { TransferRecord } from '../domain/transfer.ts';

/** Headers of transfers. All reads are strongly consistent; every method throws UnavailableError when the table cannot be asked. */
export interface TransferStore {
  /** Puts a new header if its id is free. */
  reserve(record: TransferRecord): Promise<boolean>;
  read(transferId: TransferId): Promise<TransferRecord | undefined>;
  /**
   * Transfers of a dataset, open and over, the newest first.
   * @param page - at most so many, older than `before` when that is given
   */
  listByDataset(
    datasetId: DatasetId,
    page: { readonly limit: number; readonly before?: TransferId },
  ): Promise<readonly TransferRecord[]>;
  /** Puts a header whose version is one more than the stored one; false when another writer was first. */
  write(record: TransferRecord): Promise<boolean>;
  /**
   * The transfer an Idempotency-Key stands for: the one already recorded, else the given one, now recorded.
   * @param replaced - if this one is recorded, the given one takes its place
   */
  claimIdempotencyKey(hash: string, transferId: TransferId, replaced?: TransferId): Promise<TransferId>;
}
