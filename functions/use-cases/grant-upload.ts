import { ExpectedError } from '../domain/errors.ts';
import { datasetDirectory, directoriesToMake } from '../domain/paths.ts';
import { formatStorageIdentifier, mintFileNames } from '../domain/storage-identifier.ts';
import type { TransferRecord } from '../domain/transfer.ts';
import { type AccessOrder, type GrantPorts, grantAccess } from './grant-access.ts';

export interface UploadOrder extends AccessOrder {
  /** 1 to the configured maximum. */
  readonly numberOfFiles: number;
}

/** A storage identifier with the path its file must be transferred to, in the order of the client's files. */
export type GrantedPaths = readonly (readonly [storageIdentifier: string, path: string])[];

/**
 * Gives a principal write access to a dataset's directory for the length of a lease, and the identifiers for its files.
 * @throws ConflictError, UnavailableError, UpstreamRefusedError as holdRule does; nothing is left behind then
 */
export async function grantUpload(
  ports: GrantPorts,
  settings: { readonly leaseSeconds: number },
  order: UploadOrder,
): Promise<GrantedPaths> {
  const { numberOfFiles } = order;
  const plan = { numberOfFiles, beforeCreate: () => makeDirectories(ports, order) };
  return pathsOf(await grantAccess(ports, settings, order, plan));
}

/** The identifiers of a grant and where their files belong. */
export function pathsOf(record: TransferRecord): GrantedPaths {
  return mintFileNames(record.identifiersOf, record.identifierSeed, record.numberOfFiles).map(
    (name) => [formatStorageIdentifier(record, name), `${record.path}${name}`] as const,
  );
}

/** An answer that a parent is missing comes at once; a collection that is silent has used up the time of one try by then. */
const QUICK_ANSWER_MILLISECONDS = 3_000;

/**
 * The outer directories are there for all but the first dataset of an authority, so the innermost is tried alone: one call for three.
 * Where it is refused, whatever the words are, all are made from the outermost on, and what then fails is the answer. A refusal that took
 * long stands: the request has no time for the same again.
 */
async function makeDirectories(ports: GrantPorts, { dataset, store }: UploadOrder): Promise<void> {
  const make = (path: string) => ports.globus.makeDirectory({ collectionId: store.collectionId, path });
  const path = datasetDirectory(store.basePath, dataset.authority, dataset.identifier);
  const askedAt = ports.clock.nowMilliseconds();
  const isMade = await make(path).catch((error: unknown) => {
    const isQuick = ports.clock.nowMilliseconds() - askedAt < QUICK_ANSWER_MILLISECONDS;
    if (error instanceof ExpectedError && isQuick) return undefined;
    throw error;
  });
  if (isMade) return;
  for (const each of directoriesToMake(store.basePath, dataset.authority, dataset.identifier)) await make(each);
}
