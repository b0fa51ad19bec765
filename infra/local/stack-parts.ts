import type { LocalClock } from './clock.ts';
import type { FunctionEntry, LambdaHandler } from './lambda-runner.ts';
import type { StateMachineDefinition } from './workflow-engine/definition.ts';

/** Something that listens on an address of its own. */
export interface RunningPart {
  readonly url: string;
  close(): Promise<void>;
}

export interface RunningEngine extends RunningPart {
  stateMachineArn(name: string): string;
}

export interface EngineOptions {
  readonly port: number;
  readonly databaseFile: string;
  readonly clock: LocalClock;
  readonly invoke: (functionName: string, payload: unknown, signal: AbortSignal) => Promise<unknown>;
  readonly stateMachines: readonly { readonly name: string; readonly definition: StateMachineDefinition }[];
}

/** What the stack puts together; tests put stand-ins in place of single parts. */
export interface StackParts {
  startGlobus(options: {
    port: number;
    stateDirectory: string;
    clock: LocalClock;
    bytesPerSecond?: number;
  }): Promise<RunningPart>;
  startDataverse(options: {
    port: number;
    stateDirectory: string;
    clock: LocalClock;
    siteUrl: string;
    globus: { url: string };
  }): Promise<RunningPart>;
  startEngine(options: EngineOptions): Promise<RunningEngine>;
  workflowDefinition(): Promise<StateMachineDefinition>;
  /** Imports a function's handler. */
  loadHandler(entry: FunctionEntry): Promise<LambdaHandler>;
  /** Throws, naming all faults, when the functions could not use this environment. */
  checkFunctionSettings(environment: Readonly<Record<string, string | undefined>>): void;
  /** Moves the clock that the functions read. */
  shiftFunctionsClock(milliseconds: number): void;
  /** The error by which the engine learns the name of a function's error. */
  functionError(errorName: string, message: string): Error;
}

/** The parts of a real local run. Each module is loaded when the stack is started, not before. */
export async function loadStackParts(): Promise<StackParts> {
  const [globus, dataverse, engine, engineErrors, functionsClock, configuration] = await Promise.all([
    import('./simulators/globus/start.ts'),
    import('./simulators/dataverse/start.ts'),
    import('./workflow-engine/start.ts'),
    import('./workflow-engine/errors.ts'),
    import('../../functions/adapters/system/clock.ts'),
    import('../../functions/config.ts'),
  ]);
  return {
    startGlobus: globus.startGlobusSimulator,
    startDataverse: dataverse.startDataverseSimulator,
    startEngine: engine.startWorkflowEngine,
    workflowDefinition: async () => {
      const { transferWorkflowDefinition } = await import('../../functions/workflow/definition.ts');
      return transferWorkflowDefinition;
    },
    async loadHandler({ entry, functionName }) {
      const address = new URL(`../../functions/${entry}`, import.meta.url).href;
      const { handler } = (await import(address)) as { handler?: unknown };
      if (typeof handler !== 'function') throw new Error(`${entry} exports no handler for ${functionName}`);
      return handler as LambdaHandler;
    },
    checkFunctionSettings: configuration.parseSettings,
    shiftFunctionsClock: functionsClock.shiftSystemClock,
    functionError: (errorName, message) => new engineErrors.LambdaFailure(errorName, message),
  };
}
