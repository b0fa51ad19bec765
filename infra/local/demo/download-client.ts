import * as z from 'zod/mini';
import { callJson } from './http-json.ts';
import { findSignedUrl, signedUrlsSchema } from './signed-urls.ts';

/** What globusDownloadParameters answers, as far as a download needs it (dataverse-api.md 2.5). */
export interface DownloadInvitation {
  readonly datasetPid: string;
  /** The collection to transfer from. */
  readonly collectionId: string;
  readonly requestUrl: string;
  readonly reportUrl: string;
  readonly fileListUrl: string;
}

const parametersSchema = z.object({
  data: z.object({
    queryParameters: z.object({ datasetPid: z.string(), managed: z.literal('true'), endpoint: z.string() }),
    signedUrls: signedUrlsSchema,
  }),
});

/** Asks how to download from a dataset. */
export async function askDownloadParameters(
  siteUrl: string,
  order: { readonly apiKey: string; readonly persistentId: string },
  signal: AbortSignal,
): Promise<DownloadInvitation> {
  const query = new URLSearchParams({ persistentId: order.persistentId, locale: 'en' });
  const { data } = await callJson(parametersSchema, {
    purpose: 'ask for the download parameters',
    url: `${siteUrl}/api/datasets/:persistentId/globusDownloadParameters?${query}`,
    headers: { 'x-dataverse-key': order.apiKey },
    signal,
  });
  const urlOf = (name: string) => findSignedUrl(data.signedUrls, name).signedUrl;
  return {
    datasetPid: data.queryParameters.datasetPid,
    collectionId: data.queryParameters.endpoint,
    requestUrl: urlOf('requestGlobusDownload'),
    reportUrl: urlOf('monitorGlobusDownload'),
    fileListUrl: urlOf('getFileListing'),
  };
}

const locationsSchema = z.object({ data: z.record(z.string(), z.string()) });

/** Asks for read access to files. @returns `<collection>/<path>` by file id */
export async function requestDownload(
  { requestUrl }: DownloadInvitation,
  order: { readonly principal: string; readonly fileIds: readonly number[] },
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const { data } = await callJson(locationsSchema, {
    purpose: 'get access to the files',
    url: requestUrl,
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(order),
    signal,
  });
  return new Map(Object.entries(data));
}

/** Tells which task moves the files. */
export async function reportDownload(
  { reportUrl }: DownloadInvitation,
  taskIdentifier: string,
  signal: AbortSignal,
): Promise<void> {
  await callJson(z.object({ status: z.literal('OK') }), {
    purpose: 'report the download',
    url: reportUrl,
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ taskIdentifier }),
    signal,
  });
}
