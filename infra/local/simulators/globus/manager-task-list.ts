import type { SimulatorReply, SimulatorRequest } from '../http/routes.ts';
import { type GlobusContext, requireCollection } from './context.ts';
import { isoTime } from './documents.ts';
import { managerDocument, visibleSides, watchesOver } from './manager-view.ts';
import { wholeNumber } from './query-numbers.ts';
import { isFinished, type TaskRecord, type TaskStatus } from './task-record.ts';
import { permissionDenied, TransferError } from './transfer-error.ts';
import { type Caller, callerOf, findIdentity } from './world.ts';

const MOST_TASK_IDS = 50;
const STATUSES: readonly TaskStatus[] = ['ACTIVE', 'INACTIVE', 'SUCCEEDED', 'FAILED'];
const FILTERS = [
  'filter_status',
  'filter_endpoint',
  'filter_endpoint_use',
  'filter_owner_id',
  'filter_is_paused',
  'filter_completion_time',
  'filter_min_faults',
  'filter_local_user',
];

/**
 * `GET /endpoint_manager/task_list`, newest request first (globus-api.md 2.5).
 * @throws TransferError 400 BadRequest, 403 PermissionDenied, 404 UserNotFound
 */
export function managerTaskList(context: GlobusContext, caller: Caller, request: SimulatorRequest): SimulatorReply {
  const { query } = request;
  const limit = Math.min(wholeNumber(query.get('limit'), 100, 'limit'), context.settings.pageSize);
  const taskIds = query.get('filter_task_id');
  const matching = taskIds === null ? listFiltered(context, caller, query) : listByIds(context, caller, query, taskIds);
  const afterOrder = parseLastKey(query.get('last_key'));
  const rest = afterOrder === null ? matching : matching.filter((task) => task.requestOrder < afterOrder);
  const page = rest.slice(0, limit);
  const last = page.at(-1);
  return {
    status: 200,
    body: {
      DATA_TYPE: 'task_list',
      DATA: page.flatMap((task) => {
        const sides = visibleSides(context, caller, task);
        return sides ? managerDocument(context, task, sides) : [];
      }),
      has_next_page: rest.length > page.length,
      last_key: last ? lastKeyOf(last) : null,
      limit,
    },
  };
}

/** All or nothing: one id out of sight refuses the whole call. */
function listByIds(context: GlobusContext, caller: Caller, query: URLSearchParams, taskIds: string): TaskRecord[] {
  if (FILTERS.some((name) => query.has(name))) throw badFilter('filter_task_id cannot be combined with other filters');
  const ids = [...new Set(taskIds.toLowerCase().split(',').filter(Boolean))];
  if (ids.length > MOST_TASK_IDS) throw badFilter(`filter_task_id takes at most ${MOST_TASK_IDS} ids`);
  const tasks = ids.map((id) => {
    const task = context.tasks.find(id);
    if (!task || !visibleSides(context, caller, task)) throw permissionDenied();
    return task;
  });
  return tasks.sort((a, b) => b.requestOrder - a.requestOrder);
}

function listFiltered(context: GlobusContext, caller: Caller, query: URLSearchParams): TaskRecord[] {
  const statuses = parseStatuses(query.get('filter_status'));
  const isRunningOnly = statuses.every((status) => status === 'ACTIVE' || status === 'INACTIVE');
  const endpointId = query.get('filter_endpoint')?.toLowerCase() ?? null;
  if (!isRunningOnly && endpointId === null)
    throw badFilter(
      'filter_task_id or filter_endpoint is required unless filter_status is ACTIVE,INACTIVE or part of it',
    );
  if (endpointId !== null && !watchesOver(requireCollection(context, endpointId), caller, 'monitor'))
    throw permissionDenied();
  const accepts = [
    endpointFilter(query, endpointId),
    ownerFilter(context, query),
    pausedFilter(query, isRunningOnly),
    completionFilter(query),
    faultsFilter(query),
  ];
  return context.tasks
    .listByStatus(statuses)
    .filter((task) => accepts.every((accept) => accept(task)) && visibleSides(context, caller, task) !== undefined);
}

type TaskFilter = (task: TaskRecord) => boolean;

function endpointFilter(query: URLSearchParams, endpointId: string | null): TaskFilter {
  const use = query.get('filter_endpoint_use');
  for (const name of ['filter_endpoint_use', 'filter_local_user'])
    if (query.has(name) && endpointId === null) throw badFilter(`${name} needs filter_endpoint`);
  if (use !== null && use !== 'source' && use !== 'destination') throw badFilter('unknown filter_endpoint_use');
  if (endpointId === null) return () => true;
  return (task) =>
    (use !== 'destination' && task.sourceId === endpointId) || (use !== 'source' && task.destinationId === endpointId);
}

/** Matches the owner by any identity of the owner's set, not only the primary one (limits-and-threats.md G7). */
function ownerFilter(context: GlobusContext, query: URLSearchParams): TaskFilter {
  const id = query.get('filter_owner_id')?.toLowerCase();
  if (id === undefined) return () => true;
  if (!findIdentity(context.world, id)) throw new TransferError(404, 'UserNotFound', `No such user '${id}'`);
  const { primaryId } = callerOf(context.world, id);
  return (task) => task.ownerId === primaryId;
}

function pausedFilter(query: URLSearchParams, isRunningOnly: boolean): TaskFilter {
  const value = query.get('filter_is_paused');
  if (value === null) return () => true;
  if (!isRunningOnly) throw badFilter('filter_is_paused needs filter_status of ACTIVE,INACTIVE or part of it');
  const wanted = value === 'true' || value === '1';
  return (task) => task.isPaused === wanted;
}

function completionFilter(query: URLSearchParams): TaskFilter {
  const value = query.get('filter_completion_time');
  if (value === null) return () => true;
  const [from = '', to = ''] = value.split(',');
  return (task) => {
    const time = isoTime(task.completedAtMilliseconds) ?? '';
    return time !== '' && (from === '' || time >= from) && (to === '' || time <= to);
  };
}

function faultsFilter(query: URLSearchParams): TaskFilter {
  const least = wholeNumber(query.get('filter_min_faults'), 0, 'filter_min_faults');
  return (task) => task.faults >= least;
}

function parseStatuses(value: string | null): TaskStatus[] {
  if (value === null || value === '') return [...STATUSES];
  const statuses = value.split(',') as TaskStatus[];
  if (!statuses.every((status) => STATUSES.includes(status))) throw badFilter('unknown filter_status');
  return statuses;
}

/** Such as `complete,2025-01-02T03:04:05.678901`: the microseconds are what paging goes by. */
function lastKeyOf(task: TaskRecord): string {
  const seconds = Math.floor(task.requestOrder / 1_000_000);
  const micros = String(task.requestOrder % 1_000_000).padStart(6, '0');
  const kind = isFinished(task) ? 'complete' : 'active';
  return `${kind},${new Date(seconds * 1000).toISOString().slice(0, 19)}.${micros}`;
}

function parseLastKey(value: string | null): number | null {
  if (value === null || value === '') return null;
  const parts = /^(?:active|complete),(\S{19})\.(\d{6})$/.exec(value);
  const milliseconds = Date.parse(`${parts?.[1]}Z`);
  if (!parts || Number.isNaN(milliseconds)) throw badFilter('last_key is not one this call has given');
  return milliseconds * 1000 + Number(parts[2]);
}

function badFilter(message: string): TransferError {
  return new TransferError(400, 'BadRequest', message);
}
