import { describe, expect, it } from 'vitest';
import { asUserName } from '../../functions/domain/ids.ts';
import { type DeletionOrder, deleteLeftovers } from '../../functions/use-cases/delete-leftovers.ts';
import { OTHER_TASK, PATH, TASK } from '../support/builders.ts';
import { crashingAt } from '../support/crashing-ports.ts';
import { aStandingFile } from '../support/fakes/fake-dataverse.ts';
import { isOnCollection, PLACE, putOnCollection, unreportedUpload, uploadUnderWay } from '../support/leftovers.ts';
import { destinations, report } from '../support/reporting.ts';
import { createWorld, type World } from '../support/world.ts';

const OPERATOR = asUserName('dataverseAdmin');
const NAME = '18b49d3688c-62137dcb06e4';

function anOrder(changes: Partial<DeletionOrder> = {}): DeletionOrder {
  return { ...PLACE, userName: OPERATOR, storageIdentifiers: undefined, isDryRun: false, ...changes };
}

const deleteTasks = (world: World) => [...world.globus.tasks.values()].filter((task) => task.type === 'DELETE');

describe('deleting leftovers', () => {
  it('on a dry run says what would go, and changes nothing', async () => {
    const world = createWorld();
    const paths = await unreportedUpload(world);
    const before = world.ports.transfers.records();
    const deletion = await deleteLeftovers(world.ports, anOrder({ isDryRun: true }));
    expect(deletion).toEqual({ taskId: null, storageIdentifiers: paths.map(([id]) => id).sort(), refused: [] });
    expect(world.ports.transfers.records()).toEqual(before);
    expect(deleteTasks(world)).toEqual([]);
    expect(destinations(paths).every((path) => isOnCollection(world, path))).toBe(true);
  });

  it('has all of them deleted in one task, and marks their transfers and says who asked for it', async () => {
    const world = createWorld();
    const paths = [...(await unreportedUpload(world)), ...(await unreportedUpload(world, 1))];
    const deletion = await deleteLeftovers(world.ports, anOrder());
    expect(deletion.storageIdentifiers).toEqual(paths.map(([id]) => id).sort());
    expect(deleteTasks(world)).toMatchObject([{ taskId: deletion.taskId, files: 3 }]);
    expect(destinations(paths).some((path) => isOnCollection(world, path))).toBe(false);
    const records = world.ports.transfers.records();
    expect(records).toHaveLength(2);
    for (const record of records) {
      expect(record).toMatchObject({ state: 'EXPIRED', takenBy: null, discarded: { by: OPERATOR } });
      expect(record.trail.at(-1)).toMatchObject({ by: 'delete-leftovers', why: expect.stringContaining(OPERATOR) });
    }
    expect(world.logged.find((line) => line.event === 'leftovers-deleted')).toMatchObject({
      facts: { userName: OPERATOR, datasetId: '29', files: 3, taskId: deletion.taskId },
    });
  });

  it('never touches what is registered or granted, and says so of what was named', async () => {
    const world = createWorld();
    const [[leftover = ''] = []] = await unreportedUpload(world, 1);
    const underWay = await uploadUnderWay(world);
    putOnCollection(world, [`${PATH}${NAME}`]);
    world.dataverse.standingFiles.push(aStandingFile({ storageIdentifier: `globusm://${NAME}`, isInDraft: false }));
    const absent = 'globusm://18b49d3688c-000000000000';
    const named = [leftover, `globusm://${NAME}`, underWay[0]?.[0] ?? '', absent, leftover];
    const deletion = await deleteLeftovers(world.ports, anOrder({ storageIdentifiers: named }));
    expect(deletion.storageIdentifiers).toEqual([leftover]);
    expect(deletion.refused).toEqual([
      { storageIdentifier: `globusm://${NAME}`, reason: 'It is registered.' },
      { storageIdentifier: underWay[0]?.[0], reason: 'It is granted to a transfer that is under way.' },
      { storageIdentifier: absent, reason: 'There is no such file in the directory of the dataset.' },
    ]);
    expect(isOnCollection(world, `${PATH}${NAME}`)).toBe(true);
    expect(isOnCollection(world, underWay[0]?.[1])).toBe(true);
  });

  it('leaves alone what no transfer explains, unless it is named', async () => {
    const world = createWorld();
    putOnCollection(world, [`${PATH}${NAME}`]);
    const storageIdentifier = `globusm://${NAME}`;
    expect(await deleteLeftovers(world.ports, anOrder())).toEqual({
      taskId: null,
      storageIdentifiers: [],
      refused: [{ storageIdentifier, reason: expect.stringContaining('only when it is named') }],
    });
    const deletion = await deleteLeftovers(world.ports, anOrder({ storageIdentifiers: [storageIdentifier] }));
    expect(deletion.storageIdentifiers).toEqual([storageIdentifier]);
    expect(isOnCollection(world, `${PATH}${NAME}`)).toBe(false);
  });

  it('keeps what became registered after it was first looked at', async () => {
    const world = createWorld();
    const [[storageIdentifier = '', path = ''] = []] = await unreportedUpload(world, 1);
    const original = world.dataverse.listAllStorageIdentifiers;
    world.dataverse.listAllStorageIdentifiers = async (datasetId) => {
      const identifiers = await original(datasetId);
      world.dataverse.standingFiles.push(aStandingFile({ storageIdentifier }));
      return identifiers;
    };
    expect(await deleteLeftovers(world.ports, anOrder())).toMatchObject({
      taskId: null,
      refused: [{ storageIdentifier, reason: 'It is registered.' }],
    });
    expect(isOnCollection(world, path)).toBe(true);
  });

  it('keeps what a late report got hold of after it was first looked at', async () => {
    const world = createWorld();
    const paths = await unreportedUpload(world, 1);
    world.globus.submit(TASK);
    const original = world.dataverse.listAllStorageIdentifiers;
    world.dataverse.listAllStorageIdentifiers = async (datasetId) => {
      const identifiers = await original(datasetId);
      world.dataverse.listAllStorageIdentifiers = original;
      await report(world.ports, paths);
      return identifiers;
    };
    const deletion = await deleteLeftovers(world.ports, anOrder());
    expect(deletion).toMatchObject({ taskId: null, storageIdentifiers: [] });
    expect(deletion.refused[0]?.reason).toBe('It is granted to a transfer that is under way.');
    expect(isOnCollection(world, paths[0]?.[1])).toBe(true);
  });

  it('keeps what belongs to a transfer that somebody works on', async () => {
    const world = createWorld();
    const paths = await unreportedUpload(world, 1);
    const [record] = world.ports.transfers.records();
    if (!record) throw new Error('expected a transfer');
    const dueAtEpochSeconds = world.clock.nowEpochSeconds() + 1_000;
    await world.ports.transfers.write({ ...record, version: record.version + 1, takenBy: 'x', dueAtEpochSeconds });
    const deletion = await deleteLeftovers(world.ports, anOrder());
    expect(deletion).toMatchObject({ taskId: null, refused: [{ reason: expect.stringContaining('worked on') }] });
    expect(isOnCollection(world, paths[0]?.[1])).toBe(true);
  });

  it('ends a repeat as the first call would have when that died between mark and deletion', async () => {
    const world = createWorld();
    const paths = await unreportedUpload(world, 1);
    const dying = crashingAt(world.ports, 'globus.deleteFiles', false).ports;
    await expect(deleteLeftovers(dying, anOrder())).rejects.toThrow('globus.deleteFiles');
    expect(isOnCollection(world, paths[0]?.[1])).toBe(true);
    expect((await deleteLeftovers(world.ports, anOrder())).taskId).not.toBeNull();
    expect(isOnCollection(world, paths[0]?.[1])).toBe(false);
  });
});

describe('a report of what was deleted', () => {
  it('is refused before Globus is asked about its task, and opens nothing', async () => {
    const world = createWorld();
    const paths = await unreportedUpload(world, 1);
    await deleteLeftovers(world.ports, anOrder());
    world.globus.down.add('findTask');
    await expect(report(world.ports, paths, OTHER_TASK)).rejects.toThrow('What was transferred has been deleted.');
    expect(world.ports.transfers.records()).toHaveLength(1);
    expect(world.globus.rules).toEqual([]);
  });

  it('is refused also when it was deleted while the report was being checked', async () => {
    const world = createWorld();
    const paths = await unreportedUpload(world, 1);
    world.globus.submit(OTHER_TASK);
    const original = world.dataverse.locks;
    // The last that a report asks before it opens a successor.
    world.dataverse.locks = async (datasetId) => {
      world.dataverse.locks = original;
      await deleteLeftovers(world.ports, anOrder());
      return original(datasetId);
    };
    await expect(report(world.ports, paths, OTHER_TASK)).rejects.toThrow('What was transferred has been deleted.');
    expect(world.ports.transfers.records()).toHaveLength(1);
    expect(world.globus.rules).toEqual([]);
  });
});
