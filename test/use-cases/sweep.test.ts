import { describe, expect, it } from 'vitest';
import { UnavailableError } from '../../functions/domain/errors.ts';
import type { Ports } from '../../functions/ports/ports.ts';
import { endLease } from '../../functions/use-cases/end-lease.ts';
import { lookAtTask } from '../../functions/use-cases/look-at-task.ts';
import { sweep } from '../../functions/use-cases/sweep.ts';
import { OTHER_TASK, TASK } from '../support/builders.ts';
import { crashingAt } from '../support/crashing-ports.ts';
import { destinations, onlyTransfer, report } from '../support/reporting.ts';
import { killWorkflows, SWEEP_SETTINGS, sweepOnce, sweepToEnd } from '../support/sweeps.ts';
import { createWorld, grant, runStep, type World } from '../support/world.ts';

function expectNothingLeft(world: World, where = ''): void {
  expect(world.globus.rules, where).toEqual([]);
  expect(world.ports.accessRules.rows(), where).toEqual([]);
  expect(world.dataverse.lockList, where).toEqual([]);
  expect(world.ports.locks.items(), where).toEqual([]);
}

const states = (world: World) => world.ports.transfers.records().map((record) => record.state);
const registered = (world: World) => world.dataverse.files.map((file) => file.storageIdentifier);

/** A world whose workflows are all dead. */
function deadWorld(): World {
  const world = createWorld();
  killWorkflows(world);
  return world;
}

describe('with every workflow dead the sweep alone', () => {
  it('ends a lease that nobody reports', async () => {
    const world = deadWorld();
    await grant(world.ports);
    await sweepToEnd(world);
    expect(states(world)).toEqual(['EXPIRED']);
    expectNothingLeft(world);
  });

  it('follows an upload to its end', async () => {
    const world = deadWorld();
    const paths = await grant(world.ports);
    world.globus.submit(TASK);
    await report(world.ports, paths);
    world.globus.finish(TASK, destinations(paths));
    await sweepToEnd(world);
    expect(states(world)).toEqual(['CLOSED']);
    expect(registered(world)).toEqual(paths.map(([identifier]) => identifier));
    expectNothingLeft(world);
  });

  it('keeps the rule of a task that lives for hours, and settles it afterwards', async () => {
    const world = deadWorld();
    const paths = await grant(world.ports);
    world.globus.submit(TASK);
    await report(world.ports, paths);
    for (let sweeps = 0; sweeps < 60; sweeps++) {
      world.clock.advance(300_000);
      await sweepOnce(world.ports);
      expect(world.globus.rules).toHaveLength(1);
    }
    world.globus.finish(TASK, destinations(paths));
    await sweepToEnd(world);
    expect(registered(world)).toHaveLength(2);
    expectNothingLeft(world);
  });

  it('holds the rule of a live task that nobody reported, and lets it go when the task has ended', async () => {
    const world = deadWorld();
    const paths = await grant(world.ports);
    world.globus.submit(TASK);
    for (let sweeps = 0; sweeps < 20; sweeps++) {
      world.clock.advance(300_000);
      await sweepOnce(world.ports);
    }
    expect(states(world)).toEqual(['OBSERVED']);
    expect(world.globus.rules).toHaveLength(1);
    world.globus.finish(TASK, destinations(paths));
    await sweepToEnd(world);
    expect(states(world)).toEqual(['EXPIRED']);
    expectNothingLeft(world);
  });

  it('settles a cancelled task and one that failed half-way', async () => {
    const world = deadWorld();
    const first = await grant(world.ports);
    world.clock.advance(5);
    const second = await grant(world.ports);
    world.globus.submit(TASK);
    await report(world.ports, first);
    const fatalError = { code: 'CANCELED', description: 'by its owner' };
    world.globus.finish(TASK, destinations(first), { status: 'FAILED', fatalError });
    await sweepOnceAfterClosing(world);
    world.globus.submit(OTHER_TASK);
    await report(world.ports, second, OTHER_TASK);
    world.globus.finish(OTHER_TASK, destinations(second).slice(0, 1), { status: 'FAILED' });
    await sweepToEnd(world);
    expect(states(world)).toEqual(['CLOSED', 'CLOSED']);
    expect(registered(world)).toEqual([second[0]?.[0]]);
    expectNothingLeft(world);
  });

  /** Within the second grant's lease: the steps of the first by hand. */
  async function sweepOnceAfterClosing(world: World): Promise<void> {
    const transferId = world.ports.transfers.records()[0]?.transferId;
    if (!transferId) throw new Error('expected a transfer');
    for (const next of ['FOLLOW', 'RELEASE', 'REGISTER', 'CLOSE'] as const)
      await runStep(world.ports, transferId, next);
  }

  it.each([
    { case: 'before', effect: false },
    { case: 'after the effect of', effect: true },
  ])('mends a process that died $case any single call of a grant and a report', async ({ effect }) => {
    let crashes = 0;
    for (let call = 1; call < 200; call++) {
      const world = deadWorld();
      const crash = crashingAt(world.ports, call, effect);
      await grantAndReport(world, crash.ports).catch(() => undefined);
      if (!crash.happened()) break;
      crashes += 1;
      await sweepToEnd(world);
      const where = `after a crash at call ${call} (${crash.where()})`;
      expectNothingLeft(world, where);
      const files = registered(world);
      expect(new Set(files).size, where).toBe(files.length);
      const isBound = world.ports.transfers.records().some((record) => record.state === 'CLOSED');
      expect(files.length, where).toBe(isBound ? 2 : 0);
      expect(world.ports.claims.items().length, where).toBe(isBound ? 1 : 0);
    }
    expect(crashes).toBeGreaterThan(25);
  });

  async function grantAndReport(world: World, ports: Ports): Promise<void> {
    const paths = await grant(ports);
    world.globus.submit(TASK);
    world.globus.finish(TASK, destinations(paths));
    await report(ports, paths);
  }

  it('mends a sweep that died at any of its own calls', async () => {
    let crashes = 0;
    for (let call = 1; call < 400; call += 3) {
      const world = deadWorld();
      const paths = await grant(world.ports);
      world.globus.submit(TASK);
      await report(world.ports, paths);
      world.globus.finish(TASK, destinations(paths));
      const crash = crashingAt(world.ports, call, call % 2 === 0);
      for (let sweeps = 0; sweeps < 6; sweeps++) {
        world.clock.advance(300_000);
        await sweepOnce(crash.ports).catch(() => undefined);
      }
      if (!crash.happened()) break;
      crashes += 1;
      await sweepToEnd(world);
      expectNothingLeft(world, crash.where());
      expect(registered(world), crash.where()).toHaveLength(2);
    }
    expect(crashes).toBeGreaterThan(15);
  });

  it('comes to the same end when two sweeps always run at once', async () => {
    const world = deadWorld();
    const paths = await grant(world.ports);
    world.globus.submit(TASK);
    await report(world.ports, paths);
    world.globus.finish(TASK, destinations(paths));
    for (let sweeps = 0; sweeps < 12; sweeps++) {
      world.clock.advance(300_000);
      await Promise.allSettled([sweepOnce(world.ports), sweepOnce(world.ports)]);
    }
    expect(states(world)).toEqual(['CLOSED']);
    expect(registered(world)).toHaveLength(2);
    expectNothingLeft(world);
  });
});

