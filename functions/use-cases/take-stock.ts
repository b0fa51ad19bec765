import type { CollectionId } from '../domain/ids.ts';
import { type Stock, takeStockOf } from '../domain/stock.ts';
import type { Ports } from '../ports/ports.ts';

/**
 * Counts what is open and what is overdue on a collection. It only tells, so that the lagging index may be believed: the alarms on it
 * (docs/operations.md) look at several counts in a row.
 * @throws UnavailableError when a table cannot be asked
 */
export async function takeStock(
  { accessRules, clock, open }: Pick<Ports, 'accessRules' | 'clock' | 'open'>,
  collectionId: CollectionId,
): Promise<Stock> {
  // In this order: a transfer that ends in between has let go of its row by then, and one that begins has a row that is young.
  const transfers = await open.listTransfers(collectionId);
  const rows = await accessRules.list(collectionId);
  return takeStockOf(transfers, rows, clock.nowEpochSeconds());
}
