import type { SimulatorReply, SimulatorRequest, SimulatorRoute } from '../http/routes.ts';
import { type GlobusContext, withCaller } from './context.ts';
import { jsonObject, resultReply } from './documents.ts';
import { managerTaskList } from './manager-task-list.ts';
import { isManager, managerDocument, visibleSides } from './manager-view.ts';
import type { TaskRecord } from './task-record.ts';
import { eventList, pauseInfo, skippedErrors, successfulTransfers, type VisibleSides } from './task-results.ts';
import { permissionDenied, TransferError, taskNotFound } from './transfer-error.ts';
import type { Caller } from './world.ts';

type ManagerHandler = (task: TaskRecord, sides: VisibleSides, request: SimulatorRequest) => SimulatorReply;

/** Tasks as the managers of a collection see them (globus-api.md 2.5). */
export function managerRoutes(context: GlobusContext): SimulatorRoute[] {
  const managed = (handler: (caller: Caller, request: SimulatorRequest) => SimulatorReply) =>
    withCaller(context, (caller, request) => {
      if (!isManager(context, caller)) throw permissionDenied();
      return handler(caller, request);
    });
  const onTask = (handler: ManagerHandler) =>
    managed((caller, request) => {
      const id = request.params['id'] ?? '';
      const task = context.tasks.find(id);
      if (!task) throw taskNotFound(id);
      const sides = visibleSides(context, caller, task);
      if (!sides) throw permissionDenied();
      return handler(task, sides, request);
    });
  const base = '/v0.10/endpoint_manager';
  return [
    ['GET', `${base}/task_list`, managed((caller, request) => managerTaskList(context, caller, request))],
    [
      'GET',
      `${base}/task/{id}`,
      onTask((task, sides) => ({ status: 200, body: managerDocument(context, task, sides) })),
    ],
    ['GET', `${base}/task/{id}/event_list`, onTask((task, _sides, request) => eventList(context, request, task))],
    [
      'GET',
      `${base}/task/{id}/successful_transfers`,
      onTask((task, sides, request) => successfulTransfers(context, request, task, sides)),
    ],
    [
      'GET',
      `${base}/task/{id}/skipped_errors`,
      onTask((task, sides, request) => skippedErrors(context, request, task, sides)),
    ],
    ['GET', `${base}/task/{id}/pause_info`, onTask((task) => pauseInfo(task))],
    ['POST', `${base}/admin_cancel`, managed((caller, request) => adminCancel(context, caller, request))],
    ['GET', `${base}/admin_cancel/{id}`, managed((caller, request) => readAdminCancel(context, caller, request))],
  ];
}

/** Cancels all the named tasks, or none when one of them is not the caller's to cancel. */
function adminCancel(context: GlobusContext, caller: Caller, request: SimulatorRequest): SimulatorReply {
  const { ids, message } = parseAdminCancel(request);
  const orders = ids.map((id) => {
    const task = context.tasks.find(id);
    const sides = task && visibleSides(context, caller, task, 'manage');
    if (!task || !sides) throw permissionDenied();
    return { task, by: sides.source && sides.destination ? 'BOTH' : sides.source ? 'SOURCE' : 'DESTINATION' };
  });
  for (const { task, by } of orders) {
    const fatal = { code: 'CANCELED', description: 'canceled by an administrator' };
    if (context.runner.end(task, { status: 'FAILED', fatal, itemState: 'CANCELED' }))
      context.tasks.update(task.taskId, { canceledByAdmin: by, canceledByAdminMessage: message });
  }
  const row = context.database.get('INSERT INTO admin_cancels (caller_id) VALUES (?) RETURNING id', caller.primaryId);
  return resultReply(request, 200, { DATA_TYPE: 'admin_cancel', id: Number(row?.['id']), done: true });
}

function readAdminCancel(context: GlobusContext, caller: Caller, request: SimulatorRequest): SimulatorReply {
  const id = Number(request.params['id']);
  const row = Number.isSafeInteger(id)
    ? context.database.get('SELECT id FROM admin_cancels WHERE id = ? AND caller_id = ?', id, caller.primaryId)
    : undefined;
  if (!row) throw new TransferError(404, 'ClientError.NotFound', `No admin_cancel with id '${request.params['id']}'`);
  return resultReply(request, 200, { DATA_TYPE: 'admin_cancel', id, done: true });
}

function parseAdminCancel(request: SimulatorRequest): { ids: string[]; message: string } {
  try {
    const { task_id_list: ids, message } = jsonObject(request.body);
    if (Array.isArray(ids) && ids.every((id) => typeof id === 'string') && typeof message === 'string')
      return { ids, message };
  } catch {
    // Falls through to the same refusal.
  }
  throw new TransferError(400, 'BadRequest', 'admin_cancel needs task_id_list and message');
}
