import { ExpectedError, ForbiddenError } from '../domain/errors.ts';
import { type Admission, locksWhileTransferring, type ReportMark, type TransferRecord } from '../domain/transfer.ts';
import type { GlobusTask } from '../ports/globus.ts';
import type { Ports } from '../ports/ports.ts';
import { claimTask, unclaimTask } from './claim-task.ts';
import { lockDataset } from './lock-dataset.ts';
import { checkTask, LISTED_WITHIN_SECONDS } from './verify-task.ts';

type AdmitPorts = Pick<Ports, 'clock' | 'random' | 'globus' | 'dataverse' | 'transfers' | 'locks' | 'claims' | 'log'>;

/** What came of a report that was accepted before it could be checked. */
export type AdmissionResult =
  | { readonly kind: 'admitted'; readonly admission: Admission }
  | { readonly kind: 'doubted'; readonly reason: string }
  | { readonly kind: 'rejected'; readonly reason: string };

/**
 * Makes up for what a report lacked when it came (design section 4, "BOUND unverified"): checks the task now that Globus answers, then locks
 * the dataset; a lock that is refused is asked for again at each look. A task that is proven to be another one gives up its claim: proven
 * by two looks, since a list may not show a new task yet, and a client that has its 200 does not report again.
 * @throws UnavailableError when Globus stops answering in between
 */
export async function admitTask(
  ports: AdmitPorts,
  record: TransferRecord,
  report: ReportMark,
  task: GlobusTask,
): Promise<AdmissionResult> {
  if (record.admission === 'FULL') return { kind: 'admitted', admission: 'FULL' };
  if (record.admission === 'UNVERIFIED') {
    try {
      await checkTask(ports, record, task);
    } catch (error) {
      if (!(error instanceof ForbiddenError)) throw error;
      const doubtedSince = record.doubtedSinceEpochSeconds;
      const isProven = doubtedSince !== null && ports.clock.nowEpochSeconds() - doubtedSince >= LISTED_WITHIN_SECONDS;
      if (isProven) return reject(ports, record, report, error.message);
      return { kind: 'doubted', reason: error.message };
    }
    await claimTask(ports, record, report);
  }
  const isOver = task.status === 'SUCCEEDED' || task.status === 'FAILED';
  const needsLock = !isOver && locksWhileTransferring(record, report);
  return { kind: 'admitted', admission: needsLock ? await lock(ports, record, report) : 'FULL' };
}

/** Turns a report away for good: its claim goes first, so that the task's true owner may report it. */
export async function reject(
  ports: Pick<Ports, 'claims'>,
  record: TransferRecord,
  { taskId }: ReportMark,
  reason: string,
): Promise<Extract<AdmissionResult, { readonly kind: 'rejected' }>> {
  await unclaimTask(ports, record.transferId, taskId);
  return { kind: 'rejected', reason };
}

/** A transfer that runs without its lock is followed all the same: what it has moved must not be lost to somebody else's lock. */
async function lock(ports: AdmitPorts, record: TransferRecord, { taskId }: ReportMark): Promise<Admission> {
  const { datasetId, transferId, collectionId } = record;
  try {
    await lockDataset(ports, { datasetId, transferId, collectionId, taskId });
    return 'FULL';
  } catch (error) {
    if (!(error instanceof ExpectedError)) throw error;
    ports.log.warn('lock-refused', { transferId, datasetId, error });
    return 'UNLOCKED';
  }
}
