import { parseDatasetId, type TransferId } from '../../functions/domain/ids.ts';
import { nextStep } from '../../functions/domain/next-step.ts';
import type { GrantedPaths } from '../../functions/use-cases/grant-upload.ts';
import { COLLECTION, TASK } from './builders.ts';
import { report } from './reporting.ts';
import { grant, runStep, STORE, type World } from './world.ts';

/** The dataset of these tests and the store of its files. */
export const PLACE = {
  dataset: { datasetId: parseDatasetId('29'), protocol: 'doi', authority: '10.5072', identifier: 'FK2/ILLPXE' },
  store: STORE,
};

/** Puts bytes on the collection, as a task does that is not told of. */
export function putOnCollection(world: World, paths: readonly string[], sizeBytes = 12): void {
  for (const path of paths) world.globus.storedFiles.set(`${COLLECTION}${path}`, sizeBytes);
}

/** Is there still something under the path? */
export function isOnCollection(world: World, path: string | undefined): boolean {
  return world.globus.storedFiles.has(`${COLLECTION}${path}`);
}

/** A grant whose files were transferred and never reported; its lease is over. */
export async function unreportedUpload(world: World, numberOfFiles = 2): Promise<GrantedPaths> {
  const paths = await grant(world.ports, { numberOfFiles });
  putOnCollection(
    world,
    paths.map(([, path]) => path),
  );
  const [record] = world.ports.transfers.records().slice(-1);
  if (record) await expire(world, record.transferId);
  return paths;
}

async function expire(world: World, transferId: TransferId): Promise<void> {
  world.clock.advance(400_000);
  for (;;) {
    const record = await world.ports.transfers.read(transferId);
    if (!record || nextStep(record, world.clock.nowEpochSeconds()).next === 'DONE') return;
    const { waitSeconds } = await runStep(world.ports, transferId, 'LEASE');
    world.clock.advance(waitSeconds * 1000);
  }
}

/** A reported upload whose task is at work: its bytes are there, and not yet registered. */
export async function uploadUnderWay(world: World): Promise<GrantedPaths> {
  const paths = await grant(world.ports, { numberOfFiles: 1 });
  world.globus.submit(TASK);
  await report(world.ports, paths);
  putOnCollection(
    world,
    paths.map(([, path]) => path),
  );
  return paths;
}
