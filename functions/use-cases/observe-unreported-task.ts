import type { AccessRuleRow } from '../domain/access-rule.ts';
import { UnavailableError } from '../domain/errors.ts';
import { transferIdOf } from '../domain/ids.ts';
import { dueAfter } from '../domain/next-step.ts';
import { NOTHING_DONE, type TransferRecord } from '../domain/transfer.ts';
import type { Ports } from '../ports/ports.ts';
import { findLiveTasks } from './find-live-tasks.ts';
import { holdRule } from './hold-rule.ts';
import { actOnTaken, type TakenTransfer, takenMark, withTransfer } from './take-transfer.ts';
import { WORKERS } from './workers.ts';

type ObservePorts = Pick<
  Ports,
  'clock' | 'random' | 'globus' | 'accessRules' | 'transfers' | 'claims' | 'workflow' | 'log'
>;

const WORKER = WORKERS['release-access-rule'];
/** The transfer id is made of the millisecond; the next one is free when this one is not. */
const MAX_ID_TRIES = 50;

/**
 * Before the last holder of a rule lets go: a live task of that principal there that nobody reported gets a transfer of its own, OBSERVED,
 * which holds the rule until that task has ended (design section 5, "Settle looks the same way"). Its id is noted in the settling record
 * first, so that a repeat makes no second one.
 * @param row - of the rule, as just read; undefined when the caller found none
 * @param submittedBefore - epoch seconds; tasks from then on are somebody else's to look after
 * @returns whether there was such a task
 * @throws UnavailableError when Globus does not answer: then nothing is released
 */
export async function observeUnreportedTask(
  ports: ObservePorts,
  taken: TakenTransfer,
  row: AccessRuleRow | undefined,
  submittedBefore = Number.POSITIVE_INFINITY,
): Promise<boolean> {
  const live = await findLiveTasks(ports, taken.record, row);
  const unreported = live
    .filter((each) => !each.isReported && each.task.requestedAtEpochSeconds < submittedBefore)
    .map((each) => each.task.taskId);
  if (unreported.length === 0) return false;
  for (let later = 0; later < MAX_ID_TRIES; later++) {
    const { record } = taken;
    const transferId = record.observedAs ?? transferIdOf(record.datasetId, ports.clock.nowMilliseconds() + later);
    if (transferId === record.transferId) continue;
    if (record.observedAs === null)
      await taken.write({ observedAs: transferId }, `a live task that nobody reported gets transfer ${transferId}`);
    const observed = observedRecord(ports, record, transferId, unreported);
    const isNew = await ports.transfers.reserve(observed);
    const hold = (other: TakenTransfer) => holdAs(ports, other, observed);
    const isHeld = isNew
      ? await actOnTaken(ports, observed, WORKER, hold)
      : await withTransfer(ports, transferId, WORKER, hold);
    if (isHeld) {
      ports.log.warn('unreported-task-observed', { transferId: record.transferId, observedAs: transferId, unreported });
      return true;
    }
    // Somebody's grant has this id, or the transfer of an earlier look is over: another one is needed.
    await taken.write({ observedAs: null }, `transfer ${transferId} is over or somebody else's`);
  }
  throw new UnavailableError('No transfer id was free for an unreported task.');
}

/** Makes the observing transfer, while nobody else may work on it, a holder of the rule, and has it followed. */
async function holdAs(ports: ObservePorts, taken: TakenTransfer, observed: TransferRecord): Promise<boolean> {
  const { record } = taken;
  if (record.state !== 'OBSERVED' || record.idempotencyHash !== observed.idempotencyHash) return false;
  await holdRule(ports, { key: record, transferId: record.transferId, permission: record.permission });
  await ports.workflow.start(record.transferId, record.executionNumber);
  await taken.giveBack({ dueAtEpochSeconds: dueAfter(ports.clock.nowEpochSeconds(), 0) });
  return true;
}

function observedRecord(
  ports: ObservePorts,
  settling: TransferRecord,
  transferId: TransferRecord['transferId'],
  unreported: TransferRecord['observedTaskIds'],
): TransferRecord {
  const now = ports.clock.nowEpochSeconds();
  return {
    ...settling,
    transferId,
    version: 1,
    state: 'OBSERVED',
    identifierSeed: ports.random.hex(32),
    ...takenMark(ports, WORKER),
    ...NOTHING_DONE,
    // No identifier was given out for it; the list of a download's files lies where it lay.
    identifiersOf: settling.download ? settling.identifiersOf : transferId,
    observedTaskIds: unreported,
    // Tells this record from a grant that happens to have its id.
    idempotencyHash: `observed-by-${settling.transferId}`,
    trail: [
      {
        atEpochSeconds: now,
        state: 'OBSERVED',
        by: 'release-access-rule',
        why: 'a live task of this principal was never reported',
      },
    ],
  };
}
