import { type AccessRuleKey, type AccessRuleRow, isAbandoned, mayHaveRule } from '../domain/access-rule.ts';
import { UnavailableError } from '../domain/errors.ts';
import type { TransferId } from '../domain/ids.ts';
import { isFinal } from '../domain/transfer.ts';
import type { Ports } from '../ports/ports.ts';
import { findLiveTasksOfRow } from './find-live-tasks.ts';
import { finishDeleting, releaseRule } from './release-rule.ts';

export type SpentRowPorts = Pick<Ports, 'clock' | 'globus' | 'accessRules' | 'transfers' | 'claims' | 'log'>;

/** `gone`: no rule of ours is left. `kept`: a live task may rest on it. `open`: there was nothing to take away, or not yet. */
export type SpentOutcome = 'gone' | 'kept' | 'open';

/**
 * Takes out a holder whose transfer is over. A header is always reserved before its transfer becomes a holder, and a final state never
 * changes; so a header that is missing or final after the row was read means that nobody will ever release this holder.
 * As the last holder it goes only after a look for live tasks, on that very version of the row.
 * @throws UnavailableError when Globus or a table does not answer: the holder stays
 */
export async function releaseSpentHolder(
  ports: SpentRowPorts,
  key: AccessRuleKey,
  transferId: TransferId,
): Promise<SpentOutcome | 'taken-out'> {
  const header = await ports.transfers.read(transferId);
  if (header && !isFinal(header.state)) return 'open';
  let isNeeded = false;
  const beforeLast = async (row: AccessRuleRow) => {
    isNeeded = await mayBeNeeded(ports, row);
    if (isNeeded) throw new UnavailableError('A live task may need the access rule.');
  };
  try {
    const released = await releaseRule(ports, { key, transferId, beforeLast });
    const facts = { collectionId: key.collectionId, path: key.path, principal: key.principal, transferId };
    ports.log.warn('access-rule-holder-taken-out', {
      ...facts,
      state: header?.state ?? 'missing',
      left: released.kind,
    });
    return released.kind === 'gone' ? 'gone' : 'taken-out';
  } catch (error) {
    if (isNeeded) return 'kept';
    throw error;
  }
}

/**
 * Finishes a DELETING row that its worker has left: deletes, proves, removes, unless a create call may still land. Here too nothing is
 * deleted while a live task of the principal may rest on the rule; it is looked at again later.
 * @throws UnavailableError when Globus or the table does not answer
 */
export async function finishAbandonedDeletion(ports: SpentRowPorts, key: AccessRuleKey): Promise<SpentOutcome> {
  const row = await ports.accessRules.read(key);
  if (row?.state !== 'DELETING' || !isAbandoned(row, ports.clock.nowEpochSeconds())) return 'open';
  if (await mayBeNeeded(ports, row)) return 'kept';
  const finished = await finishDeleting(ports, row);
  if (finished?.kind !== 'gone') return 'open';
  ports.log.warn('access-rule-deletion-finished', {
    collectionId: key.collectionId,
    path: key.path,
    principal: key.principal,
    ruleId: row.ruleId,
  });
  return 'gone';
}

/** May a live task rest on the row's rule? Then that is said, and nothing may be deleted (P2). @throws UnavailableError when it cannot be known */
export async function mayBeNeeded(ports: SpentRowPorts, row: AccessRuleRow): Promise<boolean> {
  if (!mayHaveRule(row)) return false;
  const tasks = await findLiveTasksOfRow(ports, row);
  if (tasks.length === 0) return false;
  const { collectionId, path, principal, ruleId } = row;
  const taskIds = tasks.slice(0, 20).map((task) => task.taskId);
  ports.log.warn('access-rule-kept-for-live-task', { collectionId, path, principal, ruleId, taskIds });
  return true;
}
