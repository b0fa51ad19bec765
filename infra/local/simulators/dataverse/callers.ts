import type { UserRecord } from './user-records.ts';
import type { DatasetPermission } from './world.ts';

/** Whoever comes by a private (preview) URL: no account, but rights on one unpublished dataset (dataverse-api.md 1.3). */
export interface PrivateUrlUser {
  readonly datasetId: number;
  readonly token: string;
  /** Shown nothing that names people, and by its token nothing but the bytes of single files. */
  readonly isAnonymized: boolean;
}

/** Who a call comes from; undefined is `:guest`. */
export type Caller = UserRecord | PrivateUrlUser | undefined;

/** The role Member, which a private URL gives on its dataset. */
export const PRIVATE_URL_PERMISSIONS: readonly DatasetPermission[] = ['ViewUnpublishedDataset', 'DownloadFile'];

/** The caller's account; undefined for guests and for users of a private URL, who are not "authenticated". */
export function accountOf(caller: Caller): UserRecord | undefined {
  return caller && 'name' in caller ? caller : undefined;
}

/** As texts name the caller: `@curator`, `!29` for the private URL of dataset 29, or `:guest`. */
export function identifierOf(caller: Caller): string {
  if (!caller) return ':guest';
  return 'name' in caller ? `@${caller.name}` : privateUrlUserName(caller.datasetId);
}

/** The name that signed URLs carry for the private URL of a dataset. */
export function privateUrlUserName(datasetId: number): string {
  return `!${datasetId}`;
}
