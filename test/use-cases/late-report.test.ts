import { describe, expect, it } from 'vitest';
import type { TransferId, UserName } from '../../functions/domain/ids.ts';
import { acceptReport } from '../../functions/use-cases/accept-report.ts';
import { pathsOf } from '../../functions/use-cases/grant-upload.ts';
import {
  aRecord,
  CURATOR,
  DATASET,
  OTHER_TASK,
  PATH,
  PRINCIPAL,
  SECOND_PRINCIPAL,
  TASK,
  TRANSFER,
} from '../support/builders.ts';
import {
  expectNothingLeft,
  expiredGrant,
  followAll,
  recordOf,
  registered,
  successorOf,
} from '../support/late-reports.ts';
import { destinations, onlyTransfer, report, reportOf } from '../support/reporting.ts';
import { createWorld, grant, runStep, SETTINGS, type World } from '../support/world.ts';

/** An expired grant with a task that is live, as one is that was refused the rule it came too late for. */
async function expiredGrantWithTask() {
  const expired = await expiredGrant();
  expired.world.globus.submit(TASK, { niceStatus: 'PERMISSION_DENIED' });
  return expired;
}

describe('a report after the lease is over', () => {
  it('gives the task its rule again, in a record that inherits the identifiers, and follows it to its end', async () => {
    const { world, paths, transferId } = await expiredGrantWithTask();
    expect(world.globus.rules).toEqual([]);
    await report(world.ports, paths);
    const granted = recordOf(world, transferId);
    const successor = successorOf(world, transferId);
    expect(granted).toMatchObject({ state: 'EXPIRED', bound: null, takenBy: null });
    expect(successor).toMatchObject({
      state: 'BOUND',
      continues: transferId,
      identifiersOf: transferId,
      identifierSeed: granted.identifierSeed,
      grantedAtEpochSeconds: granted.grantedAtEpochSeconds,
      leaseEndsAtEpochSeconds: world.clock.nowEpochSeconds() + SETTINGS.leaseSeconds,
      bound: { taskId: TASK, fileCount: 2 },
    });
    expect(pathsOf(successor)).toEqual(paths);
    expect(world.started).toContain(`${successor.transferId}-1`);
    expect(world.globus.rules).toMatchObject([{ path: PATH, principal: PRINCIPAL, permission: 'rw' }]);
    expect(world.ports.accessRules.rows()[0]?.holders).toEqual({ [successor.transferId]: 'rw' });
    expect(world.dataverse.lockList).toMatchObject([{ lockType: 'GlobusUpload' }]);

    world.globus.finish(TASK, destinations(paths));
    await followAll(world);
    expect(recordOf(world, successor.transferId).state).toBe('CLOSED');
    expect(registered(world)).toEqual(paths.map(([identifier]) => identifier).sort());
    expectNothingLeft(world);
  });

  it('registers what a task has moved that ended before', async () => {
    const { world, paths } = await expiredGrantWithTask();
    world.globus.finish(TASK, destinations(paths));
    await report(world.ports, paths);
    await followAll(world);
    expect(registered(world)).toHaveLength(2);
    expectNothingLeft(world);
  });

  it('is the same report when it comes again: nothing is written, also when all is over', async () => {
    const { world, paths } = await expiredGrantWithTask();
    await report(world.ports, paths);
    const bound = [world.ports.transfers.records(), world.ports.accessRules.rows(), world.ports.claims.items()];
    await report(world.ports, paths);
    expect([world.ports.transfers.records(), world.ports.accessRules.rows(), world.ports.claims.items()]).toEqual(
      bound,
    );
    world.globus.finish(TASK, destinations(paths));
    await followAll(world);
    const closed = world.ports.transfers.records();
    await report(world.ports, paths);
    expect(world.ports.transfers.records()).toEqual(closed);
    expect(registered(world)).toHaveLength(2);
  });

  it('is a conflict when the same files were reported late with another body, before and after the end', async () => {
    const { world, paths } = await expiredGrantWithTask();
    world.globus.submit(OTHER_TASK);
    await report(world.ports, paths);
    const other = () => report(world.ports, paths, OTHER_TASK);
    await expect(other()).rejects.toMatchObject({
      kind: 'conflict',
      message: expect.stringMatching(/reported before/),
    });
    world.globus.finish(TASK, destinations(paths));
    world.globus.finish(OTHER_TASK, []);
    await followAll(world);
    await expect(other()).rejects.toMatchObject({ kind: 'conflict' });
    expect(world.ports.transfers.records()).toHaveLength(2);
  });

  it('of several grants for one task opens a successor of each, and they share claim and lock', async () => {
    const world = createWorld();
    const first = await grant(world.ports);
    world.clock.advance(1_000);
    const second = await grant(world.ports);
    await followAll(world);
    world.globus.submit(TASK);
    await report(world.ports, first);
    world.clock.advance(1_000);
    await report(world.ports, second);
    expect(world.ports.locks.items()).toMatchObject([{ owners: { length: 2 } }]);
    expect(Object.keys(world.ports.claims.items()[0]?.transfers ?? {})).toHaveLength(2);
    world.globus.finish(TASK, [...destinations(first), ...destinations(second)]);
    await followAll(world);
    expect(registered(world)).toHaveLength(4);
    expectNothingLeft(world);
  });

  it('sent twice at once opens one successor', async () => {
    const { world, paths, transferId } = await expiredGrantWithTask();
    const answers = await Promise.allSettled([report(world.ports, paths), report(world.ports, paths)]);
    expect(answers.map((answer) => answer.status)).toContain('fulfilled');
    for (const answer of answers) {
      if (answer.status === 'rejected') expect(answer.reason).toMatchObject({ kind: 'unavailable' });
    }
    await report(world.ports, paths);
    expect(world.ports.transfers.records()).toHaveLength(2);
    expect(successorOf(world, transferId).state).toBe('BOUND');
    world.globus.finish(TASK, destinations(paths));
    await followAll(world);
    expect(registered(world)).toHaveLength(2);
    expectNothingLeft(world);
  });
});

