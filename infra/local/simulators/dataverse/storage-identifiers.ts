import { randomBytes } from 'node:crypto';
import type { DatasetRecord } from './dataset-records.ts';
import type { WorldStore } from './world.ts';

const STORAGE_ID = /^[a-f,0-9]{11}-[a-f,0-9]{12}$/;

/** A place on a Globus collection. */
export interface CollectionPath {
  readonly collectionId: string;
  readonly path: string;
}

/** A new identifier: hexadecimal milliseconds, a dash, 48 random bits (dataverse-api.md 2.8). */
export function newStorageId(nowMilliseconds: number): string {
  return `${nowMilliseconds.toString(16)}-${randomBytes(6).toString('hex')}`;
}

/**
 * The store a storage identifier names, if the identifier passes that store's pattern check; undefined otherwise.
 * Whether it is the dataset's own store is not asked, as in the real array call (dataverse-api.md 4.8).
 */
export function storeOfIdentifier(storageIdentifier: string, stores: readonly WorldStore[]): WorldStore | undefined {
  const [storeId, location = ''] = splitOnce(storageIdentifier, '://');
  const store = stores.find((each) => each.id === storeId);
  if (!store) return undefined;
  return isValidLocation(location, store) ? store : undefined;
}

function isValidLocation(location: string, store: WorldStore): boolean {
  if (store.type === 's3') {
    const [bucket, id = ''] = splitOnce(location, ':');
    return bucket === store.bucket && STORAGE_ID.test(id);
  }
  if (store.managed || store.type === 'file') return STORAGE_ID.test(location);
  const [id = '', reference = ''] = splitOnce(location, '//');
  return STORAGE_ID.test(id) && isAllowedReference(reference, store);
}

/** A plain prefix test, without a boundary and without looking at dot segments, as the real one does (7 B5). */
export function isAllowedReference(reference: string, store: WorldStore): boolean {
  return (store.referenceEndpointsWithBasePaths ?? []).some((allowed) => reference.startsWith(allowed));
}

/** Whether the store has anything to do with Globus; its type is not looked at (dataverse-api.md 6.1). */
export function acceptsGlobus(store: WorldStore): boolean {
  return store.transferEndpointWithBasePath !== undefined || store.referenceEndpointsWithBasePaths !== undefined;
}

/** The collection id of a managed store, or undefined. */
export function transferEndpointOf(store: WorldStore): string | undefined {
  return store.transferEndpointWithBasePath && splitOnce(store.transferEndpointWithBasePath, '/')[0];
}

/**
 * `endpoint/path` in answers about downloads: the bucket of an S3 identifier is part of it, although no such
 * object is on the collection (dataverse-api.md 2.8 and 7 C8).
 */
export function downloadPath(storageIdentifier: string, store: WorldStore, dataset: DatasetRecord): string {
  if (!store.managed) return storageIdentifier.slice(storageIdentifier.lastIndexOf('//') + 2);
  const lastPart = storageIdentifier.slice(storageIdentifier.lastIndexOf('/') + 1);
  return `${store.transferEndpointWithBasePath}/${dataset.authority}/${dataset.identifier}/${lastPart}`;
}

/**
 * The directory of a dataset in a managed store, without a slash at its end.
 * @throws Error when the store has no transfer endpoint
 */
export function transferDirectory(store: WorldStore, dataset: DatasetRecord): CollectionPath {
  if (store.transferEndpointWithBasePath === undefined) throw new Error(`store ${store.id} has no transfer endpoint`);
  const [collectionId = '', basePath] = splitOnce(store.transferEndpointWithBasePath, '/');
  const base = basePath === undefined ? '' : `/${basePath}`;
  return { collectionId, path: `${base}/${dataset.authority}/${dataset.identifier}` };
}

/**
 * The directory and name under which a file's size is looked up. For references it is the wrong directory, because the base
 * path is joined with a text that starts with the endpoint id (dataverse-api.md 7 C3).
 */
export function listingPlace(
  storageIdentifier: string,
  store: WorldStore,
  dataset: DatasetRecord,
): (CollectionPath & { readonly name: string }) | undefined {
  if (store.transferEndpointWithBasePath !== undefined) {
    const name = storageIdentifier.slice(storageIdentifier.search(/[^/:]*$/));
    return { ...transferDirectory(store, dataset), name };
  }
  const reference = storageIdentifier.slice(storageIdentifier.lastIndexOf('//') + 2);
  const allowed = store.referenceEndpointsWithBasePaths?.find((each) => reference.startsWith(each));
  if (allowed === undefined) return undefined;
  const [collectionId = '', basePath = ''] = splitOnce(allowed, '/');
  const lastSlash = reference.lastIndexOf('/');
  return {
    collectionId,
    path: `/${basePath}/${reference.slice(0, lastSlash)}`,
    name: reference.slice(lastSlash + 1),
  };
}

/** The two parts around the first separator; the second is missing when there is none. */
export function splitOnce(text: string, separator: string): [string, string?] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + separator.length)];
}
