import type { TransferId } from '../domain/ids.ts';
import type { FileResult } from '../domain/reported-file.ts';
import type { TransferRecord } from '../domain/transfer.ts';
import type { Ports } from '../ports/ports.ts';
import { forEachAtOnce } from './for-each-at-once.ts';
import type { DirectoryFile } from './list-leftovers.ts';

const READS_AT_ONCE = 10;

/** Why leftovers were left, by storage identifier, as far as their transfers tell. */
export async function explainLeftovers(
  ports: Pick<Ports, 'files'>,
  leftovers: readonly DirectoryFile[],
): Promise<ReadonlyMap<string, string>> {
  const reported = new Map<TransferId, ReadonlyMap<string, FileResult>>();
  const bound = leftovers.flatMap(({ transfer }) => (transfer?.bound ? [transfer.transferId] : []));
  await forEachAtOnce([...new Set(bound)], READS_AT_ONCE, async (transferId) => {
    const results = await ports.files.readResults(transferId);
    reported.set(transferId, new Map(results.map((result) => [result.storageIdentifier, result])));
  });
  const reasons = new Map<string, string>();
  for (const { storageIdentifier, transfer } of leftovers) {
    const result = transfer && reported.get(transfer.transferId)?.get(storageIdentifier);
    const reason = transfer && reasonFor(transfer, result);
    if (reason !== undefined) reasons.set(storageIdentifier, reason);
  }
  return reasons;
}

function reasonFor({ bound, discarded }: TransferRecord, result: FileResult | undefined): string | undefined {
  if (discarded) return `${discarded.by} asked for its deletion.`;
  if (!bound) return 'It was never reported.';
  if (!result) return 'It was not among the files that were reported.';
  if (result.outcome === 'registered') return 'It was registered, and is in no version of the dataset any more.';
  return result.reason ?? undefined;
}
