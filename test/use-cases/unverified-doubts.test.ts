import { describe, expect, it } from 'vitest';
import {
  ForbiddenError,
  NotFoundError,
  UnavailableError,
  UpstreamRefusedError,
} from '../../functions/domain/errors.ts';
import { awaitCompletion } from '../../functions/use-cases/await-completion.ts';
import { lookAtTask } from '../../functions/use-cases/look-at-task.ts';
import { monitorTasks } from '../../functions/use-cases/monitor-tasks.ts';
import { OTHER_TASK, SECOND_PRINCIPAL, TASK } from '../support/builders.ts';
import { crashingAt } from '../support/crashing-ports.ts';
import { followAll, recordOf, registered } from '../support/late-reports.ts';
import { destinations, onlyTransfer, report } from '../support/reporting.ts';
import { createWorld, followToEnd, grant, STORE } from '../support/world.ts';

/** A report that was accepted while Globus was down; it answers again. */
async function unverifiedReport() {
  const world = createWorld();
  const paths = await grant(world.ports);
  world.globus.submit(TASK);
  world.globus.down.add('findTask');
  await report(world.ports, paths);
  world.globus.down.clear();
  return { world, paths, transferId: onlyTransfer(world) };
}

describe('a report that was accepted before it could be verified is not turned away', () => {
  it('because one list of tasks does not show its owner yet', async () => {
    const { world, paths, transferId } = await unverifiedReport();
    // A linked identity: Globus names the primary one, and only the list by owner proves the other (G7).
    world.globus.submit(TASK, { ownerId: SECOND_PRINCIPAL });
    let asked = 0;
    world.globus.isOwnedBy = async () => ++asked > 1;
    await lookAtTask(world.ports, transferId);
    expect(recordOf(world, transferId).state).toBe('BOUND');
    world.globus.finish(TASK, destinations(paths));
    await followToEnd(world, transferId);
    expect(recordOf(world, transferId)).toMatchObject({ state: 'CLOSED', rejection: null });
    expect(registered(world)).toHaveLength(2);
  });

  it('because the service has lost its role on the collection for a while', async () => {
    const { world, paths, transferId } = await unverifiedReport();
    const { findTask, listLiveTasks, isOwnedBy } = world.globus;
    const denied = async (): Promise<never> => Promise.reject(new UpstreamRefusedError('PermissionDenied'));
    Object.assign(world.globus, {
      findTask: async () => Promise.reject(new ForbiddenError('PermissionDenied')),
      listLiveTasks: denied,
      isOwnedBy: denied,
    });
    for (let look = 0; look < 14; look++) {
      const due = await lookAtTask(world.ports, transferId).catch(() => ({ waitSeconds: 600 }));
      world.clock.advance(due.waitSeconds * 1000);
    }
    Object.assign(world.globus, { findTask, listLiveTasks, isOwnedBy });
    world.globus.finish(TASK, destinations(paths));
    await followToEnd(world, transferId);
    expect(recordOf(world, transferId)).toMatchObject({ state: 'CLOSED', rejection: null });
    expect(registered(world)).toHaveLength(2);
  });

  it('by the first look after an outage, however long that was', async () => {
    const { world, paths, transferId } = await unverifiedReport();
    const task = world.globus.tasks.get(TASK);
    world.globus.tasks.clear();
    await lookAtTask(world.ports, transferId);
    world.clock.advance(3_000);
    await lookAtTask(world.ports, transferId);
    world.globus.down.add('findTask');
    world.clock.advance(3_000);
    await lookAtTask(world.ports, transferId);
    world.clock.advance(600_000);
    world.globus.down.clear();
    await lookAtTask(world.ports, transferId);
    if (task) world.globus.tasks.set(TASK, task);
    world.globus.finish(TASK, destinations(paths));
    await followToEnd(world, transferId);
    expect(recordOf(world, transferId)).toMatchObject({ state: 'CLOSED', rejection: null });
    expect(registered(world)).toHaveLength(2);
  });
});

describe('a report right after the submission by a linked identity', () => {
  it('waits for the list of tasks, which may show it some seconds later', async () => {
    const world = createWorld();
    const paths = await grant(world.ports);
    world.globus.submit(TASK, { ownerId: SECOND_PRINCIPAL });
    const listedFrom = world.clock.nowEpochSeconds() + 3;
    world.globus.isOwnedBy = async () => world.clock.nowEpochSeconds() >= listedFrom;
    await report(world.ports, paths);
    expect(recordOf(world, onlyTransfer(world))).toMatchObject({ state: 'BOUND', admission: 'FULL' });
  });
});

