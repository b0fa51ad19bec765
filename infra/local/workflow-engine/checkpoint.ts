import type { Variables } from './expressions.ts';

/** A task's call that is under way; what a restart needs to run it again or to go on waiting for its callback. */
export interface TaskAttempt {
  readonly functionName: string;
  readonly payload: unknown;
  /** Only with the callback resource. */
  readonly token?: string;
  readonly timesOutAtMilliseconds: number;
  /** The task's whole time limit, for a call that has to be made again after a restart. */
  readonly timeLimitMilliseconds: number;
  /** The function returned, and only the callback is awaited. */
  readonly isSubmitted: boolean;
}

/** Where a frame stands: an execution's own path through its states, or that of one branch or iteration. */
export interface Checkpoint {
  readonly stateName: string;
  readonly input: unknown;
  /** Variables assigned in this frame; those of outer frames are read from the outer frames. */
  readonly variables: Variables;
  /** Absent until the state's entry is recorded. */
  readonly enteredAtMilliseconds?: number;
  /** Id of the frame's last history event, to which the next one points back. */
  readonly lastEventId: number;
  /** Attempts used up per row of Retry. */
  readonly retryCounts: readonly number[];
  readonly retryAtMilliseconds?: number;
  readonly waitUntilMilliseconds?: number;
  readonly attempt?: TaskAttempt;
  /** Items of a Map, or the one input of all branches of a Parallel, once started. */
  readonly items?: readonly unknown[];
  readonly maxConcurrency?: number;
  /** A branch or iteration that is over keeps its output until all are. */
  readonly finished?: { readonly output: unknown };
}

/** The checkpoint of a frame that is about to enter a state. */
export function freshCheckpoint(
  stateName: string,
  input: unknown,
  variables: Variables,
  lastEventId: number,
): Checkpoint {
  return { stateName, input, variables, lastEventId, retryCounts: [] };
}

/** The same place with nothing under way: no attempt, no branches, no waiting. */
export function withoutWork(checkpoint: Checkpoint): Checkpoint {
  const { stateName, input, variables, enteredAtMilliseconds, lastEventId, retryCounts } = checkpoint;
  const entered = enteredAtMilliseconds === undefined ? {} : { enteredAtMilliseconds };
  return { stateName, input, variables, lastEventId, retryCounts, ...entered };
}
