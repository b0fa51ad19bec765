import type { CollectionId, DatasetId, TaskId, TransferId } from './ids.ts';

/** Dataverse's lock that says: a Globus upload is under way. */
export const GLOBUS_UPLOAD_LOCK = 'GlobusUpload';
/** Dataverse's lock that guards the hand-over to registration; /addFiles itself clears it. */
export const EDIT_IN_PROGRESS_LOCK = 'EditInProgress';

/** A lock or unlock call may land this long after it was sent. */
const LOCK_UNSETTLED_SECONDS = 300;

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
  /**
   * Lock and unlock calls that have no definite answer yet, by a name of each, with the moment (epoch seconds) until when it may still land.
   * Each answer takes out its own call alone, whoever else is at work on the item.
   */
  readonly openCalls: Readonly<Record<string, number>>;
  /** Its last owner is giving it up: whoever would join it waits, lest their lock is taken off with it. */
  readonly isEnding: boolean;
  /** Where the sweep finds it, and from when on it asks whether the owners still need it. */
  readonly collectionId: CollectionId;
  readonly checkAtEpochSeconds: number;
}

/** The sweep asks after this long whether a claim or a lock item still has the transfer it was made for: longer than any report takes. */
export const CHECK_AFTER_SECONDS = 600;

/** Seconds until no lock or unlock call of ours can land any more; 0 when none is open. */
export function lockUnsettledSeconds({ openCalls }: DatasetLockItem, nowEpochSeconds: number): number {
  return Math.max(0, ...Object.values(openCalls).map((until) => until - nowEpochSeconds));
}

/** The item with one more open call, which its caller is about to make; calls that cannot land any more are forgotten. */
export function withOpenCall(item: DatasetLockItem, callId: string, nowEpochSeconds: number): DatasetLockItem {
  const stillOpen = Object.entries(item.openCalls).filter(([, until]) => until > nowEpochSeconds);
  return {
    ...item,
    openCalls: { ...Object.fromEntries(stillOpen), [callId]: nowEpochSeconds + LOCK_UNSETTLED_SECONDS },
  };
}

/** The item after a call has had its definite answer. */
export function withoutOpenCall(item: DatasetLockItem, callId: string): DatasetLockItem {
  const { [callId]: _answered, ...openCalls } = item.openCalls;
  return { ...item, openCalls };
}

/** Dataverse's words for why a lock forbids editing, or undefined when it does not (dataverse-api.md 2.3 and 4.4). */
export function whyEditingIsForbidden(lockTypes: readonly string[], canPublish: boolean): string | undefined {
  const blocking = lockTypes.filter((lockType) => lockType !== 'InReview' || !canPublish);
  if (blocking.length === 0) return undefined;
  return blocking.every((lockType) => lockType === 'InReview')
    ? 'Dataset cannot be edited due to In Review dataset lock.'
    : 'Dataset cannot be edited due to dataset lock.';
}
