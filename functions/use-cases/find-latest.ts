import type { TransferRecord } from '../domain/transfer.ts';
import type { Ports } from '../ports/ports.ts';
import { isInVain, isSuccessorOf } from './find-grant.ts';

/** A chain is as long as leases passed and retries were asked for. */
const MOST_LINKS = 200;

/** The transfer itself, or the last of those that continue it. */
export async function findLatest(
  { transfers }: Pick<Ports, 'transfers'>,
  record: TransferRecord,
): Promise<TransferRecord> {
  let latest = record;
  for (let links = 0; links < MOST_LINKS && latest.continuedBy !== null; links++) {
    const next = await transfers.read(latest.continuedBy);
    if (!isSuccessorOf(next, latest) || isInVain(next)) return latest;
    latest = next;
  }
  return latest;
}
