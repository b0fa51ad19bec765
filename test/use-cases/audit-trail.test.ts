import { describe, expect, it } from 'vitest';
import { START_SECONDS, TASK } from '../support/builders.ts';
import { destinations, onlyTransfer, report } from '../support/reporting.ts';
import { killWorkflows, sweepOnce } from '../support/sweeps.ts';
import { createWorld, followToEnd, grant, type World } from '../support/world.ts';

const trailOf = (world: World) => world.ports.transfers.records()[0]?.trail ?? [];

describe('the audit trail of a transfer', () => {
  it('tells who asked for it, what was done by whom, when and why, to the end', async () => {
    const world = createWorld();
    const paths = await grant(world.ports);
    world.clock.advance(10_000);
    world.globus.submit(TASK);
    await report(world.ports, paths);
    world.globus.finish(TASK, destinations(paths));
    await followToEnd(world, onlyTransfer(world));
    expect(trailOf(world).map(({ state, by, why }) => `${state} by ${by}: ${why}`)).toEqual([
      'REQUESTED by grant: asked for by curator',
      'GRANTED by grant: the access rule is proven',
      `GRANTED by report: curator reports task ${TASK} with 2 files`,
      `BOUND by report: curator reported task ${TASK}`,
      'SETTLING by look-at-task: Globus says SUCCEEDED',
      'SETTLING by release-access-rule: the access rule is released',
      'SETTLING by register-files: batch 1 of 2 files is sent',
      'CLOSED by close-transfer: 2 files registered, 0 not',
    ]);
    expect(
      trailOf(world)
        .slice(0, 3)
        .map((entry) => entry.atEpochSeconds),
    ).toEqual([START_SECONDS, START_SECONDS, START_SECONDS + 10]);
  });

  it('tells of a report that was undone, and why', async () => {
    const world = createWorld();
    const paths = await grant(world.ports);
    world.globus.submit(TASK);
    // Placed after the first look at the locks: the lock call itself meets it.
    world.dataverse.lock = async () => {
      world.dataverse.lockList.push({ lockType: 'GlobusUpload', userName: 'somebody' as never });
      return 'already-locked';
    };
    await expect(report(world.ports, paths)).rejects.toMatchObject({ kind: 'forbidden' });
    expect(trailOf(world).at(-1)).toMatchObject({
      state: 'GRANTED',
      by: 'report',
      why: expect.stringMatching(/^the report is refused: Dataset 29 is locked/),
    });
  });

  it('tells of each execution that took over', async () => {
    const world = createWorld();
    await grant(world.ports);
    killWorkflows(world);
    world.clock.advance(300_000);
    await sweepOnce(world.ports);
    expect(trailOf(world).at(-1)).toMatchObject({ by: 'sweep', why: 'execution 2 takes over' });
  });

  it('does not grow with looks, however many there are', async () => {
    const world = createWorld();
    const paths = await grant(world.ports);
    world.globus.submit(TASK);
    await report(world.ports, paths);
    killWorkflows(world);
    for (let sweeps = 0; sweeps < 50; sweeps++) {
      world.clock.advance(3_700_000);
      await sweepOnce(world.ports);
    }
    const looks = trailOf(world).filter((entry) => entry.by === 'look-at-task');
    expect(looks).toHaveLength(1);
  });
});
