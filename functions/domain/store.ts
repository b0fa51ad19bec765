import type { CollectionId } from './ids.ts';

/** A Dataverse storage driver whose Globus transfers are ours (setting `STORES`). */
export interface Store {
  /** Dataverse's id of the driver, such as `globusm`. */
  readonly storeId: string;
  readonly collectionId: CollectionId;
  /** Absolute, without a trailing slash; empty for the collection's root. */
  readonly basePath: string;
  /** S3 stores behind the Globus S3 connector; part of their identifiers. */
  readonly bucket: string | null;
  /** Name of the secret that holds the service's Globus client. */
  readonly globusSecret: string;
  /** Nobody else makes access rules below the base path. */
  readonly exclusive: boolean;
}
