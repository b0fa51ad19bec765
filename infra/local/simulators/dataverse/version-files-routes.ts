import type { VersionRecord } from './dataset-records.ts';
import { day, fileJson } from './file-json.ts';
import { ACCESS_STATUSES, type FileListingWish, isAccessStatus, isFileOrder } from './file-listing.ts';
import type { FileRecord } from './file-records.ts';
import type { ApiRoute, Call } from './installation.ts';
import { findDataset } from './lookups.ts';
import { findVersion } from './named-version.ts';
import { pageIn } from './query-page.ts';
import { ApiFailure, ok, pathNotFound } from './replies.ts';

/** What a version's files are, how many, and how large (dataverse-api.md 4.3). */
export const versionFilesRoutes: readonly ApiRoute[] = [
  ['GET', '/datasets/{id}/versions/{version}/files', files],
  ['GET', '/datasets/{id}/versions/{version}/files/counts', counts],
  ['GET', '/datasets/{id}/versions/{version}/downloadsize', downloadSize],
];

function files(call: Call) {
  const shown = findVersion(call, findDataset(call));
  const order = call.request.query.get('orderCriteria') ?? 'NameAZ';
  if (!isFileOrder(order)) throw new ApiFailure(400, `Invalid order criteria: ${order}`);
  const wish = wishIn(call);
  const wanted = pageIn(call.request.query);
  if (!wanted) return pathNotFound(call.request);
  const { page, totalCount } = call.dataverse.files.listing(shown.id, { ...wish, order, ...wanted });
  return ok(page.map(fileJson), totalCount);
}

/** Numbers of the files that fit, in all and by what they are; a group without files is left out. */
function counts(call: Call) {
  const shown = findVersion(call, findDataset(call));
  const wish = wishIn(call);
  const all = fitting(call, shown, wish);
  const byAccess = ACCESS_STATUSES.filter((status) => (wish.accessStatus ?? status) === status).map(
    (accessStatus): [string, number] => [accessStatus, fitting(call, shown, { ...wish, accessStatus }).length],
  );
  return ok({
    total: all.length,
    perContentType: numbersOf(all.map(({ contentType }) => contentType)),
    perCategoryName: numbersOf(all.flatMap(({ categories }) => categories)),
    perTabularTagName: {},
    perAccessStatus: Object.fromEntries(byAccess.filter(([, count]) => count > 0)),
  });
}

/** Nothing is ingested here, so that original and archival sizes are the same; sizes that are not known count nothing. */
function downloadSize(call: Call) {
  const shown = findVersion(call, findDataset(call));
  const mode = call.request.query.get('mode') ?? 'All';
  if (!['All', 'Original', 'Archival'].includes(mode)) throw new ApiFailure(400, `Invalid mode: ${mode}`);
  const sizes = fitting(call, shown, wishIn(call)).map(({ sizeBytes }) => Math.max(sizeBytes, 0));
  const storageSize = sizes.reduce((sum, size) => sum + size, 0);
  const message = `Total size of the files available for download in this version of the dataset: ${storageSize} bytes`;
  return ok({ message, storageSize });
}

function fitting({ dataverse }: Call, version: VersionRecord, wish: FileListingWish): FileRecord[] {
  return dataverse.files.listing(version.id, wish).page;
}

function numbersOf(names: readonly string[]): Record<string, number> {
  const numbers: Record<string, number> = {};
  for (const name of names) numbers[name] = (numbers[name] ?? 0) + 1;
  return numbers;
}

/** All files that fit the conditions of the query, by their names. @throws ApiFailure 400 */
function wishIn({ dataverse, request: { query } }: Call): FileListingWish {
  const accessStatus = query.get('accessStatus') ?? undefined;
  if (accessStatus !== undefined && !isAccessStatus(accessStatus)) {
    throw new ApiFailure(400, `Invalid access status: ${accessStatus}`);
  }
  return {
    order: 'NameAZ',
    offset: 0,
    limit: undefined,
    accessStatus,
    today: day(dataverse.clock.nowMilliseconds()),
    contentType: query.get('contentType') ?? undefined,
    categoryName: query.get('categoryName') ?? undefined,
    searchText: query.get('searchText') ?? undefined,
  };
}
