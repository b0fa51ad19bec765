import { type DatasetId, parseDatasetId } from '../domain/ids.ts';
import * as z from '../domain/schema.ts';
import { jsonOrNothing, ourUrl, type UrlOrder, userSignedForIn } from './parameters-answer.ts';

/** The calls that we answer in Dataverse's place; each has the name of its path's last segment. */
const OUR_CALLS: readonly string[] = ['monitorGlobusDownload', 'requestGlobusDownload'];

/** The parts of Dataverse's answer that we read (dataverse-api.md 2.5); all others pass through as they came. */
const answerSchema = z.object({
  status: z.literal('OK'),
  data: z.object({
    queryParameters: z.object({
      datasetId: z.union([z.number(), z.string()]),
      managed: z.literal('true'),
      files: z.record(z.string(), z.string()),
    }),
    signedUrls: z.array(z.object({ name: z.string(), httpMethod: z.string(), signedUrl: z.string() })),
  }),
});
type Answer = z.infer<typeof answerSchema>;

/** An answer of Dataverse's globusDownloadParameters for a managed store, after a launch from its page. */
export interface DownloadParameters {
  readonly datasetId: DatasetId;
  /** The files that were chosen on the page. */
  readonly fileIds: readonly string[];
  /** The user Dataverse signed its URLs for; undefined for guests. */
  readonly signedFor: string | undefined;
  /** The answer with the URLs of the Globus calls replaced by ours, under a download id of our own. */
  rewrite(order: UrlOrder, downloadId: string): unknown;
}

/** Reads Dataverse's answer; undefined when it is not a managed download, so that it passes through untouched. */
export function readDownloadParameters(body: string): DownloadParameters | undefined {
  const answer = jsonOrNothing(body);
  if (!isManagedDownload(answer)) return undefined;
  const { queryParameters, signedUrls } = answer.data;
  const datasetId = parseDatasetId(queryParameters.datasetId);
  return {
    datasetId,
    fileIds: Object.keys(queryParameters.files),
    signedFor: userSignedForIn(signedUrls),
    rewrite(order, downloadId) {
      const rewritten = signedUrls.map((entry) => {
        if (!OUR_CALLS.includes(entry.name)) return entry;
        const ofLaunch = entry.name === 'requestGlobusDownload' ? downloadId : null;
        const call = { method: entry.httpMethod, operation: entry.name, datasetId, downloadId: ofLaunch };
        return { ...entry, signedUrl: ourUrl(order, call), timeOut: order.minutes };
      });
      return { ...answer, data: { ...answer.data, signedUrls: rewritten } };
    },
  };
}

function isManagedDownload(answer: unknown): answer is Answer {
  return answerSchema.safeParse(answer).success;
}
