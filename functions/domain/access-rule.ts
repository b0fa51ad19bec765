import type { CollectionId, PrincipalId, RuleId, TransferId } from './ids.ts';

/** What an access rule allows: read, or read and write. */
export type Permission = 'r' | 'rw';

/** Where a row of `access-rules` stands (design section 5). */
export type AccessRuleState = 'CREATING' | 'PRESENT' | 'UPDATING' | 'DELETING';

/** Names one rule: at most one exists on a collection for a (path, principal) pair. */
export interface AccessRuleKey {
  readonly collectionId: CollectionId;
  /** Absolute directory, ends in `/`. */
  readonly path: string;
  readonly principal: PrincipalId;
}

/** Our record of one access rule: who holds it, and what we know of it at Globus. */
export interface AccessRuleRow extends AccessRuleKey {
  readonly schemaVersion: 1;
  /** When it was born. Tasks submitted since then may rest on its rule, whoever's grant they belong to. */
  readonly bornAtEpochSeconds: number;
  /** Random at each birth, so that a version number never repeats across births of a row. */
  readonly birthId: string;
  /** Grows by one with every write. */
  readonly version: number;
  readonly state: AccessRuleState;
  readonly stateSinceEpochSeconds: number;
  /** The rule in use, ours or foreign; null while none is known. */
  readonly ruleId: RuleId | null;
  /** What that rule was last seen or set to allow. */
  readonly provenPermission: Permission | null;
  /** Rules that were on the collection without our doing: used if they suffice, never changed, never deleted. */
  readonly foreignRuleIds: readonly RuleId[];
  /** Open grants and transfers that need the rule, with what each needs. */
  readonly holders: Readonly<Record<TransferId, Permission>>;
  /** The create attempt under way; only the last one may write PRESENT. */
  readonly attemptId: string | null;
  /** Until then a create call without a definite answer may still land. Empty (null) only when no such call exists. */
  readonly createUnsettledUntilEpochSeconds: number | null;
}

/** A create call may land this long after it was sent: longer than any handler's limit plus the longest hang of a call. */
export const CREATE_UNSETTLED_SECONDS = 300;
/** CREATING, UPDATING or DELETING older than this may be finished by whoever finds it. */
export const ABANDONED_AFTER_SECONDS = 15;
/** Globus holds at most 1,000 rules per collection (G1); a rule of ours carries at most this many holders. */
export const MAX_HOLDERS = 100;

/** The permission that serves all holders: `rw` over `r`. */
export function wantedPermission(holders: AccessRuleRow['holders']): Permission {
  return Object.values(holders).includes('rw') ? 'rw' : 'r';
}

/** Does a rule that allows `given` serve someone who needs `needed`? */
export function suffices(given: Permission | null, needed: Permission): boolean {
  return given === 'rw' || given === needed;
}

/** Is the rule in use one that we must not touch? */
export function usesForeignRule(row: AccessRuleRow): boolean {
  return row.ruleId !== null && row.foreignRuleIds.includes(row.ruleId);
}

/** May a task rest on a rule of ours behind this row: one we know, or one that an unanswered call may have made? */
export function mayHaveRule(row: AccessRuleRow): boolean {
  return !usesForeignRule(row) && (row.ruleId !== null || row.createUnsettledUntilEpochSeconds !== null);
}

/** May a create call of ours still land at this moment? */
export function isCreateUnsettled(row: AccessRuleRow, nowEpochSeconds: number): boolean {
  return row.createUnsettledUntilEpochSeconds !== null && nowEpochSeconds < row.createUnsettledUntilEpochSeconds;
}

/**
 * Is a rule found on the collection for this row ours to delete?
 * Any id the row does not name is foreign while no create of ours was ever left open (design section 5).
 */
export function isOurs(row: AccessRuleRow, ruleId: RuleId): boolean {
  if (row.foreignRuleIds.includes(ruleId)) return false;
  return ruleId === row.ruleId || row.createUnsettledUntilEpochSeconds !== null;
}

/** Has the row stood in its passing state for so long that its worker must be gone? */
export function isAbandoned(row: AccessRuleRow, nowEpochSeconds: number): boolean {
  return row.state !== 'PRESENT' && nowEpochSeconds - row.stateSinceEpochSeconds >= ABANDONED_AFTER_SECONDS;
}

/** The row with changes, one version on; a new state or attempt starts the clock by which it may be called abandoned. */
export function nextRow(row: AccessRuleRow, changes: Partial<AccessRuleRow>, nowEpochSeconds: number): AccessRuleRow {
  const restarts = changes.state !== undefined || changes.attemptId !== undefined;
  return {
    ...row,
    ...changes,
    version: row.version + 1,
    ...(restarts ? { stateSinceEpochSeconds: nowEpochSeconds } : {}),
  };
}

/** The rule's row without one holder; without its last it turns to DELETING. */
export function withoutHolder(row: AccessRuleRow, transferId: TransferId, nowEpochSeconds: number): AccessRuleRow {
  const { [transferId]: _gone, ...holders } = row.holders;
  const isLast = Object.keys(holders).length === 0;
  return nextRow(row, isLast ? { holders, state: 'DELETING' } : { holders }, nowEpochSeconds);
}
