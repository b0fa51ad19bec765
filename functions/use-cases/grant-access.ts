import { contentHash } from '../domain/canonical-json.ts';
import { ConflictError, UnavailableError } from '../domain/errors.ts';
import { type PrincipalId, type TransferId, transferIdOf, type UserName } from '../domain/ids.ts';
import { datasetDirectory } from '../domain/paths.ts';
import type { Store } from '../domain/store.ts';
import { type DownloadFiles, directionOf, NOTHING_DONE, type TransferRecord } from '../domain/transfer.ts';
import type { DatasetDescription } from '../ports/dataverse.ts';
import { isInVain } from './find-grant.ts';
import { type HoldAndGrantPorts, holdAndGrant } from './hold-and-grant.ts';
import { actOnTaken, type TakenTransfer, takenMark, withTransfer } from './take-transfer.ts';
import { WORKERS } from './workers.ts';

export type GrantPorts = HoldAndGrantPorts;

/** Who wants access to which dataset's directory. */
export interface AccessOrder {
  readonly dataset: DatasetDescription;
  readonly store: Store;
  readonly userName: UserName;
  readonly principal: PrincipalId;
  /** Value of the Idempotency-Key header: the same order again gets the earlier grant. */
  readonly idempotencyKey: string | undefined;
}

/** What uploads and downloads do each in their own way. */
export interface GrantPlan {
  readonly numberOfFiles: number;
  /** Of a download: its list of files. */
  readonly download?: DownloadFiles;
  /** Runs while the record is REQUESTED, before anything is asked of Globus; again at each repeat. */
  readonly beforeHold?: (record: TransferRecord) => Promise<void>;
  /** Runs before the access rule is first asked for. */
  readonly beforeCreate?: () => Promise<void>;
}

/** Two grants for one dataset in one millisecond: the later takes the next. */
const MAX_ID_TRIES = 50;
const WORKER = WORKERS['request-globus-upload-paths'];

/**
 * Gives a principal access to a dataset's directory for the length of a lease: write access for an upload, read access for a download.
 * Order of writes as design section 5 has it: header REQUESTED → row and holder → directories, rule → row PRESENT → header GRANTED →
 * workflow → reply. Whatever stops it in between, the record says what is left to undo.
 * @throws ConflictError, UnavailableError, UpstreamRefusedError as holdRule does; nothing is left behind then
 */
export async function grantAccess(
  ports: GrantPorts,
  settings: { readonly leaseSeconds: number },
  order: AccessOrder,
  plan: GrantPlan,
): Promise<TransferRecord> {
  const reserved = await reserve(ports, settings, order, plan);
  const act = (taken: TakenTransfer) => carryOut(ports, settings, plan, taken);
  const granted = reserved.isNew
    ? await actOnTaken(ports, reserved.record, WORKER, act)
    : await withTransfer(ports, reserved.record.transferId, WORKER, act);
  // Also for an earlier grant: its first request may have died before this point.
  if (granted.state === 'GRANTED') await ports.workflow.start(granted.transferId, granted.executionNumber);
  return granted;
}

async function carryOut(
  ports: GrantPorts,
  settings: { readonly leaseSeconds: number },
  plan: GrantPlan,
  taken: TakenTransfer,
): Promise<TransferRecord> {
  const { record } = taken;
  if (record.state !== 'REQUESTED' || record.leaseEndsAtEpochSeconds <= ports.clock.nowEpochSeconds()) {
    return answerOfEarlier(record);
  }
  await plan.beforeHold?.(record);
  return holdAndGrant(ports, settings, taken, plan.beforeCreate);
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
  order: AccessOrder,
  plan: GrantPlan,
): Promise<{ readonly record: TransferRecord; readonly isNew: boolean }> {
  const { datasetId } = order.dataset;
  const hash = idempotencyHash(order, plan);
  let replaced: TransferId | undefined;
  for (let later = 0; later < MAX_ID_TRIES; later++) {
    const fresh = transferIdOf(datasetId, ports.clock.nowMilliseconds() + later);
    const transferId = hash ? await ports.transfers.claimIdempotencyKey(hash, fresh, replaced) : fresh;
    const record = newRecord(ports, settings, order, plan, transferId, hash);
    if (await ports.transfers.reserve(record)) return { record, isNew: true };
    const existing = hash ? await ports.transfers.read(transferId) : undefined;
    if (existing?.idempotencyHash === hash && !isInVain(existing)) {
      return { record: sameOrder(existing, order, plan), isNew: false };
    }
    replaced = transferId;
  }
  throw new UnavailableError('Too many requests for this dataset at once. Please repeat the request.', {
    retryAfterSeconds: 1,
  });
}

function sameOrder(existing: TransferRecord, { principal }: AccessOrder, plan: GrantPlan): TransferRecord {
  const isSame =
    existing.principal === principal &&
    existing.numberOfFiles === plan.numberOfFiles &&
    existing.download?.listId === plan.download?.listId;
  if (isSame) return existing;
  throw new ConflictError('This Idempotency-Key was used for another principal or other files.');
}

function idempotencyHash({ idempotencyKey: key, userName, dataset }: AccessOrder, plan: GrantPlan): string | null {
  if (key === undefined) return null;
  return contentHash({ direction: directionOf(plan), user: userName, datasetId: dataset.datasetId, key });
}

function newRecord(
  ports: GrantPorts,
  settings: { readonly leaseSeconds: number },
  order: AccessOrder,
  plan: GrantPlan,
  transferId: TransferId,
  hash: string | null,
): TransferRecord {
  const { dataset, store, userName, principal } = order;
  const { numberOfFiles, download } = plan;
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
    permission: download ? 'r' : 'rw',
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
    ...(download ? { download } : {}),
    trail: [{ atEpochSeconds: now, state: 'REQUESTED', by: WORKER.name, why: `asked for by ${userName}` }],
  };
}
