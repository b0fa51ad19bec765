import { describe, expect, it } from 'vitest';
import { explainLeftovers } from '../../functions/use-cases/explain-leftovers.ts';
import { listLeftovers } from '../../functions/use-cases/list-leftovers.ts';
import { PATH, TASK } from '../support/builders.ts';
import { aStandingFile } from '../support/fakes/fake-dataverse.ts';
import { PLACE, putOnCollection, unreportedUpload, uploadUnderWay } from '../support/leftovers.ts';
import { destinations, onlyTransfer, report } from '../support/reporting.ts';
import { createWorld, followToEnd, grant, STORE, type World } from '../support/world.ts';

const NAME = '18b49d3688c-62137dcb06e4';

const identifiersIn = async (world: World, place = PLACE) =>
  (await listLeftovers(world.ports, place)).map((leftover) => leftover.storageIdentifier);

async function reasonsIn(world: World): Promise<readonly (string | undefined)[]> {
  const leftovers = await listLeftovers(world.ports, PLACE);
  const reasons = await explainLeftovers(world.ports, leftovers);
  return leftovers.map((leftover) => reasons.get(leftover.storageIdentifier));
}

describe('the leftovers of a dataset', () => {
  it('are none where the dataset has no directory yet', async () => {
    expect(await identifiersIn(createWorld())).toEqual([]);
  });

  it('are what was transferred and never reported, once the lease is over', async () => {
    const world = createWorld();
    const paths = await unreportedUpload(world);
    expect(await listLeftovers(world.ports, PLACE)).toMatchObject(
      [...paths].sort().map(([storageIdentifier, path]) => ({
        storageIdentifier,
        path,
        sizeBytes: 12,
        transfer: { transferId: onlyTransfer(world), state: 'EXPIRED' },
      })),
    );
    expect(await reasonsIn(world)).toEqual(['It was never reported.', 'It was never reported.']);
  });

  it('are what Dataverse refused, with its reason, and not what it registered', async () => {
    const world = createWorld();
    const paths = await grant(world.ports, { numberOfFiles: 3 });
    world.globus.submit(TASK);
    await report(world.ports, paths);
    world.globus.finish(TASK, destinations(paths));
    world.dataverse.fileErrors.set(paths[1]?.[0] ?? '', 'Bad Request:No.');
    await followToEnd(world, onlyTransfer(world));
    putOnCollection(world, destinations(paths));
    expect(await identifiersIn(world)).toEqual([paths[1]?.[0]]);
    expect(await reasonsIn(world)).toEqual(['Bad Request:No.']);
    // Taken out of the draft by hand.
    world.dataverse.files.length = 0;
    expect(await identifiersIn(world)).toHaveLength(3);
    expect(await reasonsIn(world)).toContain('It was registered, and is in no version of the dataset any more.');
  });

  it('are nothing that any version has, were it an old one', async () => {
    const world = createWorld();
    putOnCollection(world, [`${PATH}${NAME}`]);
    expect(await identifiersIn(world)).toEqual([`globusm://${NAME}`]);
    const inOldVersionOnly = { isInDraft: false, isPublished: false };
    world.dataverse.standingFiles.push(aStandingFile({ storageIdentifier: `globusm://${NAME}`, ...inOldVersionOnly }));
    expect(await identifiersIn(world)).toEqual([]);
  });

  it('are nothing that was granted to a transfer under way, whatever its state', async () => {
    const world = createWorld();
    const granted = await grant(world.ports, { numberOfFiles: 1 });
    putOnCollection(world, destinations(granted));
    await uploadUnderWay(world);
    expect(await identifiersIn(world)).toEqual([]);
  });

  it('are nothing that a late report has given to a successor', async () => {
    const world = createWorld();
    const paths = await unreportedUpload(world, 1);
    expect(await identifiersIn(world)).toHaveLength(1);
    world.globus.submit(TASK);
    await report(world.ports, paths);
    expect(await identifiersIn(world)).toEqual([]);
  });

  it('are files of that form of name alone, in that very directory', async () => {
    const world = createWorld();
    const others = ['cached.thumb48', `${NAME}.thumb48`, `sub/${NAME}`, '18b49d3688c-62137dcb06e', 'dataset_logo'];
    putOnCollection(
      world,
      others.map((name) => `${PATH}${name}`),
    );
    world.globus.directories.add(`${PATH}${NAME}/`);
    expect(await identifiersIn(world)).toEqual([]);
  });

  it('may be of no transfer that is known: then nobody says why', async () => {
    const world = createWorld();
    const [[identifier = ''] = []] = await unreportedUpload(world, 1);
    // The time of a grant, and a random part that it did not give out.
    const name = `${identifier.slice('globusm://'.length, -12)}0123456789ab`;
    putOnCollection(world, [`${PATH}${name}`]);
    const foreign = (await listLeftovers(world.ports, PLACE)).find((leftover) => leftover.name === name);
    expect(foreign?.transfer).toBeUndefined();
    expect(await reasonsIn(world)).toContain(undefined);
  });

  it('have the bucket in their identifiers in an S3 store, and not in their paths', async () => {
    const world = createWorld();
    putOnCollection(world, [`${PATH}${NAME}`]);
    const place = { ...PLACE, store: { ...STORE, storeId: 's3g', bucket: 'dv-bucket' } };
    expect(await identifiersIn(world, place)).toEqual([`s3g://dv-bucket:${NAME}`]);
    world.dataverse.standingFiles.push(aStandingFile({ storageIdentifier: `s3g://dv-bucket:${NAME}` }));
    expect(await identifiersIn(world, place)).toEqual([]);
  });

  it.each(['listAllStorageIdentifiers', 'listDirectory'] as const)('are not told while %s fails', async (method) => {
    const world = createWorld();
    await unreportedUpload(world);
    const down: Set<string> = method === 'listDirectory' ? world.globus.down : world.dataverse.down;
    down.add(method);
    await expect(listLeftovers(world.ports, PLACE)).rejects.toThrow(method);
  });
});
