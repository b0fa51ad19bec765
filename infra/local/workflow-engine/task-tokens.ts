import type { Engine } from './engine.ts';
import { ServiceError } from './errors.ts';
import { DATA_LIMIT_BYTES } from './expressions.ts';
import { type CallbackOutcome, isWellFormedToken, type TokenRecord } from './token-table.ts';

/**
 * Takes the answer to a task token. It is kept in the database before this returns, so that it outlives a kill.
 * @throws ServiceError `InvalidToken` (not one of ours), `TaskDoesNotExist` (unknown), `TaskTimedOut` (spent, or late)
 */
export function answerTask(engine: Engine, token: string, outcome: CallbackOutcome): void {
  openToken(engine, token);
  engine.store.transaction(() => engine.store.tokens.answer(token, outcome));
  engine.waiters.get(token)?.answered(outcome);
}

/** Moves the task's heartbeat on; writes no history event (limits-and-threats.md A7). Errors as `answerTask`. */
export function heartbeatTask(engine: Engine, token: string): void {
  const { heartbeatMilliseconds } = openToken(engine, token);
  if (heartbeatMilliseconds === undefined) return;
  const dueAt = engine.clock.nowMilliseconds() + heartbeatMilliseconds;
  engine.store.transaction(() => engine.store.tokens.setHeartbeatDue(token, dueAt));
}

/** @throws ServiceError `InvalidOutput` for text that is no JSON, `ValidationException` for more than 256 KiB */
export function parseTaskOutput(outputText: string): unknown {
  if (Buffer.byteLength(outputText) > DATA_LIMIT_BYTES) {
    throw new ServiceError('ValidationException', `'output' must be at most ${DATA_LIMIT_BYTES} bytes`);
  }
  try {
    return JSON.parse(outputText);
  } catch (error) {
    throw new ServiceError('InvalidOutput', `Invalid Output: '${String(error)}'`);
  }
}

function openToken(engine: Engine, token: string): TokenRecord {
  if (!isWellFormedToken(token)) throw new ServiceError('InvalidToken', "Invalid Token: 'Invalid token'");
  const record = engine.store.tokens.find(token);
  if (!record) throw new ServiceError('TaskDoesNotExist', "Task does not exist: 'no task has this token'");
  const dueAt = Math.min(record.timesOutAtMilliseconds, record.heartbeatDueAtMilliseconds ?? Number.POSITIVE_INFINITY);
  if (record.status !== 'OPEN' || engine.clock.nowMilliseconds() >= dueAt) {
    throw new ServiceError('TaskTimedOut', "Task Timed Out: 'Provided task does not exist anymore'");
  }
  return record;
}
