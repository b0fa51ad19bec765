import { isFinal, type TransferRecord } from '../../domain/transfer.ts';
import type { OpenHold, OpenIndex, OpenTransfer } from '../../ports/open-index.ts';
import type { Item, Table } from './table.ts';

const INDEX = { indexName: 'open', partitionKey: 'openCollectionId', sortKey: 'openDueTimeAndTransferId' } as const;

/** The index over what is open on a collection; it carries the attributes that the manifest names. Its reads may lag behind the table. */
export function createOpenIndex(table: Table): OpenIndex {
  return {
    async listTransfers(collectionId, dueBeforeEpochSeconds) {
      const items = await table.listIndex(INDEX, collectionId, before(dueBeforeEpochSeconds));
      return items.map(toOpenTransfer);
    },
    async listHolds(collectionId, checkBeforeEpochSeconds) {
      const items = await table.listIndex(INDEX, holdsOf(collectionId), before(checkBeforeEpochSeconds));
      return items.map(toOpenHold);
    },
  };
}

/** The keys of an open transfer in the index, ordered by when somebody must look at it; a final one has none. */
export function openKeysOfTransfer(record: TransferRecord): Item {
  if (isFinal(record.state)) return {};
  const { collectionId, dueAtEpochSeconds, transferId, bound, observedTaskIds } = record;
  return {
    openCollectionId: collectionId,
    openDueTimeAndTransferId: `${sortable(dueAtEpochSeconds)}#${transferId}`,
    awaitedTaskIds: bound ? [bound.taskId] : observedTaskIds,
  };
}

/** The keys of a lock item or claim in the index; none when there is nothing to check. */
export function openKeysOfHold(
  collectionId: string | undefined,
  checkAtEpochSeconds: number | null | undefined,
  name: string,
): Item {
  if (collectionId === undefined || checkAtEpochSeconds == null) return {};
  return {
    openCollectionId: holdsOf(collectionId),
    openDueTimeAndTransferId: `${sortable(checkAtEpochSeconds)}#${name}`,
  };
}

/** Lock items and claims stand in a partition of their own, so that a walk over transfers does not meet them. */
function holdsOf(collectionId: string): string {
  return `${collectionId}#holds`;
}

function before(epochSeconds: number | undefined): string | undefined {
  return epochSeconds === undefined ? undefined : sortable(epochSeconds);
}

/** As text in the order of the numbers. */
function sortable(epochSeconds: number): string {
  return String(epochSeconds).padStart(12, '0');
}

function toOpenTransfer(item: Item): OpenTransfer {
  const { transferId, state, dueAtEpochSeconds, admission = 'FULL', awaitedTaskIds = [], taskToken = null } = item;
  return { transferId, state, dueAtEpochSeconds, admission, taskIds: awaitedTaskIds, taskToken } as OpenTransfer;
}

function toOpenHold(item: Item): OpenHold {
  const { itemType: kind, datasetId, taskId } = item;
  return (kind === 'lock' ? { kind, datasetId } : { kind, taskId }) as OpenHold;
}
