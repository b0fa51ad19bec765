import {
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  type HistoryEvent,
  SendTaskSuccessCommand,
  type SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { expect } from 'vitest';
import { LONGEST_PAUSE_BEFORE_LOOK_SECONDS } from '../../functions/domain/next-step.ts';
import { transferWorkflowDefinition } from '../../functions/workflow/definition.ts';
import type { StateMachineDefinition } from '../../infra/local/workflow-engine/definition.ts';
import type { Scenario } from './scenarios.ts';
import { type MadeCall, type ScriptedFunctions, scriptedFunctions } from './scripted-functions.ts';

/** Characters of an execution's name (A3). */
const LONGEST_NAME = 80;
/** Any number but the first, so that a constant in the wrong place would show. */
const EXECUTION_NUMBER = 7;

/** What one run of a scenario came to. */
export interface Outcome {
  readonly status: string | undefined;
  readonly calls: readonly MadeCall[];
  /** The history: each event's type with the state it is about, its error, or the variables it has set. */
  readonly events: readonly string[];
}

/** A scenario that is about to run in some engine; the engine's calls go to its `functions`. */
export interface ScenarioRun {
  readonly transferId: string;
  readonly functions: ScriptedFunctions;
  /** Starts the execution and follows it to its end. @param letTimePass - until something may have happened */
  toEnd(letTimePass: () => Promise<unknown>): Promise<Outcome>;
}

/**
 * Prepares a run in an engine that speaks Step Functions' wire protocol.
 * @param engine - asked for when needed, since engines take their functions as they start
 */
export function prepareRun(
  scenario: Scenario,
  engine: () => { client: SFNClient; stateMachineArn: string },
): ScenarioRun {
  const transferId = scenario.title.replaceAll(/\W+/g, '-').slice(0, LONGEST_NAME);
  let executionArn: string | undefined;
  const history = async (): Promise<readonly HistoryEvent[]> => {
    const reply = await engine().client.send(new GetExecutionHistoryCommand({ executionArn, maxResults: 1_000 }));
    return reply.events ?? [];
  };
  const functions = scriptedFunctions(scenario, {
    isWaiting: async () => executionArn !== undefined && (await history()).at(-1)?.type === 'TaskSubmitted',
    wake: (taskToken, result) =>
      engine().client.send(new SendTaskSuccessCommand({ taskToken, output: JSON.stringify(result) })),
  });

  return {
    transferId,
    functions,
    async toEnd(letTimePass) {
      const { client, stateMachineArn } = engine();
      const input = JSON.stringify({ transferId, executionNumber: EXECUTION_NUMBER });
      const started = await client.send(new StartExecutionCommand({ stateMachineArn, name: transferId, input }));
      executionArn = started.executionArn;
      for (;;) {
        const { status } = await client.send(new DescribeExecutionCommand({ executionArn }));
        if (status !== 'RUNNING') return { status, calls: functions.calls, events: describeHistory(await history()) };
        await letTimePass();
      }
    },
  };
}

/** The calls that a scenario expects, in the form in which they are noted. */
export function expectedCalls(scenario: Scenario, transferId: string): readonly MadeCall[] {
  return scenario.calls.map(({ step, told }) => ({
    step,
    told: {
      transferId,
      executionNumber: EXECUTION_NUMBER,
      ...told,
      ...(told && 'waitSeconds' in told && { startedAtIsATime: true }),
    },
  }));
}

/** Seconds that must lie between each call and the next; of a retry, whose delay is chance, any number. */
export function expectedWaits({ calls }: Scenario): readonly unknown[] {
  return calls.slice(0, -1).map(({ step, answer, told }, index) => {
    if (answer === 'nobody calls') return Math.max(1, Number(told?.['waitSeconds']));
    if (answer === 'nonsense') return 0;
    if ('error' in answer) return calls[index + 1]?.step === step ? expect.any(Number) : 0;
    const { next, waitSeconds } = 'called' in answer ? answer.called : answer;
    const isWaitForCall = next === 'REPORT' || (next === 'FOLLOW' && waitSeconds > LONGEST_PAUSE_BEFORE_LOOK_SECONDS);
    return isWaitForCall ? 0 : waitSeconds;
  });
}

/** The definition, for a scenario of quick retries with shorter delays before them and nothing else changed. */
export function definitionFor({ retries }: Pick<Scenario, 'retries'>): StateMachineDefinition {
  if (retries === undefined) return transferWorkflowDefinition;
  return JSON.parse(
    JSON.stringify(transferWorkflowDefinition, (key, value) => {
      if (key === 'IntervalSeconds') return 1;
      return key === 'MaxDelaySeconds' ? 2 : value;
    }),
  );
}

/** One line for each event that the engines agree upon. */
function describeHistory(events: readonly HistoryEvent[]): readonly string[] {
  return events.flatMap((event, index) => {
    // Written or not, depending on whether the call by token came before the function had returned.
    if (event.type === 'TaskSubmitted') return [];
    // moto writes it twice.
    if (event.type === 'EvaluationFailed' && events[index - 1]?.type === event.type) return [];
    const { stateEnteredEventDetails: entered, stateExitedEventDetails: exited } = event;
    const error = event.taskFailedEventDetails?.error ?? event.taskTimedOutEventDetails?.error;
    const facts = [entered?.name ?? exited?.name ?? error, ...describeVariables(exited?.assignedVariables)];
    return [[event.type, ...facts].filter((fact) => fact !== undefined).join(' ')];
  });
}

/** Without the reason, which is compared where an operator is told it, and without quotation marks, which moto does not escape. */
function describeVariables(variables: Readonly<Record<string, string>> = {}): readonly string[] {
  const told = Object.entries(variables).filter(([name]) => name !== 'reason');
  return told.map(([name, value]) => `${name}=${value.replaceAll(/["\\]/g, '')}`).sort();
}
