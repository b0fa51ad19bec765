import { accountOf, type Caller, identifierOf, PRIVATE_URL_PERMISSIONS } from './callers.ts';
import type { DatasetRecord, VersionRecord } from './dataset-records.ts';
import type { FileRecord } from './file-records.ts';
import type { Call, DownloadList, Installation } from './installation.ts';
import { ApiFailure } from './replies.ts';
import type { DatasetPermission, WorldStore } from './world.ts';

const NO_PERSISTENT_ID =
  'When accessing a dataset based on Persistent ID, a persistentId query parameter must be present.';

/**
 * The dataset a path names by number or as `:persistentId` with its query parameter.
 * @throws ApiFailure 400 or 404 with the texts of dataverse-api.md 1.2, the odd one for an unknown persistent id included
 */
export function findDataset({ dataverse, request }: Call): DatasetRecord {
  const id = request.params['id'] ?? '';
  if (id !== ':persistentId') {
    if (!/^[+-]?\d{1,19}$/.test(id)) throw new ApiFailure(400, `Bad dataset ID number: ${id}.`);
    const dataset = dataverse.datasets.byId(Number(id));
    if (!dataset) throw new ApiFailure(404, `Dataset with ID ${Number(id)} not found.`);
    return dataset;
  }
  const persistentId = request.query.get('persistentId');
  if (persistentId === null) throw new ApiFailure(400, NO_PERSISTENT_ID);
  if (!/^(doi|hdl|perma):[^/]+\/.+$/.test(persistentId))
    throw new ApiFailure(400, `Bad dataset ID number: ${persistentId}.`);
  const dataset = dataverse.datasets.byPersistentId(persistentId);
  if (!dataset) throw new ApiFailure(404, NO_PERSISTENT_ID);
  return dataset;
}

/**
 * All views of the file a path names, newest version first.
 * @throws ApiFailure 400 or 404 with the texts of dataverse-api.md 1.2
 */
export function findFileViews({ dataverse, request }: Call): [FileRecord, ...FileRecord[]] {
  const id = request.params['id'] ?? '';
  if (id !== ':persistentId') return fileViewsById(dataverse, id);
  const persistentId = request.query.get('persistentId');
  if (persistentId === null) throw new ApiFailure(400, NO_PERSISTENT_ID);
  const [newest, ...older] = dataverse.files.viewsByPersistentId(persistentId);
  if (!newest) throw new ApiFailure(404, `Datafile with Persistent ID ${persistentId} not found.`);
  return [newest, ...older];
}

/** @throws ApiFailure 400 `Bad file ID number: …` or 404 `File with ID … not found.` */
export function fileViewsById(dataverse: Installation, id: string): [FileRecord, ...FileRecord[]] {
  if (!/^[+-]?\d{1,19}$/.test(id)) throw new ApiFailure(400, `Bad file ID number: ${id}.`);
  const [newest, ...older] = dataverse.files.views(Number(id));
  if (!newest) throw new ApiFailure(404, `File with ID ${Number(id)} not found.`);
  return [newest, ...older];
}

/** Whether the caller has the permission by role; superusers have all, guests none, private URLs those of a Member. */
export function isAllowed(
  dataverse: Installation,
  caller: Caller,
  datasetId: number,
  permission: DatasetPermission,
): boolean {
  if (!caller) return false;
  if ('token' in caller) return caller.datasetId === datasetId && PRIVATE_URL_PERMISSIONS.includes(permission);
  return caller.superuser === 1 || dataverse.users.permissionsOn(caller.name, datasetId).includes(permission);
}

/** `User @reader is not permitted to perform requested action.` */
export function notPermittedMessage(caller: Caller): string {
  return `User ${identifierOf(caller)} is not permitted to perform requested action.`;
}

/** The newest version, or the newest published one; undefined when nothing is published. */
export function latestVersion(
  dataverse: Installation,
  datasetId: number,
  which: 'any' | 'released',
): VersionRecord | undefined {
  return dataverse.datasets.versions(datasetId).find((version) => which === 'any' || version.state === 'RELEASED');
}

/** Whether the file is in a published version of its dataset. */
export function isPublished(views: readonly FileRecord[]): boolean {
  return views.some((view) => view.publishedAtMilliseconds !== null);
}

/** Whether the file is restricted as the last published version has it, or its newest view where that does not hold it. */
export function isRestricted(dataverse: Installation, views: readonly [FileRecord, ...FileRecord[]]): boolean {
  const released = latestVersion(dataverse, views[0].datasetId, 'released');
  return (views.find((view) => view.versionId === released?.id) ?? views[0]).restricted;
}

/**
 * Whether the caller may download by the role-based rule, which hands out every unrestricted file of the last published
 * version, embargo or not (dataverse-api.md 4.10 and 7 B1).
 */
export function mayDownload(
  dataverse: Installation,
  caller: Caller,
  views: readonly [FileRecord, ...FileRecord[]],
): boolean {
  const released = latestVersion(dataverse, views[0].datasetId, 'released');
  const publicView = views.find((view) => view.versionId === released?.id);
  if (publicView && !publicView.restricted) return true;
  return hasDownloadRole(dataverse, caller, views[0]);
}

/** Whether a role on the dataset, or on the file alone, lets the caller download it. */
export function hasDownloadRole(dataverse: Installation, caller: Caller, file: FileRecord): boolean {
  if (isAllowed(dataverse, caller, file.datasetId, 'DownloadFile')) return true;
  const account = accountOf(caller);
  return account !== undefined && dataverse.files.downloaders(file.id).includes(account.name);
}

/** The effective store of a dataset. */
export function storeOf(dataverse: Installation, dataset: DatasetRecord): WorldStore {
  const store = dataverse.configuration.stores.find((each) => each.id === dataset.storeId);
  if (!store) throw new Error(`dataset ${dataset.id} names the store ${dataset.storeId}, which is not defined`);
  return store;
}

/** The files of a launch; undefined when nobody launched it, or long ago (dataverse-api.md 2.5). */
export function launchedDownload(dataverse: Installation, downloadId: string): DownloadList | undefined {
  const launched = dataverse.downloads.get(downloadId);
  return launched && launched.expiresAtMilliseconds >= dataverse.clock.nowMilliseconds() ? launched : undefined;
}
