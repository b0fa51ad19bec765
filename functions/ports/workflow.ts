import type { TransferId } from '../domain/ids.ts';

/** The transfer workflow's executions. */
export interface Workflow {
  /**
   * Starts the execution `<transferId>-<executionNumber>`; success if it runs or has run already.
   * @throws UnavailableError when the workflow service cannot be asked
   */
  start(transferId: TransferId, executionNumber: number): Promise<void>;
  /**
   * Wakes the step that waits for the report. `gone`: the token is spent or unknown, so that the record decides (A7).
   * @throws UnavailableError when the workflow service cannot be asked
   */
  wake(taskToken: string): Promise<'woken' | 'gone'>;
}
