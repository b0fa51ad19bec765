import type { DatasetId, UserName } from '../domain/ids.ts';
import type { RegistrableFile } from '../domain/registration.ts';
import type { Secret } from '../domain/secret.ts';

/** How a request names its dataset: by database id or by persistent id (dataverse-api.md 1.2). */
export type DatasetReference =
  | { readonly kind: 'database-id'; readonly datasetId: DatasetId }
  | { readonly kind: 'persistent-id'; readonly persistentId: string };

/** On whose behalf a call is made. `user` goes through a URL that Dataverse itself signs for that user; `service` is our superuser. */
export type ActingAs =
  | { readonly kind: 'key'; readonly token: Secret }
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
  /** Who a credential belongs to (`/api/users/:me`). @throws UnauthenticatedError when Dataverse does not know it */
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
  /** Registers files; never repeated inside. Throws NoUserTokenError before anything is sent. */
  addFiles(datasetId: DatasetId, actingAs: ActingAs, files: readonly RegistrableFile[]): Promise<AddFilesOutcome>;
  /** The user name of our own superuser account: locks under it are ours. */
  serviceUserName(): Promise<UserName>;
}

/** Marks every request of ours to Dataverse, so that one that comes back is recognised as a proxy loop. */
export const HOP_HEADER = 'x-globus-functions-hop';
