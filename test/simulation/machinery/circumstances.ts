/** What people and faults did to the world, as far as invariants have to know it. */
export interface Circumstances {
  /** Tasks that were submitted while their own grant held its rule. */
  readonly entitled: Set<string>;
  /** People deleted or changed rules by hand. */
  handsOnRules: boolean;
  /** Tables were put back to an earlier point: what was accepted after it is forgotten, and clients have to report it again. */
  restored: boolean;
  /** Rules that no row knows, since a table was restored or somebody made them in a place that is ours alone: the sweep has to find them. */
  readonly strayRules: Set<string>;
  /** Workflow and task monitor are dead for good: whatever is left is the sweep's. */
  isSweepAlone: boolean;
  /** When the last fault was met, in seconds; undefined before the first. */
  disturbedAtSeconds: number | undefined;
  /** What outside holds transfers up for as long as it lasts: somebody's lock, a missing token. */
  readonly holdUps: Set<string>;
}

/** Nothing has happened yet. */
export function freshCircumstances(): Circumstances {
  return {
    entitled: new Set(),
    handsOnRules: false,
    restored: false,
    strayRules: new Set(),
    isSweepAlone: false,
    disturbedAtSeconds: undefined,
    holdUps: new Set(),
  };
}
