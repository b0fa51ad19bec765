import * as z from 'zod/mini';
import { type DatasetId, parseDatasetId } from '../domain/ids.ts';
import { jsonOrNothing, ourUrl, type UrlOrder, userSignedForIn } from './parameters-answer.ts';

/** Dataverse's names of the calls that we answer in its place, with the last segment of their paths. */
const OUR_CALLS: Readonly<Record<string, string>> = {
  requestGlobusTransferPaths: 'requestGlobusUploadPaths',
  addGlobusFiles: 'addGlobusFiles',
};

/** The parts of Dataverse's answer that we read (dataverse-api.md 2.1); all others pass through as they came. */
const answerSchema = z.object({
  status: z.literal('OK'),
  data: z.object({
    queryParameters: z.object({ datasetId: z.union([z.number(), z.string()]), managed: z.literal('true') }),
    signedUrls: z.array(z.object({ name: z.string(), httpMethod: z.string(), signedUrl: z.string() })),
  }),
});
type Answer = z.infer<typeof answerSchema>;

/** An answer of Dataverse's globusUploadParameters for a managed store. */
export interface UploadParameters {
  readonly datasetId: DatasetId;
  /** The user Dataverse signed its URLs for; undefined when it signed none. */
  readonly signedFor: string | undefined;
  /** The answer with the URLs of the Globus calls replaced by ours, and what more is told among its parameters. */
  rewrite(order: UrlOrder, told?: { readonly remainingFiles?: number }): unknown;
}

/** Reads Dataverse's answer; undefined when it is not a managed upload, so that it passes through untouched. */
export function readUploadParameters(body: string): UploadParameters | undefined {
  const answer = jsonOrNothing(body);
  // Checked, then used as it came, so that no member is lost and none changes its place.
  if (!isManagedUpload(answer)) return undefined;
  const datasetId = parseDatasetId(answer.data.queryParameters.datasetId);
  return {
    datasetId,
    signedFor: userSignedForIn(answer.data.signedUrls),
    rewrite(order, told = {}) {
      const signedUrls = answer.data.signedUrls.map((entry) => {
        const operation = OUR_CALLS[entry.name];
        if (operation === undefined) return entry;
        const call = { method: entry.httpMethod, operation, datasetId, downloadId: null };
        return { ...entry, signedUrl: ourUrl(order, call), timeOut: order.minutes };
      });
      const queryParameters = { ...answer.data.queryParameters, ...told };
      return { ...answer, data: { ...answer.data, queryParameters, signedUrls } };
    },
  };
}

function isManagedUpload(answer: unknown): answer is Answer {
  return answerSchema.safeParse(answer).success;
}