describe('a report after the lease is over that is not in order', () => {
  const down = (world: World) => void world.globus.down.add('findTask');
  const task = (changes: object) => (world: World) => world.globus.submit(TASK, changes);

  it.each([
    { case: "is of another identity's task", given: task({ ownerId: SECOND_PRINCIPAL }), kind: 'forbidden' },
    { case: 'is of a deletion', given: task({ type: 'DELETE' }), kind: 'forbidden' },
    { case: 'is of a task to elsewhere', given: task({ destinationCollectionId: 'x' }), kind: 'forbidden' },
    { case: 'is of a task older than the grant', given: task({ requestedAtEpochSeconds: 1 }), kind: 'forbidden' },
    { case: 'is of a task outside', given: task({ destinationBasePath: '/hdc1/x/' }), kind: 'forbidden' },
    { case: 'is of an unknown task', given: (world: World) => world.globus.tasks.clear(), kind: 'missing' },
    { case: 'cannot be verified while Globus is down', given: down, kind: 'unavailable' },
    {
      case: 'meets a lock of somebody else',
      given: (world: World) =>
        void world.dataverse.lockList.push({ lockType: 'Ingest', userName: 'other' as UserName }),
      kind: 'forbidden',
    },
  ])('and $case is refused, with nothing written and no rule made', async ({ given, kind }) => {
    const { world, paths } = await expiredGrantWithTask();
    given(world);
    const before = world.ports.transfers.records();
    await expect(report(world.ports, paths)).rejects.toMatchObject({ kind });
    expect(world.ports.transfers.records()).toEqual(before);
    expect(world.globus.rules).toEqual([]);
    expect(world.ports.accessRules.rows()).toEqual([]);
    expect(world.ports.claims.items()).toEqual([]);
  });

  it('and comes from another user is refused', async () => {
    const { world, paths } = await expiredGrantWithTask();
    const order = { datasetId: DATASET, datasetAsNamed: '29', canPublish: true, report: reportOf(paths) };
    await expect(
      acceptReport(world.ports, SETTINGS, { ...order, userName: 'somebody' as UserName }),
    ).rejects.toMatchObject({ kind: 'forbidden' });
    expect(world.ports.transfers.records()).toHaveLength(1);
  });

  it("and names identifiers by a successor's time is refused: they were never given out", async () => {
    const { world, paths, transferId } = await expiredGrantWithTask();
    await report(world.ports, paths);
    const successor = successorOf(world, transferId);
    const renamed = paths.map(([identifier, path]) => {
      const ownTime = successor.transferId.slice(-11);
      return [identifier.replace(transferId.slice(-11), ownTime), path] as const;
    });
    await expect(report(world.ports, renamed)).rejects.toMatchObject({ kind: 'invalid' });
  });

  it('since its grant was refused, is a conflict', async () => {
    const world = createWorld();
    world.globus.down.add('makeDirectory');
    await expect(grant(world.ports)).rejects.toMatchObject({ kind: 'unavailable' });
    world.globus.submit(TASK);
    const refused = recordOf(world, onlyTransfer(world));
    expect(refused.state).toBe('REFUSED');
    await expect(report(world.ports, pathsOf(refused))).rejects.toMatchObject({ kind: 'conflict' });
    expect(world.ports.transfers.records()).toHaveLength(1);
  });

  it('after a hundred successors in vain is a conflict', async () => {
    const world = createWorld();
    const idOf = (link: number) => `29-18b49d3${(0x688c + link).toString(16)}` as TransferId;
    for (let link = 0; link <= 100; link++) {
      const chain = {
        continues: link === 0 ? null : idOf(link - 1),
        continuedBy: link === 100 ? null : idOf(link + 1),
      };
      await world.ports.transfers.reserve(
        aRecord({ transferId: idOf(link), identifiersOf: TRANSFER, state: 'EXPIRED', wasGranted: true, ...chain }),
      );
    }
    world.globus.submit(TASK);
    await expect(report(world.ports, pathsOf(recordOf(world, TRANSFER)))).rejects.toMatchObject({ kind: 'conflict' });
    expect(world.globus.rules).toEqual([]);
  });
});

