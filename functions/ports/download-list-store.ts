import type { DatasetId, UserName } from '../domain/ids.ts';

/** The files that somebody chose on Dataverse's page before the app was launched, kept under an id of our own. */
export interface DownloadList {
  readonly downloadId: string;
  readonly datasetId: DatasetId;
  /** The caller of the launch; null for a guest. */
  readonly userName: UserName | null;
  /** Database ids, decimal digits, in Dataverse's order. */
  readonly fileIds: readonly string[];
  readonly expiresAtEpochSeconds: number;
}

/** File lists of launches (dataverse-api.md 2.5). Every method throws UnavailableError when the table cannot be asked. */
export interface DownloadListStore {
  keep(list: DownloadList): Promise<void>;
  /** Undefined when there is none; one that is over may still be found, since tidying takes days (A14): look at its end. */
  read(downloadId: string): Promise<DownloadList | undefined>;
}
