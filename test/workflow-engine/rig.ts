import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import type { LocalClock } from '../../infra/local/clock.ts';
import type { State, StateMachineDefinition } from '../../infra/local/workflow-engine/definition.ts';
import { startWorkflowEngine, type WorkflowEngine } from '../../infra/local/workflow-engine/start.ts';
import type { ExecutionRecord } from '../../infra/local/workflow-engine/store.ts';

export const TEST_START = Date.parse('2026-01-01T00:00:00Z');

export interface ManualClock extends LocalClock {
  /** Moves to the moment the earliest sleeper waits for; false when nobody sleeps, or not before a limit (milliseconds since the start). */
  moveToNextSleeper(beforeOffset?: number): boolean;
}

/** A clock that stands still until it is moved. */
export function createManualClock(): ManualClock {
  let now = TEST_START;
  const sleepers = new Map<symbol, { at: number; wake: () => void }>();
  const wakeDue = () => {
    for (const sleeper of [...sleepers.values()].sort((a, b) => a.at - b.at)) if (sleeper.at <= now) sleeper.wake();
  };
  return {
    nowMilliseconds: () => now,
    offsetMilliseconds: () => now - TEST_START,
    shift(milliseconds) {
      now += milliseconds;
      wakeDue();
    },
    waitUntil(at, signal) {
      return new Promise((resolve, reject) => {
        const key = Symbol();
        const leave = () => {
          sleepers.delete(key);
          signal?.removeEventListener('abort', abort);
        };
        const abort = () => {
          leave();
          reject(signal?.reason);
        };
        if (signal?.aborted) return reject(signal.reason);
        if (at <= now) return resolve();
        signal?.addEventListener('abort', abort, { once: true });
        sleepers.set(key, {
          at,
          wake: () => {
            leave();
            resolve();
          },
        });
      });
    },
    moveToNextSleeper(beforeOffset = Number.POSITIVE_INFINITY) {
      const next = Math.min(...[...sleepers.values()].map(({ at }) => at));
      if (!Number.isFinite(next) || next - TEST_START >= beforeOffset) return false;
      now = Math.max(now, next);
      wakeDue();
      return true;
    },
  };
}

/** A function of the rig: gets the payload, its signal and the number of calls before this one. */
export type RigFunction = (payload: never, signal: AbortSignal, earlierCalls: number) => unknown;

export interface Outcome {
  status: string;
  output?: unknown;
  error?: string;
  cause?: string;
  events: string[];
  transitionCount: number;
}

export interface Rig {
  readonly engine: WorkflowEngine;
  readonly clock: ManualClock;
  readonly client: SFNClient;
  readonly databaseFile: string;
  readonly calls: { name: string; payload: unknown; atMilliseconds: number }[];
  start(name: string, input?: unknown, machine?: string): Promise<string>;
  /** Lets the engine run without moving the clock until nothing happens any more. */
  settle(): Promise<void>;
  /** Runs an execution to its end in virtual time. */
  run(input?: unknown): Promise<Outcome>;
  finish(name: string): Promise<Outcome>;
  outcome(name: string): Outcome;
  close(): Promise<void>;
}

export interface RigOptions {
  states?: Readonly<Record<string, State>>;
  startAt?: string;
  /** Instead of `states`. */
  definition?: StateMachineDefinition;
  functions?: Readonly<Record<string, RigFunction>>;
  databaseFile?: string;
  clock?: ManualClock;
  /** Whether a function waits for something outside the engine, such as an answer over HTTP: until then nothing is settled. */
  isBusy?: () => boolean;
}

/** A machine of these states, beginning with the first. */
export function machineOf(states: Readonly<Record<string, State>>): StateMachineDefinition {
  return { QueryLanguage: 'JSONata', StartAt: Object.keys(states)[0] ?? '', States: states };
}

