/** Permissions on a dataset, by Dataverse's own names; a role is a set of them. */
export type DatasetPermission =
  | 'ViewUnpublishedDataset'
  | 'EditDataset'
  | 'PublishDataset'
  | 'ManageDatasetPermissions'
  | 'DeleteDatasetDraft'
  | 'DownloadFile'
  | 'ManageFilePermissions';

/** What Dataverse's Curator role may do with a dataset. */
export const CURATOR_PERMISSIONS: readonly DatasetPermission[] = [
  'ViewUnpublishedDataset',
  'EditDataset',
  'PublishDataset',
  'ManageDatasetPermissions',
  'DeleteDatasetDraft',
  'DownloadFile',
  'ManageFilePermissions',
];

export interface WorldUser {
  readonly id: number;
  /** Without the `@` that answers put before it. */
  readonly name: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly email: string;
  readonly affiliation?: string;
  readonly apiToken?: string;
  /** Taken only while bearer tokens are switched on. */
  readonly bearerToken?: string;
  readonly superuser?: boolean;
}

/** A storage driver as the options `dataverse.files.<id>.*` describe it (dataverse-api.md 6.1). */
export interface WorldStore {
  readonly id: string;
  readonly type: 'file' | 'globus' | 's3';
  readonly label: string;
  readonly managed: boolean;
  /** `<collection id>/<base path>`, no trailing slash. */
  readonly transferEndpointWithBasePath?: string;
  /** Each `<collection id>/<path>`. */
  readonly referenceEndpointsWithBasePaths?: readonly string[];
  readonly bucket?: string;
  /** Base64 of `client id:secret`, sent as it is in a Basic header. */
  readonly globusToken?: string;
  readonly uploadOutOfBand?: boolean;
  /** Wins over the setting `:MaxFileUploadSizeInBytes`. */
  readonly maxFileUploadSizeBytes?: number;
}

export type ChecksumType = 'MD5' | 'SHA-1' | 'SHA-256' | 'SHA-512';

export interface WorldFile {
  readonly id: number;
  /** Such as `doi:10.5072/FK2/ILLPXE/F1`; a file has none unless the installation gives files their own. */
  readonly persistentId?: string;
  readonly label: string;
  readonly directoryLabel?: string;
  readonly description?: string;
  readonly storageIdentifier: string;
  readonly contentType: string;
  readonly sizeBytes: number;
  readonly checksum: { readonly type: ChecksumType; readonly value: string };
  readonly restricted?: boolean;
  readonly categories?: readonly string[];
  /** Days, `YYYY-MM-DD`. */
  readonly embargo?: { readonly dateAvailable: string; readonly reason?: string };
  readonly retention?: { readonly dateUnavailable: string; readonly reason?: string };
}

export interface WorldVersion {
  readonly state: 'DRAFT' | 'RELEASED';
  /** Major and minor number; a draft has none. */
  readonly number?: readonly [major: number, minor: number];
  readonly files: readonly WorldFile[];
}

export interface WorldDataset {
  readonly id: number;
  readonly title: string;
  readonly protocol: string;
  readonly authority: string;
  readonly identifier: string;
  readonly storeId: string;
  /** Oldest first; at most the last one is a draft. */
  readonly versions: readonly WorldVersion[];
  /** Permissions by user name; whoever is not named has none beyond what is published. */
  readonly roles: Readonly<Record<string, readonly DatasetPermission[]>>;
}

/** Everything a new installation starts with. Written once, when its database is new. */
export interface DataverseWorld {
  readonly version: string;
  readonly build: string | null;
  /** `dataverse.api.signing-secret`; empty when nobody set it. */
  readonly signingSecret: string;
  /** Value of `unblock-key` that the admin API asks for; null leaves it open. */
  readonly unblockKey: string | null;
  /** `dataverse.feature.api-bearer-auth`; off when absent. */
  readonly bearerAuth?: boolean;
  /** `dataverse.files.globus-cache-maxage`. */
  readonly globusCacheMaxAgeMinutes: number;
  /** What the quota of the collection around all datasets leaves beside the files of this world; null means none is defined. */
  readonly quota: { readonly remainingBytes: number } | null;
  /** Database settings by name, colon included. */
  readonly settings: Readonly<Record<string, string>>;
  readonly users: readonly WorldUser[];
  readonly stores: readonly WorldStore[];
  readonly datasets: readonly WorldDataset[];
}

/** One installation's options: what a Dataverse reads from its JVM and never changes while it runs. */
export type Configuration = Pick<
  DataverseWorld,
  'version' | 'build' | 'signingSecret' | 'unblockKey' | 'bearerAuth' | 'globusCacheMaxAgeMinutes' | 'stores'
>;
