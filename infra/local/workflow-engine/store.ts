import { createHash } from 'node:crypto';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { Checkpoint } from './checkpoint.ts';
import type { StateMachineDefinition } from './definition.ts';
import type { StoredHistoryEvent } from './history.ts';
import { createTokenTable, type TokenTable } from './token-table.ts';

export type ExecutionStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';

export interface ExecutionRecord {
  /** Grows with every execution started. */
  readonly id: number;
  readonly machineName: string;
  readonly name: string;
  readonly definitionHash: string;
  readonly status: ExecutionStatus;
  /** As it was sent, byte for byte. */
  readonly inputText: string;
  readonly outputText?: string;
  readonly error?: string;
  readonly cause?: string;
  readonly startedAtMilliseconds: number;
  readonly stoppedAtMilliseconds?: number;
  readonly eventCount: number;
  readonly transitionCount: number;
}

export type ExecutionProgress = Pick<ExecutionRecord, 'eventCount' | 'transitionCount'> &
  Partial<Pick<ExecutionRecord, 'outputText' | 'error' | 'cause' | 'stoppedAtMilliseconds'>> & {
    readonly status: ExecutionStatus;
  };

/** The engine's tables. Writes made inside one `transaction` are kept or lost together. */
export interface WorkflowStore {
  readonly tokens: TokenTable;
  transaction<T>(work: () => T): T;
  /** Keeps the definition under the hash of its JSON and returns the hash. */
  saveDefinition(definition: StateMachineDefinition): string;
  loadDefinition(hash: string): StateMachineDefinition;
  insertExecution(record: Omit<ExecutionRecord, 'id'>): ExecutionRecord;
  updateExecution(id: number, progress: ExecutionProgress): void;
  findExecution(machineName: string, name: string): ExecutionRecord | undefined;
  openExecutions(): readonly ExecutionRecord[];
  /** Newest first, only ids below `belowId`. */
  listExecutions(query: {
    machineName?: string | undefined;
    status?: string | undefined;
    belowId?: number | undefined;
    limit: number;
  }): readonly ExecutionRecord[];
  deleteExecution(id: number): void;
  /** Removes whatever ended before the given moment. */
  purgeExecutionsStoppedBefore(atMilliseconds: number): void;
  appendEvent(executionId: number, event: StoredHistoryEvent): void;
  /** In order of ids, descending when `reverse`; `afterId` is where the last page ended. */
  listEvents(
    executionId: number,
    page: { afterId?: number | undefined; limit: number; reverse: boolean },
  ): readonly StoredHistoryEvent[];
  saveFrame(executionId: number, path: string, checkpoint: Checkpoint): void;
  loadFrame(executionId: number, path: string): Checkpoint | undefined;
  /** Removes the frames below a path, not the frame at it. */
  deleteFramesBelow(executionId: number, path: string): void;
  /** Removes all frames and spends all tokens of an execution that is over. */
  clearExecution(executionId: number): void;
  close(): void;
}

const SCHEMA = `
CREATE TABLE IF NOT EXISTS definitions (hash TEXT PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS executions (
  id INTEGER PRIMARY KEY AUTOINCREMENT, machine_name TEXT NOT NULL, name TEXT NOT NULL, definition_hash TEXT NOT NULL,
  status TEXT NOT NULL, input_text TEXT NOT NULL, output_text TEXT, error TEXT, cause TEXT,
  started_at_ms REAL NOT NULL, stopped_at_ms REAL, event_count INTEGER NOT NULL, transition_count INTEGER NOT NULL,
  UNIQUE (machine_name, name));
CREATE INDEX IF NOT EXISTS executions_by_status ON executions (status, id);
CREATE TABLE IF NOT EXISTS events (
  execution_id INTEGER NOT NULL, id INTEGER NOT NULL, previous_id INTEGER NOT NULL, type TEXT NOT NULL,
  at_ms REAL NOT NULL, details TEXT NOT NULL, PRIMARY KEY (execution_id, id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS frames (
  execution_id INTEGER NOT NULL, path TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (execution_id, path));
CREATE TABLE IF NOT EXISTS tokens (
  token TEXT PRIMARY KEY, execution_id INTEGER NOT NULL, path TEXT NOT NULL, status TEXT NOT NULL,
  times_out_at_ms REAL NOT NULL, heartbeat_ms REAL, heartbeat_due_at_ms REAL, outcome TEXT) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS tokens_by_frame ON tokens (execution_id, path);
`;

const COLUMNS = `id, machine_name AS machineName, name, definition_hash AS definitionHash, status,
  input_text AS inputText, output_text AS outputText, error, cause, started_at_ms AS startedAtMilliseconds,
  stopped_at_ms AS stoppedAtMilliseconds, event_count AS eventCount, transition_count AS transitionCount`;

/**
 * Opens or creates the database file. The file stays locked against every other process until it is closed or the process dies.
 * @throws an SQLite error "database is locked" when another process has it
 */
