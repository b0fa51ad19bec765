import { describe, expect, it } from 'vitest';
import type { TransferId } from '../../functions/domain/ids.ts';
import { endLease } from '../../functions/use-cases/end-lease.ts';
import { aRecord, aRow, OTHER_TASK, SECOND_PRINCIPAL, START_SECONDS, TASK, TRANSFER } from '../support/builders.ts';
import { onlyTransfer } from '../support/reporting.ts';
import { createWorld, followToEnd, grant, type World } from '../support/world.ts';

const OTHER_PATH = '/hdc1/10.5072/FK2/OTHER/';
const events = (world: World) => world.logged.map((line) => line.event);

/** A collection that holds as many rules as it can: one of ours for another dataset. */
async function fullWorld(changes: Parameters<typeof aRow>[0]): Promise<World> {
  const world = createWorld();
  const ruleId = world.globus.addRuleByHand(OTHER_PATH, SECOND_PRINCIPAL, 'rw');
  await world.ports.accessRules.create(aRow({ path: OTHER_PATH, principal: SECOND_PRINCIPAL, ruleId, ...changes }));
  world.globus.ruleLimit = 1;
  world.clock.advance(20_000);
  return world;
}

/** Nothing of a refused grant may be left: neither row, holder nor open record. */
async function expectRefused(world: World): Promise<void> {
  const rulesBefore = structuredClone(world.globus.rules);
  await expect(grant(world.ports)).rejects.toMatchObject({ kind: 'unavailable', retryAfterSeconds: 60 });
  expect(events(world)).toContain('access-rule-limit');
  expect(world.globus.rules).toEqual(rulesBefore);
  expect(world.ports.accessRules.rows().filter((row) => row.path !== OTHER_PATH)).toEqual([]);
  const granted = world.ports.transfers.records().filter((record) => record.transferId !== TRANSFER);
  expect(granted).toMatchObject([{ state: 'REFUSED' }]);
  expect(world.started).toEqual([]);
}

