import { DatabaseSync, type SQLInputValue, type SQLOutputValue, type StatementSync } from 'node:sqlite';

export type Row = Record<string, SQLOutputValue>;

/** A thin layer over `node:sqlite`: statements are prepared once, rows come back as plain records. */
export interface Database {
  run(sql: string, ...values: SQLInputValue[]): { readonly changes: number };
  get(sql: string, ...values: SQLInputValue[]): Row | undefined;
  all(sql: string, ...values: SQLInputValue[]): Row[];
  /** Runs the work in one transaction: all of it or, when it throws, nothing. */
  transaction<Result>(work: () => Result): Result;
  close(): void;
}

/** Tables of earlier versions that nothing reads any more are dropped: whoever held a token of them logs in again. */
const SCHEMA = `
DROP TABLE IF EXISTS tokens;
CREATE TABLE IF NOT EXISTS issued_tokens (
  token_hash TEXT PRIMARY KEY, kind TEXT NOT NULL, token_order TEXT NOT NULL,
  issued_at_ms INTEGER NOT NULL, expires_at_ms INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS authorization_codes (
  code_hash TEXT PRIMARY KEY, authorization TEXT NOT NULL, expires_at_ms INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS consents (
  id INTEGER PRIMARY KEY AUTOINCREMENT, client_id TEXT NOT NULL, identity_id TEXT NOT NULL, parent_id INTEGER NOT NULL,
  scope TEXT NOT NULL, allows_refresh INTEGER NOT NULL, is_optional INTEGER NOT NULL, created_ms INTEGER NOT NULL,
  updated_ms INTEGER NOT NULL, last_used_ms INTEGER NOT NULL, UNIQUE (client_id, identity_id, parent_id, scope)
);
CREATE INDEX IF NOT EXISTS consents_identity ON consents (identity_id);
CREATE TABLE IF NOT EXISTS directory_entries (id TEXT PRIMARY KEY, kind TEXT NOT NULL, document TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS signing_keys (id INTEGER PRIMARY KEY, private_key TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS access_rules (
  id TEXT PRIMARY KEY, collection_id TEXT NOT NULL, principal_type TEXT NOT NULL, principal TEXT NOT NULL, path TEXT NOT NULL,
  permissions TEXT NOT NULL, created_at_ms INTEGER NOT NULL, expires_at_ms INTEGER
);
CREATE TABLE IF NOT EXISTS submission_ids (id TEXT PRIMARY KEY, owner_id TEXT NOT NULL, issued_at_ms INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS tasks (
  task_id TEXT PRIMARY KEY, request_order INTEGER NOT NULL UNIQUE, owner_id TEXT NOT NULL, type TEXT NOT NULL,
  status TEXT NOT NULL, submission_id TEXT NOT NULL, label TEXT, requested_at_ms INTEGER NOT NULL, completed_at_ms INTEGER,
  deadline_at_ms INTEGER NOT NULL, has_own_deadline INTEGER NOT NULL, source_id TEXT NOT NULL, destination_id TEXT,
  paths_hash TEXT NOT NULL, options TEXT NOT NULL, is_paused INTEGER NOT NULL DEFAULT 0,
  faults INTEGER NOT NULL DEFAULT 0, error_code TEXT, error_description TEXT, fatal_code TEXT, fatal_description TEXT,
  canceled_by_admin TEXT, canceled_by_admin_message TEXT, directories INTEGER NOT NULL DEFAULT 0,
  bytes_transferred INTEGER NOT NULL DEFAULT 0, bytes_in_flight INTEGER NOT NULL DEFAULT 0, bytes_checksummed INTEGER NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX IF NOT EXISTS tasks_submission ON tasks (owner_id, submission_id);
CREATE INDEX IF NOT EXISTS tasks_owner ON tasks (owner_id, type, status, request_order);
CREATE INDEX IF NOT EXISTS tasks_status ON tasks (status, deadline_at_ms);
CREATE TABLE IF NOT EXISTS task_items (
  task_id TEXT NOT NULL, position INTEGER NOT NULL, stage TEXT NOT NULL, state TEXT NOT NULL, recursive TEXT NOT NULL,
  source_path TEXT NOT NULL, destination_path TEXT NOT NULL, external_checksum TEXT, external_algorithm TEXT,
  size_bytes INTEGER, checksum TEXT, next_try_ms INTEGER NOT NULL DEFAULT 0, error_code TEXT, error_details TEXT, error_at_ms INTEGER,
  PRIMARY KEY (task_id, position)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS task_items_pending ON task_items (task_id, state, stage, position);
CREATE INDEX IF NOT EXISTS task_items_retry ON task_items (task_id, state, next_try_ms);
CREATE TABLE IF NOT EXISTS task_events (
  id INTEGER PRIMARY KEY AUTOINCREMENT, task_id TEXT NOT NULL, code TEXT NOT NULL, is_error INTEGER NOT NULL,
  description TEXT NOT NULL, details TEXT NOT NULL, at_ms INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS task_events_task ON task_events (task_id, id);
CREATE TABLE IF NOT EXISTS admin_cancels (id INTEGER PRIMARY KEY AUTOINCREMENT, caller_id TEXT NOT NULL);
`;

/** Opens (or makes) the file with all the simulator's records. Survives the death of the process, not of the machine. */
export function openDatabase(file: string): Database {
  const connection = new DatabaseSync(file);
  connection.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 5000;');
  connection.exec(SCHEMA);
  const statements = new Map<string, StatementSync>();
  const prepared = (sql: string) => {
    let statement = statements.get(sql);
    if (!statement) {
      statement = connection.prepare(sql);
      statements.set(sql, statement);
    }
    return statement;
  };
  return {
    run: (sql, ...values) => ({ changes: Number(prepared(sql).run(...values).changes) }),
    get: (sql, ...values) => prepared(sql).get(...values),
    all: (sql, ...values) => prepared(sql).all(...values),
    transaction(work) {
      if (connection.isTransaction) return work();
      connection.exec('BEGIN IMMEDIATE');
      try {
        const result = work();
        connection.exec('COMMIT');
        return result;
      } catch (error) {
        connection.exec('ROLLBACK');
        throw error;
      }
    },
    close: () => connection.close(),
  };
}
