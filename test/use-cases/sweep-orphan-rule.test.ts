import { describe, expect, it } from 'vitest';
import type { RuleId } from '../../functions/domain/ids.ts';
import { COLLECTION, OTHER_TASK, PATH, PRINCIPAL, TASK } from '../support/builders.ts';
import { crashingAt } from '../support/crashing-ports.ts';
import { onlyTransfer } from '../support/reporting.ts';
import { events, justBefore, rowOf, sweep } from '../support/sweeping.ts';
import { createWorld, followToEnd, grant, type World } from '../support/world.ts';

describe('a rule without a row', () => {
  const ORPHAN_PATH = '/hdc1/10.5072/FK2/ORPHAN/';

  function orphan(world: World, ageSeconds = 601, path = ORPHAN_PATH): RuleId {
    const ruleId = world.globus.addRuleByHand(path, PRINCIPAL, 'rw');
    world.clock.advance(ageSeconds * 1000);
    return ruleId;
  }

  it('under an exclusive base path, old enough and without a live task, is revoked with an alarm', async () => {
    const world = createWorld();
    const ruleId = orphan(world);
    expect(await sweep(world.ports)).toMatchObject({ orphansRevoked: 1 });
    expect([world.globus.rules, world.ports.accessRules.rows()]).toEqual([[], []]);
    const line = world.logged.find((each) => each.event === 'access-rule-orphan-revoked');
    expect(line?.facts).toMatchObject({ ruleId, path: ORPHAN_PATH, principal: PRINCIPAL });
  });

  it.each([
    { why: 'others may make rules here', age: 601, exclusive: false, leaseSeconds: 300 },
    { why: 'it is too young', age: 600, exclusive: true, leaseSeconds: 300 },
    { why: 'it is too young', age: 2, exclusive: true, leaseSeconds: 1 },
    { why: 'it is too young', age: 1_200, exclusive: true, leaseSeconds: 600 },
  ])('is only told of when $why ($age s, lease $leaseSeconds s)', async ({ why, age, exclusive, leaseSeconds }) => {
    const world = createWorld();
    const ruleId = orphan(world, age);
    expect(await sweep(world.ports, { exclusive, leaseSeconds })).toMatchObject({ orphansTold: 1 });
    expect(world.globus.rules).toMatchObject([{ ruleId }]);
    expect(world.logged.find((each) => each.event === 'access-rule-orphan')?.facts).toMatchObject({ ruleId, why });
  });

  it('is only told of when Globus does not say how old it is', async () => {
    const world = createWorld();
    orphan(world);
    const [rule] = world.globus.rules;
    if (rule) world.globus.rules[0] = { ...rule, createdAtEpochSeconds: null };
    await sweep(world.ports);
    expect(world.globus.rules).toHaveLength(1);
    expect(events(world)).toContain('access-rule-orphan');
  });

  it('stays while any live task of its principal is there, and goes once that has ended', async () => {
    const world = createWorld();
    orphan(world);
    world.globus.submit(TASK, { status: 'INACTIVE', destinationBasePath: '/elsewhere/' });
    await sweep(world.ports);
    expect(world.globus.rules).toHaveLength(1);
    expect(world.ports.accessRules.rows()).toEqual([]);
    world.globus.finish(TASK, []);
    await sweep(world.ports);
    expect(world.globus.rules).toEqual([]);
  });

  it('stays when a task appears after it was taken up, and its row goes again', async () => {
    const world = createWorld();
    orphan(world);
    const ports = justBefore(world.ports, 'create', async () => world.globus.submit(OTHER_TASK));
    expect(await sweep(ports)).toMatchObject({ orphansTold: 1 });
    expect(world.globus.rules).toHaveLength(1);
    expect(world.ports.accessRules.rows()).toEqual([]);
  });

  it('stays when the second look fails, and nothing of the attempt is left', async () => {
    const world = createWorld();
    orphan(world);
    const ports = justBefore(world.ports, 'create', async () => void world.globus.down.add('listLiveTasks'));
    expect(await sweep(ports)).toMatchObject({ failed: 1 });
    expect(world.globus.rules).toHaveLength(1);
    expect(world.ports.accessRules.rows()).toEqual([]);
  });

  it('belongs to the grant that was first to write a row for it', async () => {
    const world = createWorld();
    orphan(world, 601, PATH);
    const ports = justBefore(world.ports, 'create', async () => void (await grant(world.ports)));
    await sweep(ports);
    expect(world.globus.rules).toHaveLength(1);
    expect(await rowOf(world)).toMatchObject({ state: 'PRESENT', foreignRuleIds: [world.globus.rules[0]?.ruleId] });
  });

  it("is let go when it is remembered as somebody else's by the time its row stands", async () => {
    const world = createWorld();
    const ruleId = orphan(world);
    const ports = justBefore(world.ports, 'create', () =>
      world.ports.accessRules.rememberForeign(COLLECTION, [ruleId]),
    );
    await sweep(ports);
    expect(world.globus.rules).toHaveLength(1);
    expect(world.ports.accessRules.rows()).toEqual([]);
  });

  it.each([
    ['outside our base paths', { path: '/elsewhere/a/' }],
    ['beside a base path that only begins alike', { path: '/hdc10/a/' }],
    ['on the base path itself', { path: '/hdc1/' }],
    ['for a group', { principalType: 'group' }],
    ['for everybody', { principalType: 'anonymous', principal: '' }],
    ['for all who are logged in', { principalType: 'all_authenticated_users', principal: '' }],
  ])("%s is nobody's affair", async (_case, changes) => {
    const world = createWorld();
    orphan(world);
    const [rule] = world.globus.rules;
    if (rule) world.globus.rules[0] = { ...rule, ...changes };
    expect(await sweep(world.ports)).toEqual({ failed: 0, left: 0 });
    expect(world.globus.rules).toHaveLength(1);
    expect(world.logged).toEqual([]);
  });

  it('that was deleted in the ordinary way between the two lists is not told of', async () => {
    const world = createWorld();
    orphan(world);
    const ports = justBefore(world.ports, 'list', async () => void world.globus.rules.splice(0));
    await sweep(ports);
    expect(world.logged).toEqual([]);
  });

  it('whose adoption crashed is still not deleted under a task, and then is', async () => {
    const world = createWorld();
    orphan(world);
    const crash = crashingAt(world.ports, 'accessRules.create', true);
    await sweep(crash.ports).catch(() => undefined);
    expect(crash.happened()).toBe(true);
    expect(world.ports.accessRules.rows()).toMatchObject([{ state: 'DELETING' }]);
    world.globus.submit(TASK);
    world.clock.advance(20_000);
    await sweep(world.ports);
    expect(world.globus.rules).toHaveLength(1);
    world.globus.finish(TASK, []);
    await sweep(world.ports);
    expect([world.globus.rules, world.ports.accessRules.rows()]).toEqual([[], []]);
  });
});

