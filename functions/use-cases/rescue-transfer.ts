import { ExpectedError, RecordTakenError, UnavailableError } from '../domain/errors.ts';
import type { TransferId } from '../domain/ids.ts';
import { dueAfter, isWaitingForTask, nextStep, type StepResult } from '../domain/next-step.ts';
import { isFinal, type TransferRecord } from '../domain/transfer.ts';
import type { Ports } from '../ports/ports.ts';
import { DUE_STEPS, type DueStep } from './due-steps.ts';
import { mortalPorts } from './mortal-ports.ts';
import { raiseAttention } from './raise-attention.ts';
import type { RegisterSettings } from './register-batch.ts';
import type { RunLimit } from './run-limit.ts';
import { startSuccessor } from './succeed-execution.ts';
import { withTransfer } from './take-transfer.ts';
import { SWEEPER, TAKE_MARGIN_SECONDS } from './workers.ts';

/** What the sweep did for a transfer that was past due. */
export type Rescue = 'left' | 'called' | 'restarted' | 'performed' | 'failed';

/** An execution that runs and does nothing for so long has lost its timer, or hangs: its work is done for it. */
const OVERDUE_SECONDS = 900;
/** Executions started without any change of state before the sweep does the work itself (design section 5, "Past due"). */
const MOST_SUCCESSORS_IN_VAIN = 2;
/** Steps in a row without a wait between them: release, register in batches, close. */
const MOST_STEPS = 12;

/**
 * Looks after one transfer that is past due: asks the workflow service about its execution, calls the step that should have woken, starts
 * the next execution, or, when that does not help, performs the steps itself. Every step is one use case on the record, so it can.
 * It never throws: one transfer that cannot be helped keeps nobody from the others.
 */
export async function rescueTransfer(
  ports: Ports,
  settings: RegisterSettings,
  transferId: TransferId,
  limit: RunLimit,
): Promise<Rescue> {
  try {
    const record = await ports.transfers.read(transferId);
    const now = ports.clock.nowEpochSeconds();
    if (!record || isFinal(record.state) || record.dueAtEpochSeconds > now) return 'left';
    return await rescue(ports, settings, record, limit);
  } catch (error) {
    if (error instanceof RecordTakenError) return 'left';
    ports.log.warn('rescue-failed', { transferId, error });
    // What does not pass by itself is an operator's affair, as in the workflow.
    if (!(error instanceof UnavailableError)) {
      await raiseAttention(ports, transferId, reasonOf(error)).catch((failure: unknown) =>
        ports.log.warn('attention-not-raised', { transferId, error: failure }),
      );
    }
    return 'failed';
  }
}

async function rescue(
  ports: Ports,
  settings: RegisterSettings,
  record: TransferRecord,
  limit: RunLimit,
): Promise<Rescue> {
  const now = ports.clock.nowEpochSeconds();
  // A report that a dead worker has left is finished or undone by whoever comes next, whatever the execution waits for.
  if (record.report !== null) return perform(ports, settings, record, limit, { next: 'LEASE', waitSeconds: 0 });
  const isOverdue = now - record.dueAtEpochSeconds > OVERDUE_SECONDS;
  switch (await statusOf(ports, record)) {
    case 'running':
      if (isWaitingForTask(record, now)) return leaveWaiting(ports, record);
      if (isOverdue) return perform(ports, settings, record, limit);
      return callWaitingStep(ports, record);
    case 'unknown':
      return isOverdue ? perform(ports, settings, record, limit) : 'left';
    case 'ended':
    case 'missing':
      if (record.successorsInVain >= MOST_SUCCESSORS_IN_VAIN) return perform(ports, settings, record, limit);
      return restart(ports, record);
  }
}

async function statusOf(ports: Ports, { transferId, executionNumber }: TransferRecord) {
  try {
    return await ports.workflow.status(transferId, executionNumber);
  } catch (error) {
    if (error instanceof UnavailableError) return 'unknown' as const;
    throw error;
  }
}

/** A wait of hours under an execution that lives: nothing to do but to ask again in an hour. */
async function leaveWaiting(ports: Ports, { transferId }: TransferRecord): Promise<Rescue> {
  await withTransfer(ports, transferId, SWEEPER, async (taken) => {
    const now = ports.clock.nowEpochSeconds();
    const waitSeconds = Math.max(0, (taken.record.nextLookAtEpochSeconds ?? now) - now);
    await taken.giveBack({ dueAtEpochSeconds: dueAfter(now, waitSeconds) });
  });
  return 'left';
}

/** The execution lives and should have gone on: its timer may be lost. A step that does not wait takes no notice. */
async function callWaitingStep(ports: Ports, record: TransferRecord): Promise<Rescue> {
  if (record.taskToken === null) return 'left';
  const due = nextStep(record, ports.clock.nowEpochSeconds());
  if (due.next === 'REPORT') return 'left';
  const answer = await ports.workflow.wake(record.taskToken, { next: due.next, waitSeconds: 0 });
  return answer === 'woken' ? 'called' : 'left';
}

/** The first execution may never have been started: then it is started now; one that has ended gets a successor. */
async function restart(ports: Ports, { transferId, executionNumber }: TransferRecord): Promise<Rescue> {
  return withTransfer(ports, transferId, SWEEPER, async (taken) => {
    const { record } = taken;
    if (isFinal(record.state) || record.executionNumber !== executionNumber) {
      // Somebody else has looked after it meanwhile.
      const now = ports.clock.nowEpochSeconds();
      await taken.giveBack({ dueAtEpochSeconds: dueAfter(now, nextStep(record, now).waitSeconds) });
      return 'left';
    }
    ports.log.warn('execution-lost', { transferId, executionNumber });
    await startSuccessor(ports, taken, { successorsInVain: record.successorsInVain + 1 });
    return 'restarted';
  });
}

async function perform(
  ports: Ports,
  settings: RegisterSettings,
  record: TransferRecord,
  limit: RunLimit,
  first: StepResult = nextStep(record, ports.clock.nowEpochSeconds()),
): Promise<Rescue> {
  const { transferId } = record;
  let due = first;
  if (due.next === 'REPORT') return leaveUntilLeaseEnds(ports, record);
  ports.log.warn('step-performed-by-sweep', { transferId, state: record.state, next: due.next });
  for (let steps = 0; steps < MOST_STEPS && isDue(due.next) && limit.hasTime(); steps++) {
    const step = DUE_STEPS[due.next];
    const limitMilliseconds = (step.worker.limitSeconds + TAKE_MARGIN_SECONDS) * 1000;
    due = await step.run(mortalPorts(ports, limitMilliseconds), settings, transferId);
    if (due.waitSeconds > 0) break;
  }
  return 'performed';
}

async function leaveUntilLeaseEnds(ports: Ports, { transferId }: TransferRecord): Promise<Rescue> {
  await withTransfer(ports, transferId, SWEEPER, async (taken) => {
    await taken.giveBack({ dueAtEpochSeconds: taken.record.leaseEndsAtEpochSeconds });
  });
  return 'left';
}

function isDue(next: string): next is DueStep {
  return next in DUE_STEPS;
}

function reasonOf(error: unknown): string {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  return error instanceof ExpectedError ? `${name}: ${message}` : `${name}: an unexpected error`;
}
