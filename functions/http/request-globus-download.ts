import { managedLocation } from '../domain/download-location.ts';
import { type FileReference, noFiles, parseDownloadRequest } from '../domain/download-request.ts';
import { InvalidRequestError } from '../domain/errors.ts';
import type { DatasetId } from '../domain/ids.ts';
import { findStore } from '../use-cases/find-store.ts';
import { grantDownload } from '../use-cases/grant-download.ts';
import { identifyRequester, type Requester } from '../use-cases/identify-requester.ts';
import { judgeDownload } from '../use-cases/judge-download.ts';
import { findDownloadList } from '../use-cases/keep-download-list.ts';
import type { Application } from '../wiring.ts';
import { credentialOf, provenCallerOf } from './caller.ts';
import { datasetReferenceOf } from './dataset-reference.ts';
import { forwardToDataverse } from './forward.ts';
import { httpHandler, type Operation } from './http-handler.ts';
import type { HttpRequest } from './http-request.ts';
import { idempotencyKeyOf } from './idempotency-key.ts';
import { queryBeforeToken } from './query-before-token.ts';
import { assertCarried, ok } from './reply.ts';

/**
 * `POST …/requestGlobusDownload` (dataverse-api.md 2.6): gives a Globus identity read access and tells where the files are. A download from a
 * store that is not ours, references among them, is Dataverse's own affair: no rule, no grant, no lease.
 */
const requestGlobusDownload: Operation = async (app, request) => {
  const { ports, settings } = app;
  const reference = datasetReferenceOf(request);
  const credential = await credentialOf(app, request);
  const store = await findStore(ports, settings.stores, reference);
  if (store === 'foreign') return forwardToDataverse(app, request);
  const actingAs = (await provenCallerOf(app, request, credential)) ?? { kind: 'guest' };
  const requester = await identifyRequester(ports, reference, actingAs);
  if (store === 'unknown') {
    throw new InvalidRequestError('File transfer from Dataverse via Globus is not available for this dataset.');
  }
  const { dataset } = requester;
  const { datasetId } = dataset;
  const { principal, files: asked } = await readOrder(app, request, datasetId, requester);
  const { mixedAccessPolicy } = settings;
  const files = await judgeDownload(ports, { datasetId, store, actingAs, mixedAccessPolicy }, asked);
  const locations = files.map((file): [string, string] => [
    file.fileId,
    managedLocation(store, dataset, file.storageIdentifier),
  ]);
  const reply = ok(Object.fromEntries(locations));
  // Before anything is granted: a reply that cannot be carried would leave a grant whose files nobody was told.
  assertCarried(reply);
  await grantDownload(ports, settings, {
    dataset,
    store,
    userName: requester.userName,
    principal,
    files,
    idempotencyKey: idempotencyKeyOf(request),
  });
  return reply;
};

/** What is asked for: the body's files, those of the launch, or the body's choice among those of the launch. */
async function readOrder(app: Application, request: HttpRequest, datasetId: DatasetId, requester: Requester) {
  const downloadId = queryBeforeToken(request).get('downloadId');
  const { principal, files } = parseDownloadRequest(request.body.toString('utf8'), downloadId !== null);
  const launched = downloadId === null ? undefined : await ofLaunch(app, downloadId, datasetId, requester);
  const asked = files ?? launched?.map((fileId): FileReference => ({ fileId })) ?? [];
  if (asked.length === 0) throw noFiles();
  const { maxFilesPerGrant } = app.settings;
  if (asked.length > maxFilesPerGrant) {
    throw new InvalidRequestError(
      `fileIds: ${asked.length} files are more than the ${maxFilesPerGrant} that one request may ask for. Ask several times for at most ${maxFilesPerGrant} each, and report each transfer on its own.`,
    );
  }
  const known = launched && new Set(launched);
  const foreign = known && asked.find((each) => 'fileId' in each && !known.has(each.fileId));
  if (foreign && 'fileId' in foreign) {
    throw new InvalidRequestError(`File ${foreign.fileId} is not among the files that were chosen for this download.`);
  }
  return { principal, files: asked };
}

async function ofLaunch(
  app: Application,
  downloadId: string,
  datasetId: DatasetId,
  { userName }: Requester,
): Promise<readonly string[]> {
  const list = await findDownloadList(app.ports, downloadId, { datasetId, userName });
  if (!list) throw noFiles();
  return list.fileIds;
}

export const handler = httpHandler('request-globus-download', requestGlobusDownload);