describe('a late report whose rule cannot be made', () => {
  it('is refused like a grant while a rule made by hand stands in the way, and may be repeated after it', async () => {
    const { world, paths, transferId } = await expiredGrantWithTask();
    const ruleId = world.globus.addRuleByHand(PATH, PRINCIPAL, 'r');
    await expect(report(world.ports, paths)).rejects.toThrow(/Permission already exists/);
    const refused = successorOf(world, transferId);
    expect(refused.state).toBe('REFUSED');
    expect(world.globus.rules.map((rule) => rule.ruleId)).toEqual([ruleId]);
    expect(world.ports.accessRules.rows()).toEqual([]);
    expect(world.dataverse.lockList).toEqual([]);

    world.globus.rules.length = 0;
    world.clock.advance(1_000);
    await report(world.ports, paths);
    const bound = successorOf(world, transferId);
    expect(bound).toMatchObject({ state: 'BOUND', continues: transferId });
    expect(bound.transferId).not.toBe(refused.transferId);
    world.globus.finish(TASK, destinations(paths));
    await followAll(world);
    expectNothingLeft(world);
  });

  it('is told to come again when Globus stops answering, and nothing is left if it never does', async () => {
    const { world, paths } = await expiredGrantWithTask();
    world.globus.down.add('createAccessRule');
    await expect(report(world.ports, paths)).rejects.toMatchObject({ kind: 'unavailable' });
    world.globus.down.clear();
    world.globus.finish(TASK, []);
    await followAll(world);
    expectNothingLeft(world);
  });

  it('may be repeated as often as it takes, however long Globus leaves open whether it has made the rule', async () => {
    const { world, paths } = await expiredGrantWithTask();
    world.globus.finish(TASK, destinations(paths));
    const { createAccessRule } = world.globus;
    world.globus.createAccessRule = async () => ({ kind: 'unknown', reason: '503' });
    for (let attempt = 0; attempt < 150; attempt++) {
      await report(world.ports, paths).catch(() => undefined);
      for (const { state, transferId } of world.ports.transfers.records()) {
        if (state === 'REQUESTED') await runStep(world.ports, transferId, 'LEASE').catch(() => undefined);
      }
      world.clock.advance(20_000);
    }
    world.globus.createAccessRule = createAccessRule;
    world.clock.advance(600_000);
    await report(world.ports, paths);
    await followAll(world);
    expect(registered(world)).toHaveLength(2);
    expectNothingLeft(world);
  });

  it('goes on in the same successor when the calls without an answer are followed by a repeat', async () => {
    const { world, paths, transferId } = await expiredGrantWithTask();
    world.globus.createFaults.push('late', 'late', 'late');
    await expect(report(world.ports, paths)).rejects.toMatchObject({ kind: 'unavailable' });
    const opened = successorOf(world, transferId);
    expect(world.started).toContain(`${opened.transferId}-1`);
    world.globus.land();
    world.clock.advance(400_000);
    await report(world.ports, paths);
    expect(successorOf(world, transferId)).toMatchObject({ transferId: opened.transferId, state: 'BOUND' });
    world.globus.finish(TASK, destinations(paths));
    await followAll(world);
    expect(registered(world)).toHaveLength(2);
    expectNothingLeft(world);
  });
});

describe('a grant that is over and was never reported', () => {
  it('gives nobody its rule for a report of other identifiers', async () => {
    const { world, transferId } = await expiredGrantWithTask();
    const others = await grant(world.ports, { userName: CURATOR });
    await report(world.ports, others);
    expect(recordOf(world, transferId)).toMatchObject({ state: 'EXPIRED', continuedBy: null });
  });
});
