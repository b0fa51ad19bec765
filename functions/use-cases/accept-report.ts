import { EDIT_IN_PROGRESS_LOCK, whyEditingIsForbidden } from '../domain/dataset-lock.ts';
import { ConflictError, ExpectedError, ForbiddenError, UnavailableError } from '../domain/errors.ts';
import type { DatasetId, UserName } from '../domain/ids.ts';
import { nextStep } from '../domain/next-step.ts';
import type { UploadReport } from '../domain/report.ts';
import { isFinal, type LockPolicy, type TransferRecord } from '../domain/transfer.ts';
import type { Ports } from '../ports/ports.ts';
import { bindReport } from './bind-report.ts';
import { callWorkflow } from './call-workflow.ts';
import { continueGrant } from './continue-grant.ts';
import { assertNotDiscarded, findGrant, isSameReport, needsSuccessor, wasTurnedAway } from './find-grant.ts';
import { type TakenTransfer, withTransfer } from './take-transfer.ts';
import { verifyTask } from './verify-task.ts';
import { WORKERS } from './workers.ts';

export interface ReportOrder {
  readonly datasetId: DatasetId;
  /** The dataset as the path named it: Dataverse's lock message repeats it. */
  readonly datasetAsNamed: string;
  readonly userName: UserName;
  readonly canPublish: boolean;
  readonly report: UploadReport;
}

export type ReportPorts = Pick<
  Ports,
  | 'clock'
  | 'random'
  | 'globus'
  | 'dataverse'
  | 'transfers'
  | 'accessRules'
  | 'locks'
  | 'claims'
  | 'files'
  | 'workflow'
  | 'log'
>;

const WORKER = WORKERS['add-globus-files'];

export interface ReportSettings {
  /** Of a successor. */
  readonly leaseSeconds: number;
  /** `transfer` when left out. */
  readonly lockPolicy?: LockPolicy;
}

/** A lease that is just ending is waited for this long (design section 5, "Report"). */
const EXPIRING_PATIENCE_MILLISECONDS = 12_000;
const POLL_MILLISECONDS = 500;

/**
 * Accepts the report of an upload: from here on the transfer is followed to its end, whatever happens to this process (P3).
 * The same report again gets the same answer and changes nothing, in every state; but one that was turned away and has become right is
 * accepted in a successor. A report that comes after the end of its grant opens a successor of that grant and is bound there (F-34).
 * @throws InvalidRequestError, NotFoundError, ForbiddenError, ConflictError for reports that cannot be accepted; nothing is recorded then
 * @throws UnavailableError when Globus or Dataverse does not answer; the report may be repeated
 */
export async function acceptReport(ports: ReportPorts, settings: ReportSettings, order: ReportOrder): Promise<void> {
  const { datasetId, userName, report } = order;
  const { last, acceptedBy } = await findGrant(ports, datasetId, userName, report);
  if (acceptedBy && !(await mayBeAcceptedAgain(ports, acceptedBy, last, report))) return resume(ports, acceptedBy);
  const record = await waitWhileExpiring(ports, last);
  assertReportable(record);
  // Globus down: accepted all the same, without a lock, and proven as soon as it answers (F-26).
  const isVerified = await verifyTask(ports, record, report.taskId);
  await assertEditable(ports, settings, order);

  const open = needsSuccessor(record) ? await reopen(ports, settings, record, isVerified) : record;
  const bound = await withTransfer(ports, open.transferId, WORKER, async (taken) => {
    await finishOtherReport(ports, taken, report);
    if (isSameReport(taken.record, report)) return taken.record;
    assertReportable(taken.record);
    if (needsSuccessor(taken.record)) throw justEnding();
    const { taskId, bodyHash, files } = report;
    const admission = isVerified ? 'FULL' : 'UNVERIFIED';
    const left = taken.record.report;
    const { lockPolicy = 'transfer' } = settings;
    const noted = { taskId, bodyHash, fileCount: files.length, listId: ports.random.hex(8), lockPolicy };
    await taken.write({ report: noted, admission }, `${userName} reports task ${taskId} with ${files.length} files`);
    // The same report, whose worker died in the middle of it. Its list goes when nobody can accept it any more: who removes it may stand
    // still half-way, and a list that is bound by then would be gone.
    if (left) await ports.files.removeFiles(open.transferId, left.listId);
    await ports.files.writeFiles(open.transferId, noted.listId, files);
    return bindReport(ports, taken, { datasetAsNamed: order.datasetAsNamed, isListComplete: true });
  });
  await resume(ports, bound);
}

/**
 * A report that was turned away since Globus did not know its task, or did not show whose it is, may turn out to be right after all; unless
 * another one was accepted in its place.
 * @throws UnavailableError when Globus does not answer: a 200 would leave it at that
 */
