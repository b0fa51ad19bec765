import { randomUUID } from 'node:crypto';
import type { LocalClock } from '../../clock.ts';
import type { Database } from './database.ts';
import { openTaskEvents, type TaskEvents } from './task-events.ts';
import { type NewItem, openTaskItems, type TaskItems } from './task-items.ts';
import { type ItemState, isFinished, type TaskRecord, type TaskStatus, toTask } from './task-record.ts';

export type NewTask = Pick<
  TaskRecord,
  | 'ownerId'
  | 'type'
  | 'submissionId'
  | 'label'
  | 'deadlineAtMilliseconds'
  | 'hasOwnDeadline'
  | 'sourceId'
  | 'destinationId'
  | 'options'
> & { readonly pathsHash: string };

/** Members of a task that change after its submission. */
export type TaskChange = Partial<
  Pick<
    TaskRecord,
    | 'status'
    | 'label'
    | 'deadlineAtMilliseconds'
    | 'hasOwnDeadline'
    | 'isPaused'
    | 'errorCode'
    | 'errorDescription'
    | 'canceledByAdmin'
    | 'canceledByAdminMessage'
    | 'bytesInFlight'
  >
>;

/** How a task ends. `itemState` is what becomes of its unfinished items. */
export interface TaskEnd {
  readonly status: 'SUCCEEDED' | 'FAILED';
  readonly fatal?: { readonly code: string; readonly description: string };
  readonly itemState: ItemState;
}

/** All tasks, with their items and events. */
export interface TaskBook {
  readonly items: TaskItems;
  readonly events: TaskEvents;
  create(task: NewTask, items: readonly NewItem[]): TaskRecord;
  find(taskId: string): TaskRecord | undefined;
  findSubmission(ownerId: string, submissionId: string): TaskRecord | undefined;
  /** An unfinished task of that owner over the very same paths. */
  findRunningTwin(ownerId: string, pathsHash: string): TaskRecord | undefined;
  listByOwner(ownerId: string): TaskRecord[];
  listAll(): TaskRecord[];
  listByStatus(statuses: readonly TaskStatus[]): TaskRecord[];
  /** The tasks of an owner that may be worked on now: the first few in the order of their requests. */
  listRunnable(ownerId: string, type: TaskRecord['type'], limit: number): TaskRecord[];
  /** Owners with unfinished tasks. */
  listActiveOwners(): string[];
  update(taskId: string, change: TaskChange): void;
  /** Adds to the task's sums. */
  count(
    taskId: string,
    sums: { faults?: number; directories?: number; bytes?: number; checksummedBytes?: number },
  ): void;
  /** Ends a task once; false when it has ended already. */
  end(taskId: string, end: TaskEnd): boolean;
  /** Earliest deadline of an unfinished task, in milliseconds. */
  earliestDeadline(): number | undefined;
  forget(taskId: string): void;
}

const COLUMNS: Readonly<Record<keyof TaskChange, string>> = {
  status: 'status',
  label: 'label',
  deadlineAtMilliseconds: 'deadline_at_ms',
  hasOwnDeadline: 'has_own_deadline',
  isPaused: 'is_paused',
  errorCode: 'error_code',
  errorDescription: 'error_description',
  canceledByAdmin: 'canceled_by_admin',
  canceledByAdminMessage: 'canceled_by_admin_message',
  bytesInFlight: 'bytes_in_flight',
};

const INSERT = `INSERT INTO tasks (task_id, request_order, owner_id, type, status, submission_id, label, requested_at_ms,
  deadline_at_ms, has_own_deadline, source_id, destination_id, paths_hash, options)
  VALUES (?, max(?, coalesce((SELECT max(request_order) FROM tasks), 0) + 1), ?, ?, 'ACTIVE', ?, ?, ?, ?, ?, ?, ?, ?, ?)`;
const UNFINISHED = "status IN ('ACTIVE', 'INACTIVE')";

