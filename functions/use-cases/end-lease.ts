import type { TransferId } from '../domain/ids.ts';
import { dueAfter, nextStep, observeWaitSeconds, type StepResult } from '../domain/next-step.ts';
import type { TransferRecord } from '../domain/transfer.ts';
import type { Ports } from '../ports/ports.ts';
import { bindReport } from './bind-report.ts';
import { findLiveTasks, type LiveTask } from './find-live-tasks.ts';
import { holdRule } from './hold-rule.ts';
import { releaseRule } from './release-rule.ts';
import { type TakenTransfer, type TransferChanges, withTransfer } from './take-transfer.ts';
import { SECOND_LOOK_AFTER_SECONDS } from './verify-task.ts';
import { WORKERS } from './workers.ts';

type LeasePorts = Pick<
  Ports,
  'clock' | 'random' | 'globus' | 'dataverse' | 'transfers' | 'accessRules' | 'locks' | 'claims' | 'files' | 'log'
>;

const WORKER = WORKERS['end-lease'];
/** Tasks whose end the task monitor waits for; with more of them its call comes early, and the next look finds the others. */
const MOST_OBSERVED_TASKS = 20;

/**
 * Ends a lease that nobody reported on (design section 5, "Lease end"): a live task of that principal keeps the rule (OBSERVED); none, and the
 * record turns EXPIRING, the only arbiter between lease and report; then the rule goes, and a second look proves that nothing slipped
 * through. Every run of an EXPIRING record begins with a look. A report noted in the record is finished first.
 * @throws UnavailableError when Globus does not answer: nothing is ever expired without proof
 */
export async function endLease(ports: LeasePorts, transferId: TransferId): Promise<StepResult> {
  const found = await ports.transfers.read(transferId);
  // A record that needs nothing here is not even taken: should this process die, nobody has to wait for it.
  if (found?.takenBy === null && found.report === null) {
    const due = nextStep(found, ports.clock.nowEpochSeconds());
    if (due.next !== 'LEASE') return due;
  }
  const act = async (taken: TakenTransfer): Promise<StepResult> => {
    if (taken.record.report) return finishReport(ports, taken);
    const { record } = taken;
    const now = ports.clock.nowEpochSeconds();
    const due = nextStep(record, now);
    if (due.next !== 'LEASE') {
      await taken.giveBack({ dueAtEpochSeconds: dueAfter(now, due.waitSeconds) });
      return due;
    }
    const live = await findLiveTasks(ports, record);
    const isLive = live.length > 0;
    if (record.state === 'EXPIRING') return isLive ? restore(ports, taken, live) : release(ports, taken, now);
    if (isLive) return observe(ports, taken, live);
    await taken.write(
      { state: 'EXPIRING', secondLookAtEpochSeconds: null },
      'the lease is over, no report and no live task',
    );
    return release(ports, taken, now);
  };
  return withTransfer(ports, transferId, WORKER, act, found);
}

/** Finishes a report that a dead worker left, or undoes it when it is refused; while it is noted in the record nothing expires. */
async function finishReport(ports: LeasePorts, taken: TakenTransfer): Promise<StepResult> {
  try {
    await bindReport(ports, taken);
    return nextStep(taken.record, ports.clock.nowEpochSeconds());
  } catch (error) {
    if (taken.record.report !== null) throw error;
    ports.log.info('report-refused', { transferId: taken.record.transferId, error });
  }
  await taken.giveBack({ dueAtEpochSeconds: dueAfter(ports.clock.nowEpochSeconds(), 0) });
  return { next: 'LEASE', waitSeconds: 0 };
}

/** The live task keeps the rule; held again, in case that this transfer was noted before it became a holder. */
async function observe(
  ports: LeasePorts,
  taken: TakenTransfer,
  live: readonly LiveTask[],
  changes: TransferChanges = {},
): Promise<StepResult> {
  const { record } = taken;
  const mayBeLettingGo = record.state === 'EXPIRING';
  await holdRule(ports, { key: record, transferId: record.transferId, permission: record.permission, mayBeLettingGo });
  const waitSeconds = observeWaitSeconds(record.looks);
  const observedTaskIds = live.slice(0, MOST_OBSERVED_TASKS).map(({ task }) => task.taskId);
  const now = ports.clock.nowEpochSeconds();
  const times = { nextLookAtEpochSeconds: now + waitSeconds, dueAtEpochSeconds: dueAfter(now, waitSeconds) };
  await taken.giveBack(
    { ...changes, state: 'OBSERVED', wasGranted: true, looks: record.looks + 1, observedTaskIds, ...times },
    'a live task of this principal was never reported',
  );
  return { next: 'REPORT', waitSeconds };
}

/**
 * A task slipped in between look and delete: it gets its rule back, and the breach is counted (F-15). One that was reported meanwhile has its
 * rule by the transfer it was reported for.
 */
async function restore(ports: LeasePorts, taken: TakenTransfer, live: readonly LiveTask[]): Promise<StepResult> {
  // A look that was due before says nothing of the rule that is made now: should this worker die, its end is looked at anew.
  if (taken.record.secondLookAtEpochSeconds !== null) await taken.write({ secondLookAtEpochSeconds: null });
  const { transferId, breaches } = taken.record;
  const isBreach = live.some((each) => !each.isReported);
  const changes = { breaches: breaches + (isBreach ? 1 : 0), secondLookAtEpochSeconds: null };
  const restored = await observe(ports, taken, live, changes);
  if (isBreach) ports.log.error('access-rule-restored', { transferId });
  return restored;
}

/** @param lookedAt - when this run's look began: it is the second look if that was late enough */
async function release(ports: LeasePorts, taken: TakenTransfer, lookedAt: number): Promise<StepResult> {
  const { record } = taken;
  const released = await releaseRule(ports, { key: record, transferId: record.transferId });
  const now = ports.clock.nowEpochSeconds();
  if (released.kind === 'pending') {
    return comeBack(taken, now, released.waitSeconds, { secondLookAtEpochSeconds: null });
  }

  const secondLookAt = record.secondLookAtEpochSeconds ?? now + SECOND_LOOK_AFTER_SECONDS;
  if (record.secondLookAtEpochSeconds === null || lookedAt < secondLookAt) {
    return comeBack(taken, now, Math.max(1, secondLookAt - now), { secondLookAtEpochSeconds: secondLookAt });
  }
  await taken.giveBack({ state: 'EXPIRED' }, 'the rule is gone and no live task was seen');
  return { next: 'DONE', waitSeconds: 0 };
}

async function comeBack(
  taken: TakenTransfer,
  now: number,
  waitSeconds: number,
  changes: Pick<TransferRecord, 'secondLookAtEpochSeconds'>,
): Promise<StepResult> {
  await taken.giveBack({ ...changes, dueAtEpochSeconds: dueAfter(now, waitSeconds) });
  return { next: 'LEASE', waitSeconds };
}
