/** Facts that belong to one log line; never secrets, bodies or signed URLs. */
export type LogFacts = Readonly<Record<string, unknown>>;

/** Structured log: one JSON object a line. */
export interface Log {
  info(event: string, facts?: LogFacts): void;
  warn(event: string, facts?: LogFacts): void;
  error(event: string, facts?: LogFacts): void;
  /** A log that adds these facts to each of its lines. */
  with(facts: LogFacts): Log;
}