/** A database file in a folder of its own, removed by the returned function. */
export function temporaryDatabase(): { databaseFile: string; remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'workflow-engine-'));
  return {
    databaseFile: join(folder, 'workflow.sqlite'),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** The real Step Functions client for an engine. */
export function clientFor(url: string): SFNClient {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  return new SFNClient({ endpoint: url, region: 'us-east-1', credentials, maxAttempts: 1 });
}

/** An engine with one machine called `machine`, a clock that stands still, and the real client. */
export async function openRig(options: RigOptions): Promise<Rig> {
  const { functions = {}, clock = createManualClock(), isBusy = () => false } = options;
  const temporary = options.databaseFile === undefined ? temporaryDatabase() : undefined;
  const databaseFile = options.databaseFile ?? temporary?.databaseFile ?? '';
  const calls: Rig['calls'] = [];
  const engine = await startWorkflowEngine({
    port: 0,
    databaseFile,
    clock,
    invoke: async (name, payload, signal) => {
      const earlierCalls = calls.filter((call) => call.name === name).length;
      calls.push({ name, payload, atMilliseconds: clock.nowMilliseconds() - TEST_START });
      const called = functions[name];
      if (!called) throw new Error(`no function ${name}`);
      return called(payload as never, signal, earlierCalls);
    },
    stateMachines: [{ name: 'machine', definition: options.definition ?? machineOf(options.states ?? {}) }],
  });
  const client = clientFor(engine.url);
  const recordOf = (name: string): ExecutionRecord => {
    const record = engine.executions().find((one) => one.name === name);
    if (!record) throw new Error(`no execution ${name}`);
    return record;
  };

  const rig: Rig = {
    engine,
    clock,
    client,
    databaseFile,
    calls,
    async start(name, input = {}, machine = 'machine') {
      const stateMachineArn = engine.stateMachineArn(machine);
      const reply = await client.send(
        new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify(input) }),
      );
      return reply.executionArn ?? '';
    },
    async settle() {
      // The engine itself needs no input or output; when several turns bring no event, it waits for time or an answer.
      for (let quietTurns = 0, seen = -1; quietTurns < 5; ) {
        await new Promise((resolve) => setImmediate(resolve));
        const count = engine.executions().reduce((sum, { eventCount }) => sum + eventCount, calls.length);
        quietTurns = count === seen && !isBusy() ? quietTurns + 1 : 0;
        seen = count;
      }
    },
    async run(input) {
      const name = `run-${engine.executions().length}`;
      await rig.start(name, input);
      return rig.finish(name);
    },
    async finish(name) {
      for (;;) {
        await rig.settle();
        if (recordOf(name).status !== 'RUNNING') return rig.outcome(name);
        if (!clock.moveToNextSleeper()) throw new Error(`execution ${name} can never end`);
      }
    },
    outcome(name) {
      const { status, outputText, error, cause, transitionCount } = recordOf(name);
      return {
        status,
        ...(outputText !== undefined && { output: JSON.parse(outputText) }),
        ...(error !== undefined && { error }),
        ...(cause !== undefined && { cause }),
        events: engine.history(name).map(({ type }) => type),
        transitionCount,
      };
    },
    async close() {
      client.destroy();
      await engine.close();
      temporary?.remove();
    },
  };
  return rig;
}

/** Runs one execution of a machine in virtual time, in an engine of its own. */
export async function runOnce(options: RigOptions & { input?: unknown }): Promise<Outcome & { calls: Rig['calls'] }> {
  const rig = await openRig(options);
  try {
    return { ...(await rig.run(options.input)), calls: rig.calls };
  } finally {
    await rig.close();
  }
}

/** A Task that calls a function with the state's input. */
export const task = (functionName: string, rest: object = {}) =>
  ({
    Type: 'Task',
    Resource: 'arn:aws:states:::lambda:invoke',
    Arguments: { FunctionName: functionName, Payload: '{% $states.input %}' },
    Output: '{% $states.result.Payload %}',
    ...('Next' in rest ? {} : { End: true }),
    ...rest,
  }) as State;

/** A Task that gives its token to a function and waits for the answer. */
export const callbackTask = (functionName: string, rest: object = {}) =>
  ({
    Type: 'Task',
    Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
    Arguments: { FunctionName: functionName, Payload: { token: '{% $states.context.Task.Token %}' } },
    ...('Next' in rest ? {} : { End: true }),
    ...rest,
  }) as State;
