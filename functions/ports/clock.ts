/** Time, the only source of it outside adapters/system. */
export interface Clock {
  /** Milliseconds since 1970, UTC. */
  nowMilliseconds(): number;
  /** Whole seconds since 1970, UTC. */
  nowEpochSeconds(): number;
  /** Resolves after so many milliseconds. */
  sleep(milliseconds: number): Promise<void>;
}
