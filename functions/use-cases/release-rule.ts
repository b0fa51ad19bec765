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
  /** The row as it was when somebody last looked whether it is still needed. */
  let lookedAt = '';
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const row = await ports.accessRules.read(key);
    if (!row) return { kind: 'gone' };
    if (row.holders[transferId] !== undefined) {
      const without = withoutHolder(row, transferId, ports.clock.nowEpochSeconds());
      const isLast = without.state === 'DELETING';
      if (isLast && beforeLast && lookedAt !== nameOf(row)) {
        // Read again after the look: only the very row that was looked at may lose its last holder.
        await beforeLast(row);
        lookedAt = nameOf(row);
        continue;
      }
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

/**
 * Deletes what is ours of a DELETING row and proves it by a list.
 * @returns the row as last written, its rule gone; undefined when the row moved meanwhile
 * @throws UnavailableError when Globus does not answer, or lists what it was told to delete
 */
export async function deleteAndProve(ports: ReleasePorts, start: AccessRuleRow): Promise<AccessRuleRow | undefined> {
  let row = start;
  if (row.ruleId !== null && isOurs(row, row.ruleId)) await deleteRule(ports, row, row.ruleId);
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const ours = (await findRules(ports, row)).find((rule) => isOurs(row, rule.ruleId));
    if (!ours) return row;
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

/** Deletes, proves, and removes the row unless a create call may still land. Undefined: the row moved, it is to be read again. */
async function finishDeleting(ports: ReleasePorts, deleting: AccessRuleRow): Promise<ReleaseOutcome | undefined> {
  const row = await deleteAndProve(ports, deleting);
  if (!row) return undefined;
  const now = ports.clock.nowEpochSeconds();
  if (isCreateUnsettled(row, now)) {
    return { kind: 'pending', waitSeconds: Math.max(1, (row.createUnsettledUntilEpochSeconds ?? now) - now) };
  }
  return (await ports.accessRules.remove(row)) ? { kind: 'gone' } : undefined;
}

async function deleteRule(ports: ReleasePorts, row: AccessRuleRow, ruleId: RuleId): Promise<void> {
  const { collectionId, path, principal } = row;
  const outcome = await ports.globus.deleteAccessRule({ collectionId, ruleId });
  ports.log.info('access-rule-deleted', { collectionId, path, principal, ruleId, outcome });
}

function nameOf(row: AccessRuleRow): string {
  return `${row.birthId} ${row.version}`;
}
