import { randomBytes } from 'node:crypto';
import type { StatementSync } from 'node:sqlite';

/** How a task that waits for a callback was answered. */
export type CallbackOutcome =
  | { readonly kind: 'success'; readonly output: unknown }
  | { readonly kind: 'failure'; readonly error: string; readonly cause: string };

export interface TokenRecord {
  readonly token: string;
  readonly executionId: number;
  readonly path: string;
  /** OPEN until answered; ANSWERED until the state moved on; then SPENT for good. */
  readonly status: 'OPEN' | 'ANSWERED' | 'SPENT';
  readonly timesOutAtMilliseconds: number;
  readonly heartbeatMilliseconds?: number;
  readonly heartbeatDueAtMilliseconds?: number;
  readonly outcome?: CallbackOutcome;
}

/** Task tokens, the answers that came for them, and those that are spent. */
export interface TokenTable {
  put(record: Omit<TokenRecord, 'status' | 'outcome'>): void;
  find(token: string): TokenRecord | undefined;
  answer(token: string, outcome: CallbackOutcome): void;
  setHeartbeatDue(token: string, atMilliseconds: number): void;
  /** Of the frame at exactly this path. */
  spendAt(executionId: number, path: string): void;
  /** Of the frames below this path. */
  spendBelow(executionId: number, path: string): void;
  spendAllOf(executionId: number): void;
}

/** A new opaque token: 288 random bits under a mark by which a foreign text is told from an unknown token. */
export function newTaskToken(): string {
  return `AQB4${randomBytes(36).toString('base64url')}`;
}

/** Whether the text could be a token of ours at all. */
export function isWellFormedToken(text: string): boolean {
  return /^AQB4[\w-]{48}$/.test(text);
}

/** @param sql - gives the prepared statement for a text */
export function createTokenTable(sql: (text: string) => StatementSync): TokenTable {
  const spend = "UPDATE tokens SET status = 'SPENT', outcome = NULL WHERE status <> 'SPENT' AND execution_id = ?";
  return {
    put(record) {
      sql(
        `INSERT INTO tokens (token, execution_id, path, status, times_out_at_ms, heartbeat_ms, heartbeat_due_at_ms)
           VALUES (?, ?, ?, 'OPEN', ?, ?, ?)`,
      ).run(
        record.token,
        record.executionId,
        record.path,
        record.timesOutAtMilliseconds,
        record.heartbeatMilliseconds ?? null,
        record.heartbeatDueAtMilliseconds ?? null,
      );
    },
    find(token) {
      const row = sql(
        `SELECT token, execution_id AS executionId, path, status, times_out_at_ms AS timesOutAtMilliseconds,
           heartbeat_ms AS heartbeatMilliseconds, heartbeat_due_at_ms AS heartbeatDueAtMilliseconds, outcome
           FROM tokens WHERE token = ?`,
      ).get(token);
      if (!row) return undefined;
      const present = Object.entries(row).filter(([, value]) => value !== null);
      const record = Object.fromEntries(present) as unknown as TokenRecord;
      return row['outcome'] === null ? record : { ...record, outcome: JSON.parse(String(row['outcome'])) };
    },
    answer(token, outcome) {
      sql("UPDATE tokens SET status = 'ANSWERED', outcome = ? WHERE token = ? AND status = 'OPEN'").run(
        JSON.stringify(outcome),
        token,
      );
    },
    setHeartbeatDue(token, atMilliseconds) {
      sql('UPDATE tokens SET heartbeat_due_at_ms = ? WHERE token = ?').run(atMilliseconds, token);
    },
    spendAt: (executionId, path) => void sql(`${spend} AND path = ?`).run(executionId, path),
    spendBelow: (executionId, path) =>
      void sql(`${spend} AND path > ? AND path < ?`).run(executionId, `${path}.`, `${path}/`),
    spendAllOf: (executionId) => void sql(spend).run(executionId),
  };
}
