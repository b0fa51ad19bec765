import type { AccessRuleKey, AccessRuleRow } from '../../domain/access-rule.ts';
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
  };
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
