import { ExpectedError } from '../domain/errors.ts';
import { isFileName, nameInIdentifier, transferOfName } from '../domain/leftover.ts';
import { isInStore } from '../domain/storage-identifier.ts';
import { isFinal, type TransferRecord } from '../domain/transfer.ts';
import type { DatasetFile } from '../ports/dataverse.ts';
import type { DirectoryEntry } from '../ports/globus.ts';
import type { Ports } from '../ports/ports.ts';
import { unlessGone } from './unless-gone.ts';

type DetectPorts = Pick<Ports, 'clock' | 'globus' | 'dataverse' | 'transfers' | 'log'>;

/** Clocks of the collection and ours may differ by this much. */
const TOLERANCE_SECONDS = 60;
/** Files that are newer than the grant are looked up one by one; so many say enough. */
const MOST_LOOKED_UP = 100;
/** So many are named in the log. */
const MOST_NAMED = 20;

/**
 * Looks, before anything is registered, whether files that the dataset had already were changed or removed: whoever may upload may write to all of
 * its directory, and Globus knows no narrower way (T-11). It can only be detected: operators are told, and the new files are registered.
 * What cannot be compared now keeps nobody waiting.
 * @returns the storage identifiers of the files that are not what they were
 */
export async function detectOverwrittenFiles(ports: DetectPorts, record: TransferRecord): Promise<readonly string[]> {
  const { transferId, datasetId, collectionId, path } = record;
  try {
    const [entries, listed] = await Promise.all([
      ports.globus.listDirectory(collectionId, path),
      unlessGone(ports, () => ports.dataverse.listFiles(datasetId)),
    ]);
    if (entries === undefined || listed === 'gone') return [];
    const changed = await findChanged(ports, record, entries, listed);
    if (changed.length > 0) {
      const { userName, principal } = record;
      const files = changed.slice(0, MOST_NAMED);
      ports.log.error('registered-files-changed', { transferId, userName, principal, count: changed.length, files });
    }
    return changed;
  } catch (error) {
    if (!(error instanceof ExpectedError)) throw error;
    ports.log.warn('directory-not-compared', { transferId, error });
    return [];
  }
}

async function findChanged(
  ports: DetectPorts,
  record: TransferRecord,
  entries: readonly DirectoryEntry[],
  listed: readonly DatasetFile[],
): Promise<readonly string[]> {
  const byName = new Map(entries.map((entry) => [entry.name, entry]));
  const changed: string[] = [];
  let lookedUp = 0;
  for (const { storageIdentifier, sizeBytes } of listed) {
    const name = nameInIdentifier(storageIdentifier);
    const isOwn = isFileName(name) && transferOfName(record.datasetId, name) === record.identifiersOf;
    if (isOwn || !isInStore(storageIdentifier, record)) continue;
    const entry = byName.get(name);
    const isOther = entry === undefined || (sizeBytes >= 0 && entry.sizeBytes !== sizeBytes);
    const isNewer = (entry?.modifiedAtEpochSeconds ?? 0) > record.grantedAtEpochSeconds + TOLERANCE_SECONDS;
    if (isOther) changed.push(storageIdentifier);
    else if (isNewer && lookedUp < MOST_LOOKED_UP) {
      lookedUp += 1;
      if (await wasThereBefore(ports, record, name)) changed.push(storageIdentifier);
    }
  }
  return changed;
}

/** Was the transfer that brought it over before this grant? One that goes on beside it writes rightly; of others nobody knows. */
async function wasThereBefore(ports: DetectPorts, record: TransferRecord, name: string): Promise<boolean> {
  if (!isFileName(name)) return false;
  const brought = await ports.transfers.read(transferOfName(record.datasetId, name));
  if (!brought || !isFinal(brought.state) || brought.continuedBy !== null) return false;
  const ended = brought.trail.find((entry) => isFinal(entry.state));
  return (ended?.atEpochSeconds ?? Number.POSITIVE_INFINITY) < record.grantedAtEpochSeconds;
}
