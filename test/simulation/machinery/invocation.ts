/** One run of a function: what dies, freezes and is cut off by the platform. */
export interface Invocation {
  readonly number: number;
  readonly functionName: string;
  readonly startedAtMilliseconds: number;
  /** Nothing reaches it any more, and it does nothing any more. */
  isDead: boolean;
  /** It stands still until then. */
  frozenUntil: number;
}
