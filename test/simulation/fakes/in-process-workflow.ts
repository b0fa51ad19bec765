import {
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  InvalidToken,
  type SFNClient,
  TaskDoesNotExist,
  TaskTimedOut,
} from '@aws-sdk/client-sfn';
import { createWorkflow } from '../../../functions/adapters/step-functions/workflow.ts';
import type { Workflow } from '../../../functions/ports/workflow.ts';
import type { LocalClock } from '../../../infra/local/clock.ts';
import type { StateMachineDefinition } from '../../../infra/local/workflow-engine/definition.ts';
import type { LoadedMachine } from '../../../infra/local/workflow-engine/engine.ts';
import { ServiceError } from '../../../infra/local/workflow-engine/errors.ts';
import type { Invoke } from '../../../infra/local/workflow-engine/invocation-gate.ts';
import { stateMachineArn } from '../../../infra/local/workflow-engine/names.ts';
import { OPERATIONS } from '../../../infra/local/workflow-engine/operations.ts';
import { openEngine } from '../../../infra/local/workflow-engine/start.ts';
import type { ExecutionRecord } from '../../../infra/local/workflow-engine/store.ts';
import { createMemoryWorkflowStore } from './memory-workflow-store.ts';

const MACHINE = 'transfer';

/** Errors that the product's adapter tells apart, by the name under which the service throws them. */
const ERRORS = { ExecutionAlreadyExists, ExecutionDoesNotExist, InvalidToken, TaskDoesNotExist, TaskTimedOut };

/** Step Functions in this process: the local engine with the real definition behind the product's own adapter, without HTTP. */
export interface InProcessWorkflow {
  readonly workflow: Workflow;
  /** All executions, newest first, with their counts of events and transitions. */
  executions(): readonly ExecutionRecord[];
  /** Executions that are not over. */
  running(): number;
  /** Stops a running execution by hand (F-51). */
  stop(executionName: string): void;
  /** Executions that begin from now on follow this definition; those that run keep theirs (F-77). */
  deploy(definition: StateMachineDefinition): void;
  close(): void;
}

export function createInProcessWorkflow(options: {
  readonly definition: StateMachineDefinition;
  readonly clock: LocalClock;
  readonly invoke: Invoke;
  readonly fraction: () => number;
  /** Told of an execution that is started once more, with another input than the first time (A4). */
  readonly startedOtherwise: (executionName: string) => void;
}): InProcessWorkflow {
  const engine = openEngine({
    store: createMemoryWorkflowStore(),
    clock: options.clock,
    invoke: options.invoke,
    stateMachines: [{ name: MACHINE, definition: options.definition }],
    fraction: options.fraction,
    breathe: async () => undefined,
  });
  const inputs = new Map<string, string>();
  const noteInput = ({ name, input }: { readonly name?: string; readonly input?: string }) => {
    if (name === undefined || input === undefined) return;
    if ((inputs.get(name) ?? input) !== input) options.startedOtherwise(name);
    inputs.set(name, input);
  };
  const send = async (command: { readonly input: object; readonly constructor: { readonly name: string } }) => {
    const operation = OPERATIONS[command.constructor.name.replace(/Command$/, '')];
    if (!operation) throw new Error(`the engine has no ${command.constructor.name}`);
    noteInput(command.input);
    try {
      return operation(engine, command.input as Readonly<Record<string, unknown>>);
    } catch (error) {
      throw asSdkError(error);
    }
  };
  return {
    workflow: createWorkflow({ send } as unknown as SFNClient, stateMachineArn(MACHINE)),
    executions: () => engine.store.listExecutions({ limit: -1 }),
    running: () => engine.running.size,
    stop(executionName) {
      const executionArn = stateMachineArn(MACHINE).replace(':stateMachine:', ':execution:');
      OPERATIONS['StopExecution']?.(engine, { executionArn: `${executionArn}:${executionName}` });
    },
    deploy(definition) {
      const definitionHash = engine.store.saveDefinition(definition);
      const loadedAtMilliseconds = options.clock.nowMilliseconds();
      // As a restart with another definition does.
      const machines = engine.machines as Map<string, LoadedMachine>;
      machines.set(MACHINE, { name: MACHINE, definition, definitionHash, loadedAtMilliseconds });
    },
    close() {
      for (const execution of engine.running.values()) execution.controller.abort(new Error('the simulation is over'));
      engine.store.close();
    },
  };
}

function asSdkError(error: unknown): unknown {
  if (!(error instanceof ServiceError)) return error;
  const SdkError = Object.entries(ERRORS).find(([name]) => name === error.type)?.[1];
  return SdkError ? new SdkError({ message: error.message, $metadata: {} }) : error;
}