describe('a transfer that is past due', () => {
  async function granted() {
    const world = createWorld();
    const paths = await grant(world.ports);
    return { world, paths, transferId: onlyTransfer(world) };
  }

  it('whose execution was never started gets one', async () => {
    const { world, transferId } = await granted();
    world.started.length = 0;
    world.clock.advance(300_000);
    await sweepOnce(world.ports);
    expect(world.started).toEqual([`${transferId}-2`]);
    expect(states(world)).toEqual(['GRANTED']);
  });

  it('whose execution has ended gets a successor, twice; then the sweep does the work', async () => {
    const { world, transferId } = await granted();
    killWorkflows(world);
    for (let sweeps = 0; sweeps < 3; sweeps++) {
      world.clock.advance(300_000);
      await sweepOnce(world.ports);
    }
    expect(world.started).toEqual([1, 2, 3].map((number) => `${transferId}-${number}`));
    expect(world.logged.map((line) => line.event)).toContain('step-performed-by-sweep');
    expect(world.globus.rules).toEqual([]);
  });

  it('counts its successors anew when one of them has moved it on', async () => {
    const { world, paths, transferId } = await granted();
    killWorkflows(world);
    world.clock.advance(300_000);
    await sweepOnce(world.ports);
    expect(await world.ports.transfers.read(transferId)).toMatchObject({ successorsInVain: 1 });
    world.globus.submit(TASK);
    await report(world.ports, paths);
    expect(await world.ports.transfers.read(transferId)).toMatchObject({ state: 'BOUND', successorsInVain: 0 });
  });

  it('is left to an execution that runs, until that is 15 minutes late', async () => {
    const { world } = await granted();
    world.clock.advance(301_000);
    await sweepOnce(world.ports);
    expect(states(world)).toEqual(['GRANTED']);
    world.clock.advance(890_000);
    await sweepOnce(world.ports);
    expect(states(world)).toEqual(['GRANTED']);
    world.clock.advance(20_000);
    await sweepOnce(world.ports);
    expect(states(world)).toEqual(['EXPIRING']);
    expect(world.globus.rules).toEqual([]);
  });

  it('is called when its step waits for a timer that was lost', async () => {
    const { world, transferId } = await granted();
    const record = await world.ports.transfers.read(transferId);
    if (!record) throw new Error('expected a transfer');
    await world.ports.transfers.write({ ...record, taskToken: 'token-1', version: record.version + 1 });
    world.clock.advance(301_000);
    await sweepOnce(world.ports);
    expect(world.woken).toEqual(['token-1']);
    expect(world.results).toEqual([{ next: 'LEASE', waitSeconds: 0 }]);
  });

  it('waits on for its task without a word while its execution lives', async () => {
    const { world, paths, transferId } = await granted();
    world.globus.submit(TASK);
    await report(world.ports, paths);
    for (let looks = 0; looks < 14; looks++) await lookAtTask(world.ports, transferId);
    for (let hours = 0; hours < 20; hours++) {
      world.clock.advance(3_600_000);
      await sweepOnce(world.ports);
    }
    expect(world.woken).toEqual([]);
    expect(await world.ports.transfers.read(transferId)).toMatchObject({ looks: 14, state: 'FOLLOWING' });
  });

  it('is left alone while somebody works on it', async () => {
    const { world, transferId } = await granted();
    killWorkflows(world);
    world.clock.advance(301_000);
    const { listLiveTasks } = world.globus;
    let seen: unknown;
    world.globus.listLiveTasks = async (...args) => {
      world.globus.listLiveTasks = listLiveTasks;
      await sweepOnce(world.ports);
      seen = (await world.ports.transfers.read(transferId))?.executionNumber;
      return listLiveTasks(...args);
    };
    await endLease(world.ports, transferId);
    expect(seen).toBe(1);
  });

  it('waits a quarter of an hour while the workflow service cannot be asked, then is worked on by the sweep', async () => {
    const { world } = await granted();
    world.ports.workflow.status = async () => Promise.reject(new UnavailableError('down'));
    world.clock.advance(600_000);
    await sweepOnce(world.ports);
    expect(states(world)).toEqual(['GRANTED']);
    world.clock.advance(601_000);
    await sweepOnce(world.ports);
    expect(states(world)).toEqual(['EXPIRING']);
  });

  it('whose step fails for good is brought to an operator, and comes up again later', async () => {
    const { world, paths, transferId } = await granted();
    world.globus.submit(TASK);
    await report(world.ports, paths);
    killWorkflows(world);
    world.globus.findTask = async () => Promise.reject(new TypeError('canary'));
    for (let sweeps = 0; sweeps < 4; sweeps++) {
      world.clock.advance(300_000);
      await sweepOnce(world.ports);
    }
    const record = await world.ports.transfers.read(transferId);
    expect(record).toMatchObject({ state: 'ATTENTION', attention: { resumes: 'BOUND' } });
    expect(record?.dueAtEpochSeconds).toBeGreaterThan(world.clock.nowEpochSeconds());
    expect(world.globus.rules).toHaveLength(1);
  });
});

