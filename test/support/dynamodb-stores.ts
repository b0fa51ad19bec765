import { createAccessRuleStore } from '../../functions/adapters/dynamodb/access-rule-store.ts';
import { createDownloadListStore } from '../../functions/adapters/dynamodb/download-list-store.ts';
import { createFileEntryStore } from '../../functions/adapters/dynamodb/file-entry-store.ts';
import { createOpenIndex } from '../../functions/adapters/dynamodb/open-index.ts';
import { createTransferStore } from '../../functions/adapters/dynamodb/transfer-store.ts';
import { createDatasetLockStore, createTaskClaimStore } from '../../functions/adapters/dynamodb/versioned-items.ts';
import type { EmptyTables } from './empty-tables.ts';

/** The stores, and the index over what is open, in these tables. */
export function storesIn({ transfers, accessRules, downloads }: EmptyTables) {
  return {
    transfers: createTransferStore(transfers),
    accessRules: createAccessRuleStore(accessRules),
    locks: createDatasetLockStore(transfers),
    claims: createTaskClaimStore(transfers),
    files: createFileEntryStore(transfers),
    downloadLists: createDownloadListStore(downloads),
    open: createOpenIndex(transfers),
  };
}
