import type { CollectionId, DatasetId, PrincipalId, TaskId, TransferId, UserName } from './ids.ts';

/** Which transfers a Globus task belongs to: one, or several of one user, principal and dataset when a large list needed several grants. */
export interface TaskClaim {
  readonly schemaVersion: 1;
  readonly taskId: TaskId;
  readonly birthId: string;
  readonly version: number;
  readonly datasetId: DatasetId;
  readonly userName: UserName;
  readonly principal: PrincipalId;
  /** Each transfer with the hash of its report. */
  readonly transfers: Readonly<Record<TransferId, string>>;
  /** Where the sweep finds it, and from when on it asks whether its transfers are bound; null once they were. */
  readonly collectionId: CollectionId;
  readonly checkAtEpochSeconds: number | null;
}
