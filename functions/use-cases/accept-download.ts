import { contentHash } from '../domain/canonical-json.ts';
import { ConflictError, ExpectedError, ForbiddenError, NotFoundError, UnavailableError } from '../domain/errors.ts';
import type { DatasetId, TaskId, TransferId, UserName } from '../domain/ids.ts';
import { nextStep } from '../domain/next-step.ts';
import type { ReportedFile } from '../domain/reported-file.ts';
import { directionOf, type TransferRecord } from '../domain/transfer.ts';
import type { Ports } from '../ports/ports.ts';
import { bindReport } from './bind-report.ts';
import { callWorkflow } from './call-workflow.ts';
import { continueGrant } from './continue-grant.ts';
import { isInVain, isSuccessorOf, needsSuccessor } from './find-grant.ts';
import type { HoldAndGrantPorts } from './hold-and-grant.ts';
import { type TakenTransfer, withTransfer } from './take-transfer.ts';
import { verifyTask } from './verify-task.ts';
import { WORKERS } from './workers.ts';

export interface DownloadReport {
  readonly datasetId: DatasetId;
  /** Whose grants it may finish. */
  readonly userName: UserName;
  readonly taskId: TaskId;
  /** Proves once more that the caller may have these files, for a grant whose access rule has gone. @throws ForbiddenError and the like */
  readonly authoriseAgain: (files: readonly ReportedFile[]) => Promise<void>;
}

type DownloadReportPorts = HoldAndGrantPorts & Pick<Ports, 'dataverse' | 'locks' | 'files'>;

const WORKER = WORKERS['monitor-globus-download'];
/** A grant is reported within minutes; only so many of the dataset's newest transfers are looked through for it. */
const MOST_LOOKED_THROUGH = 500;
const PAGE = 100;
/** Guests' downloads are one user's; a task is compared with no more than so many grants, those of its own owner first. */
const MOST_COMPARED = 10;

/**
 * Accepts the report of a download and binds it to an open grant of the caller's for this dataset whose Globus identity owns the task (B6,
 * B7): from here on the access rule is held until the task has ended. The same task again changes nothing. While Globus does not answer
 * nothing is accepted: the rule is kept all the same, since the end of a lease looks for live tasks.
 * @param settings - `leaseSeconds`: the lease of a successor, for a report that comes after the end of its grant
 * @throws NotFoundError without such a grant, or when Globus knows no such task; ForbiddenError when the task is another one; UnavailableError
 */
export async function acceptDownload(
  ports: DownloadReportPorts,
  settings: { readonly leaseSeconds: number },
  report: DownloadReport,
): Promise<void> {
  const claimed = await findReported(ports, report);
  if (claimed) return resume(ports, claimed);
  const downloads = await readDownloads(ports, report);
  // One that was given up has no claim any more.
  const reported = [...downloads.values()].find((record) => record.bound?.taskId === report.taskId);
  if (reported) return resume(ports, reported);
  const record = await chooseGrant(ports, report, downloads);
  if (needsSuccessor(record)) await authoriseAgain(ports, record, report);
  const open = needsSuccessor(record) ? await continueGrant(ports, settings, record) : record;
  try {
    await resume(ports, await bind(ports, open.transferId, report.taskId));
  } catch (error) {
    // The same report, sent twice at once, may have bound another grant meanwhile.
    const other = error instanceof ConflictError ? await findReported(ports, report) : undefined;
    if (!other) throw error;
    await resume(ports, other);
  }
}

/** The download of this caller that the task was reported for, if it was. */
async function findReported(
  ports: Pick<Ports, 'claims' | 'transfers'>,
  { datasetId, userName, taskId }: DownloadReport,
): Promise<TransferRecord | undefined> {
  const claim = await ports.claims.read(taskId);
  if (claim?.datasetId !== datasetId || claim.userName !== userName) return undefined;
  for (const transferId of Object.keys(claim.transfers) as TransferId[]) {
    const record = await ports.transfers.read(transferId);
    if (record?.bound?.taskId === taskId && directionOf(record) === 'download') return record;
  }
  return undefined;
}

