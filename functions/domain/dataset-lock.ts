import type { CollectionId, DatasetId, TaskId, TransferId } from './ids.ts';

/** Dataverse's lock that says: a Globus upload is under way. */
export const GLOBUS_UPLOAD_LOCK = 'GlobusUpload';
/** Dataverse's lock that guards the hand-over to registration; /addFiles itself clears it. */
export const EDIT_IN_PROGRESS_LOCK = 'EditInProgress';

/** A lock or unlock call may land this long after it was sent. */
export const LOCK_UNSETTLED_SECONDS = 300;

/** Our record of the locks we have, or may have, on a dataset; it decides who owns them (F-33). */
export interface DatasetLockItem {
  readonly schemaVersion: 1;
  readonly datasetId: DatasetId;
  /** Random at each birth, so that a version never repeats across births. */
  readonly birthId: string;
  readonly version: number;
  /** The task whose transfers share the lock. */
  readonly taskId: TaskId;
  /** It goes with the last of them. */
  readonly owners: readonly TransferId[];
  readonly lockTypes: readonly string[];
  /** Until then a lock or unlock call without a definite answer may still land; null when none is open. */
  readonly lockUnsettledUntilEpochSeconds: number | null;
  /** Where the sweep finds it, and from when on it asks whether the owners still need it. */
  readonly collectionId: CollectionId;
  readonly checkAtEpochSeconds: number;
}

/** The sweep asks after this long whether a claim or a lock item still has the transfer it was made for: longer than any report takes. */
export const CHECK_AFTER_SECONDS = 600;

/** May a lock or unlock call of ours still land at this moment? */
export function isLockUnsettled(item: DatasetLockItem, nowEpochSeconds: number): boolean {
  return item.lockUnsettledUntilEpochSeconds !== null && nowEpochSeconds < item.lockUnsettledUntilEpochSeconds;
}

/** Dataverse's words for why a lock forbids editing, or undefined when it does not (dataverse-api.md 2.3 and 4.4). */
export function whyEditingIsForbidden(lockTypes: readonly string[], canPublish: boolean): string | undefined {
  const blocking = lockTypes.filter((lockType) => lockType !== 'InReview' || !canPublish);
  if (blocking.length === 0) return undefined;
  return blocking.every((lockType) => lockType === 'InReview')
    ? 'Dataset cannot be edited due to In Review dataset lock.'
    : 'Dataset cannot be edited due to dataset lock.';
}
