import {
  type AccessRuleKey,
  type AccessRuleRow,
  isCreateUnsettled,
  isOurs,
  nextRow,
  withoutHolder,
} from '../domain/access-rule.ts';
import { UnavailableError } from '../domain/errors.ts';
import type { RuleId, TransferId } from '../domain/ids.ts';
import type { Ports } from '../ports/ports.ts';
import { findRules } from './find-rules.ts';

type ReleasePorts = Pick<Ports, 'clock' | 'globus' | 'accessRules' | 'log'>;

export interface ReleaseRequest {
  readonly key: AccessRuleKey;
  readonly transferId: TransferId;
  /**
   * Runs before the last holder is removed, and again whenever the row has moved since: the look that nobody else needs the rule.
   * It may make somebody else a holder.
   */
  readonly beforeLast?: (row: AccessRuleRow) => Promise<void>;
}

/**
 * How a release ended. `gone`: no rule of ours is left. `held-by-others`: the rule stays for them.
 * `pending`: none is listed, but a create call may still land; come again after so many seconds.
 */
export type ReleaseOutcome =
  | { readonly kind: 'gone' }
  | { readonly kind: 'held-by-others' }
  | { readonly kind: 'pending'; readonly waitSeconds: number };

/** Bound for lost races and for rules that come back while we delete; the next run goes on. */
const MAX_ROUNDS = 20;

/**
 * Removes a holder; with the last one the rule is deleted by its id and proven gone before the row goes (design section 5).
 * Safe to repeat at any point: it goes on where an earlier run stopped.
 * @throws UnavailableError when Globus does not answer or others keep changing the row
 */
export async function releaseRule(ports: ReleasePorts, request: ReleaseRequest): Promise<ReleaseOutcome> {
  const { key, transferId, beforeLast } = request;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const row = await ports.accessRules.read(key);
    if (!row) return { kind: 'gone' };
    if (row.holders[transferId] !== undefined) {
      const isLast = Object.keys(row.holders).length === 1;
      if (isLast) await beforeLast?.(row);
      // The look may have taken long; a deletion is young when it begins.
      const without = withoutHolder(row, transferId, ports.clock.nowEpochSeconds());
      // On the version that was looked at: only that very row may lose its last holder. One that has moved is read, and looked at, again.
      if (!(await ports.accessRules.write(without))) continue;
      if (!isLast) return { kind: 'held-by-others' };
      const outcome = await finishDeleting(ports, without);
      if (outcome) return outcome;
    } else if (row.state === 'DELETING') {
      const outcome = await finishDeleting(ports, row);
      if (outcome) return outcome;
    } else {
      return { kind: 'held-by-others' };
    }
  }
  throw new UnavailableError('The access rule is being changed by others. Please repeat the request.', {
    details: { ...key },
  });
}

/** A DELETING row whose rule is proven gone. */
interface Proven {
  /** As last written. */
  readonly row: AccessRuleRow;
  /** What the same list showed for its path and principal: rules of somebody else. */
  readonly othersRuleIds: readonly RuleId[];
}

/**
 * Deletes what is ours of a DELETING row and proves it by a list.
 * @returns undefined when the row moved meanwhile
 * @throws UnavailableError when Globus does not answer, or lists what it was told to delete
 */
export async function deleteAndProve(ports: ReleasePorts, start: AccessRuleRow): Promise<Proven | undefined> {
  let row = start;
  if (row.ruleId !== null && isOurs(row, row.ruleId)) await deleteRule(ports, row, row.ruleId);
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const listed = await findRules(ports, row);
    const ours = listed.find((rule) => isOurs(row, rule.ruleId));
    if (!ours) return { row, othersRuleIds: listed.map((rule) => rule.ruleId) };
    if (ours.ruleId !== row.ruleId) {
      // The id goes into the row first, on the version just read: nobody deletes a rule that somebody else's row has taken up.
      const recorded = nextRow(row, { ruleId: ours.ruleId }, ports.clock.nowEpochSeconds());
      if (!(await ports.accessRules.write(recorded))) return undefined;
      row = recorded;
    }
    await deleteRule(ports, row, ours.ruleId);
  }
  throw new UnavailableError('Globus still lists an access rule that it was told to delete.', {
    details: { ruleId: row.ruleId },
  });
}

/**
 * Deletes, proves, and removes the row unless a create call may still land. Rules of somebody else that the row met are remembered first:
 * a rule without a row is taken for an orphan otherwise (F-82).
 * @param deleting - a row in DELETING, as just read or written
 * @returns undefined when the row moved: it is to be read again
 * @throws UnavailableError as deleteAndProve does
 */
export async function finishDeleting(
  ports: ReleasePorts,
  deleting: AccessRuleRow,
): Promise<Exclude<ReleaseOutcome, { readonly kind: 'held-by-others' }> | undefined> {
  const proven = await deleteAndProve(ports, deleting);
  if (!proven) return undefined;
  const { row, othersRuleIds } = proven;
  const now = ports.clock.nowEpochSeconds();
  if (isCreateUnsettled(row, now)) {
    return { kind: 'pending', waitSeconds: Math.max(1, (row.createUnsettledUntilEpochSeconds ?? now) - now) };
  }
  const foreignRuleIds = [...new Set([...row.foreignRuleIds, ...othersRuleIds])];
  // A slow list may show the rule of whoever has taken the row over since: what is theirs is decided on the version that was read.
  const met = foreignRuleIds.length > row.foreignRuleIds.length ? nextRow(row, { foreignRuleIds }, now) : row;
  if (met !== row && !(await ports.accessRules.write(met))) return undefined;
  if (foreignRuleIds.length > 0) await ports.accessRules.rememberForeign(row.collectionId, foreignRuleIds);
  return (await ports.accessRules.remove(met)) ? { kind: 'gone' } : undefined;
}

async function deleteRule(ports: ReleasePorts, row: AccessRuleRow, ruleId: RuleId): Promise<void> {
  const { collectionId, path, principal } = row;
  const outcome = await ports.globus.deleteAccessRule({ collectionId, ruleId });
  ports.log.info('access-rule-deleted', { collectionId, path, principal, ruleId, outcome });
}
