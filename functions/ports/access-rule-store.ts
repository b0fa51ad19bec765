import type { AccessRuleKey, AccessRuleRow } from '../domain/access-rule.ts';
import type { CollectionId, RuleId } from '../domain/ids.ts';

/** Rows of `access-rules`. All reads are strongly consistent; every method throws UnavailableError when the table cannot be asked. */
export interface AccessRuleStore {
  read(key: AccessRuleKey): Promise<AccessRuleRow | undefined>;
  /** Puts a new row if there is none. */
  create(row: AccessRuleRow): Promise<boolean>;
  /** Puts a row whose version is one more than the stored one of the same birth; false when another writer was first. */
  write(row: AccessRuleRow): Promise<boolean>;
  /** Removes exactly this version of this birth; false when another writer was first. */
  remove(row: AccessRuleRow): Promise<boolean>;
  /** Every row of a collection, all pages. */
  list(collectionId: CollectionId): Promise<readonly AccessRuleRow[]>;
  /** Remembers rules that somebody else made, beyond the life of the row that met them; the same again changes nothing. */
  rememberForeign(collectionId: CollectionId, ruleIds: readonly RuleId[]): Promise<void>;
  /** The rules remembered as somebody else's. */
  listForeign(collectionId: CollectionId): Promise<readonly RuleId[]>;
  /** Forgets rules that are not on the collection any more. */
  forgetForeign(collectionId: CollectionId, ruleIds: readonly RuleId[]): Promise<void>;
}
