import { HTTP_METHODS, serviceRequest } from '@globus/sdk/services/shared';
import * as transfer from '@globus/sdk/services/transfer';
import * as z from 'zod/mini';
import { ForbiddenError } from '../../domain/errors.ts';
import type { CollectionId, PrincipalId } from '../../domain/ids.ts';
import type { Globus, GlobusTask } from '../../ports/globus.ts';
import type { Deadline } from '../system/retry-wait.ts';
import { taskDocument, taskListDocument, toGlobusTime, toTask } from './documents.ts';
import { pathSegment } from './path-segment.ts';
import {
  type CallOptions,
  type CallTransfer,
  failureOf,
  isMissing,
  isSuccess,
  refusalIn,
  succeeded,
  unexpectedReply,
} from './transfer-call.ts';

/** The ceiling Globus's own client assumes for one page of `endpoint_manager/task_list` (globus-api.md 0). */
const TASKS_PER_PAGE = 1_000;
/** 20,000 live tasks on one collection: twice what one service identity can follow (limits-and-threats.md 2). */
const MOST_TASK_PAGES = 20;
/** Completion times of the two calls that name the same task are equal; the margin only covers rounding. */
const COMPLETION_MARGIN_SECONDS = 60;

type TaskMethods = Pick<Globus, 'findTask' | 'listLiveTasks' | 'listAllLiveTasks' | 'isOwnedBy'>;

/** The calls on tasks, as the collection's activity monitor sees them (globus-api.md 2.5). */
export function createTaskMethods(options: {
  readonly call: CallTransfer;
  readonly newDeadline: (withinMilliseconds?: number) => Deadline;
}): TaskMethods {
  const { call, newDeadline } = options;

  const findTask: Globus['findTask'] = async (collectionId, taskId, withinMilliseconds, urgency) => {
    const what = `the task ${taskId}`;
    const result = await call({
      name: 'findTask',
      // Whoever has little time has somebody waiting for the answer.
      urgency: urgency ?? (withinMilliseconds === undefined ? 'can-wait' : 'urgent'),
      when: 'any-transient',
      collectionId,
      deadline: newDeadline(withinMilliseconds),
      send: (headers, sdk) => transfer.endpointManager.task.get(pathSegment(taskId), { headers }, sdk),
    });
    if (result.kind === 'reply' && isSuccess(result)) {
      const document = z.safeParse(taskDocument, result.json).data;
      const task = document && toTask(document);
      if (!task) throw unexpectedReply(what, 'it is no task');
      if (task.taskId !== taskId) throw unexpectedReply(what, 'it is about another task');
      return task;
    }
    if (isMissing(result)) return undefined;
    const refusal = refusalIn(result);
    if (refusal?.status === 403) {
      throw new ForbiddenError(`The task ${taskId} is not visible on the collection ${collectionId}.`, {
        details: { code: refusal.code, message: refusal.message },
      });
    }
    throw failureOf(result, what);
  };

  const isListed = async (
    collectionId: CollectionId,
    task: GlobusTask,
    principal: PrincipalId,
    withinMilliseconds?: number,
  ) => {
    const at = { collectionId, deadline: newDeadline(withinMilliseconds) };
    const tasks = await listTasks(call, at, filtersFor(task, collectionId, principal));
    return tasks.some((each) => each.taskId === task.taskId);
  };

  return {
    findTask,

    listLiveTasks: (collectionId, principal) =>
      listTasks(
        call,
        { collectionId, deadline: newDeadline() },
        { filter_endpoint: collectionId, filter_owner_id: principal, filter_status: ['ACTIVE', 'INACTIVE'] },
      ),

    listAllLiveTasks: (collectionId) =>
      listTasks(
        call,
        { collectionId, deadline: newDeadline(), urgency: 'can-wait' },
        { filter_endpoint: collectionId, filter_status: ['ACTIVE', 'INACTIVE'] },
      ),

    async isOwnedBy(collectionId, task, principal, withinMilliseconds) {
      if (task.ownerId === principal) return true;
      if (await isListed(collectionId, task, principal, withinMilliseconds)) return true;
      if (task.status === 'SUCCEEDED' || task.status === 'FAILED') return false;
      // It may have ended between the caller's look and ours; then it is listed under another status.
      const now = await findTask(collectionId, task.taskId, withinMilliseconds);
      return (
        now !== undefined && now.status !== task.status && isListed(collectionId, now, principal, withinMilliseconds)
      );
    },
  };
}

type TaskFilters = Readonly<Record<string, string | string[]>>;

/** Filters under which a task of this status and completion is listed, if the principal or a linked identity owns it (G7). */
function filtersFor(task: GlobusTask, collectionId: CollectionId, principal: PrincipalId): TaskFilters {
  const status =
    task.status === 'UNKNOWN'
      ? ['ACTIVE', 'INACTIVE', 'SUCCEEDED', 'FAILED']
      : task.status === 'ACTIVE' || task.status === 'INACTIVE'
        ? ['ACTIVE', 'INACTIVE']
        : [task.status];
  const completed = task.completedAtEpochSeconds;
  return {
    filter_endpoint: collectionId,
    filter_owner_id: principal,
    filter_status: status,
    ...(completed === null
      ? {}
      : {
          filter_completion_time: [
            toGlobusTime(completed - COMPLETION_MARGIN_SECONDS),
            toGlobusTime(completed + COMPLETION_MARGIN_SECONDS),
          ],
        }),
  };
}

/** All pages of `endpoint_manager/task_list`; an identity Transfer has never met has no tasks. */
async function listTasks(call: CallTransfer, at: CallOptions, filters: TaskFilters): Promise<readonly GlobusTask[]> {
  const what = 'the list of tasks';
  const tasks: GlobusTask[] = [];
  let lastKey: string | undefined;
  for (let page = 0; page < MOST_TASK_PAGES; page += 1) {
    const query = { ...filters, limit: String(TASKS_PER_PAGE), last_key: lastKey };
    const result = await call({
      ...at,
      name: 'listTasks',
      when: 'any-transient',
      send: (headers, sdk) =>
        // The SDK's own function asks for the caller's tasks instead (globus-api.md 5.4).
        serviceRequest.call(
          undefined,
          {
            service: transfer.CONFIG.ID,
            path: '/v0.10/endpoint_manager/task_list',
            method: HTTP_METHODS.GET,
          },
          { headers, query },
          sdk,
        ),
    });
    if (/(^|\.)UserNotFound$/.test(refusalIn(result)?.code ?? '')) return [];
    const list = z.safeParse(taskListDocument, succeeded(result, what).json).data;
    if (!list) throw unexpectedReply(what, 'it is no task_list');
    for (const document of list.DATA) {
      const task = toTask(document);
      if (!task) throw unexpectedReply(what, 'it holds an entry that is no task');
      tasks.push(task);
    }
    if (!list.has_next_page) return tasks;
    if (!list.last_key || list.last_key === lastKey) throw unexpectedReply(what, 'its next page cannot be asked for');
    lastKey = list.last_key;
  }
  throw unexpectedReply(what, `it has more than ${MOST_TASK_PAGES} pages`);
}
