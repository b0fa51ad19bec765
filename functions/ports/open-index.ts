import type { CollectionId, DatasetId, TaskId, TransferId } from '../domain/ids.ts';
import type { Admission, TransferState } from '../domain/transfer.ts';

/** What monitors and sweep need to know of an open transfer to find out whether it is worth a closer look. */
export interface OpenTransfer {
  readonly transferId: TransferId;
  readonly state: TransferState;
  readonly dueAtEpochSeconds: number;
  readonly admission: Admission;
  /** The tasks whose end it waits for: the reported one, or unreported ones that were seen. */
  readonly taskIds: readonly TaskId[];
  /** Of the workflow step that waits, perhaps spent. */
  readonly taskToken: string | null;
}

/** A lock item or a claim whose transfers are to be asked for. */
export type OpenHold =
  | { readonly kind: 'lock'; readonly datasetId: DatasetId }
  | { readonly kind: 'claim'; readonly taskId: TaskId };

/**
 * What is open on a collection. An index may lag behind the table: it finds, it never decides (F-75); whoever acts reads the item itself first.
 * Every method throws UnavailableError when the table cannot be asked.
 */
export interface OpenIndex {
  /** Open transfers that are due before a moment, the most overdue first; all of them when none is given. */
  listTransfers(collectionId: CollectionId, dueBeforeEpochSeconds?: number): Promise<readonly OpenTransfer[]>;
  /** Lock items, and claims not known to be bound, that are to be checked before a moment. */
  listHolds(collectionId: CollectionId, checkBeforeEpochSeconds: number): Promise<readonly OpenHold[]>;
}
