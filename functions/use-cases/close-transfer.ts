import type { TransferId } from '../domain/ids.ts';
import { dueAfter, type StepResult } from '../domain/next-step.ts';
import { directionOf, type TransferRecord } from '../domain/transfer.ts';
import type { Ports } from '../ports/ports.ts';
import { unlockDataset } from './lock-dataset.ts';
import { runStepIfDue } from './run-step.ts';
import { lookAgainIfDue, type SecondLookPorts } from './second-look.ts';
import { WORKERS } from './workers.ts';

type ClosePorts = SecondLookPorts & Pick<Ports, 'dataverse' | 'locks' | 'files'>;

/**
 * Gives up the dataset's lock, waits for the second look, and closes the transfer: rule released, files registered, nothing of ours left.
 * @throws UnavailableError when Dataverse or Globus does not answer; the workflow repeats the step
 */
export async function closeTransfer(ports: ClosePorts, transferId: TransferId): Promise<StepResult> {
  return runStepIfDue(ports, transferId, WORKERS['close-transfer'], 'CLOSE', async (taken, now) => {
    await lookAgainIfDue(ports, taken, now);
    const { record } = taken;
    const isUpload = directionOf(record) === 'upload';
    const unlocked = isUpload ? await unlockDataset(ports, record.datasetId, record.transferId) : NEVER_LOCKED;
    if (unlocked.kind === 'pending') {
      await taken.giveBack({ dueAtEpochSeconds: dueAfter(now, unlocked.waitSeconds) });
      return { next: 'CLOSE', waitSeconds: unlocked.waitSeconds };
    }
    const waitSeconds = (record.secondLookAtEpochSeconds ?? now) - now;
    if (waitSeconds > 0) {
      await taken.giveBack({ dueAtEpochSeconds: dueAfter(now, waitSeconds) });
      return { next: 'CLOSE', waitSeconds };
    }
    await taken.giveBack({ state: 'CLOSED', attention: null }, await closingWords(ports, record));
    return { next: 'DONE', waitSeconds: 0 };
  });
}

/** Downloads take no lock. */
const NEVER_LOCKED = { kind: 'unlocked' } as const;

/** What came of the files; where none was registered and all have the same reason, that reason as well. */
async function closingWords(ports: Pick<Ports, 'files'>, record: TransferRecord): Promise<string> {
  if (directionOf(record) === 'download') return record.outcome?.reason ?? 'the download is over';
  const { registered = 0, failed = 0 } = record.registration ?? {};
  const counts = `${registered} files registered, ${failed} not`;
  if (registered > 0 || failed === 0) return counts;
  const results = await ports.files.readResults(record.transferId);
  const reason = results[0]?.reason ?? '';
  return reason !== '' && results.every((result) => result.reason === reason) ? `${counts}: ${reason}` : counts;
}
