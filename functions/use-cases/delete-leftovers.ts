import { RecordTakenError } from '../domain/errors.ts';
import type { TaskId, TransferId, UserName } from '../domain/ids.ts';
import type { TransferRecord } from '../domain/transfer.ts';
import type { Ports } from '../ports/ports.ts';
import { forEachAtOnce } from './for-each-at-once.ts';
import { judgeFiles, type Standing } from './judge-files.ts';
import { type DatasetInStore, type DirectoryFile, listDirectoryFiles } from './list-leftovers.ts';
import { changeWhenFree } from './take-transfer.ts';
import { WORKERS } from './workers.ts';

export interface DeletionOrder extends DatasetInStore {
  /** The operator who asks. */
  readonly userName: UserName;
  /** Undefined: all whose transfers are known. */
  readonly storageIdentifiers: readonly string[] | undefined;
  readonly isDryRun: boolean;
}

export interface Deletion {
  /** Globus's task that deletes; null when nothing is deleted. */
  readonly taskId: TaskId | null;
  /** What is deleted, or would be. */
  readonly storageIdentifiers: readonly string[];
  readonly refused: readonly Refusal[];
}

interface Refusal {
  readonly storageIdentifier: string;
  readonly reason: string;
}

type DeletePorts = Pick<Ports, 'clock' | 'random' | 'globus' | 'dataverse' | 'transfers' | 'log'>;

const WORKER = WORKERS['delete-leftovers'];
/** What one request has time for: each may be of a transfer of its own, whose header is read twice and written. */
export const MOST_DELETED_AT_ONCE = 1_000;
const WRITES_AT_ONCE = 20;

const WHY_KEPT: Readonly<Record<Standing['kind'], string | undefined>> = {
  registered: 'It is registered.',
  granted: 'It is granted to a transfer that is under way.',
  leftover: undefined,
};
const ABSENT = 'There is no such file in the directory of the dataset.';
const UNEXPLAINED = 'No transfer of this service explains it; it is deleted only when it is named.';
const TOO_MANY = `One request deletes at most ${MOST_DELETED_AT_ONCE} files. Please ask again.`;

/**
 * Deletes what transfers left on the collection, on an operator's order: never what is registered in any version, and never what is granted.
 * The headers of their transfers are marked first, so that neither a late report nor a retry can register them any more; then everything is
 * judged once more, and what still is a leftover goes, in one task of Globus. Safe to repeat.
 * @throws UnavailableError when Globus, Dataverse or the table does not answer
 */
export async function deleteLeftovers(ports: DeletePorts, order: DeletionOrder): Promise<Deletion> {
  const choice = choose(await listDirectoryFiles(ports, order), order.storageIdentifiers);
  if (order.isDryRun || choice.chosen.length === 0) {
    return { taskId: null, storageIdentifiers: choice.chosen.map(identifierOf), refused: choice.refused };
  }
  const busy = await discardTransfers(ports, choice.chosen, order.userName);
  const names = choice.chosen.map((file) => file.name);
  const judge = await judgeFiles(ports, order.dataset.datasetId, names);
  const { chosen, refused } = divide(choice.chosen, (file) => whyKept(judge(file.name), busy));
  const taskId = chosen.length > 0 ? await deleteFiles(ports, order, chosen) : null;
  return { taskId, storageIdentifiers: chosen.map(identifierOf), refused: [...choice.refused, ...refused] };
}

interface Choice {
  readonly chosen: readonly DirectoryFile[];
  readonly refused: readonly Refusal[];
}

function divide(files: readonly DirectoryFile[], whyNot: (file: DirectoryFile) => string | undefined): Choice {
  const judged = files.map((file) => ({ file, reason: whyNot(file) }));
  return {
    chosen: judged.filter(({ reason }) => reason === undefined).map(({ file }) => file),
    refused: judged.flatMap(({ file: { storageIdentifier }, reason }) =>
      reason === undefined ? [] : [{ storageIdentifier, reason }],
    ),
  };
}

function choose(files: readonly DirectoryFile[], wanted: readonly string[] | undefined): Choice {
  if (wanted === undefined) {
    const leftovers = files.filter((file) => file.kind === 'leftover');
    return atOnce(divide(leftovers, (file) => (file.transfer ? undefined : UNEXPLAINED)));
  }
  const byIdentifier = new Map(files.map((file) => [file.storageIdentifier, file]));
  const named = [...new Set(wanted)];
  const { chosen, refused } = divide(
    named.flatMap((identifier) => byIdentifier.get(identifier) ?? []),
    (file) => WHY_KEPT[file.kind],
  );
  const absent = named.filter((identifier) => !byIdentifier.has(identifier));
  return atOnce({
    chosen,
    refused: [...refused, ...absent.map((storageIdentifier) => ({ storageIdentifier, reason: ABSENT }))],
  });
}

function atOnce({ chosen, refused }: Choice): Choice {
  const later = chosen.slice(MOST_DELETED_AT_ONCE);
  return {
    chosen: chosen.slice(0, MOST_DELETED_AT_ONCE),
    refused: [...refused, ...later.map(({ storageIdentifier }) => ({ storageIdentifier, reason: TOO_MANY }))],
  };
}

/** Marks each transfer, all of them over for good, while nobody works on it. @returns those that somebody works on */
async function discardTransfers(
  ports: DeletePorts,
  chosen: readonly DirectoryFile[],
  by: UserName,
): Promise<ReadonlySet<TransferId>> {
  const transferIds = new Set(chosen.flatMap(({ transfer }) => (transfer ? [transfer.transferId] : [])));
  const busy = new Set<TransferId>();
  const discarded = { by, atEpochSeconds: ports.clock.nowEpochSeconds() };
  const why = `${by} has what it left on the collection deleted`;
  const discard = (record: TransferRecord) => (record.discarded ? undefined : { discarded });
  await forEachAtOnce([...transferIds], WRITES_AT_ONCE, async (transferId) => {
    try {
      await changeWhenFree(ports, transferId, WORKER, discard, why);
    } catch (error) {
      if (!(error instanceof RecordTakenError)) throw error;
      busy.add(transferId);
    }
  });
  return busy;
}

/** Judged after the marks: a successor that was opened before them is open, and what it registered is in the list. */
function whyKept({ kind, transfer }: Standing, busy: ReadonlySet<TransferId>): string | undefined {
  if (kind !== 'leftover' || !transfer) return WHY_KEPT[kind];
  const isDiscarded = transfer.discarded && !busy.has(transfer.transferId);
  return isDiscarded ? undefined : `Transfer ${transfer.transferId} is being worked on. Please ask again.`;
}

async function deleteFiles(
  ports: DeletePorts,
  { dataset: { datasetId }, store, userName }: DeletionOrder,
  doomed: readonly DirectoryFile[],
): Promise<TaskId> {
  const paths = doomed.map((leftover) => leftover.path);
  const taskId = await ports.globus.deleteFiles(store.collectionId, paths, `Leftovers of dataset ${datasetId}`);
  ports.log.info('leftovers-deleted', { userName, datasetId, files: paths.length, taskId });
  return taskId;
}

function identifierOf({ storageIdentifier }: DirectoryFile): string {
  return storageIdentifier;
}
