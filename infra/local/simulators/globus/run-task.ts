import { rm, stat } from 'node:fs/promises';
import { copyFile } from './copy-file.ts';
import { createPace, type Pace } from './pace.ts';
import { scanItem } from './scan-item.ts';
import { isInSync } from './sync-check.ts';
import { describeFault, faultOf, TaskFault } from './task-fault.ts';
import type { TaskItem, TaskRecord } from './task-record.ts';
import { permittedPath, type TransferEnd, type WorkContext } from './transfer-sides.ts';
import { callerOf } from './world.ts';

/** How long after a fault the same item is tried again. */
const RETRY_MILLISECONDS = 1_000;
/** A finished batch moves the deadline this far ahead (globus-api.md 2.7). */
const PROGRESS_DEADLINE_MILLISECONDS = 72 * 3_600_000;
/** Codes that `skip_source_errors` passes over when they come from the source. */
const SKIPPABLE_CODES = ['PERMISSION_DENIED', 'FILE_NOT_FOUND', 'AMBIGUOUS_PATH'];

/** Works on a task until it ends, or until the signal takes it away (cancelled, paused, shut down). */
export async function runTask(context: WorkContext, task: TaskRecord, signal: AbortSignal): Promise<void> {
  const { tasks, clock } = context;
  const { taskId } = task;
  const pace = createPace(clock, () => context.settings.bytesPerSecond);
  if (tasks.events.list(taskId).length === 0)
    tasks.events.add(taskId, { code: 'STARTED', isError: false, description: 'started', details: '' });
  while (!signal.aborted) {
    const item = tasks.items.nextDue(taskId, clock.nowMilliseconds());
    if (item) {
      await attempt(context, task, item, pace, signal);
      // Attempts that fail at once never leave the microtask queue; the rest of the process must have its turn.
      await new Promise((resolve) => setImmediate(resolve));
      continue;
    }
    const nextRetryAt = tasks.items.nextRetryAt(taskId);
    if (nextRetryAt === undefined) return void tasks.end(taskId, { status: 'SUCCEEDED', itemState: 'FAILED' });
    await clock.waitUntil(nextRetryAt, signal).catch(() => undefined);
  }
}

async function attempt(
  context: WorkContext,
  task: TaskRecord,
  item: TaskItem,
  pace: Pace,
  signal: AbortSignal,
): Promise<void> {
  try {
    if (task.type === 'DELETE') await deleteItem(context, task, item);
    else if (item.stage === 'scan') await scan(context, task, item, signal);
    else await transferFile(context, task, item, pace, signal);
    if (!signal.aborted) noteProgress(context, task, item);
  } catch (error) {
    if (signal.aborted) return;
    noteFault(context, task, item, faultOf(error, 'source', item.sourcePath));
  }
}

async function scan(context: WorkContext, task: TaskRecord, item: TaskItem, signal: AbortSignal): Promise<void> {
  const result = await scanItem(context, endsOf(context, task), item, task.options, signal);
  signal.throwIfAborted();
  if (result.kind === 'file') return context.tasks.items.becomeFile(item);
  context.tasks.items.expand(item, result.files);
  context.tasks.count(task.taskId, { directories: result.directories });
}

async function transferFile(
  context: WorkContext,
  task: TaskRecord,
  item: TaskItem,
  pace: Pace,
  signal: AbortSignal,
): Promise<void> {
  const { tasks } = context;
  const ends = endsOf(context, task);
  if (await isInSync(context, ends, item, task.options)) return tasks.items.settle(item, 'SYNCED');
  const onProgress = (bytesInFlight: number) => {
    if (!signal.aborted) tasks.update(task.taskId, { bytesInFlight });
  };
  try {
    const { options } = task;
    const { sizeBytes, md5 } = await copyFile(context, { ...ends, item, options, pace, signal, onProgress });
    signal.throwIfAborted();
    tasks.items.settle(item, 'SUCCEEDED', { sizeBytes, checksum: md5 });
    tasks.count(task.taskId, { bytes: sizeBytes, checksummedBytes: md5 === null ? 0 : sizeBytes });
  } finally {
    // A task that was taken away keeps what it showed, or was set to nothing by its end.
    if (!signal.aborted) tasks.update(task.taskId, { bytesInFlight: 0 });
  }
}

/** A missing path fails a deletion at once, unlike other faults (globus-api.md 2.7). */
async function deleteItem(context: WorkContext, task: TaskRecord, item: TaskItem): Promise<void> {
  const path = permittedPath(context, endsOf(context, task).source, item.sourcePath, 'rw');
  const status = await stat(path).catch(() => undefined);
  if (!status && !task.options.ignore_missing)
    throw new TaskFault('FILE_NOT_FOUND', 'source', `'${item.sourcePath}' does not exist`, true);
  if (status?.isDirectory() && !task.options.recursive)
    throw new TaskFault('IS_A_DIRECTORY', 'source', `'${item.sourcePath}' is a directory`, true);
  await rm(path, { recursive: true, force: true });
  context.tasks.items.settle(item, 'SUCCEEDED');
}

/** A success clears the task's error once nothing waits for a retry, and moves its deadline. */
function noteProgress(context: WorkContext, task: TaskRecord, item: TaskItem): void {
  const { tasks, clock } = context;
  if (item.errorCode !== null && tasks.items.nextRetryAt(task.taskId) === undefined)
    tasks.update(task.taskId, { errorCode: null, errorDescription: null });
  const current = tasks.find(task.taskId);
  const ahead = clock.nowMilliseconds() + PROGRESS_DEADLINE_MILLISECONDS;
  if (task.type === 'TRANSFER' && item.stage === 'file' && current && !current.hasOwnDeadline)
    tasks.update(task.taskId, { deadlineAtMilliseconds: Math.max(current.deadlineAtMilliseconds, ahead) });
}

function noteFault(context: WorkContext, task: TaskRecord, item: TaskItem, fault: TaskFault): void {
  const { tasks, clock } = context;
  const description = describeFault(fault.code);
  const atMilliseconds = clock.nowMilliseconds();
  const details = JSON.stringify({
    context: [{ operation: task.type, path: item.sourcePath }],
    error: { body: fault.message },
  });
  const record = { code: fault.code, details: fault.message, atMilliseconds };
  tasks.count(task.taskId, { faults: 1 });
  tasks.events.add(task.taskId, { code: fault.code, isError: true, description, details });
  if (fault.isFatal || (fault.code === 'QUOTA_EXCEEDED' && task.options.fail_on_quota_errors)) {
    tasks.items.settle(item, 'FAILED', { fault: record });
    tasks.end(task.taskId, { status: 'FAILED', fatal: { code: fault.code, description }, itemState: 'FAILED' });
  } else if (task.options.skip_source_errors && fault.side === 'source' && SKIPPABLE_CODES.includes(fault.code)) {
    if (item.stage === 'scan') tasks.items.becomeFile(item);
    tasks.items.settle(item, 'SKIPPED_ERROR', { fault: record });
  } else {
    tasks.items.retryLater(item, record, atMilliseconds + RETRY_MILLISECONDS);
    tasks.update(task.taskId, { errorCode: fault.code, errorDescription: description });
  }
}

function endsOf(context: WorkContext, task: TaskRecord): { source: TransferEnd; destination: TransferEnd } {
  const owner = callerOf(context.world, task.ownerId);
  return {
    source: { side: 'source', collectionId: task.sourceId, owner },
    destination: { side: 'destination', collectionId: task.destinationId ?? task.sourceId, owner },
  };
}
