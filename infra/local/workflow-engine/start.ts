import type { AddressInfo } from 'node:net';
import type { LocalClock } from '../clock.ts';
import type { StateMachineDefinition } from './definition.ts';
import { createBreathing, type Engine, type LoadedMachine } from './engine.ts';
import { Interruption } from './errors.ts';
import { RETENTION_MILLISECONDS, resumeExecutions } from './executions.ts';
import type { StoredHistoryEvent } from './history.ts';
import { createInvocationGate, type Invoke } from './invocation-gate.ts';
import { stateMachineArn } from './names.ts';
import { type ExecutionRecord, openWorkflowStore, type WorkflowStore } from './store.ts';
import { validateDefinition } from './validate-definition.ts';
import { createWireServer } from './wire-protocol.ts';

export interface WorkflowEngineOptions {
  /** 0 for any free port. */
  readonly port: number;
  /** SQLite file; locked while the engine runs. Its folder must exist. */
  readonly databaseFile: string;
  readonly clock: LocalClock;
  /**
   * Invokes the function a Task names. Throw `LambdaFailure(errorName, message)` for a function error; anything else becomes `Lambda.Unknown`.
   * The signal aborts at the task's time limit and when the engine closes.
   */
  readonly invoke: Invoke;
  readonly stateMachines: readonly { readonly name: string; readonly definition: StateMachineDefinition }[];
}

export interface WorkflowEngine {
  /** Endpoint for the Step Functions client, such as `http://127.0.0.1:40123`. */
  readonly url: string;
  stateMachineArn(name: string): string;
  /** All executions still kept, newest first; for tests and inspection. */
  executions(): readonly ExecutionRecord[];
  /** The history of the newest execution of that name, oldest event first. */
  history(executionName: string): readonly StoredHistoryEvent[];
  /** Stops serving, aborts functions under way, and keeps every open execution for the next start. */
  close(): Promise<void>;
}

/** What it takes to run executions without serving the wire protocol. */
export type OpenEngineOptions = Omit<WorkflowEngineOptions, 'port' | 'databaseFile'> & {
  readonly store: WorkflowStore;
  /** Chance from 0 up to 1 for the jitter of retries. */
  readonly fraction?: () => number;
  readonly breathe?: Engine['breathe'];
};

/** Opens an engine for `OPERATIONS`, without a server; `resumeExecutions` goes on with what its store holds. The definitions are valid ones. */
export function openEngine(options: OpenEngineOptions): Engine {
  const { clock, store, fraction = Math.random, breathe = createBreathing() } = options;
  const loadedAtMilliseconds = clock.nowMilliseconds();
  store.purgeExecutionsStoppedBefore(loadedAtMilliseconds - RETENTION_MILLISECONDS);
  const machines = new Map<string, LoadedMachine>();
  for (const { name, definition } of options.stateMachines) {
    machines.set(name, { name, definition, definitionHash: store.saveDefinition(definition), loadedAtMilliseconds });
  }
  const gate = createInvocationGate(options.invoke, clock);
  return { store, clock, gate, machines, running: new Map(), waiters: new Map(), fraction, breathe };
}

/**
 * Starts the engine on 127.0.0.1 and goes on with the open executions of its database.
 * @throws InvalidDefinitionError for a definition it cannot run; an SQLite error "database is locked" while another process has the file
 */
export async function startWorkflowEngine(options: WorkflowEngineOptions): Promise<WorkflowEngine> {
  for (const { name, definition } of options.stateMachines) validateDefinition(name, definition);
  const store = openWorkflowStore(options.databaseFile);
  const engine = openEngine({ ...options, store });
  const { gate } = engine;
  const server = createWireServer(engine);
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(options.port, '127.0.0.1', resolve);
    });
  } catch (error) {
    store.close();
    throw error;
  }
  resumeExecutions(engine);
  const { port } = server.address() as AddressInfo;

  const stop = async () => {
    const served = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeAllConnections();
    await served;
    const reason = new Interruption('the engine is closing');
    for (const execution of engine.running.values()) execution.controller.abort(reason);
    await gate.close();
    // Frames learn of the abort in microtasks; after a turn of the event loop none of them touches the database any more.
    await new Promise((resolve) => setImmediate(resolve));
    store.close();
  };
  let stopping: Promise<void> | undefined;

  return {
    url: `http://127.0.0.1:${port}`,
    stateMachineArn,
    executions: () => store.listExecutions({ limit: -1 }),
    history(executionName) {
      const record = store.listExecutions({ limit: -1 }).find(({ name }) => name === executionName);
      return record ? store.listEvents(record.id, { limit: -1, reverse: false }) : [];
    },
    close: () => {
      stopping ??= stop();
      return stopping;
    },
  };
}
