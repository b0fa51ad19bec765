import type { TransferId } from '../domain/ids.ts';
import { dueAfter, nextStep, type StepResult } from '../domain/next-step.ts';
import type { Ports } from '../ports/ports.ts';
import { type TakenTransfer, withTransfer } from './take-transfer.ts';
import type { Worker } from './workers.ts';

/**
 * Runs a step of the workflow if it is the one that is due; else it changes nothing and says which one is.
 * @param due - the step that `act` carries out
 */
export async function runStepIfDue(
  ports: Pick<Ports, 'clock' | 'random' | 'transfers' | 'log'>,
  transferId: TransferId,
  worker: Worker,
  due: StepResult['next'],
  act: (taken: TakenTransfer, nowEpochSeconds: number) => Promise<StepResult>,
): Promise<StepResult> {
  const found = await ports.transfers.read(transferId);
  // A record that needs nothing of this step is not even taken.
  if (found && found.takenBy === null) {
    const other = nextStep(found, ports.clock.nowEpochSeconds());
    if (other.next !== due) return other;
  }
  const actIfDue = async (taken: TakenTransfer): Promise<StepResult> => {
    const now = ports.clock.nowEpochSeconds();
    const other = nextStep(taken.record, now);
    if (other.next === due) return act(taken, now);
    await taken.giveBack({ dueAtEpochSeconds: dueAfter(now, other.waitSeconds) });
    return other;
  };
  return withTransfer(ports, transferId, worker, actIfDue, found);
}
