import { fileJson } from './file-json.ts';
import type { ApiRoute, Call } from './installation.ts';
import { findFileViews, isAllowed, latestVersion, mayDownload, notPermittedMessage } from './lookups.ts';
import { ApiFailure, ok } from './replies.ts';

/** Single files (dataverse-api.md 4.9 and 4.10). */
export const fileRoutes: readonly ApiRoute[] = [
  ['GET', '/files/{id}', file],
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
  return ok(fileJson(shown, released));
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
