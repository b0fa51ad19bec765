import { describe, expect, it } from 'vitest';
import type { RuleId, TransferId } from '../../functions/domain/ids.ts';
import type { Ports } from '../../functions/ports/ports.ts';
import { holdRule } from '../../functions/use-cases/hold-rule.ts';
import { releaseRule } from '../../functions/use-cases/release-rule.ts';
import { aRow, COLLECTION, PATH, PRINCIPAL, SECOND_PRINCIPAL, TRANSFER } from '../support/builders.ts';
import { justBefore, rowOf, ruleWithRow } from '../support/sweeping.ts';
import { createWorld, type World } from '../support/world.ts';

const READER = '29-18b49d3688d' as TransferId;

describe('releasing a rule', () => {
  it('that somebody deletes by hand in the middle of it ends as released', async () => {
    const world = createWorld();
    await ruleWithRow(world);
    const byHand = async () => void world.globus.rules.splice(0);
    const ports = justBefore(world.ports, 'write', byHand);
    expect(await releaseRule(ports, { key: aRow(), transferId: TRANSFER })).toEqual({ kind: 'gone' });
    expect(world.ports.accessRules.rows()).toEqual([]);
  });

  it('goes on where a run stopped in DELETING, though the rule was deleted by hand since', async () => {
    const world = createWorld();
    await world.ports.accessRules.create(aRow({ state: 'DELETING', holders: {} }));
    expect(await releaseRule(world.ports, { key: aRow(), transferId: TRANSFER })).toEqual({ kind: 'gone' });
    expect(world.ports.accessRules.rows()).toEqual([]);
  });

  it('leaves the rule of another identity on the same path, and that of a group', async () => {
    const world = createWorld();
    await ruleWithRow(world);
    const other = world.globus.addRuleByHand(PATH, SECOND_PRINCIPAL, 'rw');
    const group = world.globus.addRuleByHand(PATH, PRINCIPAL, 'r');
    const index = world.globus.rules.findIndex((rule) => rule.ruleId === group);
    const [rule] = world.globus.rules.slice(index);
    if (rule) world.globus.rules[index] = { ...rule, principalType: 'group' };
    await releaseRule(world.ports, { key: aRow(), transferId: TRANSFER });
    expect(world.globus.rules.map((each) => each.ruleId)).toEqual([other, group]);
    expect(await world.ports.accessRules.listForeign(COLLECTION)).toEqual([]);
  });

  it.each([
    { first: TRANSFER, last: READER },
    { first: READER, last: TRANSFER },
  ])('of a reader and a writer goes with the last of them and is never weakened in place', async ({ first, last }) => {
    const world = createWorld();
    const ruleId = await ruleWithRow(world, { holders: { [TRANSFER]: 'rw', [READER]: 'r' } });
    expect(await releaseRule(world.ports, { key: aRow(), transferId: first })).toEqual({ kind: 'held-by-others' });
    expect(world.globus.rules).toMatchObject([{ ruleId, permission: 'rw' }]);
    expect(await rowOf(world)).toMatchObject({ state: 'PRESENT', provenPermission: 'rw' });
    expect(await releaseRule(world.ports, { key: aRow(), transferId: last })).toEqual({ kind: 'gone' });
    expect(world.globus.rules).toEqual([]);
  });

  it('remembers the rules of others that its row named before the row goes', async () => {
    const world = createWorld();
    await ruleWithRow(world, { foreignRuleIds: ['foreign-1' as RuleId] });
    const remembered: (readonly RuleId[])[] = [];
    const noteMemory = async () => void remembered.push(await world.ports.accessRules.listForeign(COLLECTION));
    await releaseRule(justBefore(world.ports, 'remove', noteMemory), { key: aRow(), transferId: TRANSFER });
    expect(remembered).toEqual([['foreign-1']]);
  });

  it('takes no rule of a later life of its row for that of somebody else', async () => {
    const world = createWorld();
    await ruleWithRow(world);
    const ports = beforeFirstList(world, async () => {
      await holdRule(world.ports, { key: aRow(), transferId: READER, permission: 'rw' });
    });
    expect(await releaseRule(ports, { key: aRow(), transferId: TRANSFER })).toEqual({ kind: 'held-by-others' });
    expect(world.globus.rules).toHaveLength(1);
    expect(await world.ports.accessRules.listForeign(COLLECTION)).toEqual([]);
  });

  it('remembers a rule of somebody else that only its last list shows', async () => {
    const world = createWorld();
    await ruleWithRow(world);
    const byHand: RuleId[] = [];
    const ports = beforeFirstList(
      world,
      async () => void byHand.push(world.globus.addRuleByHand(PATH, PRINCIPAL, 'rw')),
    );
    expect(await releaseRule(ports, { key: aRow(), transferId: TRANSFER })).toEqual({ kind: 'gone' });
    expect(await world.ports.accessRules.listForeign(COLLECTION)).toEqual(byHand);
  });
});

/** A list that takes long, and what happens meanwhile. */
function beforeFirstList({ ports, globus }: World, act: () => Promise<void>): Ports {
  let isFirst = true;
  const listAccessRules: Ports['globus']['listAccessRules'] = async (collectionId) => {
    if (isFirst) {
      isFirst = false;
      await act();
    }
    return globus.listAccessRules(collectionId);
  };
  return { ...ports, globus: { ...globus, listAccessRules } };
}
