import { describe, expect, it } from 'vitest';
import { aClaim, OTHER_TASK, PATH, PRINCIPAL, TASK } from '../support/builders.ts';
import { destinations, onlyTransfer, report } from '../support/reporting.ts';
import { createWorld, followToEnd, grant } from '../support/world.ts';

const _WORKER = { name: 'tester', limitSeconds: 30, patienceSeconds: 5 };

describe('foreign rules', () => {
  it('noted when the row is born stay foreign when a later call of ours is unclear', async () => {
    const world = createWorld();
    const ruleId = world.globus.addRuleByHand(PATH, PRINCIPAL, 'rw');
    world.globus.createFaults.push('never');
    await grant(world.ports);
    world.clock.advance(600_000);
    await followToEnd(world, onlyTransfer(world));
    expect(world.globus.rules.map((rule) => rule.ruleId)).toEqual([ruleId]);
  });

  it('made by hand while the directories are being made are told from ours by the answer "exists"', async () => {
    const world = createWorld();
    const { makeDirectory } = world.globus;
    world.globus.makeDirectory = async (directory) => {
      if (directory.path === PATH && world.globus.rules.length === 0) world.globus.addRuleByHand(PATH, PRINCIPAL, 'rw');
      return makeDirectory(directory);
    };
    await grant(world.ports);
    await followToEnd(world, onlyTransfer(world));
    expect(world.globus.rules).toHaveLength(1);
    expect(world.ports.accessRules.rows()).toEqual([]);
  });
});

describe('an unclear create call', () => {
  it('keeps a settled transfer from closing before that call can no longer land', async () => {
    const world = createWorld();
    world.globus.createFaults.push('late');
    const paths = await grant(world.ports);
    const unsettledUntil = world.ports.accessRules.rows()[0]?.createUnsettledUntilEpochSeconds ?? 0;
    world.globus.submit(TASK);
    await report(world.ports, paths);
    world.globus.finish(TASK, destinations(paths));
    await followToEnd(world, onlyTransfer(world));
    const closed = (await world.ports.transfers.read(onlyTransfer(world)))?.trail.at(-1);
    expect(closed?.state).toBe('CLOSED');
    expect(closed?.atEpochSeconds).toBeGreaterThanOrEqual(unsettledUntil);
    expect(world.ports.accessRules.rows()).toEqual([]);
  });
});

describe('a rule deleted by hand', () => {
  it('is made again for the next grant that would share it, and goes with the last holder', async () => {
    const world = createWorld();
    await grant(world.ports);
    world.globus.rules.length = 0;
    world.clock.advance(1_000);
    await grant(world.ports);
    expect(world.globus.rules).toMatchObject([{ path: PATH, principal: PRINCIPAL, permission: 'rw' }]);
    expect(world.ports.accessRules.rows()).toMatchObject([{ state: 'PRESENT', foreignRuleIds: [] }]);
    for (const { transferId } of world.ports.transfers.records()) await followToEnd(world, transferId);
    expect(world.globus.rules).toEqual([]);
  });

  it('is still known as ours when only the list was wrong', async () => {
    const world = createWorld();
    await grant(world.ports);
    const { listAccessRules } = world.globus;
    world.globus.listAccessRules = async () => {
      world.globus.listAccessRules = listAccessRules;
      return [];
    };
    world.clock.advance(1_000);
    await grant(world.ports);
    expect(world.ports.accessRules.rows()).toMatchObject([{ state: 'PRESENT', foreignRuleIds: [] }]);
    for (const { transferId } of world.ports.transfers.records()) await followToEnd(world, transferId);
    expect(world.globus.rules).toEqual([]);
    expect(world.ports.accessRules.rows()).toEqual([]);
  });
});

describe('a lease end beside a task of the same person', () => {
  it('is not held up by one that was accepted for another dataset', async () => {
    const world = createWorld();
    await grant(world.ports);
    world.globus.submit(OTHER_TASK);
    await world.ports.claims.create(aClaim({ taskId: OTHER_TASK, datasetId: '30' as never, transfers: {} }));
    await followToEnd(world, onlyTransfer(world));
    expect(world.ports.transfers.records()).toMatchObject([{ state: 'EXPIRED', breaches: 0 }]);
    expect(world.globus.rules).toEqual([]);
  });
});
