import { describe, expect, it } from 'vitest';
import { TASK } from '../support/builders.ts';
import { crashingAt } from '../support/crashing-ports.ts';
import { recordOf, registered } from '../support/late-reports.ts';
import { destinations, onlyTransfer, report } from '../support/reporting.ts';
import { createWorld, followToEnd, grant, runStep } from '../support/world.ts';

describe('the list of reported files', () => {
  it('is not cut by a removal for an earlier report that lands late', async () => {
    const world = createWorld();
    const paths = await grant(world.ports);
    world.globus.submit(TASK);
    const { lock } = world.dataverse;
    // Placed after the look at the locks: the report is noted, refused, and undone.
    world.dataverse.lock = async (...args) => {
      world.dataverse.lock = lock;
      world.dataverse.lockList.push({ lockType: 'GlobusUpload', userName: 'somebody' as never });
      return lock(...args);
    };
    let land: () => Promise<void> = () => Promise.reject(new Error('nothing was removed'));
    let isRemoving: () => void = () => undefined;
    const removing = new Promise<void>((resolve) => {
      isRemoving = resolve;
    });
    const { removeFiles } = world.ports.files;
    const hanging = {
      ...world.ports.files,
      removeFiles: (...args: Parameters<typeof removeFiles>) => {
        land = () => removeFiles(...args);
        isRemoving();
        return new Promise<void>(() => undefined);
      },
    };
    void report({ ...world.ports, files: hanging }, paths);
    await removing;
    world.clock.advance(31_000);
    world.dataverse.lockList.length = 0;
    await report(world.ports, paths);
    await land();
    world.globus.finish(TASK, destinations(paths));
    await followToEnd(world, onlyTransfer(world));
    expect(registered(world)).toHaveLength(2);
  });

  it('that is not whole closes nothing: an operator is asked', async () => {
    const world = createWorld();
    const paths = await grant(world.ports);
    const transferId = onlyTransfer(world);
    world.globus.submit(TASK);
    await report(world.ports, paths);
    const listId = recordOf(world, transferId).bound?.listId ?? '';
    await world.ports.files.removeFiles(transferId, listId);
    world.globus.finish(TASK, destinations(paths));
    await runStep(world.ports, transferId, 'FOLLOW');
    await runStep(world.ports, transferId, 'RELEASE');
    await expect(runStep(world.ports, transferId, 'REGISTER')).rejects.toThrow(/0 of the 2 reported files/);
  });

  it('of a worker that died in the middle of its report is not kept beside that of its repeat', async () => {
    const world = createWorld();
    const paths = await grant(world.ports);
    const transferId = onlyTransfer(world);
    world.globus.submit(TASK);
    await expect(report(crashingAt(world.ports, 'files.writeFiles', true).ports, paths)).rejects.toThrow();
    const left = recordOf(world, transferId).report?.listId ?? '';
    expect(await world.ports.files.readFiles(transferId, left)).toHaveLength(2);
    world.clock.advance(31_000);
    await report(world.ports, paths);
    expect(await world.ports.files.readFiles(transferId, left)).toEqual([]);
    expect(await world.ports.files.readFiles(transferId, recordOf(world, transferId).bound?.listId ?? '')).toHaveLength(
      2,
    );
  });
});
