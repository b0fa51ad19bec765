import { randomUUID } from 'node:crypto';
import { freshCheckpoint } from './checkpoint.ts';
import { endExecution } from './commit.ts';
import type { Engine, LoadedMachine, RunningExecution } from './engine.ts';
import { ServiceError, StateFailure } from './errors.ts';
import { DATA_LIMIT_BYTES } from './expressions.ts';
import type { Frame } from './frame.ts';
import { executionStarted, executionSucceeded } from './history.ts';
import { executionArn, isLegalName } from './names.ts';
import { runFrame } from './run-frame.ts';
import type { ExecutionRecord } from './store.ts';

/** An ended execution keeps its name and history this long (limits-and-threats.md A4). */
export const RETENTION_MILLISECONDS = 90 * 86_400_000;

/** An execution ends after a year at the latest (limits-and-threats.md A2). */
const LONGEST_EXECUTION_SECONDS = 31_536_000;

const ROOT_PATH = '0';

/**
 * Starts an execution, or finds the open one of the same name and input.
 * @param request - `inputText` is JSON; without a name a random one is made
 * @throws ServiceError `InvalidName`, `InvalidExecutionInput`, `ValidationException` or `ExecutionAlreadyExists`
 */
export function startExecution(
  engine: Engine,
  machine: LoadedMachine,
  request: { name?: string | undefined; inputText?: string | undefined },
): ExecutionRecord {
  const { name = randomUUID(), inputText = '{}' } = request;
  if (!isLegalName(name)) throw new ServiceError('InvalidName', `Invalid Name: '${name}'`);
  const input = parseInput(inputText);
  const now = engine.clock.nowMilliseconds();
  const earlier = engine.store.findExecution(machine.name, name);
  if (earlier?.status === 'RUNNING' && earlier.inputText === inputText) return earlier;
  if (earlier && (earlier.stoppedAtMilliseconds ?? now) + RETENTION_MILLISECONDS > now) {
    const arn = executionArn(machine.name, name);
    throw new ServiceError('ExecutionAlreadyExists', `Execution Already Exists: '${arn}'`);
  }
  const record = engine.store.transaction(() => {
    if (earlier) engine.store.deleteExecution(earlier.id);
    const inserted = engine.store.insertExecution({
      machineName: machine.name,
      name,
      definitionHash: machine.definitionHash,
      status: 'RUNNING',
      inputText,
      startedAtMilliseconds: now,
      eventCount: 1,
      transitionCount: 0,
    });
    engine.store.appendEvent(inserted.id, { ...executionStarted(now, inputText), id: 1, previousEventId: 0 });
    engine.store.saveFrame(inserted.id, ROOT_PATH, freshCheckpoint(machine.definition.StartAt, input, {}, 1));
    return inserted;
  });
  runExecution(engine, { record, definition: machine.definition, input, controller: new AbortController() });
  return record;
}

function parseInput(inputText: string): unknown {
  if (Buffer.byteLength(inputText) > DATA_LIMIT_BYTES) {
    throw new ServiceError('ValidationException', `'input' must be at most ${DATA_LIMIT_BYTES} bytes`);
  }
  try {
    return JSON.parse(inputText);
  } catch (error) {
    throw new ServiceError('InvalidExecutionInput', `Invalid State Machine Execution Input: '${String(error)}'`);
  }
}

/** Goes on with every open execution of the database, each under the definition it was started with. */
export function resumeExecutions(engine: Engine): void {
  for (const record of engine.store.openExecutions()) {
    runExecution(engine, {
      record,
      definition: engine.store.loadDefinition(record.definitionHash),
      input: JSON.parse(record.inputText),
      controller: new AbortController(),
    });
  }
}

/**
 * Ends an open execution as ABORTED. What its functions are doing goes on, as in Lambda. An execution that is over stays as it is.
 * @returns milliseconds since 1970 at which it stopped
 */
export function stopExecution(engine: Engine, record: ExecutionRecord, error?: string, cause?: string): number {
  const execution = engine.running.get(record.id);
  if (!execution) return record.stoppedAtMilliseconds ?? engine.clock.nowMilliseconds();
  const lastEventId = execution.record.eventCount;
  endExecution(engine, execution, { status: 'ABORTED', error, cause, events: [], lastEventId });
  return execution.record.stoppedAtMilliseconds ?? engine.clock.nowMilliseconds();
}

function runExecution(engine: Engine, execution: RunningExecution): void {
  const { record, definition, controller } = execution;
  engine.running.set(record.id, execution);
  const checkpoint = engine.store.loadFrame(record.id, ROOT_PATH);
  if (!checkpoint) throw new Error(`execution ${record.name} has no checkpoint`);
  const frame: Frame = {
    engine,
    execution,
    path: ROOT_PATH,
    branch: definition,
    outerVariables: {},
    signal: controller.signal,
    checkpoint,
    pending: [],
  };
  const limitSeconds = Math.min(definition.TimeoutSeconds ?? LONGEST_EXECUTION_SECONDS, LONGEST_EXECUTION_SECONDS);
  engine.clock.waitUntil(record.startedAtMilliseconds + limitSeconds * 1_000, controller.signal).then(
    () => {
      const lastEventId = execution.record.eventCount;
      endExecution(engine, execution, { status: 'TIMED_OUT', error: 'States.Timeout', events: [], lastEventId });
    },
    () => {},
  );
  // A failing write must end the process: after a restart the execution goes on from its last checkpoint.
  void follow(frame);
}

async function follow(frame: Frame): Promise<void> {
  const { engine, execution } = frame;
  const rest = () => ({ events: frame.pending, lastEventId: frame.checkpoint.lastEventId });
  try {
    const output = await runFrame(frame);
    if (frame.signal.aborted) return;
    const success = executionSucceeded(engine.clock.nowMilliseconds(), JSON.stringify(output));
    endExecution(engine, execution, { status: 'SUCCEEDED', output, success, ...rest() });
  } catch (error) {
    // An ended execution and a closing engine abort the signal before they throw through the frames.
    if (frame.signal.aborted) return;
    const { errorName, causeText } =
      error instanceof StateFailure ? error : new StateFailure('States.Runtime', `Internal error: ${String(error)}`);
    endExecution(engine, execution, {
      status: 'FAILED',
      error: errorName || undefined,
      cause: causeText || undefined,
      ...rest(),
    });
  }
}
