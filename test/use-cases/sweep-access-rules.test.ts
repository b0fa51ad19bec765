import { describe, expect, it } from 'vitest';
import type { PrincipalId, TransferId } from '../../functions/domain/ids.ts';
import {
  aClaim,
  aRecord,
  aRow,
  COLLECTION,
  PATH,
  PRINCIPAL,
  SECOND_PRINCIPAL,
  TASK,
  TRANSFER,
} from '../support/builders.ts';
import { crashingAt } from '../support/crashing-ports.ts';
import { destinations, onlyTransfer, report } from '../support/reporting.ts';
import { events, justBefore, rowOf, ruleWithRow, sweep } from '../support/sweeping.ts';
import { createWorld, followToEnd, grant } from '../support/world.ts';

const OTHER_TRANSFER = '29-18b49d3688d' as TransferId;

describe('a row that its worker has left', () => {
  it('in DELETING is finished: rule and row go', async () => {
    const world = createWorld();
    await ruleWithRow(world, { state: 'DELETING', holders: {} });
    world.clock.advance(16_000);
    expect(await sweep(world.ports)).toMatchObject({ finished: 1, failed: 0 });
    expect([world.globus.rules, world.ports.accessRules.rows()]).toEqual([[], []]);
  });

  it('is left alone while its worker may live', async () => {
    const world = createWorld();
    await ruleWithRow(world, { state: 'DELETING', holders: {} });
    world.clock.advance(14_000);
    await sweep(world.ports);
    expect(world.globus.rules).toHaveLength(1);
    expect((await rowOf(world))?.version).toBe(1);
  });

  it('keeps its rule while a live task of the principal may rest on it, and loses it after that', async () => {
    const world = createWorld();
    await ruleWithRow(world, { state: 'DELETING', holders: {} });
    world.clock.advance(16_000);
    world.globus.submit(TASK);
    expect(await sweep(world.ports)).toMatchObject({ kept: 1 });
    expect(world.globus.rules).toHaveLength(1);
    expect(events(world)).toContain('access-rule-kept-for-live-task');
    world.globus.finish(TASK, []);
    expect(await sweep(world.ports)).toMatchObject({ finished: 1 });
    expect(world.globus.rules).toEqual([]);
  });

  it('does not wait for a task that was accepted for another directory', async () => {
    const world = createWorld();
    await ruleWithRow(world, { state: 'DELETING', holders: {} });
    world.clock.advance(16_000);
    world.globus.submit(TASK);
    await world.ports.transfers.reserve(aRecord({ transferId: OTHER_TRANSFER, path: '/hdc1/10.5072/FK2/OTHER/' }));
    await world.ports.claims.create(aClaim({ transfers: { [OTHER_TRANSFER]: 'hash' } }));
    await sweep(world.ports);
    expect(world.globus.rules).toEqual([]);
  });

  it('keeps nothing for a live task of somebody else', async () => {
    const world = createWorld();
    await ruleWithRow(world, { state: 'DELETING', holders: {} });
    world.clock.advance(16_000);
    world.globus.submit(TASK, { ownerId: SECOND_PRINCIPAL });
    await sweep(world.ports);
    expect(world.globus.rules).toEqual([]);
  });

  it('stays while a create call may still land, and takes with it what lands', async () => {
    const world = createWorld();
    const until = world.clock.nowEpochSeconds() + 300;
    const changes = { ruleId: null, holders: {}, createUnsettledUntilEpochSeconds: until };
    await world.ports.accessRules.create(aRow({ state: 'DELETING', ...changes }));
    world.clock.advance(16_000);
    await sweep(world.ports);
    expect(await rowOf(world)).toBeDefined();
    world.globus.addRuleByHand(PATH, PRINCIPAL, 'rw');
    world.clock.advance(300_000);
    await sweep(world.ports);
    expect([world.globus.rules, world.ports.accessRules.rows()]).toEqual([[], []]);
  });

  it.each(['CREATING', 'UPDATING'] as const)('in %s with holders is brought to PRESENT for them', async (state) => {
    const world = createWorld();
    await world.ports.transfers.reserve(aRecord());
    if (state === 'UPDATING') await ruleWithRow(world, { state, provenPermission: 'r' });
    else await world.ports.accessRules.create(aRow({ state, ruleId: null, provenPermission: null }));
    world.clock.advance(16_000);
    expect(await sweep(world.ports)).toMatchObject({ finished: 1 });
    expect(await rowOf(world)).toMatchObject({ state: 'PRESENT', provenPermission: 'rw' });
    expect(world.globus.rules).toMatchObject([{ path: PATH, permission: 'rw' }]);
  });

  it.each(['CREATING', 'PRESENT'] as const)('in %s without holders goes', async (state) => {
    const world = createWorld();
    await ruleWithRow(world, { state, holders: {} });
    world.clock.advance(16_000);
    await sweep(world.ports);
    expect([world.globus.rules, world.ports.accessRules.rows()]).toEqual([[], []]);
  });

  it('without holders keeps its rule while a live task of the principal may rest on it', async () => {
    const world = createWorld();
    await ruleWithRow(world, { holders: {} });
    world.globus.submit(TASK);
    expect(await sweep(world.ports)).toMatchObject({ kept: 1 });
    expect(world.globus.rules).toHaveLength(1);
  });

  it.each([1, 2])('makes nobody a holder again who has let go before read %i of the row', async (call) => {
    const world = createWorld();
    await world.ports.transfers.reserve(aRecord());
    const row = aRow({ state: 'CREATING', ruleId: null, provenPermission: null });
    await world.ports.accessRules.create(row);
    world.clock.advance(16_000);
    const letGo = async () => void (await world.ports.accessRules.remove(row));
    await sweep(justBefore(world.ports, 'read', letGo, call));
    expect([world.globus.rules, world.ports.accessRules.rows()]).toEqual([[], []]);
  });

  it('is left to a worker that has taken it up meanwhile', async () => {
    const world = createWorld();
    await world.ports.transfers.reserve(aRecord());
    const row = aRow({ state: 'CREATING', ruleId: null, provenPermission: null });
    await world.ports.accessRules.create(row);
    world.clock.advance(16_000);
    const takenUp = { ...row, version: 2, attemptId: 'another', stateSinceEpochSeconds: world.clock.nowEpochSeconds() };
    const takeUp = async () => void (await world.ports.accessRules.write(takenUp));
    await sweep(justBefore(world.ports, 'read', takeUp, 2));
    expect(await rowOf(world)).toEqual(takenUp);
    expect([world.globus.rules, world.clock.sleeps]).toEqual([[], []]);
  });
});

