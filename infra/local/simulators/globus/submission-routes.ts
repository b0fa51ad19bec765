import { randomUUID } from 'node:crypto';
import type { SimulatorReply, SimulatorRequest, SimulatorRoute } from '../http/routes.ts';
import { type GlobusContext, requireCollection, requireConsents, type TransferCaller, withCaller } from './context.ts';
import { jsonObject, resultReply } from './documents.ts';
import { mayUseCollection } from './path-permission.ts';
import { parseDelete, parseTransfer, type Submission } from './submission-document.ts';
import type { TaskType } from './task-record.ts';
import { DEFAULT_DEADLINE_MILLISECONDS } from './task-runner.ts';
import { badRequest, permissionDenied, TransferError } from './transfer-error.ts';
import type { Caller } from './world.ts';

/** Handing in work (globus-api.md 2.3). */
export function submissionRoutes(context: GlobusContext): SimulatorRoute[] {
  return [
    ['GET', '/v0.10/submission_id', withCaller(context, (caller) => issueSubmissionId(context, caller))],
    ['POST', '/v0.10/transfer', withCaller(context, (caller, request) => submit(context, caller, request, 'TRANSFER'))],
    ['POST', '/v0.10/delete', withCaller(context, (caller, request) => submit(context, caller, request, 'DELETE'))],
  ];
}

function issueSubmissionId(context: GlobusContext, caller: Caller): SimulatorReply {
  const value = randomUUID();
  context.database.run(
    'INSERT INTO submission_ids VALUES (?, ?, ?)',
    value,
    caller.primaryId,
    context.clock.nowMilliseconds(),
  );
  return { status: 200, body: { DATA_TYPE: 'submission_id', value } };
}

/** Accepts a task once per owner and submission id; paths are not looked at before the task runs. */
function submit(
  context: GlobusContext,
  caller: TransferCaller,
  request: SimulatorRequest,
  type: TaskType,
): SimulatorReply {
  const submission = (type === 'TRANSFER' ? parseTransfer : parseDelete)(parseBody(request));
  const { tasks, clock, runner } = context;
  const known = tasks.findSubmission(caller.primaryId, submission.submissionId);
  if (known) return acceptance(request, type, 'Duplicate', known.taskId, submission);
  const collections = [submission.sourceId, submission.destinationId]
    .filter((id) => id !== null)
    .map((id) => requireCollection(context, id));
  requireConsents(context, caller, collections);
  if (!collections.every((collection) => mayUseCollection(collection, caller))) throw permissionDenied();
  if (tasks.findRunningTwin(caller.primaryId, submission.pathsHash))
    throw new TransferError(409, 'Conflict', `A ${type.toLowerCase()} with identical paths has not yet completed`);
  const deadline = submission.deadlineAtMilliseconds;
  const { items, ...members } = submission;
  const task = tasks.create(
    {
      ...members,
      ownerId: caller.primaryId,
      type,
      deadlineAtMilliseconds: deadline ?? clock.nowMilliseconds() + DEFAULT_DEADLINE_MILLISECONDS,
      hasOwnDeadline: deadline !== null,
    },
    items,
  );
  runner.wake(task.ownerId);
  return acceptance(request, type, 'Accepted', task.taskId, submission);
}

function acceptance(
  request: SimulatorRequest,
  type: TaskType,
  code: 'Accepted' | 'Duplicate',
  taskId: string,
  submission: Submission,
): SimulatorReply {
  const noun = type.toLowerCase();
  return resultReply(request, 202, {
    DATA_TYPE: `${noun}_result`,
    code,
    message: `The ${noun} has been accepted and a task has been created and queued for execution`,
    task_id: taskId,
    submission_id: submission.submissionId,
    task_link: {
      DATA_TYPE: 'link',
      rel: 'related',
      resource: 'task',
      title: 'related task',
      href: `/v0.10/task/${taskId}?format=json`,
    },
  });
}

function parseBody(request: SimulatorRequest): Record<string, unknown> {
  try {
    return jsonObject(request.body);
  } catch {
    throw badRequest('the body must be a JSON object');
  }
}
