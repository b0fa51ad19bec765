import { describe, expect, it } from 'vitest';
import { endLease } from '../../functions/use-cases/end-lease.ts';
import { aRecord, TASK } from '../support/builders.ts';
import { crashingAt } from '../support/crashing-ports.ts';
import {
  expectNothingLeft,
  expiredGrant,
  followAll,
  recordOf,
  registered,
  successorOf,
} from '../support/late-reports.ts';
import { destinations, onlyTransfer, report } from '../support/reporting.ts';
import { createWorld, followToEnd, grant } from '../support/world.ts';

async function expiredGrantWithTask() {
  const expired = await expiredGrant();
  expired.world.globus.submit(TASK);
  return expired;
}

/** The process dies right after the successor's id was noted, so that there is no such record. */
async function notedOnly() {
  const expired = await expiredGrantWithTask();
  const { world, paths, transferId } = expired;
  const dying = crashingAt(world.ports, 'transfers.reserve', false).ports;
  await expect(report(dying, paths)).rejects.toThrow('transfers.reserve');
  const noted = recordOf(world, transferId).continuedBy;
  if (noted === null) throw new Error('expected a noted successor');
  expect(world.ports.transfers.records()).toHaveLength(1);
  world.clock.advance(60_000);
  return { ...expired, noted };
}

describe('a successor that was noted and never reserved', () => {
  it('is reserved by the repeated report, under the id that was noted', async () => {
    const { world, paths, transferId, noted } = await notedOnly();
    await report(world.ports, paths);
    expect(recordOf(world, noted)).toMatchObject({ state: 'BOUND', continues: transferId });
    expect(world.ports.transfers.records()).toHaveLength(2);
  });

  it("gets another id when that one is somebody else's grant by now, which is left alone", async () => {
    const { world, paths, transferId, noted } = await notedOnly();
    const foreign = aRecord({ transferId: noted, dueAtEpochSeconds: 1 });
    await world.ports.transfers.reserve(foreign);
    await report(world.ports, paths);
    expect(recordOf(world, noted)).toMatchObject(foreign);
    expect(successorOf(world, transferId)).toMatchObject({ state: 'BOUND', continues: transferId });
    expect(world.ports.transfers.records()).toHaveLength(3);
  });

  it('is the one that the report is bound to, even if a live task has brought the grant its rule back', async () => {
    const world = createWorld();
    const paths = await grant(world.ports);
    const transferId = onlyTransfer(world);
    world.clock.advance(301_000);
    await endLease(world.ports, transferId);
    world.globus.submit(TASK);
    const dying = crashingAt(world.ports, 'transfers.reserve', false).ports;
    await expect(report(dying, paths)).rejects.toThrow('transfers.reserve');
    world.clock.advance(60_000);
    await endLease(world.ports, transferId);
    expect(recordOf(world, transferId).state).toBe('OBSERVED');

    await report(world.ports, paths);
    expect(recordOf(world, transferId)).toMatchObject({ state: 'OBSERVED', bound: null });
    expect(successorOf(world, transferId).state).toBe('BOUND');
    world.globus.finish(TASK, destinations(paths));
    await followAll(world);
    expect(registered(world)).toHaveLength(2);
    expectNothingLeft(world);
  });
});

describe('a successor that was reserved and never granted', () => {
  it('is left as it is by a repeat that finds it bound when its turn comes', async () => {
    const { world, paths, transferId } = await expiredGrantWithTask();
    const dying = crashingAt(world.ports, 'accessRules.create', false).ports;
    await expect(report(dying, paths)).rejects.toThrow('accessRules.create');
    const opened = successorOf(world, transferId);
    expect(opened.state).toBe('REQUESTED');
    world.clock.advance(60_000);
    const { read } = world.ports.transfers;
    let reads = 0;
    const overtaken = {
      ...world.ports.transfers,
      read: async (asked: typeof opened.transferId) => {
        // The third read of it is the one of its take: the other reports are through by then.
        if (asked === opened.transferId && ++reads === 3) await report(world.ports, paths);
        return read(asked);
      },
    };
    await report({ ...world.ports, transfers: overtaken }, paths);
    expect(reads).toBeGreaterThanOrEqual(3);
    const states = recordOf(world, opened.transferId).trail.map((entry) => entry.state);
    expect(states).toEqual(['REQUESTED', 'GRANTED', 'GRANTED', 'BOUND']);
  });
});

describe('a successor whose own lease ended before its report was bound', () => {
  it('is continued in its turn, with the identifiers of the first grant', async () => {
    const { world, paths, transferId } = await expiredGrantWithTask();
    world.globus.finish(TASK, destinations(paths));
    const dying = crashingAt(world.ports, 'workflow.start', true).ports;
    await expect(report(dying, paths)).rejects.toThrow('workflow.start');
    const second = successorOf(world, transferId);
    expect(second.state).toBe('GRANTED');
    await followToEnd(world, second.transferId);
    expect(recordOf(world, second.transferId).state).toBe('EXPIRED');

    await report(world.ports, paths);
    const third = successorOf(world, second.transferId);
    expect(third).toMatchObject({ state: 'BOUND', continues: second.transferId, identifiersOf: transferId });
    await followAll(world);
    expect(registered(world)).toHaveLength(2);
    expectNothingLeft(world);
    await report(world.ports, paths);
    expect(world.ports.transfers.records()).toHaveLength(3);
  });

  it('takes the report itself while it is held for the live task', async () => {
    const { world, paths, transferId } = await expiredGrantWithTask();
    const dying = crashingAt(world.ports, 'workflow.start', true).ports;
    await expect(report(dying, paths)).rejects.toThrow('workflow.start');
    const { transferId: second } = successorOf(world, transferId);
    world.clock.advance(400_000);
    await endLease(world.ports, second);
    expect(recordOf(world, second).state).toBe('OBSERVED');
    await report(world.ports, paths);
    expect(recordOf(world, second).state).toBe('BOUND');
    expect(world.ports.transfers.records()).toHaveLength(2);
  });
});

