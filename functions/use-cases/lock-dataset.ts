import {
  CHECK_AFTER_SECONDS,
  type DatasetLockItem,
  GLOBUS_UPLOAD_LOCK,
  lockUnsettledSeconds,
  withOpenCall,
  withoutOpenCall,
} from '../domain/dataset-lock.ts';
import { ExpectedError, ForbiddenError, UnavailableError } from '../domain/errors.ts';
import type { CollectionId, DatasetId, TaskId, TransferId } from '../domain/ids.ts';
import type { Ports } from '../ports/ports.ts';
import { unlessGone } from './unless-gone.ts';

type LockPorts = Pick<Ports, 'clock' | 'random' | 'dataverse' | 'locks' | 'log'>;

/** Bound for lost races on the lock item; each loss means that somebody else got on. */
const MAX_ROUNDS = 10;

export interface LockRequest {
  readonly datasetId: DatasetId;
  readonly transferId: TransferId;
  readonly taskId: TaskId;
  readonly collectionId: CollectionId;
  /** As the caller named the dataset: Dataverse's message repeats it. */
  readonly datasetAsNamed?: string;
}

/**
 * Locks the dataset for an upload: our item first, which decides who owns the lock, then Dataverse's (design section 5, "Lock").
 * Transfers of one task share the lock. Safe to repeat.
 * @throws ForbiddenError with Dataverse's words when somebody else's lock stands
 * @throws UnavailableError when the item is another upload's; or when Dataverse did not answer: then ours stays and says until when the call
 *   may land
 */
export async function lockDataset(ports: LockPorts, request: LockRequest): Promise<void> {
  const intent = await writeLockIntent(ports, request, GLOBUS_UPLOAD_LOCK);
  await placeLock(ports, intent, GLOBUS_UPLOAD_LOCK, request);
}

/**
 * Adds one more type of lock for a transfer, which may own the dataset's lock item already.
 * @throws ForbiddenError when somebody else holds that lock; DatasetBusyError when the item is another upload's
 */
export async function addLock(ports: LockPorts, request: LockRequest, lockType: string): Promise<void> {
  await placeLock(ports, await writeLockIntent(ports, request, lockType), lockType, request);
}

/** A call that is about to be made, or under way. */
interface LockIntent {
  readonly item: DatasetLockItem;
  readonly callId: string;
}

/** Writes who wants which lock, and until when the call may land, before the call. */
async function writeLockIntent(ports: LockPorts, request: LockRequest, lockType: string): Promise<LockIntent> {
  const { datasetId, transferId, taskId, collectionId } = request;
  const callId = ports.random.uuid();
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const now = ports.clock.nowEpochSeconds();
    const current = await ports.locks.read(datasetId);
    const isJoining = current && !current.owners.includes(transferId);
    if (current && (current.taskId !== taskId || (isJoining && current.isEnding))) {
      throw new DatasetBusyError();
    }
    const item: DatasetLockItem = {
      schemaVersion: 1,
      datasetId,
      birthId: current?.birthId ?? ports.random.uuid(),
      version: (current?.version ?? 0) + 1,
      taskId,
      owners: withMember(current?.owners ?? [], transferId),
      lockTypes: withMember(current?.lockTypes ?? [], lockType),
      openCalls: current?.openCalls ?? {},
      isEnding: false,
      collectionId,
      checkAtEpochSeconds: now + CHECK_AFTER_SECONDS,
    };
    const intent = withOpenCall(item, callId, now);
    if (await (current ? ports.locks.write(intent) : ports.locks.create(intent))) return { item: intent, callId };
  }
  throw new UnavailableError('The lock of this dataset is being changed by others. Please repeat the request.');
}

async function placeLock(ports: LockPorts, intent: LockIntent, lockType: string, request: LockRequest): Promise<void> {
  const { datasetId } = request;
  const answer = await ports.dataverse.lock(datasetId, lockType).catch(async (error: unknown) => {
    // A refusal is definite: this call will not land any more. Only no answer leaves that open.
    if (error instanceof ExpectedError && !(error instanceof UnavailableError)) await settle(ports, intent);
    throw error;
  });
  const isPlaced = answer === 'locked' || (await ourLockTypes(ports, intent.item)).includes(lockType);
  await settle(ports, intent);
  if (!isPlaced) throw lockedError(request);
}

