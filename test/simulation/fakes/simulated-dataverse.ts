import type { DatasetId, UserName } from '../../../functions/domain/ids.ts';
import type { RegistrableFile } from '../../../functions/domain/registration.ts';
import type { DatasetDescription, DatasetReference, Dataverse } from '../../../functions/ports/dataverse.ts';
import { createFakeDataverse, type FakeDataverse, SERVICE_ACCOUNT } from '../../support/fakes/fake-dataverse.ts';

/** What the simulated world is told of locks and files. */
export interface DataverseWatch {
  locked(datasetId: DatasetId, lockType: string): void;
  unlocked(datasetId: DatasetId, lockType: string, owner: UserName): void;
  registered(datasetId: DatasetId, files: readonly RegistrableFile[]): void;
}

export interface SimulatedDataverse extends Dataverse {
  /** The state behind it, a fake of its own for each dataset. */
  readonly datasets: ReadonlyMap<string, FakeDataverse>;
  of(datasetId: string): FakeDataverse;
  /** Destroys a dataset with all that is in it (F-68). */
  destroy(datasetId: string): void;
}

/** Several datasets of one Dataverse: each call goes to the dataset that it names, all others to the first. */
export function createSimulatedDataverse(
  descriptions: readonly DatasetDescription[],
  watch: DataverseWatch,
): SimulatedDataverse {
  const datasets = new Map<string, FakeDataverse>();
  for (const description of descriptions) {
    const dataset = createFakeDataverse();
    dataset.datasets.splice(0, dataset.datasets.length, description);
    datasets.set(description.datasetId, dataset);
  }
  const first = [...datasets.values()][0] as FakeDataverse;
  const named = (argument: unknown): FakeDataverse => {
    if (typeof argument === 'string') return datasets.get(argument) ?? first;
    const reference = argument as Partial<DatasetReference> | undefined;
    if (reference?.kind === 'database-id') return datasets.get(String(reference.datasetId)) ?? first;
    if (reference?.kind === 'persistent-id') {
      return (
        [...datasets.values()].find((each) =>
          each.datasets.some(
            ({ protocol, authority, identifier }) =>
              `${protocol}:${authority}/${identifier}` === reference.persistentId,
          ),
        ) ?? first
      );
    }
    return first;
  };
  const dispatched = Object.fromEntries(
    Object.entries(first)
      .filter(([, value]) => typeof value === 'function')
      .map(([name]) => [
        name,
        (...args: unknown[]) =>
          (named(args[0]) as unknown as Record<string, (...all: unknown[]) => unknown>)[name]?.(...args),
      ]),
  ) as unknown as Dataverse;

  return {
    ...dispatched,
    datasets,
    of: (datasetId) => datasets.get(datasetId) ?? first,
    destroy(datasetId) {
      const { datasets: descriptions, lockList, files } = datasets.get(datasetId) ?? first;
      for (const list of [descriptions, lockList, files]) list.splice(0);
    },
    lock(datasetId, lockType) {
      const { lockList } = named(datasetId);
      const before = lockList.length;
      const outcome = named(datasetId).lock(datasetId, lockType);
      if (lockList.length > before) watch.locked(datasetId, lockType);
      return outcome;
    },
    unlock(datasetId, lockType) {
      const { lockList } = named(datasetId);
      const lock = lockList.find((each) => each.lockType === lockType);
      const before = lockList.length;
      const outcome = named(datasetId).unlock(datasetId, lockType);
      if (lock && lockList.length < before) watch.unlocked(datasetId, lockType, lock.userName);
      return outcome;
    },
    addFiles(datasetId, actingAs, files) {
      const dataset = named(datasetId);
      const before = dataset.files.length;
      const outcome = dataset.addFiles(datasetId, actingAs, files);
      const added = dataset.files.slice(before);
      if (added.length > 0) watch.registered(datasetId, added);
      return outcome;
    },
  };
}

export { SERVICE_ACCOUNT };
