import type { DatasetRecord, VersionRecord } from './dataset-records.ts';
import { day, fileJson, versionJson } from './file-json.ts';
import { isAccessStatus, isFileOrder } from './file-listing.ts';
import type { ApiRoute, Call } from './installation.ts';
import { findDataset, isAllowed, latestVersion, notPermittedMessage } from './lookups.ts';
import { ApiFailure, ok, pathNotFound } from './replies.ts';

/** Datasets, versions and their file listings (dataverse-api.md 4.2 and 4.3). */
export const datasetRoutes: readonly ApiRoute[] = [
  ['GET', '/datasets/{id}', dataset],
  ['GET', '/datasets/{id}/versions/{version}', version],
  ['GET', '/datasets/{id}/versions/{version}/files', files],
];

function dataset(call: Call) {
  const found = findDataset(call);
  const { dataverse, caller } = call;
  const released = latestVersion(dataverse, found.id, 'released');
  const maySeeDraft = isAllowed(dataverse, caller, found.id, 'ViewUnpublishedDataset');
  if (!released && !maySeeDraft) throw new ApiFailure(401, notPermittedMessage(caller));
  const shown = maySeeDraft ? latestVersion(dataverse, found.id, 'any') : released;
  return ok({
    id: found.id,
    identifier: found.identifier,
    persistentUrl: `https://doi.org/${found.authority}/${found.identifier}`,
    protocol: found.protocol,
    authority: found.authority,
    separator: '/',
    publisher: 'Root',
    ...(released ? { publicationDate: day(released.updatedAtMilliseconds) } : {}),
    storageIdentifier: `file://${found.authority}/${found.identifier}`,
    datasetType: 'dataset',
    ...(shown ? { latestVersion: wholeVersion(call, found, shown) } : {}),
  });
}

function version(call: Call) {
  const found = findDataset(call);
  const shown = findVersion(call, found);
  const excludesFiles = call.request.query.get('excludeFiles') === 'true';
  return ok(excludesFiles ? versionJson(found, shown, undefined) : wholeVersion(call, found, shown));
}

function files(call: Call) {
  const found = findDataset(call);
  const { query } = call.request;
  const shown = findVersion(call, found);
  const order = query.get('orderCriteria') ?? 'NameAZ';
  if (!isFileOrder(order)) throw new ApiFailure(400, `Invalid order criteria: ${order}`);
  const accessStatus = query.get('accessStatus') ?? undefined;
  if (accessStatus !== undefined && !isAccessStatus(accessStatus)) {
    throw new ApiFailure(400, `Invalid access status: ${accessStatus}`);
  }
  const offset = wholeNumber(query, 'offset') ?? 0;
  const limit = wholeNumber(query, 'limit');
  // Like every parameter the framework cannot convert.
  if (Number.isNaN(offset) || Number.isNaN(limit)) return pathNotFound(call.request);
  const { dataverse } = call;
  const { page, totalCount } = dataverse.files.listing(shown.id, {
    order,
    offset,
    limit,
    accessStatus,
    today: day(dataverse.clock.nowMilliseconds()),
    contentType: query.get('contentType') ?? undefined,
    categoryName: query.get('categoryName') ?? undefined,
    searchText: query.get('searchText') ?? undefined,
  });
  const released = latestVersion(dataverse, found.id, 'released');
  return ok(
    page.map((file) => fileJson(file, released)),
    totalCount,
  );
}

/** A number in the query: undefined when absent, NaN when it is none. */
function wholeNumber(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  return /^-?\d+$/.test(text) ? Number(text) : Number.NaN;
}

/** The version a path names, if the caller may see it; the order of the refusals is that of dataverse-api.md 4.3. */
function findVersion({ dataverse, caller, request }: Call, found: DatasetRecord): VersionRecord {
  const wanted = request.params['version'] ?? '';
  const versions = dataverse.datasets.versions(found.id);
  const maySeeDraft = isAllowed(dataverse, caller, found.id, 'ViewUnpublishedDataset');
  const numbered = /^(\d+)(?:\.(\d+))?$/.exec(wanted);
  let shown: VersionRecord | undefined;
  if (wanted === ':draft') {
    if (!maySeeDraft) throw new ApiFailure(401, notPermittedMessage(caller));
    shown = versions.find((each) => each.state === 'DRAFT');
  } else if (wanted === ':latest') {
    shown = versions.find((each) => maySeeDraft || each.state === 'RELEASED');
  } else if (wanted === ':latest-published') {
    shown = versions.find((each) => each.state === 'RELEASED');
  } else if (numbered) {
    const [major, minor] = [Number(numbered[1]), Number(numbered[2] ?? 0)];
    shown = versions.find((each) => each.major === major && each.minor === minor);
  } else {
    throw new ApiFailure(400, `Illegal version identifier '${wanted}'`);
  }
  if (!shown) throw new ApiFailure(404, `Dataset version ${wanted} of dataset ${found.id} not found`);
  return shown;
}

function wholeVersion({ dataverse }: Call, found: DatasetRecord, shown: VersionRecord) {
  const released = latestVersion(dataverse, found.id, 'released');
  const listed = dataverse.files.inVersion(shown.id).map((file) => fileJson(file, released));
  return versionJson(found, shown, listed);
}
