import type { SimulatorReply, SimulatorRequest } from '../http/routes.ts';
import { refusePackageFiles } from './add-files.ts';
import { requireAccount } from './authentication.ts';
import { accountOf } from './callers.ts';
import { type MissingEffect, recordMissingEffect, ruleOn, taskIn } from './effects.ts';
import { day } from './file-json.ts';
import type { FileRecord } from './file-records.ts';
import { type ApiRoute, type Call, hasMethod, type Installation } from './installation.ts';
import { editRefusal } from './lock-routes.ts';
import {
  fileViewsById,
  findDataset,
  isAllowed,
  isPublished,
  isRestricted,
  launchedDownload,
  mayDownload,
  storeOf,
} from './lookups.ts';
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

const NO_ENDPOINTS = 'Cannot read the array length because "endpointsWithPaths" is null';
const UPLOAD_STARTED = 'Globus Upload API started ';

/** The checks are passed, and the work is not done here: what it would have been is noted. */
function leftToService(dataverse: Installation, ...effects: readonly MissingEffect[]): SimulatorReply {
  for (const effect of effects) recordMissingEffect(dataverse.wouldHave, effect);
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
  const effect = { call: 'requestGlobusUploadPaths', datasetId: dataset.id } as const;
  return leftToService(dataverse, { ...effect, ...ruleOn(store, dataset, principal, 'rw') });
}

function referencePaths({ dataverse }: Call, store: WorldStore, references: unknown): SimulatorReply {
  if (!Array.isArray(references) || references.length === 0) return failure(400, 'No referencedFiles specified');
  // Nobody asks whether it is a Globus store, and whatever is thrown here becomes a 400 with the exception's text.
  if (!store.referenceEndpointsWithBasePaths) return failure(400, NO_ENDPOINTS);
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
  const account = accountOf(caller);
  if (!account) return failure(403, 'The API key is invalid.');
  const dataset = findDataset(call);
  if (!hasMethod(dataverse, ':UploadMethods', 'globus')) return failure(503, NO_UPLOAD);
  if (!acceptsGlobus(storeOf(dataverse, dataset))) {
    return failure(400, 'File transfer to Dataverse via Globus is not available for this dataset.');
  }
  const locked = editRefusal(dataverse, account, dataset.id, 'edit');
  if (locked) return failure(403, `Dataset ${request.params['id']} is locked: ${locked}`);
  const parsed = await readJsonPart(request).catch(() => undefined);
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    return failure(400, 'Error parsing json body');
  }
  refusePackageFiles(call, dataset);
  const effect = { call: 'addGlobusFiles', datasetId: dataset.id } as const;
  return leftToService(
    dataverse,
    { ...effect, kind: 'lock', lockType: 'GlobusUpload', user: account.name, message: UPLOAD_STARTED },
    { ...effect, kind: 'job', taskIdentifier: taskIn(parsed) },
  );
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
  const rule = ruleOn(store, dataset, body['principal'], 'r');
  return leftToService(dataverse, { call: 'requestGlobusDownload', datasetId: dataset.id, ...rule, files: paths });
}

/** With a download id the list of the launch counts and the body's is ignored; an unknown one is a null pointer. */
function requestedFileIds({ dataverse, request }: Call, fileIds: unknown): string[] {
  const downloadId = request.query.get('downloadId');
  if (downloadId !== null) {
    const launched = launchedDownload(dataverse, downloadId);
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
  const { datasetId, embargo } = views[0];
  if (!isPublished(views)) return isAllowed(dataverse, caller, datasetId, 'ViewUnpublishedDataset');
  const isEmbargoed = embargo !== null && embargo.dateAvailable > day(dataverse.clock.nowMilliseconds());
  return isEmbargoed || isRestricted(dataverse, views) ? mayDownload(dataverse, caller, views) : true;
}

/** In the form of 6.5 a job starts whatever the body is (dataverse-api.md 2.7). */
function monitorDownload(call: Call): SimulatorReply {
  const { dataverse, request } = call;
  if (!hasMethod(dataverse, ':DownloadMethods', 'globus')) return failure(503, NO_DOWNLOAD);
  const dataset = findDataset(call);
  const report = parsedOrUndefined(request);
  if (report === undefined && dataverse.switches.monitorDownloadForm === '6.6') {
    return failure(400, 'Error parsing json body');
  }
  const taskIdentifier = taskIn(report);
  return leftToService(dataverse, {
    call: 'monitorGlobusDownload',
    datasetId: dataset.id,
    kind: 'job',
    taskIdentifier,
  });
}

function parsedOrUndefined(request: SimulatorRequest): Record<string, unknown> | undefined {
  try {
    return readJsonObject(request);
  } catch {
    return undefined;
  }
}
