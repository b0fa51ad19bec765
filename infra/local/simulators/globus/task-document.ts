import { isoTime } from './documents.ts';
import type { FalseReport } from './settings.ts';
import type { ItemCounts } from './task-items.ts';
import { isFinished, type TaskRecord } from './task-record.ts';
import { findCollection, type GlobusWorld } from './world.ts';

/** What a document says besides the record itself. */
export interface TaskView {
  readonly world: GlobusWorld;
  readonly counts: ItemCounts;
  /** Whether the task is worked on now; else it waits in the owner's queue. */
  readonly isRunning: boolean;
  readonly nowMilliseconds: number;
}

/** The `task` document of globus-api.md 2.4. */
export function taskDocument(task: TaskRecord, view: TaskView): Record<string, unknown> {
  const { options } = task;
  const isTransfer = task.type === 'TRANSFER';
  const bytesTransferred = task.bytesTransferred + task.bytesInFlight;
  const seconds = ((task.completedAtMilliseconds ?? view.nowMilliseconds) - task.requestedAtMilliseconds) / 1000;
  return {
    DATA_TYPE: 'task',
    task_id: task.taskId,
    type: task.type,
    status: task.status,
    owner_id: task.ownerId,
    username: `u_${task.ownerId.replaceAll('-', '').slice(0, 26)}`,
    label: task.label,
    command: 'API 0.10',
    request_time: isoTime(task.requestedAtMilliseconds),
    completion_time: isoTime(task.completedAtMilliseconds),
    deadline: isoTime(task.deadlineAtMilliseconds),
    ...sideMembers(view.world, 'source', task.sourceId),
    ...sideMembers(view.world, 'destination', task.destinationId),
    source_base_path: options.source_base_path,
    destination_base_path: options.destination_base_path,
    sync_level: options.sync_level,
    verify_checksum: options.verify_checksum,
    encrypt_data: options.encrypt_data,
    preserve_timestamp: options.preserve_timestamp,
    delete_destination_extra: options.delete_destination_extra,
    skip_source_errors: options.skip_source_errors,
    fail_on_quota_errors: options.fail_on_quota_errors,
    recursive_symlinks: isTransfer ? options.recursive_symlinks : null,
    filter_rules: options.filter_rules,
    ...countMembers(task, view.counts),
    bytes_transferred: bytesTransferred,
    bytes_checksummed: task.bytesChecksummed,
    effective_bytes_per_second: seconds > 0 ? Math.round(bytesTransferred / seconds) : 0,
    faults: task.faults,
    fatal_error:
      task.fatalCode === null ? null : { code: task.fatalCode, description: task.fatalDescription ?? task.fatalCode },
    ...niceMembers(task, view.isRunning),
    is_paused: task.isPaused,
    canceled_by_admin: task.canceledByAdmin,
    canceled_by_admin_message: task.canceledByAdminMessage,
    history_deleted: false,
  };
}

/** Applies an untruth told through the control interface, and uses it up once. */
export function withFalseReport(
  document: Record<string, unknown>,
  falseReports: Map<string, FalseReport>,
): Record<string, unknown> {
  const taskId = String(document['task_id']);
  const report = falseReports.get(taskId);
  if (!report) return document;
  report.remaining -= 1;
  if (report.remaining <= 0) falseReports.delete(taskId);
  return { ...document, ...report.document };
}

function sideMembers(world: GlobusWorld, side: 'source' | 'destination', id: string | null) {
  const collection = id === null ? undefined : findCollection(world, id);
  return {
    [`${side}_endpoint_id`]: id,
    [`${side}_endpoint`]: id === null ? null : `u_collection#${id}`,
    [`${side}_endpoint_display_name`]: collection?.displayName ?? null,
  };
}

/** Sums over the items. One subtask is the scan, each file is one more, so a copy of one file ends with two. */
function countMembers(task: TaskRecord, counts: ItemCounts) {
  const files = (...states: string[]) =>
    counts
      .filter(({ stage, state }) => stage === 'file' && states.includes(state))
      .reduce((sum, { count }) => sum + count, 0);
  const allFiles = counts.filter(({ stage }) => stage === 'file').reduce((sum, { count }) => sum + count, 0);
  const scans = (state: string) => counts.some((each) => each.stage === 'scan' && each.state === state);
  const scan = scans('RETRYING') ? 'retrying' : scans('PENDING') ? 'pending' : scanEnd(counts);
  const subtasks = {
    pending: files('PENDING'),
    retrying: files('RETRYING'),
    succeeded: files('SUCCEEDED', 'SYNCED'),
    expired: files('EXPIRED'),
    canceled: files('CANCELED'),
    failed: files('FAILED'),
    skipped_errors: files('SKIPPED_ERROR'),
  };
  subtasks[scan] += 1;
  return {
    files: allFiles,
    directories: task.directories,
    symlinks: 0,
    files_skipped: files('SYNCED', 'SKIPPED_ERROR'),
    files_transferred: task.type === 'TRANSFER' ? files('SUCCEEDED') : 0,
    subtasks_total: Object.values(subtasks).reduce((sum, count) => sum + count, 0),
    ...Object.fromEntries(Object.entries(subtasks).map(([name, count]) => [`subtasks_${name}`, count])),
  };
}

function scanEnd(counts: ItemCounts): 'succeeded' | 'expired' | 'canceled' | 'failed' {
  const ended = counts.find(
    ({ stage, state }) => stage === 'scan' && ['EXPIRED', 'CANCELED', 'FAILED'].includes(state),
  );
  return ended ? (ended.state.toLowerCase() as 'expired' | 'canceled' | 'failed') : 'succeeded';
}

/** How the task feels; all null once it has ended (globus-api.md 2.4). */
function niceMembers(task: TaskRecord, isRunning: boolean) {
  if (isFinished(task)) return niceStatus(null, null, null, null);
  if (task.status === 'INACTIVE') return niceStatus('NO_CREDENTIALS', 'credentials expired', 0, false);
  if (task.isPaused) return niceStatus('PAUSED', 'paused by an administrator', 0, false);
  if (task.errorCode !== null) return niceStatus(task.errorCode, task.errorDescription, 0, false);
  return isRunning ? niceStatus('OK', 'OK', -1, true) : niceStatus('Queued', 'Queued', -1, true);
}

function niceStatus(code: string | null, text: string | null, expiresIn: number | null, isOk: boolean | null) {
  return {
    is_ok: isOk,
    nice_status: code,
    nice_status_short_description: text,
    nice_status_details: null,
    nice_status_expires_in: expiresIn,
  };
}
