import type { LocalClock } from '../../clock.ts';
import type { Database } from './database.ts';

/** One line of a task's event log; codes as in globus-api.md 2.4. */
export interface TaskEvent {
  readonly code: string;
  readonly isError: boolean;
  readonly description: string;
  /** Free text or a JSON text. */
  readonly details: string;
}

export interface TaskEvents {
  add(taskId: string, event: TaskEvent): void;
  /** Newest first. */
  list(taskId: string): (TaskEvent & { readonly atMilliseconds: number })[];
}

/** Globus shows no more than the newest thousand (globus-api.md 3.2); older ones are dropped now and then. */
const KEPT_EVENTS = 1000;
const PRUNE_EVERY = 200;

export function openTaskEvents(database: Database, clock: LocalClock): TaskEvents {
  let sincePruned = 0;
  const prune = (taskId: string) =>
    database.run(
      `DELETE FROM task_events WHERE task_id = ?1 AND id NOT IN
       (SELECT id FROM task_events WHERE task_id = ?1 ORDER BY id DESC LIMIT ?2)`,
      taskId,
      KEPT_EVENTS,
    );
  return {
    add(taskId, { code, isError, description, details }) {
      database.run(
        'INSERT INTO task_events (task_id, code, is_error, description, details, at_ms) VALUES (?, ?, ?, ?, ?, ?)',
        taskId,
        code,
        Number(isError),
        description,
        details,
        clock.nowMilliseconds(),
      );
      sincePruned += 1;
      if (sincePruned % PRUNE_EVERY === 0) prune(taskId);
    },
    list: (taskId) =>
      database
        .all('SELECT * FROM task_events WHERE task_id = ? ORDER BY id DESC LIMIT ?', taskId, KEPT_EVENTS)
        .map((row) => ({
          code: String(row['code']),
          isError: row['is_error'] === 1,
          description: String(row['description']),
          details: String(row['details']),
          atMilliseconds: Number(row['at_ms']),
        })),
  };
}
