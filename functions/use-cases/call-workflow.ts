import { UnavailableError } from '../domain/errors.ts';
import type { StepResult } from '../domain/next-step.ts';
import type { Steering, TransferRecord } from '../domain/transfer.ts';
import type { Ports } from '../ports/ports.ts';
import { startSuccessor } from './succeed-execution.ts';
import type { TakenTransfer } from './take-transfer.ts';

/**
 * Has the workflow of a transfer go on now: an execution that was never started is started, a step that waits is woken. Both do nothing where
 * that is so already; an execution that is dead is the sweep's affair.
 */
export async function callWorkflow(
  { workflow }: Pick<Ports, 'workflow'>,
  { transferId, executionNumber, taskToken }: TransferRecord,
  due: StepResult,
): Promise<void> {
  await workflow.start(transferId, executionNumber);
  // A token that is saved later than this record belongs to a step that reads the record after that, and wakes itself.
  if (taskToken) await workflow.wake(taskToken, due);
}

/**
 * Takes a transfer out of ATTENTION: it goes on where it was interrupted, at once. Its execution sits out a pause of up to an hour, from which
 * nothing can wake it: the next one takes over, as the sweep does it.
 */
export async function resumeFromAttention(
  ports: Pick<Ports, 'clock' | 'workflow' | 'log'>,
  taken: TakenTransfer,
  steered: Steering,
  why: string,
): Promise<void> {
  const { attention, registration } = taken.record;
  // Patience begins anew, and so do the quick looks.
  const progress = registration ? { registration: { ...registration, fruitlessRounds: 0 } } : {};
  const state = attention?.resumes ?? 'FOLLOWING';
  await taken.write({ state, attention: null, looks: 0, steered, ...progress }, why);
  await startSuccessor(ports, taken, {});
}

/** The record moved on between the look at it and its change: repeated, the call finds where it stands. */
export function movedOn(): UnavailableError {
  return new UnavailableError('This transfer is just moving on. Please repeat the call.', { retryAfterSeconds: 5 });
}
