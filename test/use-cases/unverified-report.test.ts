import { describe, expect, it } from 'vitest';
import { acceptReport } from '../../functions/use-cases/accept-report.ts';
import { lookAtTask } from '../../functions/use-cases/look-at-task.ts';
import {
  COLLECTION,
  type CURATOR,
  DATASET,
  OTHER_TASK,
  SECOND_PRINCIPAL,
  SOURCE_COLLECTION,
  TASK,
} from '../support/builders.ts';
import { crashingAt } from '../support/crashing-ports.ts';
import { destinations, onlyTransfer, report, reportOf } from '../support/reporting.ts';
import { createWorld, followToEnd, grant, SETTINGS, type World } from '../support/world.ts';

/** A grant, its task, and a report that came while Globus told nothing about tasks. */
async function unverified(world = createWorld()) {
  const paths = await grant(world.ports);
  world.globus.submit(TASK);
  world.globus.down.add('findTask');
  await report(world.ports, paths);
  return { world, paths, transferId: onlyTransfer(world) };
}

const only = (world: World) => world.ports.transfers.records()[0];

describe('a report while Globus is down', () => {
  it('is accepted, claims its task and locks nothing', async () => {
    const { world } = await unverified();
    expect(only(world)).toMatchObject({ state: 'BOUND', admission: 'UNVERIFIED', bound: { taskId: TASK } });
    expect(world.ports.claims.items()).toMatchObject([{ taskId: TASK }]);
    expect(world.dataverse.lockList).toEqual([]);
    expect(world.ports.locks.items()).toEqual([]);
  });

  it('is the same report when it comes again', async () => {
    const { world, paths } = await unverified();
    const before = only(world);
    await report(world.ports, paths);
    expect(only(world)).toEqual(before);
  });

  it('is refused when the dataset is locked by somebody else, and nothing is recorded', async () => {
    const world = createWorld();
    const paths = await grant(world.ports);
    world.globus.submit(TASK);
    world.globus.down.add('findTask');
    world.dataverse.lockList.push({ lockType: 'Workflow', userName: 'somebody' as never });
    await expect(report(world.ports, paths)).rejects.toMatchObject({ kind: 'forbidden' });
    expect(only(world)).toMatchObject({ state: 'GRANTED', bound: null, report: null, admission: 'FULL' });
    expect(world.ports.claims.items()).toEqual([]);
  });

  it('keeps the rule for as long as Globus is down, whatever the lease', async () => {
    const { world, transferId } = await unverified();
    for (let look = 0; look < 30; look++) {
      const { next, waitSeconds } = await lookAtTask(world.ports, transferId);
      expect(next).toBe('FOLLOW');
      world.clock.advance(waitSeconds * 1000);
    }
    expect(only(world)).toMatchObject({ state: 'BOUND', admission: 'UNVERIFIED' });
    expect(world.globus.rules).toHaveLength(1);
    expect(world.dataverse.lockList).toEqual([]);
  });

  it('locks the dataset once Globus proves the task, and is followed to its end', async () => {
    const { world, paths, transferId } = await unverified();
    world.globus.down.clear();
    await lookAtTask(world.ports, transferId);
    expect(only(world)).toMatchObject({ state: 'FOLLOWING', admission: 'FULL' });
    expect(world.dataverse.lockList).toMatchObject([{ lockType: 'GlobusUpload' }]);
    world.globus.finish(TASK, destinations(paths));
    await followToEnd(world, transferId);
    expect(only(world)).toMatchObject({ state: 'CLOSED', registration: { registered: 2, failed: 0 } });
    expect(world.globus.rules).toEqual([]);
    expect(world.dataverse.lockList).toEqual([]);
  });

  it('settles when the task has ended before Globus could be asked', async () => {
    const { world, paths, transferId } = await unverified();
    world.globus.finish(TASK, destinations(paths));
    world.globus.down.clear();
    await followToEnd(world, transferId);
    expect(only(world)).toMatchObject({ state: 'CLOSED', registration: { registered: 2, failed: 0 } });
    expect(world.dataverse.lockList).toEqual([]);
  });

  it('is followed without its lock while somebody else holds one, and asks again at each look', async () => {
    const { world, transferId } = await unverified();
    world.globus.down.clear();
    world.dataverse.lockList.push({ lockType: 'GlobusUpload', userName: 'somebody' as never });
    await lookAtTask(world.ports, transferId);
    expect(only(world)).toMatchObject({ state: 'FOLLOWING', admission: 'UNLOCKED' });
    expect(world.dataverse.lockList).toEqual([{ lockType: 'GlobusUpload', userName: 'somebody' }]);
    world.dataverse.lockList.length = 0;
    await lookAtTask(world.ports, transferId);
    expect(only(world)).toMatchObject({ state: 'FOLLOWING', admission: 'FULL' });
    expect(world.dataverse.lockList).toHaveLength(1);
  });

  it.each([
    { case: "somebody else's", changes: { ownerId: SECOND_PRINCIPAL }, why: /does not belong/ },
    {
      case: 'in the other direction',
      changes: {
        sourceCollectionId: COLLECTION,
        sourceBasePath: '/elsewhere/',
        destinationCollectionId: SOURCE_COLLECTION,
      },
      why: /destination/,
    },
    { case: 'between other collections', changes: { destinationCollectionId: SOURCE_COLLECTION }, why: /has no task/ },
    { case: 'a deletion', changes: { type: 'DELETE' as const }, why: /not a transfer/ },
    { case: 'older than the grant', changes: { requestedAtEpochSeconds: 1_000_000 }, why: /before the paths/ },
  ])('of a task that is $case registers nothing, frees the task, and closes with the reason', async (row) => {
    const { world, transferId } = await unverified();
    world.globus.submit(TASK, row.changes);
    world.globus.down.clear();
    await followToEnd(world, transferId);
    expect(only(world)).toMatchObject({
      state: 'CLOSED',
      rejection: expect.stringMatching(row.why),
      registration: { registered: 0, failed: 2 },
    });
    expect(only(world)?.trail.at(-1)?.why).toMatch(row.why);
    expect(world.ports.claims.items()).toEqual([]);
    expect(world.globus.rules).toEqual([]);
    expect(world.dataverse.files).toEqual([]);
    expect(world.dataverse.lockList).toEqual([]);
  });

  it('of a wrong task keeps the rule for a live task that nobody reported', async () => {
    const { world, transferId } = await unverified();
    world.globus.submit(TASK, { ownerId: SECOND_PRINCIPAL });
    world.globus.submit(OTHER_TASK);
    world.globus.down.clear();
    await followToEnd(world, transferId);
    expect(world.globus.rules).toHaveLength(1);
    expect(world.ports.transfers.records().map((record) => record.state)).toEqual(['CLOSED', 'OBSERVED']);
  });

  it('of a task that reads from the dataset keeps the rule for it while it lives', async () => {
    const { world, transferId } = await unverified();
    world.globus.submit(TASK, { sourceCollectionId: COLLECTION, destinationCollectionId: SOURCE_COLLECTION });
    world.globus.down.clear();
    await followToEnd(world, transferId);
    expect(world.globus.rules).toHaveLength(1);
    expect(world.ports.transfers.records().map((record) => record.state)).toEqual(['CLOSED', 'OBSERVED']);
  });

  it('of a task that Globus does not know is turned away after ten minutes, not before', async () => {
    const { world, transferId } = await unverified();
    world.globus.tasks.clear();
    world.globus.down.clear();
    for (let look = 0; look < 3; look++) await lookAtTask(world.ports, transferId);
    expect(only(world)).toMatchObject({ state: 'BOUND', rejection: null, missing: { looks: 3 } });
    world.clock.advance(600_000);
    await followToEnd(world, transferId);
    expect(only(world)).toMatchObject({ state: 'CLOSED', rejection: expect.stringMatching(/Globus has no task/) });
    expect(world.globus.rules).toEqual([]);
    expect(world.ports.claims.items()).toEqual([]);
  });

  it("does not turn the task's true owner away for good", async () => {
    const world = createWorld();
    const false_ = await grant(world.ports);
    world.globus.submit(TASK, { ownerId: SECOND_PRINCIPAL });
    world.globus.down.add('findTask');
    await report(world.ports, false_);
    const falseId = onlyTransfer(world);
    world.clock.advance(5);
    const owner = 'owner' as typeof CURATOR;
    const paths = await grant(world.ports, { userName: owner, principal: SECOND_PRINCIPAL });
    const reportAsOwner = () =>
      acceptReport(world.ports, SETTINGS, {
        datasetId: DATASET,
        datasetAsNamed: '29',
        userName: owner,
        canPublish: true,
        report: reportOf(paths),
      });
    world.globus.down.clear();
    await expect(reportAsOwner()).rejects.toMatchObject({ kind: 'unavailable', retryAfterSeconds: 60 });
    await followToEnd(world, falseId);
    await reportAsOwner();
    expect(world.ports.claims.items()).toMatchObject([{ taskId: TASK, userName: owner }]);
  });

  it.each([false, true])(
    'survives a crash at each call of the look that proves it, its effect had: %s',
    async (effect) => {
      let crashes = 0;
      for (let call = 1; call < 60; call++) {
        const { world, paths, transferId } = await unverified();
        world.globus.down.clear();
        const crash = crashingAt(world.ports, call, effect);
        await lookAtTask(crash.ports, transferId).catch(() => undefined);
        if (!crash.happened()) break;
        crashes += 1;
        world.clock.advance(120_000);
        world.globus.finish(TASK, destinations(paths));
        await followToEnd(world, transferId);
        expect(only(world), crash.where()).toMatchObject({ state: 'CLOSED', registration: { registered: 2 } });
        expect(world.dataverse.lockList, crash.where()).toEqual([]);
        expect(world.ports.locks.items(), crash.where()).toEqual([]);
        expect(world.globus.rules, crash.where()).toEqual([]);
      }
      expect(crashes).toBeGreaterThan(8);
    },
  );
});

describe('a proven task that Globus does not know any more', () => {
  it('is no end: after a day and three looks an operator is asked, and the rule stays', async () => {
    const world = createWorld();
    const paths = await grant(world.ports);
    world.globus.submit(TASK);
    await report(world.ports, paths);
    const transferId = onlyTransfer(world);
    world.globus.tasks.clear();
    for (let look = 0; look < 12; look++) await lookAtTask(world.ports, transferId);
    world.clock.advance(86_400_000);
    await expect(lookAtTask(world.ports, transferId)).rejects.toThrow(/has not known task .* for 1 days/);
    expect(world.globus.rules).toHaveLength(1);
    expect(only(world)).toMatchObject({ state: 'FOLLOWING', missing: { looks: 13 } });
  });

  it('counts from the start when it is seen again in between', async () => {
    const world = createWorld();
    const paths = await grant(world.ports);
    world.globus.submit(TASK);
    await report(world.ports, paths);
    const transferId = onlyTransfer(world);
    world.globus.tasks.clear();
    await lookAtTask(world.ports, transferId);
    world.globus.submit(TASK);
    await lookAtTask(world.ports, transferId);
    expect(only(world)?.missing).toBeNull();
  });
});
