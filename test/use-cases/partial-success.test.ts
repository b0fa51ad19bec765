import { describe, expect, it } from 'vitest';
import { acceptReport } from '../../functions/use-cases/accept-report.ts';
import { CURATOR, DATASET, PATH, TASK } from '../support/builders.ts';
import { destinations, onlyTransfer, report, reportOf } from '../support/reporting.ts';
import { createWorld, followToEnd, grant, SETTINGS, type World } from '../support/world.ts';

/** Lets Globus tell of files that it passed over. */
function skip(world: World, ...destinationPaths: readonly string[]): void {
  world.globus.listSkippedErrors = async () =>
    destinationPaths.map((destinationPath) => ({ destinationPath, errorCode: 'FILE_NOT_FOUND' }));
}

describe('a file that Globus passed over', () => {
  it("is listed with Globus's reason, though the task moved more files than were reported", async () => {
    const world = createWorld();
    const paths = await grant(world.ports);
    world.globus.submit(TASK);
    await report(world.ports, paths);
    const [missing = '', moved = ''] = destinations(paths);
    skip(world, missing);
    world.globus.finish(TASK, [moved, `${PATH}unreported-1`, `${PATH}unreported-2`]);
    const transferId = onlyTransfer(world);
    await followToEnd(world, transferId);
    expect((await world.ports.files.readResults(transferId)).map(({ outcome, reason }) => [outcome, reason])).toEqual([
      ['registered', null],
      ['not-transferred', 'FILE_NOT_FOUND'],
    ]);
  });

  it('is not asked about when every reported file has arrived', async () => {
    const world = createWorld();
    const paths = await grant(world.ports);
    world.globus.submit(TASK);
    await acceptReport(world.ports, SETTINGS, {
      datasetId: DATASET,
      datasetAsNamed: '29',
      userName: CURATOR,
      canPublish: true,
      report: reportOf(paths.slice(0, 1)),
    });
    let asked = 0;
    world.globus.listSkippedErrors = async () => {
      asked += 1;
      return [];
    };
    world.globus.finish(TASK, destinations(paths));
    await followToEnd(world, onlyTransfer(world));
    expect(world.dataverse.files).toHaveLength(1);
    expect(asked).toBe(0);
  });
});
