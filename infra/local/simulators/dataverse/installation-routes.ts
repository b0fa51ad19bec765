import { hasUsableToken, requireAccount, signingKeyOf } from './authentication.ts';
import { accountOf } from './callers.ts';
import type { DatasetRecord } from './dataset-records.ts';
import type { ApiRoute, Call, Installation } from './installation.ts';
import { findDataset, isAllowed, latestVersion, storeOf } from './lookups.ts';
import { ApiFailure, failure, ok, okMessage, pathNotFound } from './replies.ts';
import { signUrl } from './signed-urls.ts';
import type { WorldStore } from './world.ts';

/** Information, stores, limits and the admin API (dataverse-api.md 1.1, 1.6, 3.5, 4.5 and 4.7). */
export const installationRoutes: readonly ApiRoute[] = [
  ['GET', '/info/version', version, { credentials: 'none' }],
  ['GET', '/info/server', ({ dataverse }) => okMessage(new URL(dataverse.siteUrl).hostname), { credentials: 'none' }],
  ['GET', '/datasets/{id}/storageDriver', storageDriver],
  ['GET', '/datasets/{id}/uploadlimits', uploadLimits],
  ['GET', '/admin/settings/{name}', setting, { credentials: 'none' }],
  ['POST', '/admin/requestSignedUrl', requestSignedUrl, { consumes: 'application/json' }],
];

/**
 * The largest file the store takes, in bytes; undefined means unlimited. The setting is a number or JSON by store id
 * (dataverse-api.md 4.7).
 */
export function fileSizeLimitBytes(dataverse: Installation, store: WorldStore): number | undefined {
  if (store.maxFileUploadSizeBytes !== undefined) return store.maxFileUploadSizeBytes;
  const value = dataverse.datasets.setting(':MaxFileUploadSizeInBytes');
  if (value === undefined) return undefined;
  if (/^\d+$/.test(value)) return Number(value);
  const byStore = JSON.parse(value) as Record<string, string>;
  const limit = byStore[store.id] ?? byStore['default'];
  return limit === undefined ? undefined : Number(limit);
}

/** What the quota leaves beside the recorded sizes of all files, in bytes and never below 0; undefined when none is defined. */
export function remainingQuotaBytes(dataverse: Installation): number | undefined {
  const allocatedBytes = dataverse.quota.allocatedBytes();
  return allocatedBytes === undefined ? undefined : Math.max(0, allocatedBytes - dataverse.files.totalSizeBytes());
}

/** Whether `:UseStorageQuotas` is on. */
export function quotaIsEnforced(dataverse: Installation): boolean {
  return dataverse.datasets.setting(':UseStorageQuotas') === 'true';
}

/** @throws ApiFailure 503 when the admin API asks for an unblock key and this call has another or none */
export function requireUnblockKey({ dataverse, request }: Pick<Call, 'dataverse' | 'request'>): void {
  const { unblockKey } = dataverse.configuration;
  if (unblockKey === null || request.query.get('unblock-key') === unblockKey) return;
  // The filter in front of the admin API spells its status word small (dataverse-api.md 1.6).
  throw new ApiFailure(
    503,
    'Endpoint available using API key only. Please contact the dataverse administrator',
    'error',
  );
}

function version({ dataverse }: Call) {
  return ok({ version: dataverse.configuration.version, build: dataverse.configuration.build });
}

function storageDriver(call: Call) {
  const store = storeOf(call.dataverse, datasetOr404(call));
  if (call.dataverse.switches.storageDriverForm === '6.5') return okMessage(store.id);
  return ok({
    name: store.id,
    type: store.type,
    label: store.label,
    directUpload: false,
    directDownload: false,
    uploadOutOfBand: store.uploadOutOfBand ?? false,
  });
}

function uploadLimits(call: Call) {
  const { dataverse, caller, request } = call;
  if (!dataverse.switches.uploadLimitsEnabled) return pathNotFound(request);
  if (!accountOf(caller)) return failure(400, 'This API call requires authentication.');
  const dataset = datasetOr404(call);
  if (!isAllowed(dataverse, caller, dataset.id, 'EditDataset')) {
    return failure(403, 'This API call requires EditDataset permission.');
  }
  const numberOfFilesRemaining = numberOfFilesLeft(dataverse, dataset);
  const storageQuotaRemaining = quotaIsEnforced(dataverse) ? remainingQuotaBytes(dataverse) : undefined;
  return ok({
    uploadLimits: {
      ...(numberOfFilesRemaining === undefined ? {} : { numberOfFilesRemaining }),
      ...(storageQuotaRemaining === undefined ? {} : { storageQuotaRemaining }),
    },
  });
}

/** Told only: addFiles of the real one was not seen to look at it. */
function numberOfFilesLeft(dataverse: Installation, dataset: DatasetRecord): number | undefined {
  const limit = dataverse.switches.datasetFileCountLimit;
  if (limit === null) return undefined;
  const latest = latestVersion(dataverse, dataset.id, 'any');
  return Math.max(0, limit - (latest ? dataverse.files.inVersion(latest.id).length : 0));
}

function setting({ dataverse, request }: Call) {
  const name = request.params['name'] ?? '';
  const value = dataverse.datasets.setting(name);
  return value === undefined ? failure(404, `Setting ${name} not found`) : okMessage(value);
}

/**
 * Signs a URL for a user. Quirks kept: `user` must be there (else 500), a user nobody knows becomes the superuser who asks,
 * and the URL is signed as given, so one without `/v1` never passes the check.
 */
function requestSignedUrl({ dataverse, caller, request }: Call) {
  const superuser = requireAccount(caller);
  if (!superuser.superuser) return failure(403, 'Requesting signed URLs is restricted to superusers.');
  const order = JSON.parse(request.body.toString('utf8')) as Record<string, unknown>;
  if (typeof order['user'] !== 'string') throw new TypeError('user is missing');
  const named = dataverse.users.byName(order['user']);
  const signer = named ?? superuser;
  const key = named && !hasUsableToken(dataverse, named) ? undefined : signingKeyOf(dataverse, signer);
  if (key === undefined) return failure(409, 'Do not have a valid user with apiToken');
  if (typeof order['url'] !== 'string') throw new TypeError('url is missing');
  const signing = {
    baseUrl: order['url'],
    timeOutMinutes: typeof order['timeOut'] === 'number' ? Math.trunc(order['timeOut']) : 10,
    user: signer.name,
    httpMethod: typeof order['httpMethod'] === 'string' ? order['httpMethod'] : 'GET',
  };
  return ok({ signedUrl: signUrl(signing, key, dataverse.clock.nowMilliseconds()) });
}

function datasetOr404(call: Call): DatasetRecord {
  try {
    return findDataset(call);
  } catch {
    throw new ApiFailure(404, 'No such dataset');
  }
}
