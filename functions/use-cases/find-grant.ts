import { ConflictError, ForbiddenError, InvalidRequestError } from '../domain/errors.ts';
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

/** Each link of a chain is a lease that passed before its report was bound: more than this many is no honest client. */
const MAX_SUCCESSORS = 100;

export interface FoundGrant {
  /** Where the report belongs: the grant, or the last of its successors that was given its access rule. */
  readonly last: TransferRecord;
  /** The latest of them that accepted this very report. */
  readonly acceptedBy: TransferRecord | undefined;
}

/**
 * The grant a report names: one read finds it, whatever the number of files, since all its identifiers carry its time and are computed from
 * its seed. Late reports open successors of it.
 * @throws InvalidRequestError when an identifier was not given out for this dataset, or they are of several grants
 * @throws ForbiddenError when they were given to somebody else; ConflictError when there are too many successors
 */
export async function findGrant(
  ports: Pick<Ports, 'transfers'>,
  datasetId: DatasetId,
  userName: UserName,
  report: UploadReport,
): Promise<FoundGrant> {
  const transferId = transferNamedBy(datasetId, report);
  const record = await ports.transfers.read(transferId);
  if (record?.datasetId !== datasetId) throw neverMinted(report.files[0]?.storageIdentifier);
  if (record.userName !== userName) throw new ForbiddenError('These storage identifiers were given to another user.');
  const names = mintFileNames(record.identifiersOf, record.identifierSeed, record.numberOfFiles);
  const minted = new Set(names.map((name) => formatStorageIdentifier(record, name)));
  const foreign = report.files.find((file) => !minted.has(file.storageIdentifier));
  if (foreign) throw neverMinted(foreign.storageIdentifier);
  return lastGranted(ports, record, report);
}

/** Is this the report that the record accepted? */
export function isSameReport({ bound }: TransferRecord, report: UploadReport): boolean {
  return bound?.bodyHash === report.bodyHash && bound.taskId === report.taskId;
}

/**
 * Is the permission of this record over, so that a report needs a successor? Also once one is noted, whatever became of the record since:
 * two transfers that could both be bound would register the same files side by side.
 */
export function needsSuccessor(record: TransferRecord): boolean {
  return (
    record.continuedBy !== null || record.state === 'EXPIRING' || record.state === 'EXPIRED' || wasTurnedAway(record)
  );
}

/** @throws ConflictError when what the transfer left on the collection was deleted: there is nothing to register any more */
export function assertNotDiscarded({ discarded }: TransferRecord): void {
  if (discarded) {
    throw new ConflictError('What was transferred has been deleted. Request paths again and repeat the transfer.');
  }
}

/** A report that was accepted unverified and proven wrong: nothing was registered, so that the right one may follow. */
export function wasTurnedAway({ state, rejection }: TransferRecord): boolean {
  return state === 'CLOSED' && rejection !== null;
}

/** A successor that was never given its rule, and never will be: another one takes its place. */
export function isInVain({ state, wasGranted }: TransferRecord): boolean {
  return state === 'REFUSED' || (!wasGranted && (state === 'EXPIRING' || state === 'EXPIRED'));
}

/** Is this the record that was opened for a late report on that one? Somebody else's grant may have the id that was noted. */
export function isSuccessorOf(
  candidate: TransferRecord | undefined,
  ended: TransferRecord,
): candidate is TransferRecord {
  return candidate?.continues === ended.transferId;
}

/** A successor that is not granted yet, or never was, has nothing to report on: the record before it is where to go on. */
async function lastGranted(
  ports: Pick<Ports, 'transfers'>,
  first: TransferRecord,
  report: UploadReport,
): Promise<FoundGrant> {
  let last = first;
  let acceptedBy: TransferRecord | undefined;
  for (let links = 0; links < MAX_SUCCESSORS; links++) {
    if (isSameReport(last, report)) acceptedBy = last;
    const next = last.continuedBy === null ? undefined : await ports.transfers.read(last.continuedBy);
    if (!isSuccessorOf(next, last) || next.state === 'REQUESTED' || isInVain(next)) return { last, acceptedBy };
    last = next;
  }
  throw new ConflictError('These files were reported too late too often. Request paths again and repeat the transfer.');
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

function neverMinted(identifier: string | undefined): InvalidRequestError {
  return new InvalidRequestError(
    `storageIdentifier ${identifier ?? ''} was not given out for this dataset. Expected identifiers from the answer of requestGlobusUploadPaths.`,
  );
}
