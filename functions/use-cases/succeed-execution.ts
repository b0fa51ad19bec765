import { dueAfter, type StepResult } from '../domain/next-step.ts';
import { isFinal, type TransferRecord } from '../domain/transfer.ts';
import type { Ports } from '../ports/ports.ts';
import { type TakenTransfer, withTransfer } from './take-transfer.ts';
import { WORKERS } from './workers.ts';

type SuccessorPorts = Pick<Ports, 'clock' | 'random' | 'transfers' | 'workflow' | 'log'>;

/** Executions live for a year at most (A2); one this old hands over. */
const LONGEST_EXECUTION_SECONDS = 300 * 86_400;

/** What an execution is told that is not followed any more. */
export const NOTHING_MORE: StepResult = { next: 'DONE', waitSeconds: 0 };

/** Is a record followed by a later execution than this one? A caller whose definition tells no number is believed. */
export function isOutdated(record: TransferRecord, executionNumber: number | undefined): boolean {
  return executionNumber !== undefined && record.executionNumber > executionNumber;
}

/** The execution that calls a step of a transfer. */
export interface Caller {
  /** Undefined when its definition does not tell. */
  readonly executionNumber: number | undefined;
  readonly executionStartedAtEpochSeconds: number | undefined;
}

/**
 * Has another execution taken over? Then the caller's ends without doing anything: at any time one number alone is followed (F-50). An
 * execution that runs for 300 days hands over here.
 * @param record - of the transfer, as just read
 */
export async function isSucceeded(ports: SuccessorPorts, record: TransferRecord, caller: Caller): Promise<boolean> {
  const { executionNumber, executionStartedAtEpochSeconds: startedAt } = caller;
  if (executionNumber === undefined) return false;
  if (isOutdated(record, executionNumber)) return true;
  const isTooOld = startedAt !== undefined && ports.clock.nowEpochSeconds() - startedAt > LONGEST_EXECUTION_SECONDS;
  if (!isTooOld || isFinal(record.state)) return false;
  await withTransfer(ports, record.transferId, WORKERS['await-completion'], async (taken) => {
    if (taken.record.executionNumber === executionNumber) await startSuccessor(ports, taken, {});
  });
  return true;
}

/**
 * Gives a transfer its next execution: the number is written first, so that a crash in between leaves a number that the sweep finds missing,
 * and an execution of an earlier number ends at its next step.
 * @param counted - what the caller counts of its successors
 */
export async function startSuccessor(
  ports: Pick<Ports, 'clock' | 'workflow' | 'log'>,
  taken: TakenTransfer,
  counted: Partial<Pick<TransferRecord, 'successorsInVain'>>,
): Promise<void> {
  const { transferId } = taken.record;
  const executionNumber = taken.record.executionNumber + 1;
  const dueAtEpochSeconds = dueAfter(ports.clock.nowEpochSeconds(), 0);
  const why = `execution ${executionNumber} takes over`;
  await taken.giveBack({ executionNumber, taskToken: null, dueAtEpochSeconds, ...counted }, why);
  await ports.workflow.start(transferId, executionNumber);
  ports.log.info('execution-succeeded', { transferId, executionNumber });
}