describe('a crash of a late report', () => {
  /** More calls than a late report makes; each loop ends at the first number that no run reaches. */
  const MOST_CALLS = 100;
  const places = [
    { case: 'before', effect: false },
    { case: 'after the effect of', effect: true },
  ];

  /** Lets a late report die at one call; undefined when it makes fewer. */
  async function crashedReport(call: number, effect: boolean) {
    const expired = await expiredGrantWithTask();
    const crash = crashingAt(expired.world.ports, call, effect);
    await report(crash.ports, expired.paths).catch(() => undefined);
    if (!crash.happened()) return undefined;
    return { ...expired, when: `after a crash at call ${call} (${crash.where()})` };
  }

  it.each(places)('$case any single call, repeated a minute later, leads to one successor', async ({ effect }) => {
    let crashes = 0;
    for (let call = 1; call < MOST_CALLS; call++) {
      const crashed = await crashedReport(call, effect);
      if (!crashed) break;
      crashes += 1;
      const { world, paths, transferId, when } = crashed;
      world.clock.advance(60_000);
      await report(world.ports, paths);
      expect(world.ports.transfers.records(), when).toHaveLength(2);
      expect(successorOf(world, transferId), when).toMatchObject({ state: 'BOUND', continues: transferId });
      expect(world.started, when).toContain(`${successorOf(world, transferId).transferId}-1`);
      world.globus.finish(TASK, destinations(paths));
      await followAll(world);
      expect(registered(world), when).toEqual(paths.map(([identifier]) => identifier).sort());
      expectNothingLeft(world, when);
    }
    expect(crashes).toBeGreaterThan(30);
  });

  it.each(places)('$case any single call, never repeated, leaves nothing', async ({ effect }) => {
    for (let call = 1; call < MOST_CALLS; call++) {
      const crashed = await crashedReport(call, effect);
      if (!crashed) break;
      const { world, paths, when } = crashed;
      world.globus.finish(TASK, destinations(paths));
      world.clock.advance(400_000);
      await followAll(world);
      expectNothingLeft(world, when);
      expect(new Set(registered(world)).size, when).toBe(registered(world).length);
    }
  });

  it.each(places)('$case any single call, repeated when all leases are over, registers all', async ({ effect }) => {
    for (let call = 1; call < MOST_CALLS; call++) {
      const crashed = await crashedReport(call, effect);
      if (!crashed) break;
      const { world, paths, when } = crashed;
      world.globus.finish(TASK, destinations(paths));
      world.clock.advance(400_000);
      await followAll(world);
      await report(world.ports, paths);
      await followAll(world);
      expect(registered(world), when).toEqual(paths.map(([identifier]) => identifier).sort());
      expect(
        world.ports.transfers.records().filter((record) => record.bound !== null),
        when,
      ).toHaveLength(1);
      expectNothingLeft(world, when);
    }
  });
});

describe('a successor whose lease ended while a report waited for its turn', () => {
  it('is not bound beside the one that took its place', async () => {
    const { world, paths, transferId } = await expiredGrant();
    const { ports, globus, clock } = world;
    globus.submit(TASK);
    const { listLiveTasks } = globus;
    await report(crashingAt(ports, 'globus.createAccessRule', false).ports, paths).catch(() => undefined);
    const inVain = recordOf(world, transferId).continuedBy;
    if (inVain === null) throw new Error('expected a successor');
    clock.advance(310_000);
    let reads = 0;
    const read: typeof ports.transfers.read = async (id) => {
      if (id === inVain) reads += 1;
      if (id === inVain && reads === 3) {
        // Right before it is taken: its lease ends, and a task is not listed yet.
        globus.listLiveTasks = async () => [];
        await endLease(ports, inVain);
      }
      if (id === inVain && reads === 4) {
        // Between: the client repeats its report, and the lease sees the task after all.
        globus.listLiveTasks = listLiveTasks;
        await report(ports, paths);
        await endLease(ports, inVain);
      }
      return ports.transfers.read(id);
    };
    await report({ ...ports, transfers: { ...ports.transfers, read } }, paths).catch(() => undefined);
    globus.listLiveTasks = listLiveTasks;
    await report(ports, paths);
    expect(reads).toBeGreaterThanOrEqual(3);
    expect(ports.transfers.records().filter((record) => record.bound)).toHaveLength(1);
    globus.finish(TASK, destinations(paths));
    await followAll(world);
    expect(registered(world)).toHaveLength(2);
  });
});
