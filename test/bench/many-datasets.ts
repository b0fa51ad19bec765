import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { openDatabase } from '../../infra/local/simulators/dataverse/database.ts';
import { FIXTURE_WORLD } from '../../infra/local/simulators/dataverse/fixture.ts';

export interface AddedDataset {
  readonly datasetId: string;
  readonly persistentId: string;
}

const FIRST_ID = 1_001;

/**
 * Gives a stack that has not been started yet more draft datasets like its first one: a dataset takes one upload at a time, and an identity
 * only so many grants for it.
 */
export function addDatasets(stateDirectory: string, count: number): readonly AddedDataset[] {
  const [draft] = FIXTURE_WORLD.datasets;
  if (!draft) throw new Error('the fixture has no dataset');
  const added = Array.from({ length: count }, (_, index) => ({
    ...draft,
    id: FIRST_ID + index,
    identifier: `BENCH/${FIRST_ID + index}`,
  }));
  const folder = join(stateDirectory, 'dataverse');
  mkdirSync(folder, { recursive: true });
  const world = { ...FIXTURE_WORLD, datasets: [...FIXTURE_WORLD.datasets, ...added] };
  openDatabase(folder, world, Date.now()).close();
  return added.map(({ id, protocol, authority, identifier }) => ({
    datasetId: String(id),
    persistentId: `${protocol}:${authority}/${identifier}`,
  }));
}