describe('a rule of somebody else', () => {
  it('that a grant used is remembered when the grant is over, and never taken for an orphan', async () => {
    const world = createWorld();
    const ruleId = world.globus.addRuleByHand(PATH, PRINCIPAL, 'rw');
    await grant(world.ports);
    await followToEnd(world, onlyTransfer(world));
    expect(world.ports.accessRules.rows()).toEqual([]);
    world.clock.advance(86_400_000);
    for (let times = 0; times < 3; times++) await sweep(world.ports);
    expect(world.globus.rules).toMatchObject([{ ruleId }]);
    expect(await world.ports.accessRules.listForeign(COLLECTION)).toEqual([ruleId]);
  });

  it('that came while ours was there is remembered too', async () => {
    const world = createWorld();
    await grant(world.ports);
    world.globus.rules.splice(0);
    const ruleId = world.globus.addRuleByHand(PATH, PRINCIPAL, 'rw');
    await followToEnd(world, onlyTransfer(world));
    world.clock.advance(86_400_000);
    await sweep(world.ports);
    expect(world.globus.rules).toMatchObject([{ ruleId }]);
  });

  it('is not even told of where others may make rules', async () => {
    const world = createWorld();
    const ruleId = world.globus.addRuleByHand(PATH, PRINCIPAL, 'rw');
    await world.ports.accessRules.rememberForeign(COLLECTION, [ruleId]);
    world.clock.advance(86_400_000);
    expect(await sweep(world.ports, { exclusive: false })).toEqual({ failed: 0, left: 0 });
    expect(world.logged).toEqual([]);
  });

  it('is not forgotten, and so not revoked later, because of one list that does not show it', async () => {
    const world = createWorld();
    const byHand = world.globus.addRuleByHand(PATH, PRINCIPAL, 'rw');
    await grant(world.ports);
    await followToEnd(world, onlyTransfer(world));
    world.clock.advance(3_600_000);
    const { listAccessRules } = world.globus;
    world.globus.listAccessRules = async () => {
      world.globus.listAccessRules = listAccessRules;
      return [];
    };
    for (let sweeps = 0; sweeps < 3; sweeps++) await sweep(world.ports);
    expect(world.globus.rules.map((rule) => rule.ruleId)).toEqual([byHand]);
  });

  it('is forgotten once it is gone, and not before', async () => {
    const world = createWorld();
    const ruleId = world.globus.addRuleByHand(PATH, PRINCIPAL, 'rw');
    await world.ports.accessRules.rememberForeign(COLLECTION, [ruleId, 'gone' as RuleId]);
    await sweep(world.ports);
    expect(await world.ports.accessRules.listForeign(COLLECTION)).toEqual([ruleId]);
  });

  it('remembered after the list was made is not forgotten', async () => {
    const world = createWorld();
    const late = async () =>
      world.ports.accessRules.rememberForeign(COLLECTION, [world.globus.addRuleByHand(PATH, PRINCIPAL, 'rw')]);
    await sweep(justBefore(world.ports, 'list', late));
    expect(await world.ports.accessRules.listForeign(COLLECTION)).toHaveLength(1);
  });
});
