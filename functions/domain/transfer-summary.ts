import type { DatasetId, TaskId, TransferId, UserName } from './ids.ts';
import { directionOf, isFinal, type TransferRecord, type TransferState } from './transfer.ts';

/** A transfer as people and programs see it in a list. Times are ISO 8601 in UTC, to the second. */
export interface TransferSummary {
  readonly transferId: TransferId;
  readonly datasetId: DatasetId;
  /** Null where it is not known. */
  readonly persistentId: string | null;
  readonly direction: 'upload' | 'download';
  readonly state: TransferState;
  readonly userName: UserName;
  readonly principal: string;
  readonly storeId: string;
  readonly numberOfFiles: number;
  /** The task that was reported, else one that was seen; null while there is none. */
  readonly taskIdentifier: TaskId | null;
  readonly grantedAt: string;
  /** Of the last entry of its trail; null when it has none. */
  readonly updatedAt: string | null;
  /** Why it is in ATTENTION; null when it is not. */
  readonly attention: string | null;
  /** Counts of files once they are being registered; null before that, and for downloads. */
  readonly results: { readonly registered: number; readonly notRegistered: number } | null;
  /** The transfer it continues, and the one that continues it. */
  readonly continues: TransferId | null;
  readonly continuedBy: TransferId | null;
}

/** What is told of a transfer wherever it is told of. */
export function summaryOf(record: TransferRecord, persistentId: string | null): TransferSummary {
  const { transferId, datasetId, state, userName, principal, storeId, numberOfFiles, registration } = record;
  const lastEntry = record.trail.at(-1);
  return {
    transferId,
    datasetId,
    persistentId,
    direction: directionOf(record),
    state,
    userName,
    principal,
    storeId,
    numberOfFiles,
    taskIdentifier: shownTaskOf(record),
    grantedAt: isoTime(record.grantedAtEpochSeconds),
    updatedAt: lastEntry ? isoTime(lastEntry.atEpochSeconds) : null,
    attention: record.attention?.reason ?? null,
    results: registration && { registered: registration.registered, notRegistered: registration.failed },
    continues: record.continues,
    continuedBy: record.continuedBy,
  };
}

/** The task that a transfer waits for or waited for: the reported one, one whose report is under way, or one that was only seen. */
export function shownTaskOf({ bound, report, observedTaskIds }: TransferRecord): TaskId | null {
  return bound?.taskId ?? report?.taskId ?? observedTaskIds[0] ?? null;
}

/** Why a transfer that is over ended as it did; null while it is not over. */
export function finalReasonOf(record: TransferRecord): string | null {
  if (!isFinal(record.state)) return null;
  return record.trail.findLast((entry) => entry.state === record.state)?.why ?? record.rejection;
}

/** Such as `2026-03-01T00:00:00Z`. */
export function isoTime(epochSeconds: number): string {
  return new Date(epochSeconds * 1000).toISOString().replace('.000Z', 'Z');
}
