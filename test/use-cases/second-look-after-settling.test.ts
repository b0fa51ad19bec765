import { describe, expect, it } from 'vitest';
import { UnavailableError, UpstreamRefusedError } from '../../functions/domain/errors.ts';
import type { TaskId, TransferId } from '../../functions/domain/ids.ts';
import { isFinal } from '../../functions/domain/transfer.ts';
import { CURATOR, OTHER_TASK, PRINCIPAL, TASK } from '../support/builders.ts';
import { expectNothingLeft, followAll, recordOf } from '../support/late-reports.ts';
import { destinations, onlyTransfer, report } from '../support/reporting.ts';
import { sweepOnce } from '../support/sweeps.ts';
import { createWorld, followToEnd, grant, runStep, type World } from '../support/world.ts';

/** A reported upload whose task has failed and been looked at; the client submits another one for the same paths. */
async function failedUpload() {
  const world = createWorld();
  const paths = await grant(world.ports);
  const transferId = onlyTransfer(world);
  world.globus.submit(TASK);
  await report(world.ports, paths);
  world.globus.finish(TASK, destinations(paths).slice(0, 1), { status: 'FAILED' });
  await runStep(world.ports, transferId, 'FOLLOW');
  return { world, paths, transferId };
}

/** Globus shows a task in its lists only from then on. */
function listOnlyAfter(world: World, seconds: number): void {
  const listedFrom = world.clock.nowEpochSeconds() + seconds;
  const { listLiveTasks } = world.globus;
  world.globus.listLiveTasks = async (...args) =>
    (await listLiveTasks(...args)).filter(
      (task) => task.taskId !== OTHER_TASK || world.clock.nowEpochSeconds() >= listedFrom,
    );
}

async function expectGivenBackUntilEnded(world: World): Promise<void> {
  expect(world.globus.rules).toMatchObject([{ principal: PRINCIPAL, permission: 'rw' }]);
  for (let sweeps = 0; sweeps < 12; sweeps++) {
    world.clock.advance(300_000);
    await sweepOnce(world.ports);
  }
  expect(world.globus.rules).toHaveLength(1);
  world.globus.finish(OTHER_TASK, []);
  await followAll(world);
  expectNothingLeft(world);
}

/** Takes the rule and registers what there is; the second look is all that is left. */
async function untilSecondLook(world: World, transferId: TransferId): Promise<void> {
  await runStep(world.ports, transferId, 'RELEASE');
  while ((await runStep(world.ports, transferId, 'REGISTER')).next === 'REGISTER');
  await runStep(world.ports, transferId, 'CLOSE');
}

/** Some hours in which the sweep alone is at work. */
async function sweepFor(world: World, hours: number): Promise<void> {
  for (let sweeps = 0; sweeps < hours * 12; sweeps++) {
    world.clock.advance(300_000);
    await sweepOnce(world.ports).catch(() => undefined);
  }
}

describe('settling looks once more before it closes', () => {
  it('and gives the rule back to a task that was not listed yet when it was taken', async () => {
    const { world, transferId } = await failedUpload();
    world.globus.submit(OTHER_TASK);
    listOnlyAfter(world, 8);
    await followToEnd(world, transferId);
    expect(recordOf(world, transferId)).toMatchObject({ state: 'CLOSED', breaches: 1 });
    expect(world.logged.map((line) => line.event)).toContain('access-rule-restored');
    await expectGivenBackUntilEnded(world);
  });

  it('and gives it back to one that was submitted while Globus did not answer to the delete call', async () => {
    const { world, transferId } = await failedUpload();
    world.globus.down.add('deleteAccessRule');
    await expect(runStep(world.ports, transferId, 'RELEASE')).rejects.toThrow();
    world.clock.advance(600_000);
    world.globus.submit(OTHER_TASK);
    world.clock.advance(60_000);
    world.globus.down.clear();
    await followToEnd(world, transferId);
    await expectGivenBackUntilEnded(world);
  });

  it('not before a task that was submitted at the last moment must be listed, and has unlocked the dataset by then', async () => {
    const { world, transferId } = await failedUpload();
    await runStep(world.ports, transferId, 'RELEASE');
    const released = world.clock.nowEpochSeconds();
    while ((await runStep(world.ports, transferId, 'REGISTER')).next === 'REGISTER');
    const result = await runStep(world.ports, transferId, 'CLOSE');
    expect(result.next).toBe('CLOSE');
    expect(world.clock.nowEpochSeconds() + result.waitSeconds).toBeGreaterThanOrEqual(released + 10);
    expect(world.dataverse.lockList).toEqual([]);
    expect(world.ports.locks.items()).toEqual([]);
    world.clock.advance(result.waitSeconds * 1000);
    expect(await runStep(world.ports, transferId, 'CLOSE')).toEqual({ next: 'DONE', waitSeconds: 0 });
    expect(recordOf(world, transferId)).toMatchObject({ state: 'CLOSED', breaches: 0 });
  });

  it('and takes a task under a later grant for that grant’s own', async () => {
    const { world, transferId } = await failedUpload();
    await runStep(world.ports, transferId, 'RELEASE');
    await grant(world.ports);
    world.globus.submit(OTHER_TASK);
    await followToEnd(world, transferId);
    expect(recordOf(world, transferId)).toMatchObject({ state: 'CLOSED', breaches: 0, observedAs: null });
    expect(world.ports.transfers.records().filter((record) => !isFinal(record.state))).toHaveLength(1);
  });
});

