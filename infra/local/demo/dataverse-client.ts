import * as z from 'zod/mini';
import { DemoFailure } from './demo-failure.ts';
import { callJson } from './http-json.ts';
import { findSignedUrl, signedUrlsSchema } from './signed-urls.ts';

/** What globusUploadParameters answers, as far as an upload needs it (dataverse-api.md 2.1). */
export interface UploadInvitation {
  readonly datasetId: string;
  readonly datasetPid: string;
  /** The collection to transfer to. */
  readonly collectionId: string;
  readonly requestPathsUrl: string;
  readonly reportUrl: string;
  readonly fileListUrl: string;
  /** How long the signed URLs of the Globus calls hold. */
  readonly minutes: number;
}

/** A path to transfer to, and the name Dataverse will know the file by. */
export interface UploadTarget {
  readonly storageIdentifier: string;
  readonly path: string;
}

/** One entry of the report, as clients write it (dataverse-api.md 2.3). */
export interface FileReport {
  readonly storageIdentifier: string;
  readonly fileName: string;
  readonly description: string;
  readonly directoryLabel?: string;
  readonly categories: readonly string[];
  /** The transfer app sends a string. */
  readonly restrict: 'true' | 'false';
  readonly mimeType?: string;
  readonly checksum?: { readonly '@type': string; readonly '@value': string };
}

const parametersSchema = z.object({
  data: z.object({
    queryParameters: z.object({
      datasetId: z.number(),
      datasetPid: z.string(),
      managed: z.literal('true'),
      endpoint: z.string(),
    }),
    signedUrls: signedUrlsSchema,
  }),
});

/** Asks how to upload to a dataset: the one call that carries the API key. */
export async function askUploadParameters(
  siteUrl: string,
  order: { readonly apiKey: string; readonly persistentId: string },
  signal: AbortSignal,
): Promise<UploadInvitation> {
  const query = new URLSearchParams({ persistentId: order.persistentId, locale: 'en' });
  const { data } = await callJson(parametersSchema, {
    purpose: 'ask for the upload parameters',
    url: `${siteUrl}/api/datasets/:persistentId/globusUploadParameters?${query}`,
    headers: { 'x-dataverse-key': order.apiKey },
    signal,
  });
  const signed = (name: string) => findSignedUrl(data.signedUrls, name);
  const report = signed('addGlobusFiles');
  return {
    datasetId: String(data.queryParameters.datasetId),
    datasetPid: data.queryParameters.datasetPid,
    collectionId: data.queryParameters.endpoint,
    requestPathsUrl: signed('requestGlobusTransferPaths').signedUrl,
    reportUrl: report.signedUrl,
    fileListUrl: signed('getFileListing').signedUrl,
    minutes: report.timeOut,
  };
}

const pathsSchema = z.object({ data: z.record(z.string(), z.string()) });

/** Asks for one path per file and for write access to them; the n-th path is meant for the n-th file (clients.md 1). */
export async function requestPaths(
  invitation: UploadInvitation,
  order: { readonly principal: string; readonly numberOfFiles: number },
  signal: AbortSignal,
): Promise<UploadTarget[]> {
  const { data } = await callJson(pathsSchema, {
    purpose: 'get paths to upload to',
    url: invitation.requestPathsUrl,
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(order),
    signal,
  });
  const targets = Object.entries(data).map(([storageIdentifier, path]) => ({ storageIdentifier, path }));
  if (targets.length === order.numberOfFiles) return targets;
  throw new DemoFailure(`Asked for ${order.numberOfFiles} paths, but got ${targets.length}.`);
}

/** Tells which task moves which files: multipart, one part `jsonData`. */
export async function reportUpload(
  invitation: UploadInvitation,
  taskId: string,
  files: readonly FileReport[],
  signal: AbortSignal,
): Promise<void> {
  const body = new FormData();
  body.set('jsonData', JSON.stringify({ taskIdentifier: taskId, files }));
  const purpose = 'report the transfer';
  await callJson(z.object({ status: z.literal('OK') }), {
    purpose,
    url: invitation.reportUrl,
    method: 'POST',
    body,
    signal,
  });
}

const listingSchema = z.object({
  data: z.array(
    z.object({
      label: z.string(),
      description: z.optional(z.string()),
      directoryLabel: z.optional(z.string()),
      restricted: z.boolean(),
      categories: z.optional(z.array(z.string())),
      dataFile: z.object({
        id: z.number(),
        contentType: z.string(),
        filesize: z.number(),
        storageIdentifier: z.string(),
        checksum: z.object({ type: z.string(), value: z.string() }),
      }),
    }),
  ),
});
export type ListedFile = z.output<typeof listingSchema>['data'][number];

/** The files of the version that a signed URL is for (dataverse-api.md 4.3). */
export async function listFiles(
  { fileListUrl }: Pick<UploadInvitation, 'fileListUrl'>,
  signal: AbortSignal,
): Promise<ListedFile[]> {
  const { data } = await callJson(listingSchema, {
    purpose: 'list the files of the dataset',
    url: fileListUrl,
    signal,
  });
  return data;
}

const locksSchema = z.object({ data: z.array(z.object({ lockType: z.string(), user: z.string() })) });
export type DatasetLock = z.output<typeof locksSchema>['data'][number];

/** The locks of a dataset; anybody may ask (dataverse-api.md 4.4). */
export async function listLocks(siteUrl: string, datasetId: string, signal: AbortSignal): Promise<DatasetLock[]> {
  const url = `${siteUrl}/api/datasets/${datasetId}/locks`;
  const { data } = await callJson(locksSchema, { purpose: 'read the locks of the dataset', url, signal });
  return data;
}
