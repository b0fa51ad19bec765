import { managedLocation, referenceLocation } from '../domain/download-location.ts';
import * as z from '../domain/schema.ts';
import { isInStore } from '../domain/storage-identifier.ts';
import type { Store } from '../domain/store.ts';
import type { VersionFile } from '../domain/version-file.ts';
import type { ActingAs, DatasetDescription, DatasetReference } from '../ports/dataverse.ts';
import type { Ports } from '../ports/ports.ts';
import { callerHeaders } from './caller-headers.ts';
import { listDownloadable } from './judge-download.ts';
import { jsonOrNothing, ourUrl, type SignedUrlEntry, type UrlOrder, userSignedForIn } from './parameters-answer.ts';

type BuildPorts = Pick<Ports, 'clock' | 'dataverse'>;

export interface DownloadParametersQuestion {
  readonly dataset: DatasetReference;
  /** Undefined for a dataset of references, whose store is not ours. */
  readonly store: Store | undefined;
  readonly actingAs: ActingAs;
  readonly locale: string | null;
}

/** Of Dataverse's answer to globusUploadParameters: the caller's version of the dataset, and URLs signed for them (dataverse-api.md 2.1). */
const uploadAnswer = z.object({
  data: z.object({
    queryParameters: z.object({ datasetVersion: z.string(), managed: z.optional(z.string()) }),
    signedUrls: z.array(z.object({ name: z.string(), httpMethod: z.string(), signedUrl: z.string() })),
  }),
});

/** Dataverse's own GET calls are good for so many minutes, whatever is set (dataverse-api.md 2.1). */
const MINUTES_OF_GETS = 5;
/** A JSON number where it fits into 32 bits, as Dataverse's rule for parameters has it (dataverse-api.md 2.1). */
const LARGEST_NUMBER = 2_147_483_647;

/**
 * The answer of globusDownloadParameters without a download id: the guide promises it, Dataverse answers with 500 (dataverse-api.md 2.5). Its
 * files are those that the caller may download. Users with an API token get URLs that Dataverse signed, by way of its upload parameters;
 * all others get plain ones, as from Dataverse.
 * @returns undefined where the store is not ours and nothing says that it is one of references
 * @throws UnauthenticatedError, NotFoundError with Dataverse's words when the caller may not see the dataset
 */
export async function buildDownloadParameters(
  ports: BuildPorts,
  urls: Omit<UrlOrder, 'user'>,
  question: DownloadParametersQuestion,
): Promise<unknown> {
  const { dataset, store, actingAs, locale } = question;
  const description = await ports.dataverse.describeDataset(dataset, actingAs);
  const { datasetId, protocol, authority, identifier } = description;
  const byId: DatasetReference = { kind: 'database-id', datasetId };
  const isInReach = (id: string) => (store ? isInStore(id, store) : referenceLocation(id) !== undefined);
  const [files, latest, own] = await Promise.all([
    listDownloadable(ports, { datasetId, actingAs }, isInReach),
    ports.dataverse.latestVersionName(byId, actingAs),
    askUploadParameters(ports, byId, actingAs),
  ]);
  // Without a file nothing but Dataverse's word for the caller's own account says that the store is one of references.
  if (!store && files.length === 0 && own?.managed !== 'false') return undefined;

  const datasetVersion = own?.datasetVersion === latest ? own.datasetVersion : latest;
  const versionUrl = `${urls.siteUrl}/api/v1/datasets/${datasetId}/versions/${datasetVersion}`;
  const get = (name: string, plain: string) => ({
    name,
    httpMethod: 'GET',
    // Signed for another version it would lead this caller nowhere.
    signedUrl: (own?.datasetVersion === latest && own.urls.get(name)) || plain,
    timeOut: MINUTES_OF_GETS,
  });
  const post = (name: string) => {
    const call = { method: 'POST', operation: name, datasetId, downloadId: null };
    return { name, httpMethod: 'POST', signedUrl: ourUrl({ ...urls, user: own?.user }, call), timeOut: urls.minutes };
  };
  return {
    status: 'OK',
    data: {
      queryParameters: {
        datasetId: Number(datasetId) <= LARGEST_NUMBER ? Number(datasetId) : datasetId,
        siteUrl: urls.siteUrl,
        datasetVersion,
        ...(locale ? { dvLocale: locale } : {}),
        datasetPid: `${protocol}:${authority}/${identifier}`,
        managed: store ? 'true' : 'false',
        ...(store ? { endpoint: store.collectionId } : {}),
        files: Object.fromEntries(files.map((file) => [file.fileId, locationOf(file, store, description)])),
      },
      signedUrls: [
        post('monitorGlobusDownload'),
        post('requestGlobusDownload'),
        get('getDatasetMetadata', versionUrl),
        get('getFileListing', `${versionUrl}/files`),
      ],
    },
  };
}

function locationOf(file: VersionFile, store: Store | undefined, dataset: DatasetDescription): string {
  return store
    ? managedLocation(store, dataset, file.storageIdentifier)
    : (referenceLocation(file.storageIdentifier) ?? '');
}

interface OwnAnswer {
  readonly datasetVersion: string;
  /** `false` for a store of references. */
  readonly managed: string | undefined;
  readonly user: string | undefined;
  readonly urls: ReadonlyMap<string, string>;
}

/** What Dataverse tells the account behind a key or an OIDC token; undefined for everybody else. */
async function askUploadParameters(
  { dataverse }: Pick<Ports, 'dataverse'>,
  dataset: Extract<DatasetReference, { kind: 'database-id' }>,
  actingAs: ActingAs,
): Promise<OwnAnswer | undefined> {
  if (actingAs.kind !== 'key' && actingAs.kind !== 'bearer') return undefined;
  const reply = await dataverse.forward({
    method: 'GET',
    target: `/api/v1/datasets/${dataset.datasetId}/globusUploadParameters`,
    headers: callerHeaders(actingAs),
  });
  const answer = uploadAnswer.safeParse(jsonOrNothing(Buffer.from(reply.body).toString('utf8')));
  if (reply.status !== 200 || !answer.success) return undefined;
  const { queryParameters, signedUrls } = answer.data.data;
  return {
    datasetVersion: queryParameters.datasetVersion,
    managed: queryParameters.managed,
    user: userSignedForIn(signedUrls),
    urls: new Map(signedUrls.map((entry: SignedUrlEntry) => [entry.name, entry.signedUrl])),
  };
}
