import type { Item, Table } from '../../../functions/adapters/dynamodb/table.ts';

/** DynamoDB's own ceiling for one item (A13). */
const LARGEST_ITEM_BYTES = 409_600;

/** What a write changed; `before` is undefined at a birth, `after` at a removal. */
export interface Written {
  readonly before: Item | undefined;
  readonly after: Item | undefined;
  /** `after` as JSON; empty at a removal. */
  readonly text: string;
}

export interface MemoryTable extends Table {
  /** All items as they lie there. */
  items(): Iterable<Item>;
  find(key: Item): Item | undefined;
  /** While it is set, an index shows nothing, as one that is far behind (F-75). */
  isIndexBlind: boolean;
  /** Puts the table back to an earlier point, as a restore does (F-79): no worker writes these items, and the index knows them at once. */
  restore(items: readonly Item[]): void;
}

/**
 * A table in memory behind the product's own stores: strong reads, conditions on birth and version, the ceiling on items, and an index that lags.
 * @param options.lag - hands a change of the index on, at once or later (F-75)
 * @param options.written - is told of each change
 * @param options.restored - is told that all of it may be another
 */
export function createMemoryTable(options: {
  readonly name: string;
  readonly keyNames: readonly [string, string];
  readonly lag: (change: () => void) => void;
  readonly written: (change: Written) => void;
  readonly restored: () => void;
}): MemoryTable {
  const [partitionKey, sortKey] = options.keyNames;
  const stored = new Map<string, Item>();
  const indexed = new Map<string, Item>();
  const indexedUpTo = new Map<string, number>();
  let changes = 0;
  /** Each item as its text: that is parsed anew for whoever reads it, as through a wire. */
  const texts = new WeakMap<Item, string>();
  const keyOf = (item: Item) => `${String(item[partitionKey])}\u0000${String(item[sortKey])}`;

  const change = (key: string, after: Item | undefined) => {
    const before = stored.get(key);
    if (after) stored.set(key, after);
    else stored.delete(key);
    options.written({ before, after, text: (after && texts.get(after)) ?? '' });
    changes += 1;
    const order = changes;
    options.lag(() => {
      // However late they come, changes of one item reach the index in their order.
      if ((indexedUpTo.get(key) ?? 0) > order) return;
      indexedUpTo.set(key, order);
      if (after) indexed.set(key, after);
      else indexed.delete(key);
    });
  };
  const itemAsStored = (item: Item): Item => {
    // As the marshaller does: members without a value are left out.
    const text = JSON.stringify(item);
    if (text.length > LARGEST_ITEM_BYTES / 3 && Buffer.byteLength(text) > LARGEST_ITEM_BYTES) {
      throw new Error(`an item of ${options.name} has ${text.length} bytes; DynamoDB takes ${LARGEST_ITEM_BYTES}`);
    }
    texts.set(item, text);
    return item;
  };
  const write = (item: Item) => change(keyOf(item), itemAsStored(item));
  const copyOf = (item: Item): Item => JSON.parse(texts.get(item) ?? '') as Item;
  const sorted = (items: Iterable<Item>, by: string) =>
    [...items].sort((a, b) => (String(a[by]) < String(b[by]) ? -1 : 1)).map(copyOf);

  const table: MemoryTable = {
    isIndexBlind: false,
    items: () => stored.values(),
    find: (key) => stored.get(keyOf(key)),
    restore(items) {
      const earlier = items.map(itemAsStored);
      stored.clear();
      indexed.clear();
      for (const item of earlier) {
        stored.set(keyOf(item), item);
        indexed.set(keyOf(item), item);
      }
      options.restored();
    },
    async read(key) {
      const item = stored.get(keyOf(key));
      return item && copyOf(item);
    },
    async putNew(item) {
      if (stored.has(keyOf(item))) return false;
      write(item);
      return true;
    },
    async putNext(item) {
      const current = stored.get(keyOf(item));
      const fits = current?.['birthId'] === item['birthId'] && current?.['version'] === Number(item['version']) - 1;
      if (!current || !fits) return false;
      write(item);
      return true;
    },
    async put(item) {
      write(item);
    },
    async removeExactly(key, birthId, version) {
      const current = stored.get(keyOf(key));
      if (current && (current['birthId'] !== birthId || current['version'] !== version)) return false;
      if (current) change(keyOf(key), undefined);
      return true;
    },
    async remove(key) {
      if (stored.has(keyOf(key))) change(keyOf(key), undefined);
    },
    async list(partition, sort) {
      const found = [...stored.values()].filter(
        (item) => item[partition.name] === partition.value && String(item[sort.name]).startsWith(sort.prefix),
      );
      return sorted(found, sort.name);
    },
    async listBackwards(partition, { name, prefix, before }, limit) {
      const found = [...stored.values()].filter(
        (item) =>
          item[partition.name] === partition.value &&
          String(item[name]).startsWith(prefix) &&
          (before === undefined || String(item[name]) < before),
      );
      return sorted(found, name).reverse().slice(0, limit);
    },
    async listIndex(index, partition, before) {
      const visible = table.isIndexBlind ? [] : [...indexed.values()];
      const found = visible.filter(
        (item) =>
          item[index.partitionKey] === partition && (before === undefined || String(item[index.sortKey]) < before),
      );
      return sorted(found, index.sortKey);
    },
    async countInWindow(key, window, most) {
      const current = stored.get(keyOf(key));
      const isUnderWay = current?.['window'] === window || current?.['window'] === window + 1;
      const count = isUnderWay ? Number(current?.['count']) : 0;
      const isLater = isUnderWay && current?.['window'] !== window;
      if (isLater || count >= most) return false;
      write({ ...key, window, count: count + 1 });
      return true;
    },
  };
  return table;
}
