import { ConflictError, InvalidRequestError, UnavailableError } from '../domain/errors.ts';
import { type TaskId, timePartOfTransfer } from '../domain/ids.ts';
import { parseUploadReport, type UploadReport } from '../domain/report.ts';
import { steeringOf } from '../domain/steering.ts';
import { formatStorageIdentifier, mintFileNames, parseStorageIdentifier } from '../domain/storage-identifier.ts';
import type { TransferRecord } from '../domain/transfer.ts';
import type { SuccessfulTransfer } from '../ports/globus.ts';
import { acceptReport, type ReportPorts, type ReportSettings } from './accept-report.ts';
import type { Steered } from './authorise-transfer.ts';
import { findLatest } from './find-latest.ts';
import { changeWhenFree } from './take-transfer.ts';
import { verifyTask } from './verify-task.ts';
import { WORKERS } from './workers.ts';

/** A task whose transfer was never reported. */
export interface Adoption {
  readonly taskId: TaskId;
  /** As in addGlobusFiles; undefined when Globus's list of what it moved is to tell. */
  readonly files: readonly unknown[] | undefined;
}

export interface AdoptionOrder extends Steered {
  readonly adoption: Adoption;
  readonly canPublish: boolean;
}

/** So many identifiers are named in a refusal. */
const MOST_NAMED = 20;

/**
 * Reports a task for a transfer in the name of its owner, as addGlobusFiles would have. Without a list of files they are those that the task has
 * put at the transfer's own paths, named as at their source.
 * @returns the transfer that is bound now: the same, or a successor of a grant that is over
 * @throws InvalidRequestError when Globus does not show the names, or they are no names for Dataverse; and what acceptReport throws
 */
export async function adoptTask(
  ports: ReportPorts,
  settings: ReportSettings,
  { record, asker, adoption, canPublish }: AdoptionOrder,
): Promise<TransferRecord> {
  const { taskId } = adoption;
  if (!(await verifyTask(ports, record, taskId))) {
    throw new UnavailableError('Globus does not answer, so that the task cannot be checked. Please repeat the call.');
  }
  const files = adoption.files ?? (await filesMoved(ports, record, taskId));
  const report = parseUploadReport(JSON.stringify({ taskIdentifier: taskId, files }));
  assertOfThisGrant(record, report);
  const steered = steeringOf('retry', asker.userName, ports.clock.nowEpochSeconds());
  const why = `${asker.userName} reports task ${taskId} for ${record.userName}`;
  await changeWhenFree(ports, record.transferId, WORKERS['retry-transfer'], () => ({ steered }), why);
  await acceptReport(ports, settings, {
    datasetId: record.datasetId,
    datasetAsNamed: record.datasetId,
    userName: record.userName,
    canPublish,
    report,
  });
  return findLatest(ports, (await ports.transfers.read(record.transferId)) ?? record);
}

function assertOfThisGrant({ identifiersOf }: TransferRecord, { files }: UploadReport): void {
  const timePart = timePartOfTransfer(identifiersOf);
  const foreign = files.find((file) => parseStorageIdentifier(file.storageIdentifier).timePart !== timePart);
  if (!foreign) return;
  throw new InvalidRequestError(
    `storageIdentifier ${foreign.storageIdentifier} is of another transfer. Expected those of ${identifiersOf}.`,
  );
}

/** @throws ConflictError while the task runs, or when it has put nothing there */
async function filesMoved(ports: ReportPorts, record: TransferRecord, taskId: TaskId): Promise<readonly object[]> {
  const task = await ports.globus.findTask(record.collectionId, taskId);
  if (task?.status !== 'SUCCEEDED' && task?.status !== 'FAILED') {
    throw new ConflictError(
      `Task ${taskId} has not ended, and Globus lists files at the end only: give "files", or repeat the call then.`,
    );
  }
  const identifiers = new Map(
    mintFileNames(record.identifiersOf, record.identifierSeed, record.numberOfFiles).map((name) => [
      `${record.path}${name}`,
      formatStorageIdentifier(record, name),
    ]),
  );
  const moved = (await ports.globus.listSuccessfulTransfers(record.collectionId, taskId)).flatMap((file) => {
    const storageIdentifier = identifiers.get(file.destinationPath ?? '');
    return storageIdentifier === undefined ? [] : [{ storageIdentifier, fileName: nameAtSource(file) }];
  });
  if (moved.length === 0) {
    throw new ConflictError(`Task ${taskId} has put no file at a path of transfer ${record.transferId}.`);
  }
  const unnamed = moved.filter((file) => file.fileName === undefined).map((file) => file.storageIdentifier);
  if (unnamed.length === 0) return moved;
  const more = unnamed.length > MOST_NAMED ? ` and ${unnamed.length - MOST_NAMED} more` : '';
  throw new InvalidRequestError(
    `Globus does not show the service how the files are named at their source. Give "files" with a fileName for each of ${unnamed.slice(0, MOST_NAMED).join(', ')}${more}.`,
  );
}

/** Null paths are those of a collection on which the service has no role (globus-api.md 2.6). */
function nameAtSource({ sourcePath }: SuccessfulTransfer): string | undefined {
  return sourcePath?.split('/').at(-1) || undefined;
}
