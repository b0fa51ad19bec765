import type { PlannedFault } from '../machinery/plan.ts';
import type { Violation } from '../machinery/watch.ts';

/** What a worker is given to play, and what it says of it. Plain data, since it goes from thread to thread. */
export type Job =
  | { readonly kind: 'seeds'; readonly from: number; readonly count: number }
  | { readonly kind: 'scenario'; readonly index: number; readonly seed: number }
  | {
      readonly kind: 'faults';
      readonly index: number;
      readonly seed: number;
      readonly sets: readonly (readonly PlannedFault[])[];
    }
  | { readonly kind: 'single-faults-of'; readonly index: number; readonly seed: number };

/** Something that failed, with what it takes to see it again. */
export interface Found {
  /** `seed 17`, or the name of a scenario. */
  readonly where: string;
  readonly violation: Violation | undefined;
  readonly error: string | undefined;
  readonly met: readonly PlannedFault[];
  /** The faults without which it does not fail; missing when nobody tried. */
  readonly shrunk?: readonly PlannedFault[];
}

export interface JobResult {
  readonly runs: number;
  readonly steps: number;
  readonly simulatedSeconds: number;
  readonly faults: number;
  readonly found: readonly Found[];
  /** Of `single-faults-of`. */
  readonly singles?: readonly PlannedFault[];
}