describe('a grant on a full collection', () => {
  it('gets the room of a deletion that was left half done', async () => {
    const world = await fullWorld({ state: 'DELETING', holders: {} });
    await grant(world.ports);
    expect(world.globus.rules).toMatchObject([{ path: aRow().path }]);
    expect(world.ports.accessRules.rows()).toMatchObject([
      { state: 'PRESENT', createUnsettledUntilEpochSeconds: null },
    ]);
    expect(events(world)).not.toContain('access-rule-limit');
  });

  it.each(['EXPIRED', 'CLOSED', 'missing'] as const)(
    'gets the room of a holder whose transfer is %s',
    async (state) => {
      const world = await fullWorld({});
      if (state !== 'missing') await world.ports.transfers.reserve(aRecord({ state, path: OTHER_PATH }));
      await grant(world.ports);
      expect(world.globus.rules).toMatchObject([{ path: aRow().path }]);
    },
  );

  it('is refused for a minute, with nothing left, when every rule is in use', async () => {
    const world = await fullWorld({});
    await world.ports.transfers.reserve(aRecord({ path: OTHER_PATH, principal: SECOND_PRINCIPAL }));
    await expectRefused(world);
  });

  it('is refused rather than take a rule from under a live task', async () => {
    const world = await fullWorld({ state: 'DELETING', holders: {} });
    world.globus.submit(OTHER_TASK, { ownerId: SECOND_PRINCIPAL });
    await expectRefused(world);
  });

  it('is refused when nobody knows whether a task is live', async () => {
    const world = await fullWorld({});
    const listLiveTasks = async () => Promise.reject(new Error('no answer'));
    await expectRefused({ ...world, ports: { ...world.ports, globus: { ...world.globus, listLiveTasks } } as never });
    expect(events(world)).toContain('access-rule-not-freed');
  });

  it("is refused when only others' rules fill it, however old", async () => {
    const world = createWorld();
    world.globus.addRuleByHand(OTHER_PATH, SECOND_PRINCIPAL, 'rw');
    world.globus.ruleLimit = 1;
    world.clock.advance(86_400_000);
    await expectRefused(world);
  });

  it('works again once there is room', async () => {
    const world = await fullWorld({});
    await world.ports.transfers.reserve(aRecord({ path: OTHER_PATH, principal: SECOND_PRINCIPAL }));
    await expectRefused(world);
    world.globus.ruleLimit = 2;
    world.clock.advance(60_000);
    await grant(world.ports);
    expect(world.globus.rules).toHaveLength(2);
  });

  it('looks for room only once: the repeated create decides', async () => {
    const world = await fullWorld({ state: 'DELETING', holders: {} });
    let creates = 0;
    const createAccessRule = async () => {
      creates += 1;
      return { kind: 'limit-exceeded' as const };
    };
    const ports = { ...world.ports, globus: { ...world.globus, createAccessRule } };
    await expect(grant(ports)).rejects.toMatchObject({ retryAfterSeconds: 60 });
    expect(creates).toBe(2);
    expect(events(world).filter((event) => event === 'access-rule-room-made')).toHaveLength(1);
  });

  it('begins no further row when its time is up, and stays within its limit of 25 s', async () => {
    const world = createWorld();
    for (let index = 0; index < 40; index++) {
      const path = `/hdc1/10.5072/FK2/${index}/`;
      const ruleId = world.globus.addRuleByHand(path, SECOND_PRINCIPAL, 'rw');
      const holders = { [`29-${String(index).padStart(11, '0')}` as TransferId]: 'rw' as const };
      await world.ports.accessRules.create(aRow({ path, principal: SECOND_PRINCIPAL, ruleId, holders }));
    }
    world.globus.ruleLimit = 40;
    // Globus takes half a second to say that a task is live, for each of them.
    world.globus.submit(OTHER_TASK, { ownerId: SECOND_PRINCIPAL });
    let looks = 0;
    const listLiveTasks: typeof world.globus.listLiveTasks = async (collectionId, principal) => {
      looks += 1;
      world.clock.advance(500);
      return world.globus.listLiveTasks(collectionId, principal);
    };
    const startedAt = world.clock.nowMilliseconds();
    await expect(grant({ ...world.ports, globus: { ...world.globus, listLiveTasks } })).rejects.toMatchObject({
      retryAfterSeconds: 60,
    });
    expect(looks).toBeGreaterThan(10);
    expect(looks).toBeLessThan(30);
    expect(world.clock.nowMilliseconds() - startedAt).toBeLessThan(25_000);
    expect(world.globus.rules).toHaveLength(40);
  });
});

describe('a rule that must be given back on a full collection', () => {
  it('gets room too', async () => {
    const world = createWorld();
    await grant(world.ports);
    const transferId = onlyTransfer(world);
    world.clock.advance(301_000);
    await endLease(world.ports, transferId);
    expect(world.globus.rules).toEqual([]);
    const ruleId = world.globus.addRuleByHand(OTHER_PATH, SECOND_PRINCIPAL, 'rw');
    const changes = { state: 'DELETING' as const, holders: {}, stateSinceEpochSeconds: START_SECONDS };
    await world.ports.accessRules.create(aRow({ path: OTHER_PATH, principal: SECOND_PRINCIPAL, ruleId, ...changes }));
    world.globus.ruleLimit = 1;
    world.globus.submit(TASK);
    world.clock.advance(10_000);
    await endLease(world.ports, transferId);
    expect(world.globus.rules).toMatchObject([{ path: aRow().path }]);
    expect(await world.ports.transfers.read(transferId)).toMatchObject({ state: 'OBSERVED', breaches: 1 });
    world.globus.finish(TASK, []);
    await followToEnd(world, transferId);
    expect(world.globus.rules).toEqual([]);
  });
});
