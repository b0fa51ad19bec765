import { describe, expect, it } from 'vitest';
import { OTHER_TASK, PRINCIPAL, SECOND_PRINCIPAL, TASK } from '../support/builders.ts';
import { grantOfDownload, OUTWARDS, recordNow } from '../support/downloads.ts';
import { expectNothingLeft, followAll, recordOf } from '../support/late-reports.ts';
import { destinations, onlyTransfer, report } from '../support/reporting.ts';
import { createWorld, followToEnd, grant, runStep, SETTINGS, type World } from '../support/world.ts';

/** Reports a task for a grant of another Globus identity, while Globus cannot say whose it is. */
async function reportUnverified(world: World, taskId: string): Promise<void> {
  const paths = await grant(world.ports, { principal: SECOND_PRINCIPAL });
  world.globus.down.add('findTask');
  await report(world.ports, paths, taskId);
  world.globus.down.delete('findTask');
}

const permissionsOf = (world: World) =>
  world.globus.rules.flatMap((rule) => (rule.principal === PRINCIPAL ? [rule.permission] : []));

describe('a live task that a report which nothing proves names for another Globus identity', () => {
  it('keeps the download under whose rule it runs', async () => {
    const world = createWorld();
    const { transferId } = await grantOfDownload(world.ports);
    world.globus.submit(TASK, OUTWARDS);
    await reportUnverified(world, TASK);
    world.clock.advance(SETTINGS.leaseSeconds * 1000);
    await runStep(world.ports, transferId, 'LEASE');
    expect(await recordNow(world.ports, transferId)).toMatchObject({ state: 'OBSERVED', observedTaskIds: [TASK] });
    expect(permissionsOf(world)).toEqual(['r']);

    world.globus.finish(TASK, []);
    await followAll(world);
    expectNothingLeft(world);
  });

  it('gets a transfer of its own when the last holder of its rule settles', async () => {
    const world = createWorld();
    const paths = await grant(world.ports);
    const transferId = onlyTransfer(world);
    world.globus.submit(TASK);
    world.globus.submit(OTHER_TASK);
    // The upload that is beside the point comes first: the dataset is not locked for it.
    await reportUnverified(world, OTHER_TASK);
    await report(world.ports, paths);
    world.globus.finish(TASK, destinations(paths));
    await followToEnd(world, transferId);
    expect(permissionsOf(world)).toEqual(['rw']);
    const { observedAs } = recordOf(world, transferId);
    expect(recordOf(world, observedAs)).toMatchObject({ state: 'OBSERVED', observedTaskIds: [OTHER_TASK] });
  });
});