describe('a holder', () => {
  it.each(['EXPIRED', 'CLOSED', 'REFUSED'] as const)(
    'whose transfer is %s is taken out, and the rule goes with the last',
    async (state) => {
      const world = createWorld();
      await world.ports.transfers.reserve(aRecord({ state }));
      await ruleWithRow(world);
      expect(await sweep(world.ports)).toMatchObject({ holderTakenOut: 1 });
      expect([world.globus.rules, world.ports.accessRules.rows()]).toEqual([[], []]);
    },
  );

  it('without a header is taken out', async () => {
    const world = createWorld();
    await ruleWithRow(world);
    await sweep(world.ports);
    expect([world.globus.rules, world.ports.accessRules.rows()]).toEqual([[], []]);
  });

  it.each(['REQUESTED', 'GRANTED', 'OBSERVED', 'BOUND', 'EXPIRING', 'ATTENTION'] as const)(
    'whose transfer is %s stays, also when the index has lost sight of it',
    async (state) => {
      const world = createWorld();
      await world.ports.transfers.reserve(aRecord({ state }));
      await ruleWithRow(world);
      await sweep({ ...world.ports, open: { ...world.ports.open, listTransfers: async () => [] } });
      expect(world.globus.rules).toHaveLength(1);
      expect((await rowOf(world))?.version).toBe(1);
    },
  );

  it('goes alone when another one is open', async () => {
    const world = createWorld();
    await world.ports.transfers.reserve(aRecord({ state: 'EXPIRED' }));
    await world.ports.transfers.reserve(aRecord({ transferId: OTHER_TRANSFER }));
    await ruleWithRow(world, { holders: { [TRANSFER]: 'rw', [OTHER_TRANSFER]: 'r' } });
    await sweep(world.ports);
    expect(await rowOf(world)).toMatchObject({ state: 'PRESENT', holders: { [OTHER_TRANSFER]: 'r' } });
    expect(world.globus.rules).toMatchObject([{ permission: 'rw' }]);
  });

  it('stays as the last one while a live task of the principal may need the rule', async () => {
    const world = createWorld();
    await world.ports.transfers.reserve(aRecord({ state: 'EXPIRED' }));
    await ruleWithRow(world);
    world.globus.submit(TASK);
    expect(await sweep(world.ports)).toMatchObject({ kept: 1, failed: 0 });
    expect(world.globus.rules).toHaveLength(1);
    expect((await rowOf(world))?.holders).toEqual({ [TRANSFER]: 'rw' });
    world.globus.finish(TASK, []);
    await sweep(world.ports);
    expect(world.globus.rules).toEqual([]);
  });

  it('stays when nobody knows whether a task is live, and the next row is swept all the same', async () => {
    const world = createWorld();
    await ruleWithRow(world);
    await world.ports.accessRules.create(aRow({ principal: SECOND_PRINCIPAL, ruleId: null }));
    world.globus.down.add('listLiveTasks');
    expect(await sweep(world.ports)).toMatchObject({ failed: 1, holderTakenOut: 1 });
    expect(world.globus.rules).toHaveLength(1);
    expect(world.ports.accessRules.rows()).toMatchObject([{ principal: PRINCIPAL }]);
  });

  it('is not the last any more when another grant joined after the look', async () => {
    const world = createWorld();
    await ruleWithRow(world);
    const ports = { ...world.ports, globus: { ...world.globus, listLiveTasks: joinThenList } };
    async function joinThenList() {
      const row = await rowOf(world);
      if (row && row.version === 1) await grant(world.ports);
      return [];
    }
    await sweep(ports);
    expect(world.globus.rules).toHaveLength(1);
    expect(Object.keys((await rowOf(world))?.holders ?? {})).toEqual([onlyTransfer(world)]);
  });
});

