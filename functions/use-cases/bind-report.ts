import { ConflictError, ForbiddenError, NotFoundError, UnavailableError } from '../domain/errors.ts';
import { dueAfter, lookWaitSeconds } from '../domain/next-step.ts';
import { locksWhileTransferring, type ReportMark, type TransferRecord } from '../domain/transfer.ts';
import type { Ports } from '../ports/ports.ts';
import { claimTask, unclaimTask } from './claim-task.ts';
import { lockDataset, unlockDataset } from './lock-dataset.ts';
import type { TakenTransfer } from './take-transfer.ts';

type BindPorts = Pick<Ports, 'clock' | 'random' | 'dataverse' | 'transfers' | 'locks' | 'claims' | 'files' | 'log'>;

/**
 * Carries a report that is noted in the record to its end: claim the task → lock item → Dataverse's lock → BOUND (design section 5).
 * Whoever takes a record with an unfinished report runs this; when it is refused, everything is undone and the note goes.
 * `datasetAsNamed` is for Dataverse's words when it is locked; `isListComplete` says that the caller has itself just written the whole file list.
 * @throws ConflictError, ForbiddenError, NotFoundError when refused; UnavailableError when it cannot be decided now, the note left in place
 */
export async function bindReport(
  ports: BindPorts,
  taken: TakenTransfer,
  { datasetAsNamed, isListComplete }: { readonly datasetAsNamed?: string; readonly isListComplete?: boolean } = {},
): Promise<TransferRecord> {
  const { report } = taken.record;
  if (!report) return taken.record;
  try {
    if (!isListComplete) await assertComplete(ports, taken.record, report);
    await claimTask(ports, taken.record, report);
    const { datasetId, transferId, collectionId, admission } = taken.record;
    const named = datasetAsNamed === undefined ? {} : { datasetAsNamed };
    // A dataset is never locked for a task that may be somebody else's (T-22), nor for a download.
    if (admission !== 'UNVERIFIED' && locksWhileTransferring(taken.record, report)) {
      await lockDataset(ports, { datasetId, transferId, collectionId, taskId: report.taskId, ...named });
    }
  } catch (error) {
    if (isRefusal(error)) await undo(ports, taken, report, error);
    throw error;
  }
  const dueAtEpochSeconds = dueAfter(ports.clock.nowEpochSeconds(), lookWaitSeconds(0));
  return taken.giveBack(
    { state: 'BOUND', bound: report, report: null, looks: 0, nextLookAtEpochSeconds: null, dueAtEpochSeconds },
    `${taken.record.userName} reported task ${report.taskId}${taken.record.admission === 'UNVERIFIED' ? '; Globus does not answer, so it is not verified yet' : ''}`,
  );
}

/** The file list is written in chunks after the note; a crash in between leaves it short, and the client without an answer. */
async function assertComplete(ports: BindPorts, record: TransferRecord, report: ReportMark): Promise<void> {
  const files = await ports.files.readFiles(record.transferId, report.listId);
  if (files.length !== report.fileCount) throw new ConflictError('The report was cut off. Please repeat it.');
}

/** What cannot become true by waiting: somebody else's claim or lock, a list that was cut off, a dataset that is gone. */
function isRefusal(error: unknown): boolean {
  return error instanceof ConflictError || error instanceof ForbiddenError || error instanceof NotFoundError;
}

/**
 * Undoes in the order lock, item, claim, note, chunks.
 * @throws UnavailableError when that cannot be finished now: the note stays, so that the next worker goes on, and nobody is told "refused"
 */
async function undo(ports: BindPorts, taken: TakenTransfer, report: ReportMark, refusal: unknown): Promise<void> {
  const { datasetId, transferId } = taken.record;
  const unlocked = await unlockDataset(ports, datasetId, transferId);
  if (unlocked.kind === 'pending') {
    throw new UnavailableError('Dataverse did not say whether the dataset is locked. Please repeat the report.', {
      cause: refusal,
      retryAfterSeconds: unlocked.waitSeconds,
    });
  }
  await unclaimTask(ports, transferId, report.taskId);
  await taken.write({ report: null, admission: 'FULL' }, `the report is refused: ${messageOf(refusal)}`);
  // While the note stands somebody else may accept the report after all: its list goes last, however long that takes.
  await ports.files.removeFiles(transferId, report.listId);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
