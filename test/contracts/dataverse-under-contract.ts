import type { DatasetId, UserName } from '../../functions/domain/ids.ts';
import type { Secret } from '../../functions/domain/secret.ts';
import type { DatasetReference, Dataverse, UploadLimits } from '../../functions/ports/dataverse.ts';

/** What happens to a file of the dataset beyond the port. */
export interface FileChange {
  readonly restricted?: boolean;
  /** `yyyy-mm-dd` */
  readonly embargoEndsOn?: string;
  /** `yyyy-mm-dd` */
  readonly retentionEndsOn?: string;
  readonly persistentId?: string;
  /** Who may download it although it is restricted. */
  readonly downloaders?: readonly UserName[];
}

/** Dataverse under test: one draft dataset without files and locks, an editor, a reader and our own account. */
export interface DataverseUnderContract {
  readonly dataverse: Dataverse;
  readonly datasetId: DatasetId;
  readonly persistentId: string;
  /** Where its new files go; a managed Globus store. */
  readonly storeId: string;
  readonly editor: { readonly userName: UserName; readonly token: Secret };
  readonly reader: { readonly userName: UserName; readonly token: Secret };
  readonly serviceUserName: UserName;
  /** Takes the API token of a user away. */
  removeToken(userName: UserName): Promise<void>;
  /** An OIDC token that Dataverse accepts for the user. */
  bearerOf(userName: UserName): Promise<Secret>;
  /** The token of a private URL of the dataset. */
  privateUrl(): Promise<Secret>;
  /** Locks the dataset in the name of a user. */
  lockAs(userName: UserName, lockType: string): Promise<void>;
  /** Publishes the dataset's draft, for the first time as 1.0. */
  publish(): Promise<void>;
  changeFile(fileId: string, change: FileChange): Promise<void>;
  /** Takes a file out of the draft, which is made where there is none; versions that were published keep it. */
  removeFromDraft(fileId: string): Promise<void>;
  /** @returns what this Dataverse tells of them: not each knows of a number of files */
  setLimits(limits: UploadLimits): Promise<UploadLimits>;
  /** A dataset whose files are referenced where they are, and the places that are allowed. */
  referenceDataset(): Promise<{ readonly dataset: DatasetReference; readonly places: readonly string[] }>;
  close(): Promise<void>;
}
