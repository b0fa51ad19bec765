import * as z from 'zod/mini';
import type { FileReport } from './dataverse-client.ts';
import { callJson } from './http-json.ts';
import { findSignedUrl, signedUrlsSchema } from './signed-urls.ts';

/** What globusUploadParameters answers for a dataset of references (dataverse-api.md 2.1). */
export interface ReferenceInvitation {
  readonly datasetId: string;
  readonly datasetPid: string;
  /** `<collection>/<path>` each: references below these are allowed. */
  readonly allowed: readonly string[];
  readonly requestUrl: string;
  readonly addFilesUrl: string;
  readonly fileListUrl: string;
}

/** The identifier that stands for a referenced file, and the size that the service found. */
export interface MintedReference {
  readonly storageIdentifier: string;
  /** Undefined when nobody could look. */
  readonly verifiedBytes: number | undefined;
}

const parametersSchema = z.object({
  data: z.object({
    queryParameters: z.object({
      datasetId: z.number(),
      datasetPid: z.string(),
      managed: z.literal('false'),
      referenceEndpointsWithPaths: z.array(z.string()),
    }),
    signedUrls: signedUrlsSchema,
  }),
});

/** Asks how to refer to remote files in a dataset. */
export async function askReferenceParameters(
  siteUrl: string,
  order: { readonly apiKey: string; readonly persistentId: string },
  signal: AbortSignal,
): Promise<ReferenceInvitation> {
  const query = new URLSearchParams({ persistentId: order.persistentId, locale: 'en' });
  const { data } = await callJson(parametersSchema, {
    purpose: 'ask where references are allowed',
    url: `${siteUrl}/api/datasets/:persistentId/globusUploadParameters?${query}`,
    headers: { 'x-dataverse-key': order.apiKey },
    signal,
  });
  const urlOf = (name: string) => findSignedUrl(data.signedUrls, name).signedUrl;
  return {
    datasetId: String(data.queryParameters.datasetId),
    datasetPid: data.queryParameters.datasetPid,
    allowed: data.queryParameters.referenceEndpointsWithPaths,
    requestUrl: urlOf('requestGlobusReferencePaths'),
    addFilesUrl: urlOf('addFiles'),
    fileListUrl: urlOf('getFileListing'),
  };
}

const mintedSchema = z.object({
  data: z.record(z.string(), z.string()),
  verification: z.record(z.string(), z.object({ verified: z.boolean(), sizeBytes: z.optional(z.number()) })),
});

/** Asks for the identifier of one remote file, `<collection>/<path>`. */
export async function requestReference(
  { requestUrl }: ReferenceInvitation,
  reference: string,
  signal: AbortSignal,
): Promise<MintedReference> {
  const { data, verification } = await callJson(mintedSchema, {
    purpose: 'get an identifier for the remote file',
    url: requestUrl,
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ referencedFiles: [reference] }),
    signal,
  });
  return { storageIdentifier: data[reference] ?? '', verifiedBytes: verification[reference]?.sizeBytes };
}

const addedSchema = z.object({
  data: z.object({ Result: z.object({ 'Number of files successfully added': z.number() }) }),
});

/** Adds a file by Dataverse's own `addFiles`. @returns how many files were added */
export async function addReference(
  { addFilesUrl }: ReferenceInvitation,
  file: FileReport,
  signal: AbortSignal,
): Promise<number> {
  const body = new FormData();
  body.set('jsonData', JSON.stringify([file]));
  const order = { purpose: 'add the remote file to the dataset', url: addFilesUrl, body, signal };
  const { data } = await callJson(addedSchema, { ...order, method: 'POST' });
  return data.Result['Number of files successfully added'];
}
