import type { TransferId } from '../domain/ids.ts';
import type { StepResult } from '../domain/next-step.ts';

/** The transfer workflow's executions. Every method throws UnavailableError when the workflow service cannot be asked. */
export interface Workflow {
  /** Starts the execution `<transferId>-<executionNumber>`; success if it runs or has run already. */
  start(transferId: TransferId, executionNumber: number): Promise<void>;
  /** Wakes the step that waits with this token and says what is next. `gone`: the token is spent or unknown, so that the record decides (A7). */
  wake(taskToken: string, result: StepResult): Promise<'woken' | 'gone'>;
  /** Does the execution run? `missing`: there is none of that name, or it ended so long ago that it is forgotten. */
  status(transferId: TransferId, executionNumber: number): Promise<'running' | 'ended' | 'missing'>;
}
