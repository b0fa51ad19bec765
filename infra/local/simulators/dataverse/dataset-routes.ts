import { day } from './file-json.ts';
import type { ApiRoute, Call } from './installation.ts';
import { findDataset, isAllowed, latestVersion, notPermittedMessage } from './lookups.ts';
import { findVersion } from './named-version.ts';
import { pageIn } from './query-page.ts';
import { ApiFailure, ok, pathNotFound } from './replies.ts';
import { describeVersion } from './version-view.ts';

/** Datasets and their versions (dataverse-api.md 4.2 and 4.3). */
export const datasetRoutes: readonly ApiRoute[] = [
  ['GET', '/datasets/{id}', dataset],
  ['GET', '/datasets/{id}/versions', versions],
  ['GET', '/datasets/{id}/versions/{version}', version],
];

function dataset(call: Call) {
  const found = findDataset(call);
  const { dataverse, caller } = call;
  const released = latestVersion(dataverse, found.id, 'released');
  const maySeeDraft = isAllowed(dataverse, caller, found.id, 'ViewUnpublishedDataset');
  if (!released && !maySeeDraft) throw new ApiFailure(401, notPermittedMessage(caller));
  const first = dataverse.datasets.versions(found.id).findLast((each) => each.state === 'RELEASED');
  const shown = maySeeDraft ? latestVersion(dataverse, found.id, 'any') : released;
  return ok({
    id: found.id,
    identifier: found.identifier,
    persistentUrl: `https://doi.org/${found.authority}/${found.identifier}`,
    protocol: found.protocol,
    authority: found.authority,
    separator: '/',
    publisher: 'Root',
    ...(first ? { publicationDate: day(first.updatedAtMilliseconds) } : {}),
    storageIdentifier: `file://${found.authority}/${found.identifier}`,
    datasetType: 'dataset',
    ...(shown ? { latestVersion: describeVersion(dataverse, found, shown, 'with-files') } : {}),
  });
}

/** All versions the caller may see, newest first: a draft counts only for those who may see it. */
function versions(call: Call) {
  const found = findDataset(call);
  const { dataverse, caller, request } = call;
  const page = pageIn(request.query);
  if (!page) return pathNotFound(request);
  const maySeeDraft = isAllowed(dataverse, caller, found.id, 'ViewUnpublishedDataset');
  const visible = dataverse.datasets.versions(found.id).filter((each) => maySeeDraft || each.state === 'RELEASED');
  const end = page.limit === undefined ? undefined : page.offset + page.limit;
  return ok(visible.slice(page.offset, end).map((each) => describeVersion(dataverse, found, each, filesIn(call))));
}

function version(call: Call) {
  const found = findDataset(call);
  return ok(describeVersion(call.dataverse, found, findVersion(call, found), filesIn(call)));
}

function filesIn({ request }: Call): 'with-files' | 'without-files' {
  return request.query.get('excludeFiles') === 'true' ? 'without-files' : 'with-files';
}
