import { describe, expect, it } from 'vitest';
import type { TransferId } from '../../functions/domain/ids.ts';
import { acceptReport } from '../../functions/use-cases/accept-report.ts';
import { COLLECTION, CURATOR, DATASET, OTHER_TASK, TASK } from '../support/builders.ts';
import { destinations, reportOf } from '../support/reporting.ts';
import { createWorld, followToEnd, grant, SETTINGS, type World } from '../support/world.ts';

/** Bytes of each registered file, as Dataverse has them. */
const REGISTERED_BYTES = 3;

/** A whole upload of one file. @returns where its bytes lie */
async function upload(world: World, taskId = TASK): Promise<string> {
  const paths = await grant(world.ports, { numberOfFiles: 1 });
  const [record] = world.ports.transfers.records().slice(-1);
  world.globus.submit(taskId);
  await acceptReport(world.ports, SETTINGS, {
    datasetId: DATASET,
    datasetAsNamed: DATASET,
    userName: CURATOR,
    canPublish: true,
    report: reportOf(paths, taskId),
  });
  world.globus.finish(taskId, destinations(paths));
  for (const path of destinations(paths)) world.globus.storedFiles.set(`${COLLECTION}${path}`, REGISTERED_BYTES);
  await followToEnd(world, record?.transferId as TransferId);
  return `${COLLECTION}${destinations(paths)[0]}`;
}

const told = (world: World) => world.logged.filter((line) => line.event === 'registered-files-changed');

describe('a file that the dataset had before an upload', () => {
  it.each([
    ['overwritten by one of another size', (world: World, place: string) => world.globus.storedFiles.set(place, 5)],
    ['removed', (world: World, place: string) => world.globus.storedFiles.delete(place)],
  ])('is noticed when it was %s, and the new files are registered', async (_how, harm) => {
    const world = createWorld();
    const place = await upload(world);
    world.clock.advance(3_600_000);
    harm(world, place);
    await upload(world, OTHER_TASK);
    const [identifier] = world.dataverse.files.map((file) => file.storageIdentifier);
    expect(told(world)).toMatchObject([{ facts: { count: 1, files: [identifier] } }]);
    expect(world.dataverse.files).toHaveLength(2);
  });

  it('is noticed when it was written again since, at the same size', async () => {
    const world = createWorld();
    const place = await upload(world);
    const writtenAt = world.clock.nowEpochSeconds();
    world.clock.advance(3_600_000);
    const { listDirectory } = world.ports.globus;
    const name = place.slice(place.lastIndexOf('/') + 1);
    const listed =
      (isNew: boolean): typeof listDirectory =>
      async (collectionId, path) =>
        (await listDirectory(collectionId, path))?.map((entry) => {
          const isTouched = isNew && entry.name === name;
          return { ...entry, modifiedAtEpochSeconds: isTouched ? world.clock.nowEpochSeconds() + 120 : writtenAt };
        });
    world.ports.globus.listDirectory = listed(false);
    await upload(world, OTHER_TASK);
    expect(told(world)).toEqual([]);
    world.clock.advance(3_600_000);
    world.ports.globus.listDirectory = listed(true);
    await upload(world, '7c8d9e0f-0000-4000-8000-000000000003' as typeof TASK);
    expect(told(world)).toMatchObject([{ facts: { count: 1 } }]);
  });

  it('is looked at no more when the collection or Dataverse does not answer', async () => {
    const world = createWorld();
    await upload(world);
    world.globus.down.add('listDirectory');
    world.clock.advance(3_600_000);
    await upload(world, OTHER_TASK);
    expect(told(world)).toEqual([]);
    expect(world.logged.map((line) => line.event)).toContain('directory-not-compared');
    expect(world.dataverse.files).toHaveLength(2);
  });
});
