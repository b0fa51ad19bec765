import type { Settings } from '../../../functions/config.ts';
import type { StateMachineDefinition } from '../../../infra/local/workflow-engine/definition.ts';
import type { Chance } from './chance.ts';
import type { FaultPlan } from './plan.ts';
import type { Invariant } from './watch.ts';

/** How the platform itself misbehaves. */
export interface PlatformTroubles {
  /** Of a run being refused before it begins. */
  readonly refusals: number;
  /** Of a beat of a monitor being left out, and of one coming twice. */
  readonly skippedBeats: number;
  readonly doubledBeats: number;
  /** Of a reply that never reaches its client. */
  readonly lostReplies: number;
}

export const NO_TROUBLES: PlatformTroubles = { refusals: 0, skippedBeats: 0, doubledBeats: 0, lostReplies: 0 };

export interface SimulationOptions {
  readonly seed: number;
  readonly invariants: readonly Invariant[];
  /** Made with the run's own chance; none when left out. */
  readonly faults?: (chance: Chance) => FaultPlan;
  readonly troubles?: PlatformTroubles;
  readonly settings?: Partial<Settings>;
  /** Longest time until Globus lists a task, in milliseconds: the product relies on ten seconds. */
  readonly slowestListing?: number;
  /** How far an index may lie behind its table, in milliseconds. */
  readonly longestIndexLag?: number;
  /** How far the clocks of two environments may differ, in milliseconds. */
  readonly clockSkew?: number;
  /** How far Globus's clock is ahead of everybody's, in seconds. */
  readonly globusAheadSeconds?: number;
  readonly definition?: StateMachineDefinition;
  /** Receives each line of the story, for a replay. */
  readonly tell?: (line: string) => void;
}
