import { directionOf, type TransferRecord } from './transfer.ts';

/**
 * Quick looks after the report, so that small transfers finish in seconds (design section 8): the last one after 70 s. A task that ends within
 * 65 s shall be noticed within 20 s, which the task monitor, once a minute, cannot promise.
 */
const QUICK_LOOK_WAITS_SECONDS = [2, 3, 4, 4, 4, 5, 6, 8, 10, 12, 12] as const;
/** Then the task monitor calls when the task has ended; should it be dead, there is a look after 1, 3, 9 and each 24 hours all the same. */
const TOKEN_WAITS_SECONDS = [3_600, 10_800, 32_400, 86_400] as const;
/** A wait longer than this is a wait for the task monitor's call; the workflow's definition holds the same number. */
export const LONGEST_PAUSE_BEFORE_LOOK_SECONDS = 60;

/** Seconds to wait before look number `looks` (0 is the first): at the longest, where the task monitor may call earlier. */
export function lookWaitSeconds(looks: number): number {
  return QUICK_LOOK_WAITS_SECONDS[looks] ?? tokenWaitSeconds(looks - QUICK_LOOK_WAITS_SECONDS.length);
}

/** Seconds that round number `round` (0 is the first) of a wait for a call takes at the longest. */
function tokenWaitSeconds(round: number): number {
  return TOKEN_WAITS_SECONDS[Math.min(round, TOKEN_WAITS_SECONDS.length - 1)] ?? 86_400;
}

/** An unreported live task is looked at again after this long at first. */
export const OBSERVE_SECONDS = 60;
/** Looks at an unreported task before its end is waited for like that of a reported one. */
const OBSERVE_WAITS_SECONDS = [OBSERVE_SECONDS, 180, 600] as const;

/** Seconds to wait before an unreported live task is looked at again: at the longest, where the task monitor may call earlier. */
export function observeWaitSeconds(looks: number): number {
  return OBSERVE_WAITS_SECONDS[looks] ?? tokenWaitSeconds(looks - OBSERVE_WAITS_SECONDS.length);
}

/** The workflow gets this much time beyond a step's wait before the sweep counts a transfer as past due. */
const PAST_DUE_MARGIN_SECONDS = 120;

/** During a long wait the sweep asks once an hour whether the execution still lives. */
const LONGEST_UNSEEN_SECONDS = 3_600;

/** When the sweep must look at a transfer whose workflow comes again after `waitSeconds`. */
export function dueAfter(nowEpochSeconds: number, waitSeconds: number): number {
  return nowEpochSeconds + Math.min(waitSeconds, LONGEST_UNSEEN_SECONDS) + PAST_DUE_MARGIN_SECONDS;
}

/** Does the workflow still wait for the end of a task? During such a wait the sweep asks only whether the execution lives. */
export function isWaitingForTask(record: TransferRecord, nowEpochSeconds: number): boolean {
  const isLongWait = ['BOUND', 'FOLLOWING', 'OBSERVED'].includes(record.state);
  return isLongWait && (record.nextLookAtEpochSeconds ?? 0) > nowEpochSeconds;
}

/** What a workflow step leaves to do next, and how long to wait before it. */
export interface StepResult {
  readonly next: 'LEASE' | 'REPORT' | 'FOLLOW' | 'RELEASE' | 'REGISTER' | 'CLOSE' | 'DONE';
  /** Whole seconds; for `REPORT` the longest time to wait for the report. */
  readonly waitSeconds: number;
}

/** What has to be done next for a transfer, judged by its record alone: any execution, or none, can go on from here. */
export function nextStep(record: TransferRecord, nowEpochSeconds: number): StepResult {
  const state = record.state === 'ATTENTION' ? (record.attention?.resumes ?? 'FOLLOWING') : record.state;
  switch (state) {
    case 'REQUESTED':
    case 'GRANTED':
      return record.leaseEndsAtEpochSeconds > nowEpochSeconds
        ? { next: 'REPORT', waitSeconds: record.leaseEndsAtEpochSeconds - nowEpochSeconds }
        : { next: 'LEASE', waitSeconds: 0 };
    case 'OBSERVED':
    case 'EXPIRING':
    case 'ATTENTION':
      return { next: 'LEASE', waitSeconds: 0 };
    case 'BOUND':
    case 'FOLLOWING':
      return { next: 'FOLLOW', waitSeconds: lookWaitSeconds(record.looks) };
    case 'SETTLING':
      if (!record.ruleReleased) return { next: 'RELEASE', waitSeconds: 0 };
      // A download has nothing to register.
      if (directionOf(record) === 'download') return { next: 'CLOSE', waitSeconds: 0 };
      return { next: record.registration?.isComplete ? 'CLOSE' : 'REGISTER', waitSeconds: 0 };
    case 'CLOSED':
    case 'EXPIRED':
    case 'REFUSED':
      return { next: 'DONE', waitSeconds: 0 };
  }
}
