import type { TransferId } from '../../../functions/domain/ids.ts';
import type { StepResult } from '../../../functions/domain/next-step.ts';
import type { Workflow } from '../../../functions/ports/workflow.ts';

/** The workflow service in memory: an execution is one step that waits for its token, and ends when it is woken with it. */
export interface FakeWorkflow extends Workflow {
  /** Names of the executions that were started, in order, each once. */
  readonly started: string[];
  /** Tokens that somebody tried to wake a step with, in order. */
  readonly woken: string[];
  /** What each attempt to wake said is next. */
  readonly results: StepResult[];
  /** What the service says of an execution, by name, when a test says otherwise than it would be. */
  readonly statuses: Map<string, 'running' | 'ended' | 'missing'>;
  /** What the step of an execution was given as its result, by name. */
  readonly outputs: Map<string, StepResult>;
  /** The token that the step of an execution waits with, or waited with. */
  tokenOf(name: string): string;
}

const TOKEN_PREFIX = 'token-of-';

/**
 * Makes a workflow service without executions.
 * @param options.takesAnyToken - takes a token that it never gave out for that of a step which waits. For tests that write tokens into
 *   records by hand, without an execution behind them; they may wake with the same one again
 */
export function createFakeWorkflow(options: { readonly takesAnyToken?: boolean } = {}): FakeWorkflow {
  const statusOf = (name: string) => {
    const said = workflow.statuses.get(name);
    if (said) return said;
    if (!workflow.started.includes(name)) return 'missing';
    return workflow.outputs.has(name) ? 'ended' : 'running';
  };
  const workflow: FakeWorkflow = {
    started: [],
    woken: [],
    results: [],
    statuses: new Map(),
    outputs: new Map(),
    tokenOf: (name) => `${TOKEN_PREFIX}${name}`,

    async start(transferId: TransferId, executionNumber: number) {
      const name = `${transferId}-${executionNumber}`;
      if (!workflow.started.includes(name)) workflow.started.push(name);
    },
    async wake(taskToken: string, result: StepResult) {
      workflow.woken.push(taskToken);
      workflow.results.push(result);
      if (!taskToken.startsWith(TOKEN_PREFIX)) return options.takesAnyToken ? 'woken' : 'gone';
      const name = taskToken.slice(TOKEN_PREFIX.length);
      if (statusOf(name) !== 'running') return 'gone';
      workflow.outputs.set(name, structuredClone(result));
      return 'woken';
    },
    async status(transferId: TransferId, executionNumber: number) {
      return statusOf(`${transferId}-${executionNumber}`);
    },
  };
  return workflow;
}
