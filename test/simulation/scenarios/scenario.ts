import type { SimulationOptions } from '../machinery/options.ts';
import type { PlannedFault } from '../machinery/plan.ts';
import type { Simulation } from '../machinery/simulation.ts';

/** A story with a name: who does what, what goes wrong, and what must have come out. */
export interface Scenario {
  /** A sentence about what becomes of it. */
  readonly name: string;
  /** Rows of the catalogue of failures that it plays, such as `F-03`. */
  readonly plays: readonly string[];
  readonly options?: Omit<SimulationOptions, 'seed' | 'invariants' | 'faults' | 'tell'>;
  /** Faults at named calls; each must be met. */
  readonly faults?: readonly PlannedFault[];
  /** What people do. Resolves when they are done; the run goes on until all is at rest. */
  play(sim: Simulation): Promise<void>;
  /** What must be so at the end, beside the invariants. Throws where it is not. */
  after?(sim: Simulation): void;
  /** Longest time until all is at rest, where it is not the usual one. */
  readonly restsWithinSeconds?: number;
}

/** A fault at the n-th call of a name, the first when left out. */
export function at(call: string, kind: PlannedFault['kind'], occurrence = 1): PlannedFault {
  return { call, kind, occurrence };
}

/** @throws Error with the sentence when it is not so */
export function must(isSo: boolean, sentence: string): void {
  if (!isSo) throw new Error(sentence);
}
