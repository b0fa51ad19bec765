import type { SimulatorReply, SimulatorRequest } from '../http/routes.ts';
import type { GlobusContext } from './context.ts';
import { isoTime } from './documents.ts';
import { wholeNumber } from './query-numbers.ts';
import type { ItemState, TaskItem, TaskRecord } from './task-record.ts';
import { isFinished } from './task-record.ts';
import { badRequest } from './transfer-error.ts';

/** Which sides of a task a reader may see; the paths of the other side are null (globus-api.md 2.6). */
export interface VisibleSides {
  readonly source: boolean;
  readonly destination: boolean;
}

export const BOTH_SIDES: VisibleSides = { source: true, destination: true };

const MOST_EVENTS = 1000;

/** The files a finished task has copied, page by page. @throws TransferError 400 while the task runs */
export function successfulTransfers(
  context: GlobusContext,
  request: SimulatorRequest,
  task: TaskRecord,
  sides: VisibleSides = BOTH_SIDES,
): SimulatorReply {
  if (!isFinished(task))
    throw badRequest(`Task '${task.taskId}' is still in progress, successful transfers are not yet available`);
  return markerPage(context, request, task, 'SUCCEEDED', 'successful_transfers', (item) => ({
    DATA_TYPE: 'successful_transfer',
    source_path: sides.source ? item.sourcePath : null,
    destination_path: sides.destination ? item.destinationPath : null,
    size: item.sizeBytes,
    checksum: item.checksum,
    checksum_algorithm: item.checksum === null ? null : 'MD5',
    dynamic: false,
  }));
}

/** What `skip_source_errors` passed over, page by page. */
export function skippedErrors(
  context: GlobusContext,
  request: SimulatorRequest,
  task: TaskRecord,
  sides: VisibleSides = BOTH_SIDES,
): SimulatorReply {
  return markerPage(context, request, task, 'SKIPPED_ERROR', 'skipped_errors', (item) => ({
    DATA_TYPE: 'skipped_error',
    error_code: item.errorCode,
    error_details: item.errorDetails,
    error_time: isoTime(item.errorAtMilliseconds),
    source_path: sides.source ? item.sourcePath : null,
    destination_path: sides.destination ? item.destinationPath : null,
    is_directory: item.recursive === 'yes',
    is_symlink: false,
    is_delete_destination_extra: false,
    external_checksum: item.externalChecksum,
    checksum_algorithm: item.externalAlgorithm,
  }));
}

/** The event log, newest first, in pages by offset; either spelling of the filter leaves errors only. */
export function eventList(context: GlobusContext, request: SimulatorRequest, task: TaskRecord): SimulatorReply {
  const { query } = request;
  const limit = Math.min(wholeNumber(query.get('limit'), 10, 'limit'), MOST_EVENTS);
  const offset = wholeNumber(query.get('offset'), 0, 'offset');
  const isErrorsOnly =
    ['1', 'true'].includes(query.get('filter_is_error') ?? '') ||
    query.getAll('filter').some((filter) => /(^|\/)is_error:(1|true)(\/|$)/.test(filter));
  const events = context.tasks.events.list(task.taskId).filter((event) => event.isError || !isErrorsOnly);
  const page = events.slice(offset, offset + limit).map((event) => ({
    DATA_TYPE: 'event',
    code: event.code,
    is_error: event.isError,
    description: event.description,
    details: event.details,
    time: isoTime(event.atMilliseconds),
  }));
  return {
    status: 200,
    body: { DATA_TYPE: 'event_list', length: page.length, limit, offset, total: events.length, DATA: page },
  };
}

/** Why a task is paused, as far as its owner or a manager may know. */
export function pauseInfo(task: TaskRecord): SimulatorReply {
  const message = task.isPaused ? 'Paused by an administrator' : null;
  return {
    status: 200,
    body: {
      DATA_TYPE: 'pause_info_limited',
      pause_rules: [],
      source_pause_message: null,
      source_pause_message_share: null,
      destination_pause_message: message,
      destination_pause_message_share: null,
    },
  };
}

function markerPage(
  context: GlobusContext,
  request: SimulatorRequest,
  task: TaskRecord,
  state: ItemState,
  dataType: string,
  toDocument: (item: TaskItem) => Record<string, unknown>,
): SimulatorReply {
  const marker = wholeNumber(request.query.get('marker'), 0, 'marker');
  const { pageSize } = context.settings;
  const items = context.tasks.items.page(task.taskId, state, marker, pageSize + 1);
  const page = items.slice(0, pageSize);
  const nextMarker = items.length > pageSize ? (page.at(-1)?.position ?? null) : null;
  return {
    status: 200,
    body: { DATA_TYPE: dataType, marker, next_marker: nextMarker, DATA: page.map(toDocument) },
  };
}
