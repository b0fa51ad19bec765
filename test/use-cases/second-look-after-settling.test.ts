import { describe, expect, it } from 'vitest';
import { isFinal } from '../../functions/domain/transfer.ts';
import { OTHER_TASK, PRINCIPAL, TASK } from '../support/builders.ts';
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