async function mayBeAcceptedAgain(
  ports: ReportPorts,
  acceptedBy: TransferRecord,
  last: TransferRecord,
  { taskId }: UploadReport,
): Promise<boolean> {
  const isOpen = last.bound === null || wasTurnedAway(last);
  if (!wasTurnedAway(acceptedBy) || !isOpen) return false;
  try {
    if (await verifyTask(ports, acceptedBy, taskId)) return true;
  } catch (error) {
    if (error instanceof ExpectedError) return false;
    throw error;
  }
  throw new UnavailableError('Globus does not answer, and this report was turned away before. Please repeat it.');
}

/** A lease that is over is not opened again on trust: while Globus is down there is no rule to keep, and none could be made. */
async function reopen(
  ports: ReportPorts,
  settings: ReportSettings,
  ended: TransferRecord,
  isVerified: boolean,
): Promise<TransferRecord> {
  if (!isVerified) {
    throw new UnavailableError(
      'Globus does not answer, and the lease of this upload is over. Please repeat the report.',
    );
  }
  return continueGrant(ports, settings, ended);
}

/** Another report that a dead worker left noted is finished first: bound, it wins; refused, it is undone and this one is next. */
async function finishOtherReport(ports: ReportPorts, taken: TakenTransfer, report: UploadReport): Promise<void> {
  const noted = taken.record.report;
  if (noted === null || noted.bodyHash === report.bodyHash) return;
  try {
    await bindReport(ports, taken);
  } catch (error) {
    if (taken.record.report !== null) throw error;
    ports.log.info('report-refused', { transferId: taken.record.transferId, error });
  }
}

/** Makes sure that somebody follows an accepted transfer. */
async function resume(ports: ReportPorts, record: TransferRecord): Promise<void> {
  if (record.state === 'BOUND') await callWorkflow(ports, record, nextStep(record, ports.clock.nowEpochSeconds()));
}

/** A grant that is EXPIRING may turn out to be OBSERVED; one that still is not by then counts as EXPIRED. */
async function waitWhileExpiring(ports: ReportPorts, found: TransferRecord): Promise<TransferRecord> {
  const giveUpAt = ports.clock.nowMilliseconds() + EXPIRING_PATIENCE_MILLISECONDS;
  let record = found;
  while (record.state === 'EXPIRING' && record.continuedBy === null && ports.clock.nowMilliseconds() < giveUpAt) {
    await ports.clock.sleep(POLL_MILLISECONDS);
    record = (await ports.transfers.read(found.transferId)) ?? record;
  }
  return record;
}

/** @throws ConflictError unless the grant still waits for its report, or ended without one and what it left still is there */
function assertReportable(record: TransferRecord): void {
  assertNotDiscarded(record);
  const isInDoubt = !isFinal(record.state) && (record.admission === 'UNVERIFIED' || record.rejection !== null);
  if (record.bound && isInDoubt) {
    throw new UnavailableError('Another report of these files waits for Globus. Please repeat the report.', {
      retryAfterSeconds: 60,
    });
  }
  if (record.bound && !wasTurnedAway(record)) {
    throw new ConflictError(
      `The files of this request were reported before, for task ${record.bound.taskId} or with another list.`,
    );
  }
  if (record.state !== 'GRANTED' && record.state !== 'OBSERVED' && !needsSuccessor(record)) {
    throw new ConflictError('The permission for these files is over. Request paths again and repeat the transfer.');
  }
}

/** The record ended, or was continued, between the look at it and its take: the report, repeated, finds where it stands. */
function justEnding(): UnavailableError {
  return new UnavailableError('The lease of this upload is just ending. Please repeat the report.');
}

/**
 * @throws ForbiddenError with Dataverse's words when a lock forbids editing that is neither this transfer's nor, where uploads may run side by
 *   side, another one's of ours, and when the dataset holds a package file
 */
async function assertEditable(ports: ReportPorts, settings: ReportSettings, order: ReportOrder): Promise<void> {
  const [locks, item, service, hasPackageFile] = await Promise.all([
    ports.dataverse.locks(order.datasetId),
    ports.locks.read(order.datasetId),
    ports.dataverse.serviceUserName(),
    ports.dataverse.hasPackageFile(order.datasetId),
  ]);
  const isSideBySide = settings.lockPolicy === 'registration';
  const isOurs = (lockType: string, userName: UserName) => {
    if (!item?.lockTypes.includes(lockType)) return false;
    // While our registration is at work Dataverse holds this lock under the name of its user.
    if (isSideBySide) return userName === service || lockType === EDIT_IN_PROGRESS_LOCK;
    return item.taskId === order.report.taskId && userName === service;
  };
  const foreign = locks.filter((lock) => !isOurs(lock.lockType, lock.userName)).map((lock) => lock.lockType);
  const why = whyEditingIsForbidden(foreign, order.canPublish);
  if (why) throw new ForbiddenError(`Dataset ${order.datasetAsNamed} is locked: ${why}`);
  if (hasPackageFile) {
    throw new ForbiddenError('File upload via HTTP disabled since this dataset already contains a package file.');
  }
}
