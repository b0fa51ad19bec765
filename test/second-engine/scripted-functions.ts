import { setTimeout as sleep } from 'node:timers/promises';
import { LambdaFailure } from '../../infra/local/workflow-engine/errors.ts';
import type { Answer, Scenario } from './scenarios.ts';

/** One call as it came, without what differs from run to run. */
export interface MadeCall {
  readonly step: string;
  readonly told: Readonly<Record<string, unknown>>;
}

/** How the script reaches its execution from outside. */
export interface Execution {
  /** Does a step wait for a call, its function having returned? */
  isWaiting(): Promise<boolean>;
  wake(taskToken: string, result: unknown): Promise<unknown>;
}

/** The functions of one execution, answering by a script. */
export interface ScriptedFunctions {
  readonly calls: readonly MadeCall[];
  /** Whether a call by token is on its way. */
  isBusy(): boolean;
  run(step: string, payload: unknown): Promise<unknown>;
}

const POLL_MILLISECONDS = 20;
/** With the offset in either form; the steps read both. */
const ISO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+]00:00)$/;
/** For calls that the script does not know: they are noted, and the execution comes to its end. */
const DONE = { next: 'DONE', waitSeconds: 0 };

/**
 * Answers each function's calls in the order of the script, and notes what came. Each has an order of its own: on a busy machine the time of a
 * wait may be over before the call that begins it has come through.
 */
export function scriptedFunctions(scenario: Scenario, execution: Execution): ScriptedFunctions {
  const calls: MadeCall[] = [];
  let wakesUnderWay = 0;

  const wake = async (taskToken: string, result: unknown, isTime: () => Promise<boolean>) => {
    wakesUnderWay += 1;
    try {
      while (!(await isTime())) await sleep(POLL_MILLISECONDS);
      await execution.wake(taskToken, result);
    } finally {
      wakesUnderWay -= 1;
    }
  };

  return {
    calls,
    isBusy: () => wakesUnderWay > 0,
    async run(step, payload) {
      const earlier = calls.filter((call) => call.step === step).length;
      const answer: Answer = scenario.calls.filter((call) => call.step === step)[earlier]?.answer ?? DONE;
      const { taskToken, ...told } = payload as Record<string, unknown>;
      calls.push({ step, told: withoutChance(told) });
      if (answer === 'nobody calls') return null;
      if (answer === 'nonsense') return {};
      if ('error' in answer) throw new LambdaFailure(answer.error, 'a "canary"');
      if (typeof taskToken !== 'string') return 'called' in answer ? answer.called : answer;
      if ('called' in answer) void wake(taskToken, answer.called, execution.isWaiting);
      else await wake(taskToken, answer, async () => true);
      return null;
    },
  };
}

/** Takes out what no two runs have in common. */
function withoutChance({ executionStartedAt, reason, ...told }: Record<string, unknown>): Record<string, unknown> {
  return {
    ...told,
    ...(executionStartedAt !== undefined && { startedAtIsATime: ISO_TIME.test(String(executionStartedAt)) }),
    ...(reason !== undefined && { reason: plainReason(String(reason)) }),
  };
}

/** The name of an error with its message; of an error of the platform only the name, since engines word it each in their own way. */
function plainReason(reason: string): string {
  const [, platformError] = /^(States\.\w+): /.exec(reason) ?? [];
  if (platformError !== undefined) return platformError;
  const [, name, cause] = /^(\w+): (\{.*\})$/s.exec(reason) ?? [];
  return cause === undefined ? reason : `${name}: ${JSON.parse(cause).errorMessage}`;
}