describe('a rule that differs from its row', () => {
  it('deleted by hand is made again for an open holder, with an alarm, and goes at the end', async () => {
    const world = createWorld();
    const paths = await grant(world.ports);
    world.globus.submit(TASK);
    await report(world.ports, paths);
    world.globus.rules.splice(0);
    expect(await sweep(world.ports)).toMatchObject({ madeAgain: 1 });
    expect(world.globus.rules).toMatchObject([{ path: PATH, principal: PRINCIPAL, permission: 'rw' }]);
    expect(events(world)).toContain('access-rule-missing');
    world.globus.finish(TASK, destinations(paths));
    await followToEnd(world, onlyTransfer(world));
    expect([world.globus.rules, world.ports.accessRules.rows()]).toEqual([[], []]);
  });

  it.each(['SETTLING', 'EXPIRING'] as const)(
    'deleted by hand is not made again for a transfer in %s',
    async (state) => {
      const world = createWorld();
      await world.ports.transfers.reserve(aRecord({ state }));
      await world.ports.accessRules.create(aRow());
      await sweep(world.ports);
      expect(world.globus.rules).toEqual([]);
    },
  );

  it('is not made again when only the first list did not show it', async () => {
    const world = createWorld();
    await world.ports.transfers.reserve(aRecord());
    let ruleId: string | undefined;
    const ports = justBefore(world.ports, 'list', async () => {
      ruleId = await ruleWithRow(world);
    });
    expect(await sweep(ports)).toEqual({ failed: 0, left: 0 });
    expect(world.globus.rules).toMatchObject([{ ruleId }]);
    expect(events(world)).not.toContain('access-rule-missing');
  });

  it('changed by hand is told, with what the holders need, not overwritten, and goes at the end', async () => {
    const world = createWorld();
    const paths = await grant(world.ports);
    const [rule] = world.globus.rules;
    if (rule) world.globus.rules[0] = { ...rule, permission: 'r' };
    expect(await sweep(world.ports)).toMatchObject({ changed: 1 });
    expect(world.logged.find((line) => line.event === 'access-rule-changed')?.facts).toMatchObject({
      allows: 'r',
      proven: 'rw',
      suffices: false,
      isForeign: false,
    });
    expect(world.globus.rules).toMatchObject([{ permission: 'r' }]);
    expect(paths).toHaveLength(2);
    await followToEnd(world, onlyTransfer(world));
    expect(world.globus.rules).toEqual([]);
  });

  it('because we have just raised it ourselves raises no alarm', async () => {
    const world = createWorld();
    await world.ports.transfers.reserve(aRecord());
    await ruleWithRow(world, { provenPermission: 'rw' });
    const [rule] = world.globus.rules;
    const listed = [{ ...rule, permission: 'r' as const }];
    let lists = 0;
    const listAccessRules = async () => (lists++ === 0 ? (listed as never) : structuredClone(world.globus.rules));
    await sweep({ ...world.ports, globus: { ...world.globus, listAccessRules } });
    expect(lists).toBeGreaterThan(1);
    expect(events(world)).not.toContain('access-rule-changed');
  });

  it('raises no alarm when a worker of ours moved the row while the collection was asked', async () => {
    const world = createWorld();
    await world.ports.transfers.reserve(aRecord());
    const ruleId = await ruleWithRow(world, { provenPermission: 'r' });
    const moved = aRow({ ruleId, version: 2, provenPermission: 'rw' });
    // The row's reads: the sweep's own, then one before and one after the second list.
    await sweep(justBefore(world.ports, 'read', async () => void (await world.ports.accessRules.write(moved)), 3));
    expect(await rowOf(world)).toEqual(moved);
    expect(events(world)).not.toContain('access-rule-changed');
  });
});

