import type { AccessRuleRow } from '../../functions/domain/access-rule.ts';
import type { RuleId } from '../../functions/domain/ids.ts';
import type { AccessRuleStore } from '../../functions/ports/access-rule-store.ts';
import type { Ports } from '../../functions/ports/ports.ts';
import type { RunLimit } from '../../functions/use-cases/run-limit.ts';
import { sweepAccessRules } from '../../functions/use-cases/sweep-access-rules.ts';
import { aRow, COLLECTION } from './builders.ts';
import { SETTINGS, STORE, type World } from './world.ts';

interface SweepOptions extends Partial<RunLimit> {
  readonly exclusive?: boolean;
  readonly leaseSeconds?: number;
}

/** One sweep over the rules of the collection, with all the time it wants unless told. */
export function sweep(ports: Ports, options: SweepOptions = {}) {
  const { hasTime = () => true, exclusive = STORE.exclusive, leaseSeconds = SETTINGS.leaseSeconds } = options;
  const stores = [{ ...STORE, exclusive }];
  return sweepAccessRules(ports, { collectionId: COLLECTION, stores, leaseSeconds }, { hasTime });
}

/** A row and the rule behind it. @returns the rule's id */
export async function ruleWithRow(world: World, changes: Partial<AccessRuleRow> = {}): Promise<RuleId> {
  const { path, principal, holders } = aRow(changes);
  const permission = Object.values(holders).includes('r') && !Object.values(holders).includes('rw') ? 'r' : 'rw';
  const ruleId = world.globus.addRuleByHand(path, principal, permission);
  await world.ports.accessRules.create(aRow({ ruleId, ...changes }));
  return ruleId;
}

/** The row of the usual path and principal. */
export function rowOf(world: World): Promise<AccessRuleRow | undefined> {
  return world.ports.accessRules.read(aRow());
}

/** What was logged, by name. */
export function events(world: World): string[] {
  return world.logged.map((line) => line.event);
}

/** The same ports, with something that happens right before a call on the rows. @param call - which call of that method, 1 the first */
export function justBefore(ports: Ports, method: keyof AccessRuleStore, act: () => Promise<void>, call = 1): Ports {
  let calls = 0;
  const original = ports.accessRules[method] as (...args: unknown[]) => Promise<unknown>;
  const wrapped = async (...args: unknown[]) => {
    calls += 1;
    if (calls === call) await act();
    return original(...args);
  };
  return { ...ports, accessRules: { ...ports.accessRules, [method]: wrapped } };
}