describe('the second look', () => {
  it('does not wait for a Dataverse that is down', async () => {
    const { world, transferId } = await failedUpload();
    world.globus.submit(OTHER_TASK);
    listOnlyAfter(world, 8);
    await runStep(world.ports, transferId, 'RELEASE');
    for (const call of ['locks', 'lock', 'unlock', 'listFiles', 'addFiles'] as const) world.dataverse.down.add(call);
    await sweepFor(world, 3);
    expect(world.globus.rules).toHaveLength(1);
  });

  it('does not wait for an operator', async () => {
    const { world, transferId } = await failedUpload();
    world.globus.submit(OTHER_TASK);
    listOnlyAfter(world, 8);
    await runStep(world.ports, transferId, 'RELEASE');
    world.ports.workflow.status = async () => 'ended';
    world.dataverse.accounts.set(CURATOR, { token: null });
    await sweepFor(world, 3);
    expect(recordOf(world, transferId).state).toBe('ATTENTION');
    expect(world.globus.rules).toHaveLength(1);
  });

  it('is not left to a grant under way that comes to nothing', async () => {
    const { world, transferId } = await failedUpload();
    world.globus.submit(OTHER_TASK);
    listOnlyAfter(world, 8);
    await untilSecondLook(world, transferId);
    // The grant has its row, and no rule yet.
    world.globus.makeDirectory = async () => {
      world.clock.advance(11_000);
      await runStep(world.ports, transferId, 'CLOSE');
      throw new UnavailableError('Globus does not answer');
    };
    await expect(grant(world.ports)).rejects.toThrow();
    expect(recordOf(world, transferId).state).toBe('CLOSED');
    await sweepFor(world, 1);
    expect(world.globus.rules).toHaveLength(1);
  });

  it('nor to one whose create call is refused', async () => {
    const { world, transferId } = await failedUpload();
    world.globus.submit(OTHER_TASK);
    listOnlyAfter(world, 8);
    await untilSecondLook(world, transferId);
    const { createAccessRule } = world.globus;
    world.globus.createAccessRule = async () => {
      world.globus.createAccessRule = createAccessRule;
      world.clock.advance(11_000);
      await runStep(world.ports, transferId, 'CLOSE').catch(() => undefined);
      throw new UpstreamRefusedError('Globus refuses');
    };
    await expect(grant(world.ports)).rejects.toThrow();
    await sweepFor(world, 1);
    expect(world.globus.rules).toHaveLength(1);
  });

  it('is not left to a later grant whose own looks go back no further than its row', async () => {
    const { world, transferId } = await failedUpload();
    world.globus.submit(OTHER_TASK);
    listOnlyAfter(world, 3);
    await runStep(world.ports, transferId, 'RELEASE');
    // One batch of registration is aimed at 60 s.
    world.clock.advance(66_000);
    const next = await grant(world.ports);
    const later = world.ports.transfers.records().find((record) => record.transferId !== transferId);
    await followToEnd(world, transferId);
    const third = '11111111-0000-4000-8000-000000000003' as TaskId;
    world.globus.submit(third);
    await report(world.ports, next, third);
    world.globus.finish(third, destinations(next));
    await followToEnd(world, later?.transferId ?? transferId);
    expect(recordOf(world, later?.transferId ?? transferId).state).toBe('CLOSED');
    expect(world.globus.rules).toHaveLength(1);
  });

  it('comes also after a grant that failed and took the rule as its last holder', async () => {
    const { world, transferId } = await failedUpload();
    world.globus.submit(OTHER_TASK);
    listOnlyAfter(world, 8);
    const { listAccessRules } = world.globus;
    world.globus.listAccessRules = async () => {
      world.globus.listAccessRules = listAccessRules;
      // The grant has joined the row; the transfer before it lets go.
      await runStep(world.ports, transferId, 'RELEASE');
      throw new UnavailableError('Globus does not answer');
    };
    await expect(grant(world.ports)).rejects.toThrow();
    await sweepFor(world, 1);
    expect(world.globus.rules).toHaveLength(1);
  });

  it('is ten whole seconds after the release, though clocks count whole ones', async () => {
    const { world, transferId } = await failedUpload();
    world.clock.advance(1_900 - (world.clock.nowMilliseconds() % 1_000));
    world.globus.submit(OTHER_TASK);
    const listedFrom = world.clock.nowMilliseconds() + 9_900;
    const { listLiveTasks } = world.globus;
    world.globus.listLiveTasks = async (...args) =>
      (await listLiveTasks(...args)).filter(
        (task) => task.taskId !== OTHER_TASK || world.clock.nowMilliseconds() >= listedFrom,
      );
    await untilSecondLook(world, transferId);
    world.clock.advance(9_150);
    const { waitSeconds } = await runStep(world.ports, transferId, 'CLOSE');
    world.clock.advance(waitSeconds * 1_000);
    await runStep(world.ports, transferId, 'CLOSE');
    expect(world.globus.rules).toHaveLength(1);
  });
});
