import type { DatasetId, UserName } from '../domain/ids.ts';
import type { RegistrableFile } from '../domain/registration.ts';
import type { Secret } from '../domain/secret.ts';
import type { VersionFile } from '../domain/version-file.ts';

export type { VersionFile };

/** How a request names its dataset: by database id or by persistent id (dataverse-api.md 1.2). */
export type DatasetReference =
  | { readonly kind: 'database-id'; readonly datasetId: DatasetId }
  | { readonly kind: 'persistent-id'; readonly persistentId: string };

/**
 * On whose behalf a call is made. `key`: an API token, or the token of a private URL · `bearer`: an OIDC token · `user` goes through a URL that
 * Dataverse itself signs for that user · `service` is our superuser.
 */
export type ActingAs =
  | { readonly kind: 'key'; readonly token: Secret }
  | { readonly kind: 'bearer'; readonly token: Secret }
  | { readonly kind: 'user'; readonly userName: UserName }
  | { readonly kind: 'service' }
  | { readonly kind: 'guest' };

/** An HTTP request passed on to Dataverse as it came. */
export interface ForwardedRequest {
  readonly method: string;
  /** Path and query exactly as received: Dataverse's signatures cover them. */
  readonly target: string;
  /** Names in lower case. Hop-by-hop headers, Host and X-Forwarded-* are replaced by the adapter. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

/** Dataverse's answer, whatever its status. */
export interface ForwardedReply {
  readonly status: number;
  /** Content-type and the like; hop-by-hop and CORS headers removed. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

export interface DatasetDescription {
  readonly datasetId: DatasetId;
  /** Such as `doi`. */
  readonly protocol: string;
  /** Such as `10.5072`. */
  readonly authority: string;
  /** Such as `FK2/ILLPXE`. */
  readonly identifier: string;
}

export interface DatasetLock {
  readonly lockType: string;
  readonly userName: UserName;
}

/** One file of a dataset's latest version as far as we compare it. */
export interface DatasetFile {
  readonly storageIdentifier: string;
  /** Bytes; -1 when Dataverse never learnt it. */
  readonly sizeBytes: number;
  readonly label: string;
}

/** What Dataverse tells of the limits of one upload (dataverse-api.md 2.1, 4.7); null where it tells none. */
export interface UploadLimits {
  /** Bytes; a file must be smaller than this. */
  readonly fileSizeLimitBytes: number | null;
  /** Bytes left for all new files of the dataset together. */
  readonly remainingQuotaBytes: number | null;
  /** Files that the dataset may still get; told by 6.9 and later. */
  readonly remainingFiles: number | null;
}

/**
 * How `/addFiles` ended for a whole batch. `unknown`: no answer in time or a 5xx; some or all may have been added (F-63).
 * `mayStillRun` is false when Dataverse answered (a 500, say), so that its work is over; true after a time-out or a cut connection.
 */
export type AddFilesOutcome =
  | { readonly kind: 'answered'; readonly files: readonly AddedFile[] }
  | { readonly kind: 'refused'; readonly status: number; readonly message: string }
  | { readonly kind: 'unknown'; readonly reason: string; readonly mayStillRun: boolean };

export interface AddedFile {
  /** Missing when Dataverse did not echo it. */
  readonly storageIdentifier: string | undefined;
  readonly error: string | undefined;
}

/**
 * What we ask of Dataverse. Unless said otherwise a method throws UnavailableError when Dataverse cannot be asked now
 * (network, 429, 5xx, time limit, not the JSON expected), UnauthenticatedError on 401 with Dataverse's message, ForbiddenError on 403,
 * NotFoundError on 404 and InvalidRequestError on 400, each with Dataverse's message. Refusals of the service's own account are
 * UpstreamRefusedErrors: they are no fault of the caller's. Acting as a user without a token: NoUserTokenError.
 */
export interface Dataverse {
  /** Sends the caller's own request to Dataverse, byte for byte the same target, with the site's Host and our hop header. */
  forward(request: ForwardedRequest): Promise<ForwardedReply>;
  /**
   * Who a credential belongs to (`/api/users/:me`).
   * @throws UnauthenticatedError when Dataverse does not know it; NoAccountError when it is good and no account is behind it: a private URL's
   */
  whoIs(actingAs: ActingAs): Promise<{ readonly userName: UserName; readonly isSuperuser: boolean }>;
  datasetPermissions(
    dataset: DatasetReference,
    actingAs: ActingAs,
  ): Promise<{
    readonly canEditDataset: boolean;
    readonly canPublishDataset: boolean;
    readonly canViewUnpublishedDataset: boolean;
  }>;
  describeDataset(dataset: DatasetReference, actingAs: ActingAs): Promise<DatasetDescription>;
  /** The id of the store new files of the dataset go to; both answer forms (dataverse-api.md 4.5). */
  storageDriver(dataset: DatasetReference): Promise<string>;
  locks(datasetId: DatasetId): Promise<readonly DatasetLock[]>;
  /** Locks as the service. `already-locked` is Dataverse's 403 with that text; look whose it is. */
  lock(datasetId: DatasetId, lockType: string): Promise<'locked' | 'already-locked'>;
  /** Unlocks one type, never all (D4). */
  unlock(datasetId: DatasetId, lockType: string): Promise<'unlocked' | 'not-locked'>;
  /** Every file of the latest version, draft included, as the service sees it. */
  listFiles(datasetId: DatasetId): Promise<readonly DatasetFile[]>;
  /** The files of one version, as a caller who may see it is shown them; undefined when the dataset has no such version. */
  listVersionFiles(
    datasetId: DatasetId,
    version: ':draft' | ':latest-published',
    actingAs: ActingAs,
  ): Promise<readonly VersionFile[] | undefined>;
  /** The files of all versions but the draft and the latest published one, as the service sees them; a file may stand in several. */
  listOlderFiles(datasetId: DatasetId): Promise<readonly (VersionFile & { readonly isPublished: boolean })[]>;
  /** Does the latest version hold a package file? Dataverse takes no other files beside one (dataverse-api.md 2.3). */
  hasPackageFile(datasetId: DatasetId): Promise<boolean>;
  /** The storage identifiers of all files of all versions, as the service sees them. */
  listAllStorageIdentifiers(datasetId: DatasetId): Promise<ReadonlySet<string>>;
  /** One file wherever it stands, as the service sees it, with the dataset it belongs to; undefined when there is none (dataverse-api.md 4.9). */
  findFile(
    file: { readonly fileId: string } | { readonly persistentId: string },
  ): Promise<(VersionFile & { readonly datasetId: DatasetId; readonly isPublished: boolean }) | undefined>;
  /** What Dataverse says that a caller may do with a file (dataverse-api.md 4.10). */
  filePermissions(
    fileId: string,
    actingAs: ActingAs,
  ): Promise<{ readonly canDownloadFile: boolean; readonly canEditOwnerDataset: boolean }>;
  /** The latest version that the caller may see: `:draft`, or `major.minor`. */
  latestVersionName(dataset: DatasetReference, actingAs: ActingAs): Promise<string>;
  /** The limits of uploads into the dataset, as a user who may edit it is told. */
  uploadLimits(datasetId: DatasetId, actingAs: ActingAs): Promise<UploadLimits>;
  /**
   * Where files of a dataset with an unmanaged store may be referenced, `<collection>/<path>` each, asked as the service; undefined when its
   * store is no such one.
   */
  referenceEndpoints(dataset: DatasetReference): Promise<readonly string[] | undefined>;
  /**
   * A URL of the site that acts as the user for one GET, signed by Dataverse (dataverse-api.md 3.5).
   * @param target - path and query, beginning with `/api/v1/`
   * @param minutes - how long it is good for
   */
  signedUrl(userName: UserName, target: string, minutes: number): Promise<string>;
  /** Registers files; never repeated inside. Throws NoUserTokenError before anything is sent. */
  addFiles(datasetId: DatasetId, actingAs: ActingAs, files: readonly RegistrableFile[]): Promise<AddFilesOutcome>;
  /** The user name of our own superuser account: locks under it are ours. */
  serviceUserName(): Promise<UserName>;
}

/** Marks every request of ours to Dataverse, so that one that comes back is recognised as a proxy loop. */
export const HOP_HEADER = 'x-globus-functions-hop';
