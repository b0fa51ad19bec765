import type { SimulatorReply } from '../http/routes.ts';
import { refusePackageFiles } from './add-files.ts';
import { requireAccount } from './authentication.ts';
import { day } from './file-json.ts';
import type { FileRecord } from './file-records.ts';
import { type ApiRoute, type Call, hasMethod } from './installation.ts';
import { editRefusal } from './lock-routes.ts';
import { fileViewsById, findDataset, isAllowed, isPublished, mayDownload, storeOf } from './lookups.ts';
import { ApiFailure, failure, ok } from './replies.ts';
import { readJsonObject, readJsonPart } from './request-bodies.ts';
import { acceptsGlobus, downloadPath, isAllowedReference, newStorageId } from './storage-identifiers.ts';
import type { WorldStore } from './world.ts';

/**
 * The Globus calls that act (dataverse-api.md 2.2, 2.3, 2.6 and 2.7), up to the point where the real one would ask Globus
 * for something or start to watch a task. References need neither and are answered in full.
 */
export const globusRequestRoutes: readonly ApiRoute[] = [
  ['POST', '/datasets/{id}/requestGlobusUploadPaths', requestUploadPaths, { consumes: 'application/json' }],
  ['POST', '/datasets/{id}/addGlobusFiles', addGlobusFiles, { consumes: 'multipart/form-data' }],
  ['POST', '/datasets/{id}/requestGlobusDownload', requestDownload, { consumes: 'application/json' }],
  ['POST', '/datasets/{id}/monitorGlobusDownload', monitorDownload, { consumes: 'application/json' }],
];

const NO_UPLOAD = 'File upload via Globus is not available for this installation of Dataverse.';
const NO_DOWNLOAD = 'File transfer from Dataverse via Globus is not available for this dataset.';

/** The checks are passed, and the work is not done here. */
function leftToService(): SimulatorReply {
  return failure(500, 'All checks are passed. This stand-in leaves the transfer itself to the service beside it.');
}

function requestUploadPaths(call: Call): SimulatorReply {
  const { dataverse, caller, request } = call;
  if (!hasMethod(dataverse, ':UploadMethods', 'globus')) return failure(503, NO_UPLOAD);
  requireAccount(caller);
  const dataset = findDataset(call);
  if (!isAllowed(dataverse, caller, dataset.id, 'EditDataset')) {
    return failure(403, "User doesn't have permission to upload to this dataset");
  }
  const body = readJsonObject(request);
  const store = storeOf(dataverse, dataset);
  if (!store.managed) return referencePaths(call, store, body['referencedFiles']);
  const { principal, numberOfFiles } = body;
  if (typeof principal !== 'string' || typeof numberOfFiles !== 'number') {
    return failure(400, 'Error retrieving principal and numberOfFiles from JSON request body');
  }
  if (Math.trunc(numberOfFiles) <= 0) return failure(400, 'numberOfFiles must be positive');
  return leftToService();
}

function referencePaths({ dataverse }: Call, store: WorldStore, references: unknown): SimulatorReply {
  if (!Array.isArray(references) || references.length === 0) return failure(400, 'No referencedFiles specified');
  const identifiers: Record<string, string> = {};
  for (const reference of references as unknown[]) {
    if (typeof reference !== 'string') return failure(400, 'ReferencedFiles must be strings');
    if (!isAllowedReference(reference, store)) {
      return failure(400, `Referenced file ${reference} is not in an allowed endpoint/path`);
    }
    identifiers[reference] = `${store.id}://${newStorageId(dataverse.clock.nowMilliseconds())}//${reference}`;
  }
  return ok(identifiers);
}

async function addGlobusFiles(call: Call): Promise<SimulatorReply> {
  const { dataverse, caller, request } = call;
  // Unlike its neighbours this call answers a guest with 403 (dataverse-api.md 2.3).
  if (!caller) return failure(403, 'The API key is invalid.');
  const dataset = findDataset(call);
  if (!hasMethod(dataverse, ':UploadMethods', 'globus')) return failure(503, NO_UPLOAD);
  if (!acceptsGlobus(storeOf(dataverse, dataset))) {
    return failure(400, 'File transfer to Dataverse via Globus is not available for this dataset.');
  }
  const locked = editRefusal(dataverse, caller, dataset.id, 'edit');
  if (locked) return failure(403, `Dataset ${request.params['id']} is locked: ${locked}`);
  const parsed = await readJsonPart(request).catch(() => undefined);
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    return failure(400, 'Error parsing json body');
  }
  refusePackageFiles(call, dataset);
  return leftToService();
}

function requestDownload(call: Call): SimulatorReply {
  const { dataverse, request } = call;
  if (!hasMethod(dataverse, ':DownloadMethods', 'globus')) return failure(503, NO_DOWNLOAD);
  const dataset = findDataset(call);
  const body = readJsonObject(request);
  const fileIds = requestedFileIds(call, body['fileIds']);
  if (fileIds.length === 0) return failure(404, 'List of files to transfer not found.');
  const store = storeOf(dataverse, dataset);
  const paths: Record<string, string> = {};
  for (const fileId of fileIds) {
    const views = fileViewsById(dataverse, fileId);
    if (views[0].datasetId !== dataset.id) return failure(400, 'All files must be in the dataset');
    if (!isDownloadAllowed(call, views)) {
      return failure(403, `User doesn't have permission to download file: ${fileId}`);
    }
    paths[fileId] = downloadPath(views[0].storageIdentifier, store, dataset);
  }
  if (!store.managed) return ok(paths);
  if (typeof body['principal'] !== 'string') throw new TypeError('principal is missing');
  return leftToService();
}

/** With a download id the list of the launch counts and the body's is ignored; an unknown one is a null pointer. */
function requestedFileIds({ dataverse, request }: Call, fileIds: unknown): string[] {
  const downloadId = request.query.get('downloadId');
  if (downloadId !== null) {
    const launched = dataverse.downloads.get(downloadId);
    if (!launched) throw new TypeError('the download id is unknown');
    return launched.fileIds.map(String);
  }
  if (!Array.isArray(fileIds)) {
    throw new ApiFailure(400, 'fileIds JsonArray of file ids/PIDs required in POST body');
  }
  const isId = (each: unknown) => typeof each === 'string' || typeof each === 'number';
  if (!fileIds.every(isId)) throw new ApiFailure(400, 'fileIds must be numeric or string (ids/PIDs)');
  return fileIds.map(String);
}

function isDownloadAllowed({ dataverse, caller }: Call, views: readonly [FileRecord, ...FileRecord[]]): boolean {
  const { datasetId, embargo, restricted } = views[0];
  if (!isPublished(dataverse, views)) return isAllowed(dataverse, caller, datasetId, 'ViewUnpublishedDataset');
  const isEmbargoed = embargo !== null && embargo.dateAvailable > day(dataverse.clock.nowMilliseconds());
  return restricted || isEmbargoed ? mayDownload(dataverse, caller, views) : true;
}

function monitorDownload(call: Call): SimulatorReply {
  if (!hasMethod(call.dataverse, ':DownloadMethods', 'globus')) return failure(503, NO_DOWNLOAD);
  findDataset(call);
  return leftToService();
}
