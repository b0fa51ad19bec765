/** One number of the benchmark, with the budget that design section 12 sets for it, if it sets one. */
export interface Figure {
  /** What was measured, as a noun phrase; unique within its part. */
  readonly what: string;
  readonly value: number;
  readonly unit: Unit;
  /** The most it may be, in the same unit. */
  readonly budget?: number;
}

/** `MB` is 2^20 bytes, as tools show memory; `KB` is 1,000 bytes, as the budget of a bundle counts. */
export type Unit = 's' | 'ms' | 'MB' | 'KB' | '×' | '/s' | 'calls' | 'transitions' | 'events';

/** A budget that this machine cannot tell about, or not now. */
export interface NotMeasured {
  readonly what: string;
  readonly why: string;
}

/** Figures without a budget that are read side by side, or calls told one by one. */
export interface Table {
  readonly title: string;
  /** Unique; a unit stands in its column's name. */
  readonly columns: readonly string[];
  /** Each as long as the columns. */
  readonly rows: readonly (readonly (string | number)[])[];
}

/** What a part of the benchmark has found. */
export interface PartResult {
  readonly figures: readonly Figure[];
  readonly notMeasured?: readonly NotMeasured[];
  readonly tables?: readonly Table[];
}

/** A part of the benchmark, that runs alone as well. */
export interface Part {
  /** By which `--only` names it. */
  readonly name: string;
  /** A heading. */
  readonly title: string;
  readonly run: (run: Run) => Promise<PartResult>;
}

/** What a part is told. */
export interface Run {
  /** Aborted on Ctrl-C, and when the part takes too long. */
  readonly signal: AbortSignal;
  /** Also what takes minutes. */
  readonly isLong: boolean;
  /** Tells people what is going on. */
  readonly tell: (line: string) => void;
}

/** Whether a figure keeps its budget; undefined when it has none. */
export function isWithinBudget({ value, budget }: Figure): boolean | undefined {
  return budget === undefined ? undefined : value <= budget;
}