describe('a sweep', () => {
  it('goes on with the other parts when one fails, and ends as failed', async () => {
    const world = deadWorld();
    await grant(world.ports);
    world.clock.advance(2_000_000);
    world.globus.down.add('listAccessRules');
    await expect(sweepOnce(world.ports)).rejects.toMatchObject({ kind: 'unavailable' });
    expect(world.started.at(-1)).toMatch(/-2$/);
    world.globus.down.clear();
  });

  it('says nothing but the stock when there is nothing to do', async () => {
    const world = createWorld();
    await grant(world.ports);
    world.logged.length = 0;
    await sweepOnce(world.ports);
    expect(world.logged.map((line) => line.event)).toEqual(['stock']);
  });
});

describe('the stock that every sweep tells', () => {
  const stocks = (world: World) => world.logged.filter((line) => line.event === 'stock').map((line) => line.facts);

  it('is told also when nothing is open', async () => {
    const world = createWorld();
    await sweepOnce(world.ports);
    expect(stocks(world)).toEqual([
      expect.objectContaining({ openTransfers: 0, transfersInAttention: 0, overdueTransfers: 0, overdueRules: 0 }),
    ]);
  });

  it('counts a rule that cannot be taken away, until it is gone', async () => {
    const world = deadWorld();
    await grant(world.ports);
    const { deleteAccessRule } = world.globus;
    world.ports.globus.deleteAccessRule = async () => {
      throw new UnavailableError('down');
    };
    for (let sweeps = 0; sweeps < 12; sweeps++) {
      world.clock.advance(300_000);
      await sweepOnce(world.ports).catch(() => undefined);
    }
    expect(stocks(world).at(-1)).toMatchObject({ overdueRules: 1 });
    world.ports.globus.deleteAccessRule = deleteAccessRule;
    await sweepToEnd(world);
    world.clock.advance(300_000);
    await sweepOnce(world.ports);
    expect(stocks(world).at(-1)).toMatchObject({ openTransfers: 0, overdueRules: 0 });
  });

  it('is told when there is no time for anything else', async () => {
    const world = createWorld();
    await sweep(world.ports, SWEEP_SETTINGS, { hasTime: () => false });
    expect(stocks(world)).toHaveLength(1);
  });

  it('that cannot be taken fails the sweep, which has done everything else', async () => {
    const world = deadWorld();
    await grant(world.ports);
    const { listTransfers } = world.ports.open;
    let asked = 0;
    world.ports.open.listTransfers = async (...args) => {
      asked += 1;
      if (asked > 2) throw new UnavailableError('down');
      return listTransfers(...args);
    };
    world.clock.advance(700_000);
    await expect(sweepOnce(world.ports)).rejects.toThrow('down');
    expect(world.logged).toContainEqual(expect.objectContaining({ event: 'stock-failed' }));
    expect(world.logged).toContainEqual(expect.objectContaining({ event: 'execution-lost' }));
  });
});
