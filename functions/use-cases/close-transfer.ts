import type { TransferId } from '../domain/ids.ts';
import { dueAfter, type StepResult } from '../domain/transfer.ts';
import type { Ports } from '../ports/ports.ts';
import { unlockDataset } from './lock-dataset.ts';
import { runStepIfDue } from './run-step.ts';
import { WORKERS } from './workers.ts';

/**
 * Gives up the dataset's lock and closes the transfer: rule released, files registered, nothing of ours left.
 * @throws UnavailableError when Dataverse does not answer; the workflow repeats the step
 */
export async function closeTransfer(
  ports: Pick<Ports, 'clock' | 'random' | 'dataverse' | 'transfers' | 'locks' | 'log'>,
  transferId: TransferId,
): Promise<StepResult> {
  return runStepIfDue(ports, transferId, WORKERS['close-transfer'], 'CLOSE', async (taken, now) => {
    const { record } = taken;
    const unlocked = await unlockDataset(ports, record.datasetId, record.transferId);
    if (unlocked.kind === 'pending') {
      await taken.giveBack({ dueAtEpochSeconds: dueAfter(now, unlocked.waitSeconds) });
      return { next: 'CLOSE', waitSeconds: unlocked.waitSeconds };
    }
    const { registered = 0, failed = 0 } = record.registration ?? {};
    await taken.giveBack(
      { state: 'CLOSED', attention: null },
      `${registered} files registered, ${failed} not${record.rejection === null ? '' : `: ${record.rejection}`}`,
    );
    return { next: 'DONE', waitSeconds: 0 };
  });
}
