import { ConflictError, ForbiddenError, NotFoundError, UnavailableError } from '../domain/errors.ts';
import type { TaskClaim } from '../domain/task-claim.ts';
import { dueAfter, lookWaitSeconds, type ReportMark, type TransferRecord } from '../domain/transfer.ts';
import type { Ports } from '../ports/ports.ts';
import { lockDataset, unlockDataset } from './lock-dataset.ts';
import type { TakenTransfer } from './take-transfer.ts';

type BindPorts = Pick<Ports, 'clock' | 'random' | 'dataverse' | 'locks' | 'claims' | 'files' | 'log'>;

/** Bound for lost races on a claim. */
const MAX_ROUNDS = 10;

/**
 * Carries a report that is noted in the record to its end: claim the task → lock item → Dataverse's lock → BOUND (design section 5).
 * Whoever takes a record with an unfinished report runs this; when it is refused, everything is undone and the note goes.
 * @param datasetAsNamed - for Dataverse's words when it is locked
 * @throws ConflictError, ForbiddenError, NotFoundError when refused; UnavailableError when it cannot be decided now, the note left in place
 */
export async function bindReport(
  ports: BindPorts,
  taken: TakenTransfer,
  datasetAsNamed?: string,
): Promise<TransferRecord> {
  const { report } = taken.record;
  if (!report) return taken.record;
  try {
    await assertComplete(ports, taken.record, report);
    await claimTask(ports, taken.record, report);
    const { datasetId, transferId } = taken.record;
    const named = datasetAsNamed === undefined ? {} : { datasetAsNamed };
    await lockDataset(ports, { datasetId, transferId, taskId: report.taskId, ...named });
  } catch (error) {
    if (isRefusal(error)) await undo(ports, taken, report, error);
    throw error;
  }
  const dueAtEpochSeconds = dueAfter(ports.clock.nowEpochSeconds(), lookWaitSeconds(0));
  return taken.giveBack(
    { state: 'BOUND', bound: report, report: null, looks: 0, dueAtEpochSeconds },
    `task ${report.taskId} was reported`,
  );
}

/** The file list is written in chunks after the note; a crash in between leaves it short, and the client without an answer. */
async function assertComplete(ports: BindPorts, record: TransferRecord, report: ReportMark): Promise<void> {
  const files = await ports.files.readFiles(record.transferId, report.bodyHash);
  if (files.length !== report.fileCount) throw new ConflictError('The report was cut off. Please repeat it.');
}

/** One claim per task; several grants may share one for a large list of one user, principal and dataset. */
async function claimTask(ports: BindPorts, record: TransferRecord, { taskId, bodyHash }: ReportMark): Promise<void> {
  const { datasetId, userName, principal, transferId } = record;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const current = await ports.claims.read(taskId);
    if (current && current.transfers[transferId] === bodyHash) return;
    if (
      current &&
      !(current.datasetId === datasetId && current.userName === userName && current.principal === principal)
    ) {
      throw new ConflictError(`Task ${taskId} was reported for another dataset or by another user.`);
    }
    const claim: TaskClaim = {
      schemaVersion: 1,
      taskId,
      birthId: current?.birthId ?? ports.random.uuid(),
      version: (current?.version ?? 0) + 1,
      datasetId,
      userName,
      principal,
      transfers: { ...current?.transfers, [transferId]: bodyHash },
    };
    if (await (current ? ports.claims.write(claim) : ports.claims.create(claim))) return;
  }
  throw new UnavailableError('This task is being reported by others at the same time. Please repeat the report.');
}

/** What cannot become true by waiting: somebody else's claim or lock, a list that was cut off, a dataset that is gone. */
function isRefusal(error: unknown): boolean {
  return error instanceof ConflictError || error instanceof ForbiddenError || error instanceof NotFoundError;
}

/**
 * Undoes in the order lock, item, claim, chunks, note.
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
  await unclaimTask(ports, taken.record, report);
  await ports.files.removeFiles(transferId, report.bodyHash);
  await taken.write({ report: null });
}

async function unclaimTask(ports: BindPorts, record: TransferRecord, { taskId }: ReportMark): Promise<void> {
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const current = await ports.claims.read(taskId);
    if (!current || current.transfers[record.transferId] === undefined) return;
    const { [record.transferId]: _gone, ...transfers } = current.transfers;
    const isDone =
      Object.keys(transfers).length === 0
        ? await ports.claims.remove(current)
        : await ports.claims.write({ ...current, transfers, version: current.version + 1 });
    if (isDone) return;
  }
  throw new UnavailableError('The claim on this task is being changed by others.');
}