/** The call has had its answer. Should others keep changing the item, the call stays open for its five minutes, and nothing else happens. */
async function settle(ports: LockPorts, { item, callId }: LockIntent): Promise<void> {
  let current: DatasetLockItem | undefined = item;
  for (let round = 0; round < MAX_ROUNDS && current?.birthId === item.birthId; round++) {
    if (current.openCalls[callId] === undefined) return;
    if (await ports.locks.write({ ...withoutOpenCall(current, callId), version: current.version + 1 })) return;
    current = await ports.locks.read(item.datasetId);
  }
}

/** Removes locks of ours under the item's protection. @returns false when the item moved meanwhile */
async function removeLocks(ports: LockPorts, item: DatasetLockItem, lockTypes: readonly string[]): Promise<boolean> {
  const callId = ports.random.uuid();
  const opened = withOpenCall(item, callId, ports.clock.nowEpochSeconds());
  const intent: LockIntent = { item: { ...opened, version: item.version + 1 }, callId };
  if (!(await ports.locks.write(intent.item))) return false;
  for (const lockType of lockTypes) await ports.dataverse.unlock(item.datasetId, lockType);
  await settle(ports, intent);
  return true;
}

/**
 * Gives up a transfer's part in the dataset's lock; with the last owner Dataverse's locks of ours go, then the item. Safe to repeat.
 * @returns `pending` when a call may still land and the item has to wait for that
 * @throws UnavailableError when Dataverse does not answer
 */
export async function unlockDataset(
  ports: LockPorts,
  datasetId: DatasetId,
  transferId: TransferId,
): Promise<{ readonly kind: 'unlocked' } | { readonly kind: 'pending'; readonly waitSeconds: number }> {
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const item = await ports.locks.read(datasetId);
    if (!item?.owners.includes(transferId)) return { kind: 'unlocked' };
    const others = item.owners.filter((owner) => owner !== transferId);
    if (others.length > 0) {
      if (await ports.locks.write({ ...item, owners: others, version: item.version + 1 })) return { kind: 'unlocked' };
      continue;
    }
    const unsettledSeconds = lockUnsettledSeconds(item, ports.clock.nowEpochSeconds());
    const standing = await ourLockTypes(ports, item);
    if (standing.length > 0) {
      await removeLocks(ports, { ...item, isEnding: true }, standing);
    } else if (unsettledSeconds > 0) {
      return { kind: 'pending', waitSeconds: Math.ceil(unsettledSeconds) };
    } else if (await ports.locks.remove(item)) {
      return { kind: 'unlocked' };
    }
  }
  throw new UnavailableError('Dataverse still shows a lock that it was told to remove.', { details: { datasetId } });
}

/** Removes one type of lock while the transfer goes on: the swap from GlobusUpload to EditInProgress before registration. */
export async function dropLock(
  ports: LockPorts,
  datasetId: DatasetId,
  transferId: TransferId,
  lockType: string,
): Promise<void> {
  const item = await ports.locks.read(datasetId);
  if (!item?.owners.includes(transferId) || !(await ourLockTypes(ports, item)).includes(lockType)) return;
  if (!(await removeLocks(ports, item, [lockType]))) {
    throw new UnavailableError('The lock of this dataset was changed meanwhile.');
  }
}

/** Which of the item's locks stand in Dataverse under our own account: only those are ours to remove (D4). None on a dataset that is gone. */
async function ourLockTypes(ports: LockPorts, item: DatasetLockItem): Promise<readonly string[]> {
  const service = await ports.dataverse.serviceUserName();
  const locks = await unlessGone(ports, () => ports.dataverse.locks(item.datasetId));
  if (locks === 'gone') return [];
  return locks
    .filter((lock) => lock.userName === service && item.lockTypes.includes(lock.lockType))
    .map((lock) => lock.lockType);
}

/**
 * Our own item is in the way while Dataverse may show no lock: another upload begins, ends or is being registered just now. Its name stays its
 * parent's, by which the workflow knows that it passes.
 */
export class DatasetBusyError extends UnavailableError {
  constructor() {
    super('Another upload into this dataset is just beginning or ending. Please repeat the call.');
  }
}

/** Dataverse's words (dataverse-api.md 2.3). */
function lockedError({ datasetId, datasetAsNamed = datasetId }: LockRequest): ForbiddenError {
  return new ForbiddenError(`Dataset ${datasetAsNamed} is locked: Dataset cannot be edited due to dataset lock.`);
}

function withMember<Member>(members: readonly Member[], member: Member): readonly Member[] {
  return members.includes(member) ? members : [...members, member];
}
