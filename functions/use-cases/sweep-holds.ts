import { type DatasetLockItem, lockUnsettledSeconds } from '../domain/dataset-lock.ts';
import { ExpectedError } from '../domain/errors.ts';
import type { CollectionId, DatasetId, TaskId, TransferId } from '../domain/ids.ts';
import { dueAfter, nextStep } from '../domain/next-step.ts';
import { isFinal, type TransferRecord } from '../domain/transfer.ts';
import type { Ports } from '../ports/ports.ts';
import { unclaimTask } from './claim-task.ts';
import { unlockDataset } from './lock-dataset.ts';
import { mortalPorts } from './mortal-ports.ts';
import type { RunLimit } from './run-limit.ts';
import { withTransfer } from './take-transfer.ts';
import { SWEEPER, TAKE_MARGIN_SECONDS } from './workers.ts';

/** The owners of a lock are asked for again after this long. */
const CHECK_AGAIN_SECONDS = 3_600;

/** For one of them: nobody else acts on a record that the sweep has taken for so long, and none of its calls is made after that. */
const LIMIT_MILLISECONDS = (SWEEPER.limitSeconds + TAKE_MARGIN_SECONDS) * 1000;

type HoldPorts = Pick<Ports, 'clock' | 'random' | 'dataverse' | 'transfers' | 'locks' | 'claims' | 'open' | 'log'>;

/**
 * Looks after claims and lock items whose transfer does not need them: what a call that landed after its report was undone has left.
 *
 * Why nothing is taken from a report under way: its task is noted in the header before the claim and the lock item are written, and the note
 * goes after them; and an open transfer's part is given up only by who has taken its record.
 * @returns how many were given up, and how many failed
 */
export async function sweepHolds(
  ports: HoldPorts,
  collectionId: CollectionId,
  limit: RunLimit,
): Promise<{ readonly givenUp: number; readonly failed: number }> {
  let givenUp = 0;
  let failed = 0;
  for (const hold of await ports.open.listHolds(collectionId, ports.clock.nowEpochSeconds())) {
    if (!limit.hasTime()) break;
    const mortal = mortalPorts(ports, LIMIT_MILLISECONDS);
    try {
      givenUp += hold.kind === 'lock' ? await sweepLock(mortal, hold.datasetId) : await sweepClaim(mortal, hold.taskId);
    } catch (error) {
      if (!(error instanceof ExpectedError)) throw error;
      failed += 1;
      ports.log.warn('hold-not-swept', { ...hold, error });
    }
  }
  return { givenUp, failed };
}

async function sweepLock(ports: HoldPorts, datasetId: DatasetId): Promise<number> {
  const item = await ports.locks.read(datasetId);
  if (!item) return 0;
  let givenUp = 0;
  for (const transferId of item.owners) {
    const isGivenUp = await giveUpUnlessNeeded(ports, transferId, item.taskId, async () => {
      ports.log.error('lock-without-transfer', { datasetId, transferId, taskId: item.taskId });
      await unlockDataset(ports, datasetId, transferId);
    });
    if (isGivenUp) givenUp += 1;
  }
  if (givenUp === 0) await askLater(ports, item);
  return givenUp;
}

/** A lock that is needed is needed for long. One that a call is under way for is left alone: its worker writes the item next. */
async function askLater(ports: HoldPorts, item: DatasetLockItem): Promise<void> {
  const now = ports.clock.nowEpochSeconds();
  if (lockUnsettledSeconds(item, now) > 0) return;
  const checkAtEpochSeconds = now + CHECK_AGAIN_SECONDS;
  await ports.locks.write({ ...item, version: item.version + 1, checkAtEpochSeconds });
}

async function sweepClaim(ports: HoldPorts, taskId: TaskId): Promise<number> {
  const claim = await ports.claims.read(taskId);
  if (!claim) return 0;
  let givenUp = 0;
  let isSettled = true;
  for (const transferId of Object.keys(claim.transfers) as TransferId[]) {
    const record = await ports.transfers.read(transferId);
    if (record?.bound?.taskId === taskId && record.rejection === null) continue;
    isSettled = false;
    const isGivenUp = await giveUpUnlessNeeded(ports, transferId, taskId, async () => {
      ports.log.error('claim-without-transfer', { taskId, transferId });
      await unclaimTask(ports, transferId, taskId);
    });
    if (isGivenUp) givenUp += 1;
  }
  // Bound is for ever: a claim like this is never looked at again.
  if (isSettled) await ports.claims.write({ ...claim, version: claim.version + 1, checkAtEpochSeconds: null });
  return givenUp;
}

/** A final transfer needs nothing any more and binds nothing again; of an open one only its taker knows. */
async function giveUpUnlessNeeded(
  ports: HoldPorts,
  transferId: TransferId,
  taskId: TaskId | undefined,
  giveUp: () => Promise<void>,
): Promise<boolean> {
  const found = await ports.transfers.read(transferId);
  if (found && !isFinal(found.state)) {
    if (needs(found, taskId)) return false;
    return withTransfer(ports, transferId, SWEEPER, async (taken) => {
      const isFree = !needs(taken.record, taskId);
      if (isFree) await giveUp();
      const now = ports.clock.nowEpochSeconds();
      await taken.giveBack({ dueAtEpochSeconds: dueAfter(now, nextStep(taken.record, now).waitSeconds) });
      return isFree;
    });
  }
  await giveUp();
  return true;
}

/** Is the transfer bound to the task, or being bound? */
function needs(record: TransferRecord, taskId: TaskId | undefined): boolean {
  return (record.bound?.taskId === taskId && record.rejection === null) || record.report?.taskId === taskId;
}
