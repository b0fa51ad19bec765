export type Direction = 'upload' | 'download';

/** How far the client has come, in the order of a transfer; said of it as "the client …". */
export type Milestone =
  | 'asks for paths'
  | 'has its paths'
  | 'submits its transfer'
  | 'has submitted its transfer'
  | 'reports its task'
  | 'has its report accepted';

/** The part of a transfer that a moment is about; those that were drawn may be in any part. */
export type Phase =
  | 'grant'
  | 'wait for report'
  | 'report'
  | 'task'
  | 'release'
  | 'registration'
  | 'close'
  | 'upload, drawn'
  | 'download, drawn';

export const PHASES: readonly Phase[] = [
  'grant',
  'wait for report',
  'report',
  'task',
  'release',
  'registration',
  'close',
  'upload, drawn',
  'download, drawn',
];

/** The stand-in whose control API is meant. */
export type StandIn = 'globus' | 'dataverse';

/** Something that can be seen from outside while a transfer is under way. */
export type Sight =
  /** The client has come so far. */
  | { readonly kind: 'client'; readonly milestone: Milestone }
  /** A line of `log.jsonl` with this event and these facts, those of a step's result among them. */
  | { readonly kind: 'log'; readonly event: string; readonly facts?: Readonly<Record<string, unknown>> }
  /** A call has reached a stand-in: shown once it was answered, dropped, or left hanging. */
  | { readonly kind: 'call'; readonly to: StandIn; readonly call: CallPattern; readonly occurrence?: number }
  /** An access rule stands on the managed collection. */
  | { readonly kind: 'rule' }
  /** The dataset is locked so, and by that account. */
  | { readonly kind: 'lock'; readonly lockType: string; readonly userName: string }
  /** Dataverse lists files in the dataset. */
  | { readonly kind: 'files' }
  /** So many signs of life since the start: lines of the log, and calls that a stand-in has finished. Or it is over before. */
  | { readonly kind: 'signs'; readonly count: number };

/** Calls by method and by a regular expression for their target. */
export interface CallPattern {
  readonly method: string;
  readonly target: string;
}

/** One request to a stand-in's control API. */
export interface Control {
  readonly to: StandIn;
  readonly path: string;
  readonly body: unknown;
}

/** A moment of an upload or a download at which everything is killed. */
export interface Moment {
  /** Counted from 1, among those of the list or of the seed. */
  readonly number: number;
  /** What it was drawn by; missing for those of the list. */
  readonly seed?: number;
  /** A sentence. */
  readonly name: string;
  readonly direction: Direction;
  readonly phase: Phase;
  /** What stretches the phase, asked for in this order before the transfer begins. */
  readonly controls: readonly Control[];
  readonly sight: Sight;
  /** Between sight and kill. */
  readonly plusMilliseconds: number;
}

/**
 * How a client that lost the answer to its grant request asks again: with the Idempotency-Key of the first request, or anew and without one,
 * so that its first grant is never heard of again.
 */
export type AsksAgain = 'again with the same key' | 'anew';
