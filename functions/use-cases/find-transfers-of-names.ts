import type { DatasetId, TransferId } from '../domain/ids.ts';
import { transferOfName } from '../domain/leftover.ts';
import { mintFileNames } from '../domain/storage-identifier.ts';
import { directionOf, isFinal, type TransferRecord } from '../domain/transfer.ts';
import type { Ports } from '../ports/ports.ts';
import { isInVain, isSuccessorOf } from './find-grant.ts';
import { forEachAtOnce } from './for-each-at-once.ts';

/** The transfers for which one name was given out: a grant and, one after the other, its successors. */
export interface TransfersOfName {
  /** The last of them. */
  readonly last: TransferRecord;
  /** One of them still is at work, or may be. */
  readonly isOpen: boolean;
}

const READS_AT_ONCE = 20;
/** A chain that does not end is not judged: what belongs to it counts as granted. */
const MOST_SUCCESSORS = 100;

/**
 * The transfers for which names were given out; names that none of ours was given out for are left out.
 * @param names - of files in a dataset's directory, of the form that isFileName accepts
 */
export async function findTransfersOfNames(
  ports: Pick<Ports, 'transfers'>,
  datasetId: DatasetId,
  names: readonly string[],
): Promise<ReadonlyMap<string, TransfersOfName>> {
  const found = new Map<string, TransfersOfName>();
  const namesByTransfer = Map.groupBy(names, (name) => transferOfName(datasetId, name));
  await forEachAtOnce([...namesByTransfer], READS_AT_ONCE, async ([transferId, candidates]) => {
    const first = await ports.transfers.read(transferId);
    if (!first || directionOf(first) === 'download') return;
    const minted = new Set(mintFileNames(first.identifiersOf, first.identifierSeed, first.numberOfFiles));
    const known = candidates.filter((name) => minted.has(name));
    if (known.length === 0) return;
    const transfers = await followToLast(ports, first);
    for (const name of known) found.set(name, transfers);
  });
  return found;
}

async function followToLast(ports: Pick<Ports, 'transfers'>, first: TransferRecord): Promise<TransfersOfName> {
  let last = first;
  let isOpen = !isFinal(first.state);
  for (let links = 0; links < MOST_SUCCESSORS; links++) {
    const next = await readNext(ports, last.continuedBy);
    if (!isSuccessorOf(next, last)) return { last, isOpen };
    isOpen ||= !isFinal(next.state);
    // A later report passes it over: what decides about its files is the record before it.
    if (isInVain(next)) return { last, isOpen };
    last = next;
  }
  return { last, isOpen: true };
}

function readNext(ports: Pick<Ports, 'transfers'>, transferId: TransferId | null): Promise<TransferRecord | undefined> {
  return transferId === null ? Promise.resolve(undefined) : ports.transfers.read(transferId);
}
