import type { Database } from './database.ts';
import { type ItemStage, type ItemState, type TaskItem, toItem } from './task-record.ts';

export type NewItem = Pick<
  TaskItem,
  'stage' | 'recursive' | 'sourcePath' | 'destinationPath' | 'externalChecksum' | 'externalAlgorithm'
>;

/** How an attempt at an item went wrong. */
export interface ItemFault {
  readonly code: string;
  readonly details: string;
  readonly atMilliseconds: number;
}

/** How many items of a task are in which state. */
export type ItemCounts = readonly { readonly stage: ItemStage; readonly state: ItemState; readonly count: number }[];

/** The items of tasks, with the progress and result of each. */
export interface TaskItems {
  add(taskId: string, items: readonly NewItem[]): void;
  /** What to do next: items to look into, then files, then whatever is due for another try. */
  nextDue(taskId: string, nowMilliseconds: number): TaskItem | undefined;
  /** When the next retry is due; undefined when nothing waits. */
  nextRetryAt(taskId: string): number | undefined;
  settle(
    item: TaskItem,
    state: ItemState,
    result?: { sizeBytes?: number; checksum?: string | null; fault?: ItemFault },
  ): void;
  retryLater(item: TaskItem, fault: ItemFault, nextTryMilliseconds: number): void;
  /** Replaces a scanned directory by the files found in it. */
  expand(item: TaskItem, files: readonly NewItem[]): void;
  /** A scanned item turned out to be a file. */
  becomeFile(item: TaskItem): void;
  endUnfinished(taskId: string, state: ItemState): void;
  counts(taskId: string): ItemCounts;
  /** Items in one of the states after a position, in order. */
  page(taskId: string, state: ItemState, afterPosition: number, limit: number): TaskItem[];
}

const UNFINISHED = "state IN ('PENDING', 'RETRYING')";

export function openTaskItems(database: Database): TaskItems {
  // Left to itself, SQLite walks the primary key past all finished items, and a large task takes hours.
  const first = (index: string, where: string, ...values: (string | number)[]) => {
    const row = database.get(`SELECT * FROM task_items INDEXED BY ${index} WHERE ${where} LIMIT 1`, ...values);
    return row && toItem(row);
  };

  const add = (taskId: string, items: readonly NewItem[]) =>
    database.transaction(() => {
      const last = database.get('SELECT max(position) AS last FROM task_items WHERE task_id = ?', taskId);
      let position = Number(last?.['last'] ?? 0);
      for (const item of items) {
        position += 1;
        database.run(
          `INSERT INTO task_items (task_id, position, stage, state, recursive, source_path, destination_path,
           external_checksum, external_algorithm) VALUES (?, ?, ?, 'PENDING', ?, ?, ?, ?, ?)`,
          taskId,
          position,
          item.stage,
          item.recursive,
          item.sourcePath,
          item.destinationPath,
          item.externalChecksum,
          item.externalAlgorithm,
        );
      }
    });

  const settle: TaskItems['settle'] = (item, state, { sizeBytes, checksum, fault } = {}) =>
    void database.run(
      `UPDATE task_items SET state = ?, size_bytes = ?, checksum = ?, error_code = ?, error_details = ?, error_at_ms = ?
       WHERE task_id = ? AND position = ? AND ${UNFINISHED}`,
      state,
      sizeBytes ?? null,
      checksum ?? null,
      fault?.code ?? null,
      fault?.details ?? null,
      fault?.atMilliseconds ?? null,
      item.taskId,
      item.position,
    );

  return {
    add,
    settle,
    nextDue: (taskId, now) =>
      first('task_items_pending', "task_id = ? AND state = 'PENDING' AND stage = 'scan' ORDER BY position", taskId) ??
      first('task_items_pending', "task_id = ? AND state = 'PENDING' AND stage = 'file' ORDER BY position", taskId) ??
      first(
        'task_items_retry',
        "task_id = ? AND state = 'RETRYING' AND next_try_ms <= ? ORDER BY next_try_ms",
        taskId,
        now,
      ),
    nextRetryAt: (taskId) =>
      first('task_items_retry', "task_id = ? AND state = 'RETRYING' ORDER BY next_try_ms", taskId)?.nextTryMilliseconds,
    retryLater(item, fault, nextTryMilliseconds) {
      database.run(
        `UPDATE task_items SET state = 'RETRYING', next_try_ms = ?, error_code = ?, error_details = ?, error_at_ms = ?
         WHERE task_id = ? AND position = ? AND ${UNFINISHED}`,
        nextTryMilliseconds,
        fault.code,
        fault.details,
        fault.atMilliseconds,
        item.taskId,
        item.position,
      );
    },
    expand(item, files) {
      database.transaction(() => {
        settle(item, 'EXPANDED');
        add(item.taskId, files);
      });
    },
    becomeFile(item) {
      database.run(
        "UPDATE task_items SET stage = 'file', state = 'PENDING' WHERE task_id = ? AND position = ?",
        item.taskId,
        item.position,
      );
    },
    endUnfinished(taskId, state) {
      database.run(`UPDATE task_items SET state = ? WHERE task_id = ? AND ${UNFINISHED}`, state, taskId);
    },
    counts: (taskId) =>
      database
        .all('SELECT stage, state, count(*) AS count FROM task_items WHERE task_id = ? GROUP BY state, stage', taskId)
        .map((row) => ({
          stage: row['stage'] as ItemStage,
          state: row['state'] as ItemState,
          count: Number(row['count']),
        })),
    page: (taskId, state, afterPosition, limit) =>
      database
        .all(
          `SELECT * FROM task_items INDEXED BY task_items_pending WHERE task_id = ? AND state = ? AND stage = 'file' AND position > ?
           ORDER BY position LIMIT ?`,
          taskId,
          state,
          afterPosition,
          limit,
        )
        .map(toItem),
  };
}
