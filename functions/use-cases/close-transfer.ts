import type { TransferId } from '../domain/ids.ts';
import { dueAfter, type StepResult } from '../domain/next-step.ts';
import type { TransferRecord } from '../domain/transfer.ts';
import type { Ports } from '../ports/ports.ts';
import { unlockDataset } from './lock-dataset.ts';
import { observeUnreportedTask } from './observe-unreported-task.ts';
import { runStepIfDue } from './run-step.ts';
import type { TakenTransfer } from './take-transfer.ts';
import { WORKERS } from './workers.ts';

type ClosePorts = Parameters<typeof observeUnreportedTask>[0] & Pick<Ports, 'dataverse' | 'locks' | 'files'>;

/**
 * Gives up the dataset's lock, looks once more for a task that slipped in when the rule was taken, and closes the transfer: rule released,
 * files registered, nothing of ours left.
 * @throws UnavailableError when Dataverse or Globus does not answer; the workflow repeats the step
 */
export async function closeTransfer(ports: ClosePorts, transferId: TransferId): Promise<StepResult> {
  return runStepIfDue(ports, transferId, WORKERS['close-transfer'], 'CLOSE', async (taken, now) => {
    const { record } = taken;
    const unlocked = await unlockDataset(ports, record.datasetId, record.transferId);
    if (unlocked.kind === 'pending') {
      await taken.giveBack({ dueAtEpochSeconds: dueAfter(now, unlocked.waitSeconds) });
      return { next: 'CLOSE', waitSeconds: unlocked.waitSeconds };
    }
    const waitSeconds = (record.secondLookAtEpochSeconds ?? now) - now;
    if (waitSeconds > 0) {
      await taken.giveBack({ dueAtEpochSeconds: dueAfter(now, waitSeconds) });
      return { next: 'CLOSE', waitSeconds };
    }
    if (record.secondLookAtEpochSeconds !== null) await lookAgain(ports, taken);
    await taken.giveBack({ state: 'CLOSED', attention: null }, await closingWords(ports, record));
    return { next: 'DONE', waitSeconds: 0 };
  });
}

/**
 * A task may be listed only some seconds after its submission: one that slipped in before the rule was taken gets it back, and the breach is
 * counted, as at the end of a lease (F-15). A rule that stands for others by now is theirs to look after.
 */
async function lookAgain(ports: ClosePorts, taken: TakenTransfer): Promise<void> {
  const row = await ports.accessRules.read(taken.record);
  if (row && Object.keys(row.holders).length > 0) return;
  if (!(await observeUnreportedTask(ports, taken))) return;
  const { transferId, breaches } = taken.record;
  await taken.write(
    { breaches: breaches + 1 },
    'a live task was listed after its access rule was taken: it is given back',
  );
  ports.log.error('access-rule-restored', { transferId });
}

/** What came of the files; where none was registered and all have the same reason, that reason as well. */
async function closingWords(ports: Pick<Ports, 'files'>, record: TransferRecord): Promise<string> {
  const { registered = 0, failed = 0 } = record.registration ?? {};
  const counts = `${registered} files registered, ${failed} not`;
  if (registered > 0 || failed === 0) return counts;
  const results = await ports.files.readResults(record.transferId);
  const reason = results[0]?.reason ?? '';
  return reason !== '' && results.every((result) => result.reason === reason) ? `${counts}: ${reason}` : counts;
}
