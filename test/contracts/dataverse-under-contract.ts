import type { DatasetId, UserName } from '../../functions/domain/ids.ts';
import type { Secret } from '../../functions/domain/secret.ts';
import type { Dataverse } from '../../functions/ports/dataverse.ts';

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
  /** Locks the dataset in the name of a user. */
  lockAs(userName: UserName, lockType: string): Promise<void>;
  close(): Promise<void>;
}