/** The newest grant that the task fits; an open one before one that is over. */
async function chooseGrant(
  ports: DownloadReportPorts,
  report: DownloadReport,
  downloads: Downloads,
): Promise<TransferRecord> {
  const grants = grantsAmong(downloads);
  const [first] = grants;
  if (!first) {
    throw new NotFoundError(
      'There is no download of this dataset that waits for a task. Call requestGlobusDownload first, and report within its lease.',
    );
  }
  const owner = (await ports.globus.findTask(first.collectionId, report.taskId).catch(unknownWhenUnclear))?.ownerId;
  // A worker that died has noted the report, and perhaps claimed the task for that grant.
  const rank = (grant: TransferRecord) =>
    grant.report?.taskId === report.taskId ? 2 : Number(grant.principal === owner);
  const ownersFirst = [...grants].sort((a, b) => rank(b) - rank(a));
  let refusal: unknown;
  for (const grant of ownersFirst.slice(0, MOST_COMPARED)) {
    try {
      if (await verifyTask(ports, grant, report.taskId)) return grant;
      throw new UnavailableError('Globus does not answer, so that the task cannot be checked. Please repeat the call.');
    } catch (error) {
      if (!(error instanceof ForbiddenError)) throw error;
      refusal ??= error;
    }
  }
  throw refusal;
}

/** A first look, to know whom to ask about; the proof that follows says what is wrong. */
function unknownWhenUnclear(error: unknown): undefined {
  if (error instanceof ExpectedError) return undefined;
  throw error;
}

type Downloads = ReadonlyMap<TransferId, TransferRecord>;

/** The caller's downloads of the dataset, the newest first. */
async function readDownloads(ports: DownloadReportPorts, report: DownloadReport): Promise<Downloads> {
  const downloads = new Map<TransferId, TransferRecord>();
  let before: TransferId | undefined;
  for (let read = 0; read < MOST_LOOKED_THROUGH; read += PAGE) {
    const page = await ports.transfers.listByDataset(report.datasetId, { limit: PAGE, ...(before ? { before } : {}) });
    for (const record of page) {
      const isCallers = directionOf(record) === 'download' && record.userName === report.userName;
      if (isCallers) downloads.set(record.transferId, record);
    }
    before = page.at(-1)?.transferId;
    if (page.length < PAGE) break;
  }
  return downloads;
}

/** Grants that a report may finish, the newest first, and those that are over behind the others. */
function grantsAmong(downloads: Downloads): readonly TransferRecord[] {
  return [...downloads.values()]
    .filter((record) => isReportable(record) && !isContinued(record, downloads))
    .sort((a, b) => Number(needsSuccessor(a)) - Number(needsSuccessor(b)));
}

function isReportable({ state, wasGranted }: TransferRecord): boolean {
  return wasGranted && ['GRANTED', 'OBSERVED', 'EXPIRING', 'EXPIRED'].includes(state);
}

/** A successor that is not granted yet, or never was, has nothing to report on: the record before it is where to go on. */
function isContinued(record: TransferRecord, downloads: Downloads): boolean {
  const next = record.continuedBy === null ? undefined : downloads.get(record.continuedBy);
  return isSuccessorOf(next, record) && next.state !== 'REQUESTED' && !isInVain(next);
}

async function authoriseAgain(
  ports: Pick<Ports, 'files'>,
  { identifiersOf, download }: TransferRecord,
  report: DownloadReport,
): Promise<void> {
  const files = download ? await ports.files.readFiles(identifiersOf, download.listId) : [];
  if (files.length === 0 || files.length !== download?.fileCount) {
    throw new ConflictError('The permission for this download is over. Call requestGlobusDownload again.');
  }
  await report.authoriseAgain(files);
}

async function bind(ports: DownloadReportPorts, transferId: TransferId, taskId: TaskId): Promise<TransferRecord> {
  return withTransfer(ports, transferId, WORKER, async (taken) => {
    if (taken.record.report) await finishLeftReport(ports, taken);
    if (taken.record.bound?.taskId === taskId) return taken.record;
    if (taken.record.state !== 'GRANTED' && taken.record.state !== 'OBSERVED') {
      throw new UnavailableError('The lease of this download is just ending. Please repeat the call.');
    }
    const report = {
      taskId,
      bodyHash: contentHash({ taskIdentifier: taskId }),
      fileCount: 0,
      listId: ports.random.hex(8),
    };
    await taken.write({ report, admission: 'FULL' }, `${taken.record.userName} reports task ${taskId}`);
    return bindReport(ports, taken, { isListComplete: true });
  });
}

/** One that a dead worker left noted: bound, it wins; refused, it is undone and this one is next. */
async function finishLeftReport(ports: DownloadReportPorts, taken: TakenTransfer): Promise<void> {
  try {
    await bindReport(ports, taken);
  } catch (error) {
    if (taken.record.report !== null) throw error;
  }
}

/** Makes sure that somebody follows the download. */
async function resume(ports: Pick<Ports, 'clock' | 'workflow'>, record: TransferRecord): Promise<void> {
  if (record.state === 'BOUND') await callWorkflow(ports, record, nextStep(record, ports.clock.nowEpochSeconds()));
}