describe('a wrong task that was accepted on trust', () => {
  it('may be followed by the report of the right one, in a successor; both reports keep their answers', async () => {
    const world = createWorld();
    const paths = await grant(world.ports);
    const transferId = onlyTransfer(world);
    world.globus.down.add('findTask');
    await report(world.ports, paths, OTHER_TASK);
    world.globus.down.clear();
    world.globus.submit(OTHER_TASK, { ownerId: SECOND_PRINCIPAL });
    world.globus.submit(TASK);
    await followToEnd(world, transferId);
    expect(recordOf(world, transferId).rejection).toMatch(/does not belong to the Globus identity/);

    await report(world.ports, paths, TASK);
    world.globus.finish(TASK, destinations(paths));
    await followAll(world);
    expect(registered(world)).toEqual(paths.map(([identifier]) => identifier).sort());
    const before = JSON.stringify(world.ports.transfers.records());
    await report(world.ports, paths, OTHER_TASK);
    await report(world.ports, paths, TASK);
    expect(JSON.stringify(world.ports.transfers.records())).toBe(before);
  });
});

describe('the right report after a wrong one', () => {
  it('is told to come again while that one is unverified', async () => {
    const world = createWorld();
    const paths = await grant(world.ports);
    world.globus.down.add('findTask');
    await report(world.ports, paths, OTHER_TASK);
    world.globus.down.clear();
    world.globus.submit(TASK);
    await expect(report(world.ports, paths, TASK)).rejects.toBeInstanceOf(UnavailableError);
  });

  it('is told to come again while that one, turned away, is settled', async () => {
    const world = createWorld();
    const paths = await grant(world.ports);
    const transferId = onlyTransfer(world);
    world.globus.down.add('findTask');
    await report(world.ports, paths, OTHER_TASK);
    world.globus.down.clear();
    world.globus.submit(OTHER_TASK, { ownerId: SECOND_PRINCIPAL });
    world.globus.submit(TASK);
    await lookAtTask(world.ports, transferId);
    world.clock.advance(11_000);
    await lookAtTask(world.ports, transferId);
    expect(recordOf(world, transferId).state).toBe('SETTLING');
    await expect(report(world.ports, paths, TASK)).rejects.toBeInstanceOf(UnavailableError);
  });

  it('may be the same one: turned away as unknown, and repeated once Globus knows its task', async () => {
    const world = createWorld();
    const paths = await grant(world.ports);
    world.globus.down.add('findTask');
    await report(world.ports, paths, TASK);
    world.globus.down.clear();
    await followToEnd(world, onlyTransfer(world));
    expect(recordOf(world, world.ports.transfers.records()[0]?.transferId).state).toBe('CLOSED');
    world.globus.submit(TASK);
    world.globus.finish(TASK, destinations(paths));
    await report(world.ports, paths, TASK);
    await followAll(world);
    expect(registered(world)).toHaveLength(2);
  });
});

describe('a report that was turned away and has become right', () => {
  it.each([
    { case: 'before', afterEffect: false },
    { case: 'after', afterEffect: true },
  ])('is not answered and dropped when its repeat died $case any single call', async ({ afterEffect }) => {
    for (let at = 1; ; at++) {
      const world = createWorld();
      const paths = await grant(world.ports);
      world.globus.down.add('findTask');
      await report(world.ports, paths, TASK);
      world.globus.down.clear();
      await followToEnd(world, onlyTransfer(world));
      world.globus.submit(TASK);
      world.globus.finish(TASK, destinations(paths));
      const dying = crashingAt(world.ports, at, afterEffect);
      await report(dying.ports, paths, TASK).catch(() => undefined);
      if (!dying.happened()) return;
      world.clock.advance(60_000);
      await report(world.ports, paths, TASK);
      await followAll(world);
      expect(registered(world), `call ${at}, ${dying.where()}`).toHaveLength(2);
    }
  });
});

describe('a report in doubt', () => {
  it('is judged again within seconds, though its workflow waits for hours', async () => {
    const { world, transferId } = await unverifiedReport();
    world.globus.submit(TASK, { ownerId: SECOND_PRINCIPAL });
    await awaitCompletion(world.ports, transferId, { taskToken: 'token', waitSeconds: 3_600 });
    expect(world.results).toEqual([{ next: 'FOLLOW', waitSeconds: 11 }]);
  });

  it('is called about by the task monitor also when Globus refuses to show its task', async () => {
    const { world, transferId } = await unverifiedReport();
    world.globus.down.add('findTask');
    await awaitCompletion(world.ports, transferId, { taskToken: 'token', waitSeconds: 3_600 });
    world.globus.down.clear();
    world.globus.findTask = async () => Promise.reject(new ForbiddenError('not visible'));
    await monitorTasks(world.ports, [STORE], { hasTime: () => true });
    expect(world.woken).toEqual(['token']);
  });

  it('is not left without its lock because Dataverse said once that there is no such dataset', async () => {
    const { world, transferId } = await unverifiedReport();
    const { lock } = world.dataverse;
    world.dataverse.lock = async () => {
      world.dataverse.lock = lock;
      throw new NotFoundError('Dataset with ID 29 not found.');
    };
    for (let looks = 0; looks < 2; looks++) {
      await lookAtTask(world.ports, transferId);
      world.clock.advance(10_000);
    }
    expect(world.dataverse.lockList).toHaveLength(1);
  });
});
