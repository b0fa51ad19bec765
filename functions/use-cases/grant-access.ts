import { contentHash } from '../domain/canonical-json.ts';
import { ConflictError, ExpectedError, UnavailableError } from '../domain/errors.ts';
import { type DatasetId, type PrincipalId, type TransferId, transferIdOf, type UserName } from '../domain/ids.ts';
import { datasetDirectory, directoriesToMake } from '../domain/paths.ts';
import { formatStorageIdentifier, mintFileNames } from '../domain/storage-identifier.ts';
import type { Store } from '../domain/store.ts';
import { NOTHING_DONE, type TransferRecord } from '../domain/transfer.ts';
import type { DatasetDescription } from '../ports/dataverse.ts';
import { isInVain } from './find-grant.ts';
import { type HoldAndGrantPorts as GrantPorts, holdAndGrant } from './hold-and-grant.ts';
import { actOnTaken, type TakenTransfer, takenMark, withTransfer } from './take-transfer.ts';
import { WORKERS } from './workers.ts';

export interface UploadOrder {
  readonly dataset: DatasetDescription;
  readonly store: Store;
  readonly userName: UserName;
  readonly principal: PrincipalId;
  /** 1 to the configured maximum. */
  readonly numberOfFiles: number;
  /** Value of the Idempotency-Key header: the same order again gets the earlier grant. */
  readonly idempotencyKey: string | undefined;
}

/** A storage identifier with the path its file must be transferred to, in the order of the client's files. */
export type GrantedPaths = readonly (readonly [storageIdentifier: string, path: string])[];

const WORKER = WORKERS['request-globus-upload-paths'];
/** Two grants for one dataset in one millisecond: the later takes the next. */
const MAX_ID_TRIES = 50;

/**
 * Gives a principal write access to a dataset's directory for the length of a lease, and the identifiers for its files.
 * Order of writes as design section 5 has it: header REQUESTED → row and holder → directories, rule → row PRESENT → header GRANTED →
 * workflow → reply. Whatever stops it in between, the record says what is left to undo.
 * @throws ConflictError, UnavailableError, UpstreamRefusedError as holdRule does; nothing is left behind then
 */
export async function grantUpload(
  ports: GrantPorts,
  settings: { readonly leaseSeconds: number },
  order: UploadOrder,
): Promise<GrantedPaths> {
  const reserved = await reserve(ports, settings, order);
  const act = (taken: TakenTransfer) => carryOut(ports, settings, order, taken);
  const granted = reserved.isNew
    ? await actOnTaken(ports, reserved.record, WORKER, act)
    : await withTransfer(ports, reserved.record.transferId, WORKER, act);
  // Also for an earlier grant: its first request may have died before this point.
  if (granted.state === 'GRANTED') await ports.workflow.start(granted.transferId, granted.executionNumber);
  return pathsOf(granted);
}

/** The identifiers of a grant and where their files belong. */
export function pathsOf(record: TransferRecord): GrantedPaths {
  return mintFileNames(record.identifiersOf, record.identifierSeed, record.numberOfFiles).map(
    (name) => [formatStorageIdentifier(record, name), `${record.path}${name}`] as const,
  );
}

async function carryOut(
  ports: GrantPorts,
  settings: { readonly leaseSeconds: number },
  order: UploadOrder,
  taken: TakenTransfer,
): Promise<TransferRecord> {
  const { record } = taken;
  if (record.state !== 'REQUESTED' || record.leaseEndsAtEpochSeconds <= ports.clock.nowEpochSeconds()) {
    return answerOfEarlier(record);
  }
  return holdAndGrant(ports, settings, taken, () => makeDirectories(ports, order));
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

/** The same Idempotency-Key again. */
function answerOfEarlier(record: TransferRecord): TransferRecord {
  if (['GRANTED', 'OBSERVED', 'BOUND', 'FOLLOWING'].includes(record.state)) return record;
  throw new ConflictError('The grant of this Idempotency-Key is over. Please repeat the request with a new key.');
}

/** A new record, or the earlier one of the Idempotency-Key; a key whose record was never granted, or never its own, gets a new one. */
async function reserve(
  ports: GrantPorts,
  settings: { readonly leaseSeconds: number },
  order: UploadOrder,
): Promise<{ readonly record: TransferRecord; readonly isNew: boolean }> {
  const { datasetId } = order.dataset;
  const hash = idempotencyHash(order, datasetId);
  let replaced: TransferId | undefined;
  for (let later = 0; later < MAX_ID_TRIES; later++) {
    const fresh = transferIdOf(datasetId, ports.clock.nowMilliseconds() + later);
    const transferId = hash ? await ports.transfers.claimIdempotencyKey(hash, fresh, replaced) : fresh;
    const record = newRecord(ports, settings, order, transferId, hash);
    if (await ports.transfers.reserve(record)) return { record, isNew: true };
    const existing = hash ? await ports.transfers.read(transferId) : undefined;
    if (existing?.idempotencyHash === hash && !isInVain(existing)) {
      return { record: sameOrder(existing, order), isNew: false };
    }
    replaced = transferId;
  }
  throw new UnavailableError('Too many requests for this dataset at once. Please repeat the request.', {
    retryAfterSeconds: 1,
  });
}

function sameOrder(existing: TransferRecord, order: UploadOrder): TransferRecord {
  if (existing.numberOfFiles === order.numberOfFiles && existing.principal === order.principal) return existing;
  throw new ConflictError('This Idempotency-Key was used for another principal or number of files.');
}

function idempotencyHash(order: UploadOrder, datasetId: DatasetId): string | null {
  if (order.idempotencyKey === undefined) return null;
  return contentHash({ user: order.userName, datasetId, key: order.idempotencyKey });
}

function newRecord(
  ports: GrantPorts,
  settings: { readonly leaseSeconds: number },
  order: UploadOrder,
  transferId: TransferId,
  hash: string | null,
): TransferRecord {
  const { dataset, store, userName, principal, numberOfFiles } = order;
  const now = ports.clock.nowEpochSeconds();
  const mark = takenMark(ports, WORKER);
  return {
    schemaVersion: 1,
    transferId,
    datasetId: dataset.datasetId,
    version: 1,
    state: 'REQUESTED',
    userName,
    principal,
    storeId: store.storeId,
    bucket: store.bucket,
    collectionId: store.collectionId,
    path: datasetDirectory(store.basePath, dataset.authority, dataset.identifier),
    permission: 'rw',
    identifierSeed: ports.random.hex(32),
    numberOfFiles,
    grantedAtEpochSeconds: now,
    // Counted anew once the rule is proven; until then no lease may end under a request that is still at work.
    leaseEndsAtEpochSeconds: Math.max(now + settings.leaseSeconds, mark.dueAtEpochSeconds),
    ruleBornAtEpochSeconds: now,
    ...mark,
    ...NOTHING_DONE,
    identifiersOf: transferId,
    idempotencyHash: hash,
    trail: [{ atEpochSeconds: now, state: 'REQUESTED', by: WORKER.name, why: `asked for by ${userName}` }],
  };
}
