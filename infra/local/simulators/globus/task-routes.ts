import type { SimulatorReply, SimulatorRequest, SimulatorRoute } from '../http/routes.ts';
import { type GlobusContext, withCaller } from './context.ts';
import { jsonObject, resultReply } from './documents.ts';
import { parseFilters, parseOrder } from './filter-clauses.ts';
import { wholeNumber } from './query-numbers.ts';
import { parseDeadline, parseLabel } from './submission-document.ts';
import { taskDocument, withFalseReport } from './task-document.ts';
import { isFinished, type TaskRecord } from './task-record.ts';
import { eventList, pauseInfo, skippedErrors, successfulTransfers } from './task-results.ts';
import { badRequest, TransferError, taskNotFound } from './transfer-error.ts';

const MOST_TASKS = 1000;

/** A task as its owner sees it (globus-api.md 2.4). */
export function taskRoutes(context: GlobusContext): SimulatorRoute[] {
  const own = (handler: (task: TaskRecord, request: SimulatorRequest) => SimulatorReply) =>
    withCaller(context, (caller, request) => {
      const id = request.params['id'] ?? '';
      const task = context.tasks.find(id);
      // Whose task it is cannot be told from the answer: a foreign one looks like none.
      if (task?.ownerId !== caller.primaryId) throw taskNotFound(id);
      return handler(task, request);
    });
  return [
    [
      'GET',
      '/v0.10/task_list',
      withCaller(context, (caller, request) =>
        listTasks(context, context.tasks.listByOwner(caller.primaryId), request),
      ),
    ],
    ['GET', '/v0.10/task/{id}', own((task) => ({ status: 200, body: readTask(context, task) }))],
    ['PUT', '/v0.10/task/{id}', own((task, request) => updateTask(context, task, request))],
    ['POST', '/v0.10/task/{id}/cancel', own((task, request) => cancelTask(context, task, request))],
    ['GET', '/v0.10/task/{id}/event_list', own((task, request) => eventList(context, request, task))],
    [
      'GET',
      '/v0.10/task/{id}/successful_transfers',
      own((task, request) => successfulTransfers(context, request, task)),
    ],
    ['GET', '/v0.10/task/{id}/skipped_errors', own((task, request) => skippedErrors(context, request, task))],
    ['GET', '/v0.10/task/{id}/pause_info', own((task) => pauseInfo(task))],
  ];
}

/** The document of a task at this moment, with whatever the control interface makes it claim. */
export function readTask(context: GlobusContext, task: TaskRecord): Record<string, unknown> {
  return withFalseReport(trueDocument(context, task), context.settings.falseReports);
}

function trueDocument(context: GlobusContext, task: TaskRecord): Record<string, unknown> {
  return taskDocument(task, {
    world: context.world,
    counts: context.tasks.items.counts(task.taskId),
    isRunning: context.runner.isRunning(task.taskId),
    nowMilliseconds: context.clock.nowMilliseconds(),
  });
}

function listTasks(context: GlobusContext, tasks: readonly TaskRecord[], request: SimulatorRequest): SimulatorReply {
  const { query } = request;
  const limit = Math.min(wholeNumber(query.get('limit'), 10, 'limit'), MOST_TASKS);
  const offset = wholeNumber(query.get('offset'), 0, 'offset');
  const accepts = parseFilters(query.getAll('filter'), ['request_time', 'completion_time']);
  const matching = tasks.map((task) => trueDocument(context, task)).filter(accepts);
  const orderBy = query.get('orderby');
  if (orderBy) matching.sort(parseOrder(orderBy, ''));
  // Filters go by the truth, as in the managers' list; what is told instead only shows.
  const page = matching
    .slice(offset, offset + limit)
    .map((document) => withFalseReport(document, context.settings.falseReports));
  return {
    status: 200,
    body: { DATA_TYPE: 'task_list', length: page.length, limit, offset, total: matching.length, DATA: page },
  };
}

function updateTask(context: GlobusContext, task: TaskRecord, request: SimulatorRequest): SimulatorReply {
  if (isFinished(task)) throw new TransferError(409, 'Conflict', `Task '${task.taskId}' is complete`);
  let document: Record<string, unknown>;
  try {
    document = jsonObject(request.body);
  } catch {
    throw badRequest('the body must be a JSON object');
  }
  const deadline = parseDeadline(document['deadline']);
  context.tasks.update(task.taskId, {
    ...(document['label'] === undefined ? {} : { label: parseLabel(document['label']) }),
    ...(deadline === null ? {} : { deadlineAtMilliseconds: deadline, hasOwnDeadline: true }),
  });
  context.runner.deadlinesChanged();
  return resultReply(request, 200, { DATA_TYPE: 'result', code: 'Updated', message: 'Updated task successfully' });
}

function cancelTask(context: GlobusContext, task: TaskRecord, request: SimulatorRequest): SimulatorReply {
  const fatal = { code: 'CANCELED', description: 'canceled by user' };
  const hasEnded = context.runner.end(task, { status: 'FAILED', fatal, itemState: 'CANCELED' });
  const [code, message] = hasEnded
    ? ['Canceled', 'The task has been cancelled successfully.']
    : ['TaskComplete', 'The task completed before the cancel request was processed.'];
  return resultReply(request, 200, { DATA_TYPE: 'result', code, message });
}
