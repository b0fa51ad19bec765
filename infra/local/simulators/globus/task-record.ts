import type { Row } from './database.ts';

export type TaskType = 'TRANSFER' | 'DELETE';
export type TaskStatus = 'ACTIVE' | 'INACTIVE' | 'SUCCEEDED' | 'FAILED';

/** The members of a submission that steer the copying; names as on the wire. */
export interface TaskOptions {
  readonly sync_level: number | null;
  readonly verify_checksum: boolean;
  readonly preserve_timestamp: boolean;
  readonly encrypt_data: boolean;
  readonly delete_destination_extra: boolean;
  readonly skip_source_errors: boolean;
  readonly fail_on_quota_errors: boolean;
  readonly recursive_symlinks: string;
  readonly filter_rules: readonly FilterRule[] | null;
  /** Filled only when the submission asked for `store_base_path_info`. */
  readonly source_base_path: string | null;
  readonly destination_base_path: string | null;
  /** Deletions only. */
  readonly recursive: boolean;
  readonly ignore_missing: boolean;
}

export interface FilterRule {
  readonly method: 'include' | 'exclude';
  readonly name: string;
  readonly type?: 'file' | 'dir';
}

/** One task as stored. */
export interface TaskRecord {
  readonly taskId: string;
  /** Microseconds of the request, made unique: what lists are ordered and paged by. */
  readonly requestOrder: number;
  /** Primary identity of the submitter. */
  readonly ownerId: string;
  readonly type: TaskType;
  readonly status: TaskStatus;
  readonly submissionId: string;
  readonly label: string | null;
  readonly requestedAtMilliseconds: number;
  readonly completedAtMilliseconds: number | null;
  readonly deadlineAtMilliseconds: number;
  /** A deadline the submitter gave is never moved (globus-api.md 2.7). */
  readonly hasOwnDeadline: boolean;
  readonly sourceId: string;
  readonly destinationId: string | null;
  readonly options: TaskOptions;
  readonly isPaused: boolean;
  readonly faults: number;
  /** What holds the task up now; null while it makes progress. */
  readonly errorCode: string | null;
  readonly errorDescription: string | null;
  readonly fatalCode: string | null;
  readonly fatalDescription: string | null;
  readonly canceledByAdmin: string | null;
  readonly canceledByAdminMessage: string | null;
  readonly directories: number;
  readonly bytesTransferred: number;
  /** Bytes of the file that is being copied. */
  readonly bytesInFlight: number;
  readonly bytesChecksummed: number;
}

/** `scan` items may be directories and are looked into first; `file` items are copied. */
export type ItemStage = 'file' | 'scan';
export type ItemState =
  | 'PENDING'
  | 'RETRYING'
  | 'SUCCEEDED'
  | 'SYNCED'
  | 'SKIPPED_ERROR'
  | 'EXPANDED'
  | 'CANCELED'
  | 'EXPIRED'
  | 'FAILED';

/** One item of a submission, or a file found inside one. */
export interface TaskItem {
  readonly taskId: string;
  readonly position: number;
  readonly stage: ItemStage;
  readonly state: ItemState;
  /** As submitted: whether it must be a directory, must be a file, or is found out. */
  readonly recursive: 'yes' | 'no' | 'auto';
  readonly sourcePath: string;
  /** Empty for deletions. */
  readonly destinationPath: string;
  readonly externalChecksum: string | null;
  readonly externalAlgorithm: string | null;
  readonly sizeBytes: number | null;
  readonly checksum: string | null;
  readonly nextTryMilliseconds: number;
  readonly errorCode: string | null;
  readonly errorDetails: string | null;
  readonly errorAtMilliseconds: number | null;
}

export function isFinished(task: Pick<TaskRecord, 'status'>): boolean {
  return task.status === 'SUCCEEDED' || task.status === 'FAILED';
}

export function toTask(row: Row): TaskRecord {
  return {
    taskId: String(row['task_id']),
    requestOrder: Number(row['request_order']),
    ownerId: String(row['owner_id']),
    type: row['type'] as TaskType,
    status: row['status'] as TaskStatus,
    submissionId: String(row['submission_id']),
    label: textOrNull(row['label']),
    requestedAtMilliseconds: Number(row['requested_at_ms']),
    completedAtMilliseconds: numberOrNull(row['completed_at_ms']),
    deadlineAtMilliseconds: Number(row['deadline_at_ms']),
    hasOwnDeadline: row['has_own_deadline'] === 1,
    sourceId: String(row['source_id']),
    destinationId: textOrNull(row['destination_id']),
    options: JSON.parse(String(row['options'])) as TaskOptions,
    isPaused: row['is_paused'] === 1,
    faults: Number(row['faults']),
    errorCode: textOrNull(row['error_code']),
    errorDescription: textOrNull(row['error_description']),
    fatalCode: textOrNull(row['fatal_code']),
    fatalDescription: textOrNull(row['fatal_description']),
    canceledByAdmin: textOrNull(row['canceled_by_admin']),
    canceledByAdminMessage: textOrNull(row['canceled_by_admin_message']),
    directories: Number(row['directories']),
    bytesTransferred: Number(row['bytes_transferred']),
    bytesInFlight: Number(row['bytes_in_flight']),
    bytesChecksummed: Number(row['bytes_checksummed']),
  };
}

export function toItem(row: Row): TaskItem {
  return {
    taskId: String(row['task_id']),
    position: Number(row['position']),
    stage: row['stage'] as ItemStage,
    state: row['state'] as ItemState,
    recursive: row['recursive'] as TaskItem['recursive'],
    sourcePath: String(row['source_path']),
    destinationPath: String(row['destination_path']),
    externalChecksum: textOrNull(row['external_checksum']),
    externalAlgorithm: textOrNull(row['external_algorithm']),
    sizeBytes: numberOrNull(row['size_bytes']),
    checksum: textOrNull(row['checksum']),
    nextTryMilliseconds: Number(row['next_try_ms']),
    errorCode: textOrNull(row['error_code']),
    errorDetails: textOrNull(row['error_details']),
    errorAtMilliseconds: numberOrNull(row['error_at_ms']),
  };
}

function textOrNull(value: Row[string] | undefined): string | null {
  return typeof value === 'string' ? value : null;
}

function numberOrNull(value: Row[string] | undefined): number | null {
  return value === null || value === undefined ? null : Number(value);
}
