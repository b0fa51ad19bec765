import {
  type AccessRuleKey,
  type AccessRuleRow,
  isAbandoned,
  nextRow,
  suffices,
  usesForeignRule,
  wantedPermission,
} from '../domain/access-rule.ts';
import type { TransferId } from '../domain/ids.ts';
import { isFinal } from '../domain/transfer.ts';
import type { AccessRule } from '../ports/globus.ts';
import type { Ports } from '../ports/ports.ts';
import { findRules } from './find-rules.ts';
import { finishRow } from './hold-rule.ts';
import { finishDeleting } from './release-rule.ts';
import { finishAbandonedDeletion, mayBeNeeded, releaseSpentHolder } from './release-spent-row.ts';

export type SweepRowPorts = Pick<Ports, 'clock' | 'random' | 'globus' | 'accessRules' | 'transfers' | 'claims' | 'log'>;

/** What the sweep did about a row, or saw of it. */
export type RowFinding = 'holderTakenOut' | 'kept' | 'finished' | 'madeAgain' | 'changed';

/** What the sweep read once for all rows: it finds, each finding is read again before anything is done. */
export interface Overview {
  /** The collection's rules by id, as listed. */
  readonly listed: ReadonlyMap<string, AccessRule>;
  /** Transfers that the index calls open: their headers need no read. */
  readonly open: ReadonlySet<string>;
}

/**
 * Puts one row right: holders whose transfers are over are taken out, a passing state that its worker has left is finished, a rule deleted
 * by hand is made again (F-57), and one changed by hand is told of (F-58). Safe to repeat at any point.
 * @param found - the row as the sweep listed it
 * @param note - told of each finding as it is dealt with, so that a later failure does not hide it
 * @throws UnavailableError when Globus or a table does not answer, ConflictError when somebody else's rule does not suffice
 */
export async function sweepRuleRow(
  ports: SweepRowPorts,
  found: AccessRuleRow,
  overview: Overview,
  note: (finding: RowFinding) => void,
): Promise<void> {
  for (const transferId of Object.keys(found.holders) as TransferId[]) {
    if (overview.open.has(transferId)) continue;
    const outcome = await releaseSpentHolder(ports, found, transferId);
    if (outcome === 'kept') note('kept');
    if (outcome === 'taken-out' || outcome === 'gone') note('holderTakenOut');
  }
  const row = await ports.accessRules.read(found);
  if (!row) return;
  const isLeft = isAbandoned(row, ports.clock.nowEpochSeconds());
  if (row.state === 'DELETING') {
    const outcome = isLeft ? await finishAbandonedDeletion(ports, row) : 'open';
    if (outcome !== 'open') note(outcome === 'gone' ? 'finished' : 'kept');
  } else if (Object.keys(row.holders).length === 0) {
    if (isLeft || row.state === 'PRESENT') await deleteUnheld(ports, row, note);
  } else if (row.state !== 'PRESENT') {
    if (isLeft && (await finishForHolders(ports, row))) note('finished');
  } else {
    await compare(ports, row, overview, note);
  }
}

/** No protocol step leaves a row without holders outside DELETING; a table restored or edited by hand may hold one (F-79). */
async function deleteUnheld(
  ports: SweepRowPorts,
  row: AccessRuleRow,
  note: (finding: RowFinding) => void,
): Promise<void> {
  if (await mayBeNeeded(ports, row)) return note('kept');
  const deleting = nextRow(row, { state: 'DELETING' }, ports.clock.nowEpochSeconds());
  if (!(await ports.accessRules.write(deleting))) return;
  await finishDeleting(ports, deleting);
  note('finished');
}

/** For the holder that needs most, so that all are served. */
async function finishForHolders(ports: SweepRowPorts, row: AccessRuleRow): Promise<boolean> {
  const permission = wantedPermission(row.holders);
  const holders = Object.keys(row.holders) as TransferId[];
  const transferId = holders.find((id) => row.holders[id] === permission);
  if (transferId === undefined) return false;
  const finished = await finishRow(ports, { key: keyOf(row), transferId, permission });
  return finished !== undefined && finished.version !== row.version;
}

/** A row at rest against what the collection shows for it. */
async function compare(
  ports: SweepRowPorts,
  row: AccessRuleRow,
  { listed }: Overview,
  note: (finding: RowFinding) => void,
): Promise<void> {
  const { ruleId } = row;
  const seen = ruleId === null ? undefined : listed.get(ruleId);
  if (!seen) {
    // finishRow asks the collection itself before it makes anything.
    if ((await isStillNeeded(ports, row)) && (await finishForHolders(ports, row))) note('madeAgain');
  } else if (differs(row, seen) && (await tellChanged(ports, row))) {
    note('changed');
  }
}

/** Is there a holder that is not about to let go anyway? A rule that is missing when its task has ended counts as released (F-57). */
async function isStillNeeded(ports: SweepRowPorts, row: AccessRuleRow): Promise<boolean> {
  for (const transferId of Object.keys(row.holders) as TransferId[]) {
    const header = await ports.transfers.read(transferId);
    if (header && !isFinal(header.state) && header.state !== 'SETTLING' && header.state !== 'EXPIRING') return true;
  }
  return false;
}

function differs(row: AccessRuleRow, rule: AccessRule): boolean {
  return rule.permission !== row.provenPermission || !suffices(rule.permission, wantedPermission(row.holders));
}

/**
 * Somebody changed what the rule allows: told, never overwritten (F-58). Only permission and expiry of a rule can change at Globus, so
 * that its path needs no look. The list may be older than the row; row, list and row again, on one version, tell the truth.
 */
async function tellChanged(ports: SweepRowPorts, found: AccessRuleRow): Promise<boolean> {
  const row = await ports.accessRules.read(found);
  if (row?.state !== 'PRESENT') return false;
  const rule = (await findRules(ports, row)).find((each) => each.ruleId === row.ruleId);
  if (!rule || !differs(row, rule)) return false;
  const again = await ports.accessRules.read(found);
  if (again?.birthId !== row.birthId || again.version !== row.version) return false;
  ports.log.error('access-rule-changed', {
    ...keyOf(row),
    ruleId: rule.ruleId,
    allows: rule.permission,
    proven: row.provenPermission,
    suffices: suffices(rule.permission, wantedPermission(row.holders)),
    isForeign: usesForeignRule(row),
  });
  return true;
}

function keyOf({ collectionId, path, principal }: AccessRuleKey): AccessRuleKey {
  return { collectionId, path, principal };
}