/** Opens the tasks stored in the database. */
export function openTasks(database: Database, clock: LocalClock): TaskBook {
  const items = openTaskItems(database);
  const events = openTaskEvents(database, clock);
  const one = (where: string, ...values: string[]) => {
    const row = database.get(`SELECT * FROM tasks WHERE ${where}`, ...values);
    return row && toTask(row);
  };
  const many = (rest: string, ...values: (string | number)[]) =>
    database.all(`SELECT * FROM tasks ${rest}`, ...values).map(toTask);
  const find = (taskId: string) => one('task_id = ?', taskId.toLowerCase());

  const update = (taskId: string, change: TaskChange) => {
    for (const [key, value] of Object.entries(change)) {
      const stored = typeof value === 'boolean' ? Number(value) : (value ?? null);
      database.run(`UPDATE tasks SET ${COLUMNS[key as keyof TaskChange]} = ? WHERE task_id = ?`, stored, taskId);
    }
  };

  return {
    items,
    events,
    find,
    update,
    create(task, newItems) {
      const taskId = randomUUID();
      const now = clock.nowMilliseconds();
      database.transaction(() => {
        database.run(
          INSERT,
          taskId,
          now * 1000,
          task.ownerId,
          task.type,
          task.submissionId,
          task.label,
          now,
          task.deadlineAtMilliseconds,
          Number(task.hasOwnDeadline),
          task.sourceId,
          task.destinationId,
          task.pathsHash,
          JSON.stringify(task.options),
        );
        items.add(taskId, newItems);
      });
      return find(taskId) as TaskRecord;
    },
    findSubmission: (ownerId, submissionId) => one('owner_id = ? AND submission_id = ?', ownerId, submissionId),
    findRunningTwin: (ownerId, hash) => one(`owner_id = ? AND ${UNFINISHED} AND paths_hash = ?`, ownerId, hash),
    listByOwner: (ownerId) => many('WHERE owner_id = ? ORDER BY request_order DESC', ownerId),
    listAll: () => many('ORDER BY request_order DESC'),
    listByStatus: (statuses) =>
      many(`WHERE status IN (${statuses.map(() => '?').join(', ')}) ORDER BY request_order DESC`, ...statuses),
    listRunnable: (ownerId, type, limit) =>
      many(
        "WHERE owner_id = ? AND type = ? AND status = 'ACTIVE' AND is_paused = 0 ORDER BY request_order LIMIT ?",
        ownerId,
        type,
        limit,
      ),
    listActiveOwners: () =>
      database.all("SELECT DISTINCT owner_id FROM tasks WHERE status = 'ACTIVE'").map((row) => String(row['owner_id'])),
    count(taskId, { faults = 0, directories = 0, bytes = 0, checksummedBytes = 0 }) {
      database.run(
        `UPDATE tasks SET faults = faults + ?, directories = directories + ?, bytes_transferred = bytes_transferred + ?,
         bytes_checksummed = bytes_checksummed + ? WHERE task_id = ?`,
        faults,
        directories,
        bytes,
        checksummedBytes,
        taskId,
      );
    },
    end: (taskId, { status, fatal, itemState }) =>
      database.transaction(() => {
        const task = find(taskId);
        if (!task || isFinished(task)) return false;
        database.run(
          `UPDATE tasks SET status = ?, completed_at_ms = ?, fatal_code = ?, fatal_description = ?, is_paused = 0,
           bytes_in_flight = 0, error_code = NULL, error_description = NULL WHERE task_id = ?`,
          status,
          clock.nowMilliseconds(),
          fatal?.code ?? null,
          fatal?.description ?? null,
          taskId,
        );
        items.endUnfinished(taskId, itemState);
        events.add(taskId, {
          code: fatal?.code ?? status,
          isError: fatal !== undefined,
          description: fatal?.description ?? 'succeeded',
          details: '',
        });
        return true;
      }),
    earliestDeadline() {
      const row = database.get(`SELECT min(deadline_at_ms) AS earliest FROM tasks WHERE ${UNFINISHED}`);
      return typeof row?.['earliest'] === 'number' ? row['earliest'] : undefined;
    },
    forget(taskId) {
      database.transaction(() => {
        for (const table of ['task_items', 'task_events', 'tasks'])
          database.run(`DELETE FROM ${table} WHERE task_id = ?`, taskId);
      });
    },
  };
}
