import { day, fileJson } from './file-json.ts';
import type { FileRecord } from './file-records.ts';
import type { ApiRoute, Call } from './installation.ts';
import {
  findFileViews,
  hasDownloadRole,
  isAllowed,
  isPublished,
  isRestricted,
  latestVersion,
  mayDownload,
  notPermittedMessage,
} from './lookups.ts';
import { findVersion } from './named-version.ts';
import { ApiFailure, failure, notAuthorized, ok } from './replies.ts';
import { versionOf } from './version-view.ts';

/** Single files (dataverse-api.md 4.9 and 4.10). */
export const fileRoutes: readonly ApiRoute[] = [
  ['GET', '/files/{id}', file],
  ['GET', '/files/{id}/versions/{version}', fileInVersion],
  ['GET', '/access/datafile/{id}', fileContent],
  ['GET', '/access/datafile/{id}/userPermissions', filePermissions],
];

function file(call: Call) {
  const views = findFileViews(call);
  const { dataverse, caller } = call;
  const datasetId = views[0].datasetId;
  const released = latestVersion(dataverse, datasetId, 'released');
  const maySeeDraft = isAllowed(dataverse, caller, datasetId, 'ViewUnpublishedDataset');
  const shown = maySeeDraft ? views[0] : views.find((view) => view.versionId === released?.id);
  if (!shown) throw new ApiFailure(401, notPermittedMessage(caller));
  return describeFile(call, shown);
}

/** A file as one version of its dataset shows it. */
function fileInVersion(call: Call) {
  const views = findFileViews(call);
  const dataset = call.dataverse.datasets.byId(views[0].datasetId);
  const version = dataset && findVersion(call, dataset);
  const shown = views.find((view) => view.versionId === version?.id);
  if (!shown) throw new ApiFailure(404, `File with ID ${views[0].id} not found.`);
  return describeFile(call, shown);
}

function describeFile({ dataverse, request }: Call, shown: FileRecord) {
  const isVersionWanted = request.query.get('returnDatasetVersion') === 'true';
  return ok({ ...fileJson(shown), ...(isVersionWanted ? { datasetVersion: versionOf(dataverse, shown) } : {}) });
}

/** Who may have the bytes is decided as the real one does it; the bytes lie where no Dataverse can open them. */
function fileContent(call: Call) {
  const views = findFileViews(call);
  if (!mayHaveContent(call, views)) return notAuthorized(call.request);
  return failure(404, `Datafile ${views[0].id}: Failed to locate and/or open physical file.`);
}

/** Unlike the other calls this one looks at embargo and retention first. */
function mayHaveContent({ dataverse, caller }: Call, views: readonly [FileRecord, ...FileRecord[]]): boolean {
  const [newest] = views;
  const today = day(dataverse.clock.nowMilliseconds());
  if (newest.retention && newest.retention.dateUnavailable < today) return false;
  if (!isPublished(views)) return isAllowed(dataverse, caller, newest.datasetId, 'ViewUnpublishedDataset');
  const isEmbargoed = newest.embargo !== null && newest.embargo.dateAvailable > today;
  return isEmbargoed || isRestricted(dataverse, views) ? hasDownloadRole(dataverse, caller, newest) : true;
}

function filePermissions(call: Call) {
  const views = findFileViews(call);
  const { dataverse, caller } = call;
  const datasetId = views[0].datasetId;
  return ok({
    canDownloadFile: mayDownload(dataverse, caller, views),
    canManageFilePermissions: isAllowed(dataverse, caller, datasetId, 'ManageFilePermissions'),
    canEditOwnerDataset: isAllowed(dataverse, caller, datasetId, 'EditDataset'),
  });
}