export function openWorkflowStore(databaseFile: string): WorkflowStore {
  const database = new DatabaseSync(databaseFile);
  // WAL without a sync per commit outlives kill -9 of the process; only a crash of the machine may lose the last commits.
  database.exec(
    'PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; BEGIN IMMEDIATE; COMMIT;',
  );
  database.exec(SCHEMA);

  const statements = new Map<string, StatementSync>();
  const sql = (text: string): StatementSync => {
    let statement = statements.get(text);
    if (!statement) {
      statement = database.prepare(text);
      statements.set(text, statement);
    }
    return statement;
  };

  const deleteExecution = (id: number) => {
    for (const table of ['events', 'frames', 'tokens']) sql(`DELETE FROM ${table} WHERE execution_id = ?`).run(id);
    sql('DELETE FROM executions WHERE id = ?').run(id);
  };
  const tokens = createTokenTable(sql);

  return {
    tokens,
    transaction(work) {
      sql('BEGIN IMMEDIATE').run();
      try {
        const result = work();
        sql('COMMIT').run();
        return result;
      } catch (error) {
        sql('ROLLBACK').run();
        throw error;
      }
    },
    saveDefinition(definition) {
      const body = JSON.stringify(definition);
      const hash = createHash('sha256').update(body).digest('hex');
      sql('INSERT OR IGNORE INTO definitions (hash, body) VALUES (?, ?)').run(hash, body);
      return hash;
    },
    loadDefinition(hash) {
      const row = sql('SELECT body FROM definitions WHERE hash = ?').get(hash);
      if (!row) throw new Error(`no definition is stored under the hash ${hash}`);
      return JSON.parse(String(row['body']));
    },
    insertExecution(record) {
      const { lastInsertRowid } = sql(
        `INSERT INTO executions (machine_name, name, definition_hash, status, input_text, started_at_ms, event_count,
           transition_count) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      ).run(
        record.machineName,
        record.name,
        record.definitionHash,
        record.status,
        record.inputText,
        record.startedAtMilliseconds,
        record.eventCount,
        record.transitionCount,
      );
      return { ...record, id: Number(lastInsertRowid) };
    },
    updateExecution(id, progress) {
      sql(
        `UPDATE executions SET status = ?, event_count = ?, transition_count = ?, output_text = ?, error = ?, cause = ?,
           stopped_at_ms = ? WHERE id = ?`,
      ).run(
        progress.status,
        progress.eventCount,
        progress.transitionCount,
        progress.outputText ?? null,
        progress.error ?? null,
        progress.cause ?? null,
        progress.stoppedAtMilliseconds ?? null,
        id,
      );
    },
    findExecution(machineName, name) {
      const row = sql(`SELECT ${COLUMNS} FROM executions WHERE machine_name = ? AND name = ?`).get(machineName, name);
      return row && toExecutionRecord(row);
    },
    openExecutions: () =>
      sql(`SELECT ${COLUMNS} FROM executions WHERE status = 'RUNNING' ORDER BY id`).all().map(toExecutionRecord),
    listExecutions({ machineName, status, belowId, limit }) {
      return sql(
        `SELECT ${COLUMNS} FROM executions WHERE (?1 IS NULL OR machine_name = ?1) AND (?2 IS NULL OR status = ?2)
           AND (?3 IS NULL OR id < ?3) ORDER BY id DESC LIMIT ?4`,
      )
        .all(machineName ?? null, status ?? null, belowId ?? null, limit)
        .map(toExecutionRecord);
    },
    deleteExecution,
    purgeExecutionsStoppedBefore(atMilliseconds) {
      const rows = sql('SELECT id FROM executions WHERE stopped_at_ms < ?').all(atMilliseconds);
      for (const row of rows) deleteExecution(Number(row['id']));
    },
    appendEvent(executionId, event) {
      sql('INSERT INTO events (execution_id, id, previous_id, type, at_ms, details) VALUES (?, ?, ?, ?, ?, ?)').run(
        executionId,
        event.id,
        event.previousEventId,
        event.type,
        event.atMilliseconds,
        JSON.stringify(event.details),
      );
    },
    listEvents(executionId, { afterId, limit, reverse }) {
      const [compare, order, start] = reverse ? ['<', 'DESC', 2 ** 52] : ['>', 'ASC', 0];
      return sql(
        `SELECT id, previous_id AS previousEventId, type, at_ms AS atMilliseconds, details FROM events
           WHERE execution_id = ? AND id ${compare} ? ORDER BY id ${order} LIMIT ?`,
      )
        .all(executionId, afterId ?? start, limit)
        .map(toHistoryEvent);
    },
    saveFrame(executionId, path, checkpoint) {
      sql('INSERT OR REPLACE INTO frames (execution_id, path, body) VALUES (?, ?, ?)').run(
        executionId,
        path,
        JSON.stringify(checkpoint),
      );
    },
    loadFrame(executionId, path) {
      const row = sql('SELECT body FROM frames WHERE execution_id = ? AND path = ?').get(executionId, path);
      return row && JSON.parse(String(row['body']));
    },
    deleteFramesBelow(executionId, path) {
      // '/' is the character after '.', so this range holds exactly the paths that begin with `path.`.
      sql('DELETE FROM frames WHERE execution_id = ? AND path > ? AND path < ?').run(
        executionId,
        `${path}.`,
        `${path}/`,
      );
      tokens.spendBelow(executionId, path);
    },
    clearExecution(executionId) {
      sql('DELETE FROM frames WHERE execution_id = ?').run(executionId);
      tokens.spendAllOf(executionId);
    },
    close: () => database.close(),
  };
}

function toExecutionRecord(row: Record<string, unknown>): ExecutionRecord {
  const present = Object.entries(row).filter(([, value]) => value !== null);
  return Object.fromEntries(present) as unknown as ExecutionRecord;
}

function toHistoryEvent(row: Record<string, unknown>): StoredHistoryEvent {
  return { ...(row as unknown as StoredHistoryEvent), details: JSON.parse(String(row['details'])) };
}
