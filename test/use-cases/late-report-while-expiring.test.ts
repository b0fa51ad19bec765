import { describe, expect, it } from 'vitest';
import { endLease } from '../../functions/use-cases/end-lease.ts';
import { TASK } from '../support/builders.ts';
import { expectNothingLeft, followAll, recordOf, registered, successorOf } from '../support/late-reports.ts';
import { destinations, onlyTransfer, report } from '../support/reporting.ts';
import { createWorld, grant } from '../support/world.ts';

/** A grant whose lease is just ending: its rule is gone, the second look is to come. */
async function expiringGrant() {
  const world = createWorld();
  const paths = await grant(world.ports);
  const transferId = onlyTransfer(world);
  world.clock.advance(301_000);
  await endLease(world.ports, transferId);
  expect(recordOf(world, transferId).state).toBe('EXPIRING');
  return { world, paths, transferId };
}

describe('a report while the lease is ending', () => {
  it('waits for twelve seconds, then counts as late; the lease goes on ending', async () => {
    const { world, paths, transferId } = await expiringGrant();
    world.globus.submit(TASK);
    const cameAt = world.clock.nowMilliseconds();
    await report(world.ports, paths);
    expect(world.clock.nowMilliseconds() - cameAt).toBeGreaterThanOrEqual(12_000);
    expect(successorOf(world, transferId).state).toBe('BOUND');
    expect(recordOf(world, transferId)).toMatchObject({ state: 'EXPIRING', takenBy: null, bound: null });
    expect(recordOf(world, transferId).dueAtEpochSeconds).toBeGreaterThan(world.clock.nowEpochSeconds());

    world.globus.finish(TASK, destinations(paths));
    await followAll(world);
    expect(recordOf(world, transferId).state).toBe('EXPIRED');
    expect(registered(world)).toHaveLength(2);
    expectNothingLeft(world);
  });

  it('may see its task looked at as an unreported one by the ending lease: that hold goes with the task, too', async () => {
    const { world, paths, transferId } = await expiringGrant();
    world.globus.submit(TASK);
    await report(world.ports, paths);
    await endLease(world.ports, transferId);
    expect(recordOf(world, transferId).state).toBe('OBSERVED');
    expect(Object.keys(world.ports.accessRules.rows()[0]?.holders ?? {})).toHaveLength(2);
    const before = world.ports.transfers.records();
    await report(world.ports, paths);
    expect(world.ports.transfers.records()).toEqual(before);

    world.globus.finish(TASK, destinations(paths));
    await followAll(world);
    expect(registered(world)).toHaveLength(2);
    expectNothingLeft(world);
  });

  it('is bound to the grant itself when that turns out to be OBSERVED meanwhile', async () => {
    const { world, paths, transferId } = await expiringGrant();
    world.globus.submit(TASK);
    let isFirst = true;
    const sleep = async (milliseconds: number) => {
      await world.clock.sleep(milliseconds);
      if (isFirst) {
        isFirst = false;
        await endLease(world.ports, transferId);
      }
    };
    await report({ ...world.ports, clock: { ...world.clock, sleep } }, paths);
    expect(world.ports.transfers.records()).toMatchObject([{ transferId, state: 'BOUND', continuedBy: null }]);
  });

  it('is told to come again while the rule is just being deleted, and disturbs nothing', async () => {
    const world = createWorld();
    const paths = await grant(world.ports);
    const transferId = onlyTransfer(world);
    world.clock.advance(301_000);
    const { deleteAccessRule } = world.globus;
    world.globus.deleteAccessRule = async (rule) => {
      world.globus.deleteAccessRule = deleteAccessRule;
      world.globus.submit(TASK);
      await expect(report(world.ports, paths)).rejects.toMatchObject({ kind: 'unavailable' });
      return deleteAccessRule(rule);
    };
    await endLease(world.ports, transferId);
    expect(recordOf(world, transferId)).toMatchObject({ state: 'EXPIRING', continuedBy: null });
    expect(world.globus.rules).toEqual([]);
    await report(world.ports, paths);
    world.globus.finish(TASK, destinations(paths));
    await followAll(world);
    expect(registered(world)).toHaveLength(2);
    expectNothingLeft(world);
  });
});
