import type { Item, Table } from '../../../functions/adapters/dynamodb/table.ts';

/** The part of a table that counts in windows of time, in memory. */
export function createCountingTable(): Pick<Table, 'countInWindow'> {
  const counts = new Map<string, { window: number; count: number }>();
  return {
    async countInWindow(key: Item, window: number, most: number) {
      const name = JSON.stringify(key);
      const found = counts.get(name);
      const isUnderWay = found && (found.window === window || found.window === window + 1);
      const current = isUnderWay ? found : { window, count: 0 };
      if (current.window > window || current.count >= most) return false;
      counts.set(name, { window, count: current.count + 1 });
      return true;
    },
  };
}
