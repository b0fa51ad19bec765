import type { DatasetId } from '../domain/ids.ts';
import { nameInIdentifier } from '../domain/leftover.ts';
import type { TransferRecord } from '../domain/transfer.ts';
import type { Ports } from '../ports/ports.ts';
import { findTransfersOfNames } from './find-transfers-of-names.ts';

/** What a file in a dataset's directory is to us. */
export interface Standing {
  /** `registered`: in some version of the dataset · `granted`: a transfer that is not over may still write or register it. */
  readonly kind: 'registered' | 'granted' | 'leftover';
  /** The last of the transfers that its name was given out for; undefined when no grant of ours gave it out. */
  readonly transfer: TransferRecord | undefined;
}

/**
 * Judges how files in a dataset's directory stand. Transfers are read before what is registered: one that ends in between has registered by
 * then.
 * @param names - of the form that isFileName accepts
 * @returns how each of these names stands
 * @throws UnavailableError when Dataverse or the table does not answer: nothing is taken for a leftover on a part of the truth
 */
export async function judgeFiles(
  ports: Pick<Ports, 'dataverse' | 'transfers'>,
  datasetId: DatasetId,
  names: readonly string[],
): Promise<(name: string) => Standing> {
  const transfers = await findTransfersOfNames(ports, datasetId, names);
  const identifiers = await ports.dataverse.listAllStorageIdentifiers(datasetId);
  const registered = new Set([...identifiers].map(nameInIdentifier));
  return (name) => {
    const known = transfers.get(name);
    const kind = registered.has(name) ? 'registered' : known?.isOpen ? 'granted' : 'leftover';
    return { kind, transfer: known?.last };
  };
}