describe('the sweep as a whole', () => {
  it('does nothing when the rules cannot be listed', async () => {
    const world = createWorld();
    await ruleWithRow(world);
    world.globus.down.add('listAccessRules');
    await expect(sweep(world.ports)).rejects.toMatchObject({ kind: 'unavailable' });
    expect((await rowOf(world))?.version).toBe(1);
  });

  it('begins nothing without time, says how much is left, and ends it next time', async () => {
    const world = createWorld();
    await ruleWithRow(world);
    await ruleWithRow(world, { principal: SECOND_PRINCIPAL });
    expect(await sweep(world.ports, { hasTime: () => false })).toEqual({ failed: 0, left: 2 });
    expect(world.globus.rules).toHaveLength(2);
    await sweep(world.ports);
    expect(world.globus.rules).toEqual([]);
  });

  it('lists once and reads no header one by one for 1,000 rules with open holders', async () => {
    const world = createWorld();
    for (let index = 0; index < 1_000; index++) {
      const principal = `d15d4244-fc10-47f3-a790-${String(index).padStart(12, '0')}` as PrincipalId;
      const transferId = `29-${index.toString(16).padStart(11, '0')}` as TransferId;
      await world.ports.transfers.reserve(aRecord({ transferId, principal }));
      await ruleWithRow(world, { principal, holders: { [transferId]: 'rw' } });
    }
    let lists = 0;
    let reads = 0;
    const globus = {
      ...world.globus,
      listAccessRules: async () => {
        lists += 1;
        return world.globus.listAccessRules(COLLECTION);
      },
    };
    const transfers = {
      ...world.ports.transfers,
      read: async (transferId: TransferId) => {
        reads += 1;
        return world.ports.transfers.read(transferId);
      },
    };
    expect(await sweep({ ...world.ports, globus, transfers })).toEqual({ failed: 0, left: 0 });
    expect([lists, reads]).toEqual([1, 0]);
    expect(world.globus.rules).toHaveLength(1_000);
  });

  it('may crash anywhere and be run again: what is over goes, what is open stays', async () => {
    for (let at = 1; at < 60; at++) {
      const world = createWorld();
      await ruleWithRow(world);
      await world.ports.transfers.reserve(aRecord({ transferId: OTHER_TRANSFER, principal: SECOND_PRINCIPAL }));
      await ruleWithRow(world, { principal: SECOND_PRINCIPAL, holders: { [OTHER_TRANSFER]: 'rw' } });
      world.globus.addRuleByHand('/hdc1/10.5072/FK2/ORPHAN/', PRINCIPAL, 'rw');
      world.clock.advance(700_000);
      const dying = crashingAt(world.ports, at, at % 2 === 0);
      await sweep(dying.ports).catch(() => undefined);
      world.clock.advance(20_000);
      await sweep(world.ports);
      expect(world.globus.rules, dying.where()).toMatchObject([{ path: PATH, principal: SECOND_PRINCIPAL }]);
      expect(world.ports.accessRules.rows()).toHaveLength(1);
    }
  });
});
