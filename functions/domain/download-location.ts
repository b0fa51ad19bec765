import { datasetDirectory } from './paths.ts';
import { lastPartOf } from './storage-identifier.ts';
import type { Store } from './store.ts';

/** Where a file of one of our stores lies, as Dataverse writes it: `<collection><path>`, on S3 stores with the bucket in it (dataverse-api.md 2.8). */
export function managedLocation(
  store: Pick<Store, 'collectionId' | 'basePath'>,
  dataset: { readonly authority: string; readonly identifier: string },
  storageIdentifier: string,
): string {
  const directory = datasetDirectory(store.basePath, dataset.authority, dataset.identifier);
  return `${store.collectionId}${directory}${lastPartOf(storageIdentifier)}`;
}

/** `<store>://<id>//<collection>/<path>`: a file that stays where it is (dataverse-api.md 2.8). */
const REFERENCE = /^[^:/]+:\/\/[^/]+\/\/(?:.*\/\/)?(.+)$/;

/** Where a referenced file lies, `<collection>/<path>`; undefined for an identifier of another form. */
export function referenceLocation(storageIdentifier: string): string | undefined {
  return REFERENCE.exec(storageIdentifier)?.[1];
}
