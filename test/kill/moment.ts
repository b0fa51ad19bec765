/** How far the client has come, in the order of an upload; said of it as "the client …". */
export type Milestone =
  | 'asks for paths'
  | 'has its paths'
  | 'submits its transfer'
  | 'has submitted its transfer'
  | 'reports its files'
  | 'has its report accepted';

/** The part of an upload that a moment is about. */
export type Phase = 'grant' | 'wait for report' | 'report' | 'task' | 'release' | 'registration' | 'close';

export const PHASES: readonly Phase[] = [
  'grant',
  'wait for report',
  'report',
  'task',
  'release',
  'registration',
  'close',
];

/** The stand-in whose control API is meant. */
export type StandIn = 'globus' | 'dataverse';

/** Something that can be seen from outside while an upload is under way. */
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
  | { readonly kind: 'files' };

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

/** A moment of an upload at which everything is killed. */
export interface Moment {
  /** A sentence. */
  readonly name: string;
  readonly phase: Phase;
  /** What stretches the phase, asked for in this order before the upload begins. */
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
