import { whyEditingIsForbidden } from '../domain/dataset-lock.ts';
import { ConflictError, ForbiddenError, InvalidRequestError, UnavailableError } from '../domain/errors.ts';
import type { DatasetId, TransferId, UserName } from '../domain/ids.ts';
import type { UploadReport } from '../domain/report.ts';
import {
  formatStorageIdentifier,
  mintFileNames,
  parseStorageIdentifier,
  transferOfIdentifier,
} from '../domain/storage-identifier.ts';
import type { TransferRecord } from '../domain/transfer.ts';
import type { Ports } from '../ports/ports.ts';
import { bindReport } from './bind-report.ts';
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
  'clock' | 'random' | 'globus' | 'dataverse' | 'transfers' | 'locks' | 'claims' | 'files' | 'workflow' | 'log'
>;

const WORKER = WORKERS['add-globus-files'];
/** A lease that is just ending is waited for this long (design section 5, "Report"). */
const EXPIRING_PATIENCE_MILLISECONDS = 12_000;
const POLL_MILLISECONDS = 500;

/**
 * Accepts the report of an upload: from here on the transfer is followed to its end, whatever happens to this process (P3).
 * The same report again gets the same answer and changes nothing, in every state.
 * @throws InvalidRequestError, NotFoundError, ForbiddenError, ConflictError for reports that cannot be accepted; nothing is recorded then
 * @throws UnavailableError when Globus or Dataverse does not answer; the report may be repeated
 */
export async function acceptReport(ports: ReportPorts, order: ReportOrder): Promise<void> {
  const found = await findGrant(ports, order);
  if (isSameReport(found, order.report)) return resume(ports, found);
  const record = await waitWhileExpiring(ports, found);
  assertReportable(record);
  await verifyTask(ports, record, order.report.taskId);
  await assertEditable(ports, order);

  const bound = await withTransfer(ports, record.transferId, WORKER, async (taken) => {
    await finishOtherReport(ports, taken, order.report);
    if (isSameReport(taken.record, order.report)) return taken.record;
    assertReportable(taken.record);
    const { taskId, bodyHash, files } = order.report;
    await taken.write({ report: { taskId, bodyHash, fileCount: files.length } });
    await ports.files.writeFiles(record.transferId, bodyHash, files);
    return bindReport(ports, taken, order.datasetAsNamed);
  });
  await resume(ports, bound);
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

/** Makes sure that somebody follows an accepted transfer; both calls do nothing when that is so already. */
async function resume(ports: ReportPorts, record: TransferRecord): Promise<void> {
  if (record.state !== 'BOUND') return;
  await ports.workflow.start(record.transferId, record.executionNumber);
  const { taskToken } = (await ports.transfers.read(record.transferId)) ?? record;
  if (taskToken) await ports.workflow.wake(taskToken);
}

/** One read finds the grant, whatever the number of files: all its identifiers carry its time and are computed from its seed. */
async function findGrant(ports: ReportPorts, order: ReportOrder): Promise<TransferRecord> {
  const { datasetId, report, userName } = order;
  const transferId = transferNamedBy(datasetId, report);
  const record = await ports.transfers.read(transferId);
  if (record?.datasetId !== datasetId) throw neverMinted(report.files[0]?.storageIdentifier);
  if (record.userName !== userName) throw new ForbiddenError('These storage identifiers were given to another user.');
  const names = mintFileNames(record.transferId, record.identifierSeed, record.numberOfFiles);
  const minted = new Set(names.map((name) => formatStorageIdentifier(record, name)));
  const foreign = report.files.find((file) => !minted.has(file.storageIdentifier));
  if (foreign) throw neverMinted(foreign.storageIdentifier);
  return record;
}

function transferNamedBy(datasetId: DatasetId, report: UploadReport): TransferId {
  const transferIds = new Set(
    report.files.map((file) => transferOfIdentifier(datasetId, parseStorageIdentifier(file.storageIdentifier))),
  );
  const [transferId, ...others] = transferIds;
  if (transferId === undefined || others.length > 0) {
    throw new InvalidRequestError(
      'files: expected identifiers of one requestGlobusUploadPaths answer, got some of several. Report each answer on its own; all may name the same task.',
    );
  }
  return transferId;
}

function isSameReport(record: TransferRecord, report: UploadReport): boolean {
  return record.bound?.bodyHash === report.bodyHash && record.bound.taskId === report.taskId;
}

async function waitWhileExpiring(ports: ReportPorts, found: TransferRecord): Promise<TransferRecord> {
  const giveUpAt = ports.clock.nowMilliseconds() + EXPIRING_PATIENCE_MILLISECONDS;
  let record = found;
  while (record.state === 'EXPIRING' && ports.clock.nowMilliseconds() < giveUpAt) {
    await ports.clock.sleep(POLL_MILLISECONDS);
    record = (await ports.transfers.read(found.transferId)) ?? record;
  }
  if (record.state === 'EXPIRING') {
    throw new UnavailableError('The lease of this upload is just ending. Please repeat the report.', {
      retryAfterSeconds: 15,
    });
  }
  return record;
}

/** @throws ConflictError unless the grant still waits for its report */
function assertReportable(record: TransferRecord): void {
  if (record.bound) {
    throw new ConflictError(
      `The files of this request were reported before, for task ${record.bound.taskId} or with another list.`,
    );
  }
  if (record.state !== 'GRANTED' && record.state !== 'OBSERVED') {
    throw new ConflictError('The permission for these files is over. Request paths again and repeat the transfer.');
  }
}

/** @throws ForbiddenError with Dataverse's words when a lock that is not this transfer's forbids editing */
async function assertEditable(ports: ReportPorts, order: ReportOrder): Promise<void> {
  const [locks, item, service] = await Promise.all([
    ports.dataverse.locks(order.datasetId),
    ports.locks.read(order.datasetId),
    ports.dataverse.serviceUserName(),
  ]);
  const isOurs = (lockType: string, userName: UserName) =>
    item?.taskId === order.report.taskId && userName === service && item.lockTypes.includes(lockType);
  const foreign = locks.filter((lock) => !isOurs(lock.lockType, lock.userName)).map((lock) => lock.lockType);
  const why = whyEditingIsForbidden(foreign, order.canPublish);
  if (why) throw new ForbiddenError(`Dataset ${order.datasetAsNamed} is locked: ${why}`);
}

function neverMinted(identifier: string | undefined): InvalidRequestError {
  return new InvalidRequestError(
    `storageIdentifier ${identifier ?? ''} was not given out for this dataset. Expected identifiers from the answer of requestGlobusUploadPaths.`,
  );
}
