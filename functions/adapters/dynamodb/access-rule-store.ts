import type { AccessRuleKey, AccessRuleRow } from '../../domain/access-rule.ts';
import { asRuleId, type CollectionId, type RuleId } from '../../domain/ids.ts';
import type { AccessRuleStore } from '../../ports/access-rule-store.ts';
import type { Item, Table } from './table.ts';

/** Rows of access rules, keyed by collection, path and principal. */
export function createAccessRuleStore(table: Table): AccessRuleStore {
  return {
    async read(key) {
      return toRow(await table.read(keyOf(key)));
    },
    create: (row) => table.putNew(toItem(row)),
    write: (row) => table.putNext(toItem(row)),
    remove: (row) => table.removeExactly(keyOf(row), row.birthId, row.version),
    async list(collectionId) {
      const items = await table.list(partitionOf(collectionId), { name: SORT_KEY, prefix: '/' });
      return items.flatMap((item) => toRow(item) ?? []);
    },
    async rememberForeign(collectionId, ruleIds) {
      for (const ruleId of ruleIds) await table.put(foreignKey(collectionId, ruleId));
    },
    async listForeign(collectionId) {
      const items = await table.list(partitionOf(collectionId), { name: SORT_KEY, prefix: FOREIGN });
      return items.map((item) => asRuleId(String(item[SORT_KEY]).slice(FOREIGN.length)));
    },
    async forgetForeign(collectionId, ruleIds) {
      for (const ruleId of ruleIds) await table.remove(foreignKey(collectionId, ruleId));
    },
  };
}

const SORT_KEY = 'pathAndPrincipal';
/** No path begins so. */
const FOREIGN = 'foreign#';

function partitionOf(collectionId: CollectionId) {
  return { name: 'collectionId', value: collectionId };
}

function foreignKey(collectionId: CollectionId, ruleId: RuleId): Item {
  return { collectionId, [SORT_KEY]: `${FOREIGN}${ruleId}` };
}

/** The principal stands behind the path, so that all rules of a directory are neighbours. */
function keyOf({ collectionId, path, principal }: AccessRuleKey): Item {
  return { collectionId, pathAndPrincipal: `${path}#${principal}` };
}

function toItem(row: AccessRuleRow): Item {
  return { ...keyOf(row), ...row };
}

function toRow(item: Item | undefined): AccessRuleRow | undefined {
  if (!item) return undefined;
  const { pathAndPrincipal, writeId, ...row } = item;
  return row as unknown as AccessRuleRow;
}
