import { isFileName } from '../domain/leftover.ts';
import { datasetDirectory } from '../domain/paths.ts';
import { formatStorageIdentifier } from '../domain/storage-identifier.ts';
import type { Store } from '../domain/store.ts';
import type { DatasetDescription } from '../ports/dataverse.ts';
import type { Ports } from '../ports/ports.ts';
import { judgeFiles, type Standing } from './judge-files.ts';

/** A file in a dataset's directory, and how it stands. */
export interface DirectoryFile extends Standing {
  readonly storageIdentifier: string;
  /** Last part of its identifier and of its path. */
  readonly name: string;
  readonly path: string;
  readonly sizeBytes: number;
  readonly modifiedAtEpochSeconds: number | null;
}

/** A dataset with the store of its files. */
export interface DatasetInStore {
  readonly dataset: DatasetDescription;
  readonly store: Store;
}

/**
 * The leftovers in a dataset's directory, the oldest first: bytes that belong to no file of the dataset, and to no transfer under way.
 * @throws UnavailableError when Globus, Dataverse or the table does not answer
 */
export async function listLeftovers(
  ports: Pick<Ports, 'globus' | 'dataverse' | 'transfers'>,
  place: DatasetInStore,
): Promise<readonly DirectoryFile[]> {
  return (await listDirectoryFiles(ports, place)).filter((file) => file.kind === 'leftover');
}

/** All files in a dataset's directory, the oldest first, with how they stand. @throws as listLeftovers does */
export async function listDirectoryFiles(
  ports: Pick<Ports, 'globus' | 'dataverse' | 'transfers'>,
  { dataset, store }: DatasetInStore,
): Promise<readonly DirectoryFile[]> {
  const directory = datasetDirectory(store.basePath, dataset.authority, dataset.identifier);
  // Listed before anything is judged: what arrives later is not in question.
  const entries = (await ports.globus.listDirectory(store.collectionId, directory)) ?? [];
  const files = entries.filter((entry) => entry.isFile && isFileName(entry.name));
  const judge = await judgeFiles(
    ports,
    dataset.datasetId,
    files.map((file) => file.name),
  );
  return files
    .map(({ name, sizeBytes, modifiedAtEpochSeconds }) => ({
      storageIdentifier: formatStorageIdentifier(store, name),
      name,
      path: `${directory}${name}`,
      sizeBytes,
      modifiedAtEpochSeconds,
      ...judge(name),
    }))
    .sort((one, other) => (one.name < other.name ? -1 : 1));
}
