import type { AccessRuleKey, AccessRuleRow } from '../domain/access-rule.ts';
import type { CollectionId, RuleId } from '../domain/ids.ts';
import { isInside } from '../domain/paths.ts';
import type { Store } from '../domain/store.ts';
import type { AccessRule } from '../ports/globus.ts';
import type { Ports } from '../ports/ports.ts';
import { forEachAtOnce } from './for-each-at-once.ts';
import { mortalPorts } from './mortal-ports.ts';
import type { RunLimit } from './run-limit.ts';
import { sweepOrphanRule } from './sweep-orphan-rule.ts';
import { sweepRuleRow } from './sweep-rule-row.ts';

/** A collection with the stores that lie on it. */
export interface Site {
  readonly collectionId: CollectionId;
  readonly stores: readonly Store[];
  readonly leaseSeconds: number;
}

export type SweepRulesPorts = Pick<
  Ports,
  'clock' | 'random' | 'globus' | 'accessRules' | 'transfers' | 'claims' | 'open' | 'log'
>;

/** Rows and rules looked at together. */
const AT_ONCE = 10;
/**
 * For one row or rule, as a worker of a transfer has for its record: what is noted before a call covers it for five minutes, and a sweep that
 * stood still in between must not make it any more.
 */
const LIMIT_MILLISECONDS = 55_000;

/**
 * Holds the rows of a collection against the rules that Globus lists (design section 5; F-57, F-58, F-79, F-82): rows are put right, rules
 * without a row are revoked where that is allowed, and rules of others that are gone are forgotten. Every read made here only finds; each
 * finding is read again before anything is done. A failure on one row or rule is logged and the next goes on; a run cut short is taken up
 * by the next one, since everything may be repeated.
 * @param limit - what there is no time for is the next run's
 * @returns how many there were of each finding, with `failed` and `left` (for want of time) among them
 * @throws UnavailableError when the rules, rows or the index cannot be listed: then nothing is done
 */
export async function sweepAccessRules(
  ports: SweepRulesPorts,
  site: Site,
  limit: RunLimit,
): Promise<Record<string, number>> {
  const { collectionId } = site;
  // In this order: what is remembered before the list and not on it is gone; what is on it and in no row read after it has none.
  const remembered = await ports.accessRules.listForeign(collectionId);
  const rules = await ports.globus.listAccessRules(collectionId);
  const rows = await ports.accessRules.list(collectionId);
  const open = new Set<string>((await ports.open.listTransfers(collectionId)).map((each) => each.transferId));

  const counts: Record<string, number> = { failed: 0, left: 0 };
  const note = (finding: string) => {
    counts[finding] = (counts[finding] ?? 0) + 1;
  };
  const guarded = async (facts: Readonly<Record<string, unknown>>, act: (mortal: SweepRulesPorts) => Promise<void>) => {
    if (!limit.hasTime()) return note('left');
    await act(mortalPorts(ports, LIMIT_MILLISECONDS)).catch((error: unknown) => {
      note('failed');
      ports.log.error('access-rule-not-swept', { collectionId, ...facts, error });
    });
  };

  const overview = { listed: new Map(rules.map((rule) => [rule.ruleId as string, rule])), open };
  await forEachAtOnce(rows, AT_ONCE, (row) =>
    guarded({ path: row.path, principal: row.principal }, (mortal) => sweepRuleRow(mortal, row, overview, note)),
  );

  const suspects = await findOrphans(ports, site, rules, rows);
  await forEachAtOnce(suspects, AT_ONCE, (rule) =>
    guarded({ path: rule.path, principal: rule.principal, ruleId: rule.ruleId }, async (mortal) => {
      const isExclusive = storesOf(site, rule).every((store) => store.exclusive);
      const outcome = await sweepOrphanRule(mortal, rule, {
        collectionId,
        isExclusive,
        leaseSeconds: site.leaseSeconds,
      });
      if (outcome !== 'owned') note(outcome === 'revoked' ? 'orphansRevoked' : 'orphansTold');
    }),
  );

  await forgetGone(
    ports,
    collectionId,
    remembered.filter((ruleId) => !overview.listed.has(ruleId)),
  );
  return counts;
}

/** Rules of others that two lists do not show are forgotten. By one list that lies they would be orphans for the next sweep. */
async function forgetGone(
  ports: SweepRulesPorts,
  collectionId: CollectionId,
  notListed: readonly RuleId[],
): Promise<void> {
  if (notListed.length === 0) return;
  const listedAgain = new Set((await ports.globus.listAccessRules(collectionId)).map((rule) => rule.ruleId));
  const gone = notListed.filter((ruleId) => !listedAgain.has(ruleId));
  if (gone.length > 0) await ports.accessRules.forgetForeign(collectionId, gone);
}

/**
 * Rules of single people below a base path of ours that neither a row nor the memory of others' rules names. A second list leaves out what
 * was deleted in the ordinary way between the first one and the rows. Rules for groups or for everybody are never ours.
 */
async function findOrphans(
  ports: SweepRulesPorts,
  site: Site,
  rules: readonly AccessRule[],
  rows: readonly AccessRuleRow[],
): Promise<readonly AccessRule[]> {
  const owned = new Set(rows.map(nameOf));
  const suspects = rules.filter(
    (rule) => rule.principalType === 'identity' && !owned.has(nameOf(rule)) && storesOf(site, rule).length > 0,
  );
  if (suspects.length === 0) return [];
  const foreign = new Set(await ports.accessRules.listForeign(site.collectionId));
  const unknown = suspects.filter((rule) => !foreign.has(rule.ruleId));
  if (unknown.length === 0) return [];
  const listedAgain = new Set((await ports.globus.listAccessRules(site.collectionId)).map((rule) => rule.ruleId));
  return unknown.filter((rule) => listedAgain.has(rule.ruleId));
}

/** The stores whose directory the rule stands in: of nested ones the innermost. A rule on a base path itself is the site's own affair. */
function storesOf({ stores }: Site, { path }: Pick<AccessRule, 'path'>): readonly Store[] {
  const around = stores.filter(({ basePath }) => isInside(basePath, path) && path !== `${basePath}/`);
  const innermost = Math.max(0, ...around.map(({ basePath }) => basePath.length));
  return around.filter(({ basePath }) => basePath.length === innermost);
}

function nameOf({ path, principal }: Pick<AccessRuleKey, 'path'> & { readonly principal: string }): string {
  return `${path}#${principal}`;
}
