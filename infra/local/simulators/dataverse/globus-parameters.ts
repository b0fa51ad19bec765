import { requireAccount, signingKeyOf } from './authentication.ts';
import { accountOf } from './callers.ts';
import { type DatasetRecord, persistentIdOf, versionNumber } from './dataset-records.ts';
import type { ApiRoute, Call } from './installation.ts';
import { fileSizeLimitBytes, remainingQuotaBytes } from './installation-routes.ts';
import { findDataset, latestVersion, launchedDownload, storeOf } from './lookups.ts';
import { ApiFailure, failure, ok } from './replies.ts';
import { signUrl } from './signed-urls.ts';
import { acceptsGlobus, downloadPath, transferEndpointOf } from './storage-identifiers.ts';
import type { WorldStore } from './world.ts';

/** What the transfer app asks for first (dataverse-api.md 2.1 and 2.5). No permission is checked in either. */
export const globusParametersRoutes: readonly ApiRoute[] = [
  ['GET', '/datasets/{id}/globusUploadParameters', uploadParameters],
  ['GET', '/datasets/{id}/globusDownloadParameters', downloadParameters],
];

/** The calls that read always get URLs for five minutes, whatever is configured for the Globus ones. */
const READING_TIME_OUT_MINUTES = 5;

interface AllowedCall {
  readonly name: string;
  readonly httpMethod: 'GET' | 'POST';
  /** Below the dataset's path. */
  readonly path: string;
}

function uploadParameters(call: Call) {
  requireAccount(call.caller);
  const dataset = findDataset(call);
  const { dataverse } = call;
  const store = storeOf(dataverse, dataset);
  if (!acceptsGlobus(store)) {
    return failure(400, 'File transfer to Dataverse via Globus is not available for this dataset.');
  }
  refuseMisconfigured(store);
  const fileSizeLimit = fileSizeLimitBytes(dataverse, store);
  const remainingQuota = remainingQuotaBytes(dataverse);
  const queryParameters = {
    ...commonParameters(call, dataset),
    managed: String(store.managed),
    ...(store.managed
      ? {
          ...(fileSizeLimit === undefined ? {} : { fileSizeLimit }),
          ...(remainingQuota === undefined ? {} : { remainingQuota }),
          endpoint: transferEndpointOf(store),
        }
      : { referenceEndpointsWithPaths: store.referenceEndpointsWithBasePaths }),
  };
  const requestPaths = { httpMethod: 'POST', path: 'requestGlobusUploadPaths' } as const;
  const calls: AllowedCall[] = store.managed
    ? [
        { name: 'requestGlobusTransferPaths', ...requestPaths },
        { name: 'addGlobusFiles', httpMethod: 'POST', path: 'addGlobusFiles' },
      ]
    : [
        { name: 'requestGlobusReferencePaths', ...requestPaths },
        { name: 'addFiles', httpMethod: 'POST', path: 'addFiles' },
      ];
  return ok({ queryParameters, signedUrls: signedUrls(call, dataset, calls) });
}

function downloadParameters(call: Call) {
  const dataset = findDataset(call);
  const { dataverse, request } = call;
  const store = storeOf(dataverse, dataset);
  if (!acceptsGlobus(store)) {
    return failure(400, 'File transfer from Dataverse via Globus is not available for this dataset.');
  }
  const downloadId = request.query.get('downloadId');
  // The cache of the real one rejects a null key, contrary to its guide (dataverse-api.md 2.5).
  if (downloadId === null) throw new TypeError('downloadId is missing');
  const launched = launchedDownload(dataverse, downloadId);
  if (!launched) throw new ApiFailure(404, 'List of files to transfer not found.');
  const files = Object.fromEntries(
    launched.fileIds.flatMap((fileId) => {
      const [file] = dataverse.files.views(fileId);
      return file ? [[String(fileId), downloadPath(file.storageIdentifier, store, dataset)]] : [];
    }),
  );
  const queryParameters = {
    ...commonParameters(call, dataset),
    managed: String(store.managed),
    ...(store.managed ? { endpoint: transferEndpointOf(store) } : {}),
    files,
  };
  const calls: AllowedCall[] = [
    { name: 'monitorGlobusDownload', httpMethod: 'POST', path: 'monitorGlobusDownload' },
    { name: 'requestGlobusDownload', httpMethod: 'POST', path: `requestGlobusDownload?downloadId=${downloadId}` },
  ];
  return ok({ queryParameters, signedUrls: signedUrls(call, dataset, calls) });
}

/** A managed store without a transfer endpoint, or the reverse, breaks the call (dataverse-api.md 2.1). */
function refuseMisconfigured(store: WorldStore): void {
  const needed = store.managed ? store.transferEndpointWithBasePath : store.referenceEndpointsWithBasePaths;
  if (needed === undefined) throw new TypeError(`store ${store.id} lacks what its managed flag calls for`);
}

function commonParameters(call: Call, dataset: DatasetRecord): Record<string, string | number> {
  const parameters = {
    datasetId: String(dataset.id),
    siteUrl: call.dataverse.siteUrl,
    datasetVersion: shownVersion(call, dataset),
    dvLocale: call.request.query.get('locale') ?? '',
    datasetPid: persistentIdOf(dataset),
  };
  const kept = Object.entries(parameters).filter(([, text]) => text.trim() !== '');
  return Object.fromEntries(kept.map(([name, text]) => [name, numberIfItFits(text)]));
}

/** Text that is a 32-bit integer becomes a JSON number (dataverse-api.md 2.1). */
function numberIfItFits(text: string): string | number {
  const value = /^[+-]?\d+$/.test(text) ? Number(text) : Number.NaN;
  return value >= -(2 ** 31) && value <= 2 ** 31 - 1 ? value : text;
}

/** With an API token the latest version, without one the latest published one, or the draft if there is none. */
function shownVersion({ dataverse, caller }: Call, dataset: DatasetRecord): string {
  const released = accountOf(caller)?.apiToken ? undefined : latestVersion(dataverse, dataset.id, 'released');
  const version = released ?? latestVersion(dataverse, dataset.id, 'any');
  return version ? versionNumber(version) : ':draft';
}

/** The allowed calls as URLs signed for the caller; plain ones, under the same member, for who has no API token of an account. */
function signedUrls(call: Call, dataset: DatasetRecord, globusCalls: readonly AllowedCall[]) {
  const { dataverse, caller } = call;
  const version = shownVersion(call, dataset);
  const account = accountOf(caller);
  const key = account && signingKeyOf(dataverse, account);
  const toUrl = ({ name, httpMethod, path }: AllowedCall, timeOutMinutes: number) => {
    const baseUrl = `${dataverse.siteUrl}/api/v1/datasets/${dataset.id}/${path}`;
    const order = { baseUrl, timeOutMinutes, user: account?.name ?? '', httpMethod };
    const signedUrl = key === undefined ? baseUrl : signUrl(order, key, dataverse.clock.nowMilliseconds());
    return { name, httpMethod, signedUrl, timeOut: timeOutMinutes };
  };
  const readingCalls: AllowedCall[] = [
    { name: 'getDatasetMetadata', httpMethod: 'GET', path: `versions/${version}` },
    { name: 'getFileListing', httpMethod: 'GET', path: `versions/${version}/files` },
  ];
  return [
    ...globusCalls.map((each) => toUrl(each, dataverse.configuration.globusCacheMaxAgeMinutes)),
    ...readingCalls.map((each) => toUrl(each, READING_TIME_OUT_MINUTES)),
  ];
}
