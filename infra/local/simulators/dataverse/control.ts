import type { SimulatorRoute } from '../http/routes.ts';
import { toSimulatorRoutes } from './control-body.ts';
import { datasetControlRoutes } from './control-datasets.ts';
import { peopleControlRoutes } from './control-people.ts';
import { switchControlRoutes } from './control-switches.ts';
import { persistentIdOf } from './dataset-records.ts';
import type { Installation } from './installation.ts';
import { latestVersion } from './lookups.ts';

/** The `/_control` interface, described in this folder's README. A body that does not fit is a 400 with a sentence. */
export function controlRoutes(dataverse: Installation): SimulatorRoute[] {
  return toSimulatorRoutes([
    ['GET', '/state', () => stateOf(dataverse)],
    // The switches come first: `/files/errors` is no file.
    ...switchControlRoutes(dataverse),
    ...datasetControlRoutes(dataverse),
    ...peopleControlRoutes(dataverse),
  ]);
}

function stateOf(dataverse: Installation) {
  const { switches, clock, datasets, files, locks } = dataverse;
  return {
    now: new Date(clock.nowMilliseconds()).toISOString(),
    globusUrl: dataverse.globusUrl ?? null,
    switches,
    wouldHave: dataverse.wouldHave,
    datasets: datasets.all().map((dataset) => {
      const latest = latestVersion(dataverse, dataset.id, 'any');
      return {
        id: dataset.id,
        persistentId: persistentIdOf(dataset),
        storeId: dataset.storeId,
        versionState: latest?.state,
        locks: locks.of(dataset.id),
        files: latest ? files.inVersion(latest.id) : [],
      };
    }),
  };
}
