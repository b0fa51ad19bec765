import * as z from 'zod/mini';
import { type DatasetId, parseDatasetId } from '../domain/ids.ts';
import { type SigningKeys, signUrl, untilAfter } from '../domain/signed-url.ts';

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
type SignedUrl = Answer['data']['signedUrls'][number];

/** An answer of Dataverse's globusUploadParameters for a managed store. */
export interface UploadParameters {
  readonly datasetId: DatasetId;
  /** The user Dataverse signed its URLs for; undefined when it signed none. */
  readonly signedFor: string | undefined;
  /** The answer with the URLs of the Globus calls replaced by ours. */
  rewrite(order: {
    readonly keys: SigningKeys;
    readonly siteUrl: string;
    readonly user: string;
    readonly minutes: number;
    readonly nowMilliseconds: number;
  }): unknown;
}

/** Reads Dataverse's answer; undefined when it is not a managed upload, so that it passes through untouched. */
export function readUploadParameters(body: string): UploadParameters | undefined {
  const answer = parsedOrNothing(body);
  // Checked, then used as it came, so that no member is lost and none changes its place.
  if (!isManagedUpload(answer)) return undefined;
  const datasetId = parseDatasetId(answer.data.queryParameters.datasetId);
  return {
    datasetId,
    signedFor: userIn(answer.data.signedUrls),
    rewrite({ keys, siteUrl, user, minutes, nowMilliseconds }) {
      const until = untilAfter(nowMilliseconds, minutes);
      const signedUrls = answer.data.signedUrls.map((entry) => {
        const operation = OUR_CALLS[entry.name];
        if (operation === undefined) return entry;
        const base = `${siteUrl}/api/v1/datasets/${datasetId}/${operation}`;
        const call = { method: entry.httpMethod, operation, datasetId, user, until, downloadId: null };
        return { ...entry, signedUrl: signUrl(keys, base, call), timeOut: minutes };
      });
      return { ...answer, data: { ...answer.data, signedUrls } };
    },
  };
}

function isManagedUpload(answer: unknown): answer is Answer {
  return answerSchema.safeParse(answer).success;
}

/** Dataverse writes the name as it is, without percent-encoding (dataverse-api.md 3.1). */
function userIn(signedUrls: readonly SignedUrl[]): string | undefined {
  for (const { signedUrl } of signedUrls) {
    const match = /[?&]user=([^&]+)&/.exec(signedUrl);
    if (match?.[1]) return match[1];
  }
  return undefined;
}

function parsedOrNothing(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
