import { isFinal, type TransferRecord } from '../../../functions/domain/transfer.ts';
import { SWEEP_SECONDS } from '../machinery/monitors.ts';
import type { Simulation } from '../machinery/simulation.ts';
import type { Invariant } from '../machinery/watch.ts';
import { rowOf, samePerson } from './truth.ts';

/** Seconds within which something has to be over when nothing is wrong, and when something was until a while ago. */
const L1_SECONDS = 60 + SWEEP_SECONDS;
const L2_SECONDS = 2 * 60 + 90;
/**
 * After faults calls may land for five minutes, a dead worker's record is taken for two, and a step that an operator was asked about comes back after
 * an hour at the latest.
 */
const AFTER_FAULTS_SECONDS = 2 * 3_600 + SWEEP_SECONDS;

/** Bounds count from the last disturbance on, when there was one. */
function calmSince(sim: Simulation): number {
  return sim.circumstances.disturbedAtSeconds ?? 0;
}

function boundOf(sim: Simulation, promptSeconds: number): number {
  return sim.circumstances.disturbedAtSeconds === undefined ? promptSeconds : AFTER_FAULTS_SECONDS;
}

/**
 * When the last task of the record's principal ended that may have kept its rule; the present while one lives. Globus seldom tells where a task
 * writes to: any task of that person counts.
 */
function lastTaskSeconds(sim: Simulation, record: TransferRecord): number {
  const ends = [...sim.globus.work.values()]
    .filter((task) => samePerson(sim, task.submission.owner, record.principal))
    .map(({ taskId }) => sim.globus.truth.tasks.get(taskId)?.completedAtEpochSeconds ?? sim.nowSeconds());
  return Math.max(0, ...ends);
}

export function unreportedGrantsEndSoon(): Invariant {
  const late = (sim: Simulation, record: TransferRecord): string | undefined => {
    const from = Math.max(record.leaseEndsAtEpochSeconds, calmSince(sim), lastTaskSeconds(sim, record));
    const bound = boundOf(sim, L1_SECONDS);
    return sim.nowSeconds() - from > bound
      ? `${record.transferId} is ${record.state}, ${sim.nowSeconds() - from} s after its lease: ${bound} are allowed`
      : undefined;
  };
  return {
    id: 'L1',
    promise: 'P1 no access rule is left behind',
    says: 'a grant that nobody reports, and under which no task lives, loses its rule soon after its lease',
    afterStep(sim) {
      // While Globus is silent nothing may be expired (F-18).
      if (sim.circumstances.holdUps.size > 0) return undefined;
      for (const record of sim.records()) {
        const isOpenGrant = ['REQUESTED', 'GRANTED', 'OBSERVED', 'EXPIRING'].includes(record.state);
        if (!isOpenGrant || record.report || rowOf(sim, record)?.holders[record.transferId] === undefined) continue;
        const wrong = late(sim, record);
        if (wrong) return wrong;
      }
      return undefined;
    },
  };
}

export function endedTasksSettleSoon(): Invariant {
  return {
    id: 'L2',
    promise: 'P3 no accepted transfer is forgotten',
    says: 'a transfer whose task has ended is settled soon after',
    afterStep(sim) {
      if (sim.circumstances.holdUps.size > 0) return undefined;
      for (const record of sim.records()) {
        const { bound } = record;
        if (!bound || isFinal(record.state) || record.state === 'ATTENTION') continue;
        const endedAt = sim.globus.truth.tasks.get(bound.taskId)?.completedAtEpochSeconds;
        if (endedAt == null) continue;
        const boundAt = record.trail.findLast((entry) => entry.state === 'BOUND')?.atEpochSeconds ?? 0;
        // A retry opens a record for a task that ended long ago.
        const bornAt = record.trail[0]?.atEpochSeconds ?? 0;
        const from = Math.max(endedAt, boundAt, bornAt, calmSince(sim));
        const seconds = sim.nowSeconds() - from;
        const allowed = boundOf(sim, L2_SECONDS);
        if (seconds > allowed)
          return `${record.transferId} is ${record.state} ${seconds} s after its task: ${allowed} are allowed`;
      }
      return undefined;
    },
  };
}
