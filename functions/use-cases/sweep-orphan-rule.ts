import type { AccessRuleKey, AccessRuleRow } from '../domain/access-rule.ts';
import { parsePrincipalId } from '../domain/ids.ts';
import type { AccessRule } from '../ports/globus.ts';
import { finishDeleting } from './release-rule.ts';
import type { SweepRowPorts } from './sweep-rule-row.ts';

/** What the operator has said about the place where the rule stands. */
export interface OrphanSite {
  readonly collectionId: AccessRuleKey['collectionId'];
  /** Nobody else makes rules there. */
  readonly isExclusive: boolean;
  readonly leaseSeconds: number;
}

/**
 * A rule below a base path of ours that no row and no memory of others' rules names (F-82). Where nobody else makes rules, it is old
 * enough and its principal has no live task on the collection, it is revoked by the protocol: a row of its own takes it up, born DELETING,
 * so that a grant that comes meanwhile waits as always. Otherwise it is only told of.
 * @throws UnavailableError when Globus or a table does not answer: nothing is revoked on a listing that failed
 */
export async function sweepOrphanRule(
  ports: SweepRowPorts,
  rule: AccessRule,
  site: OrphanSite,
): Promise<'revoked' | 'told' | 'owned'> {
  const key = { collectionId: site.collectionId, path: rule.path, principal: parsePrincipalId(rule.principal) };
  const facts = { ...key, ruleId: rule.ruleId, permission: rule.permission };
  const tell = (why: string) => {
    ports.log.warn('access-rule-orphan', { ...facts, why });
    return 'told' as const;
  };
  const { createdAtEpochSeconds } = rule;
  if (!site.isExclusive) return tell('others may make rules here');
  if (createdAtEpochSeconds === null) return tell('its age is unknown');
  const ageSeconds = ports.clock.nowEpochSeconds() - createdAtEpochSeconds;
  if (ageSeconds <= 2 * site.leaseSeconds) return tell('it is too young');
  if (await ports.accessRules.read(key)) return 'owned';
  if (await hasLiveTask(ports, key)) return tell('its principal has a live task');

  const row = adoptingRow(ports, key, rule, createdAtEpochSeconds);
  if (!(await ports.accessRules.create(row))) return 'owned';
  const letGo = () => ports.accessRules.remove(row);
  try {
    // From here on no other row can meet the rule; whoever met it before and left has remembered it by now.
    if ((await ports.accessRules.listForeign(site.collectionId)).includes(rule.ruleId)) {
      await letGo();
      return 'owned';
    }
    if (await hasLiveTask(ports, key)) {
      await letGo();
      return tell('its principal has a live task');
    }
  } catch (error) {
    // Should this fail too, the row is finished like any other DELETING one, after a look of its own.
    await letGo().catch((lost) => ports.log.warn('access-rule-orphan-row-left', { ...facts, error: lost }));
    throw error;
  }
  await finishDeleting(ports, row);
  ports.log.error('access-rule-orphan-revoked', { ...facts, createdAtEpochSeconds });
  return 'revoked';
}

/** Any live task of that principal counts, whatever its paths and age: nobody knows which of them rest on a rule without a record. */
async function hasLiveTask(ports: SweepRowPorts, { collectionId, principal }: AccessRuleKey): Promise<boolean> {
  return (await ports.globus.listLiveTasks(collectionId, principal)).length > 0;
}

function adoptingRow(
  ports: SweepRowPorts,
  key: AccessRuleKey,
  rule: AccessRule,
  createdAtEpochSeconds: number,
): AccessRuleRow {
  return {
    schemaVersion: 1,
    ...key,
    birthId: ports.random.uuid(),
    // Looks at live tasks go back to then.
    bornAtEpochSeconds: createdAtEpochSeconds,
    version: 1,
    state: 'DELETING',
    stateSinceEpochSeconds: ports.clock.nowEpochSeconds(),
    ruleId: rule.ruleId,
    provenPermission: rule.permission,
    foreignRuleIds: [],
    holders: {},
    attemptId: null,
    createUnsettledUntilEpochSeconds: null,
  };
}
