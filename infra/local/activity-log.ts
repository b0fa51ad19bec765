import { closeSync, openSync, writeSync } from 'node:fs';

export type LogLevel = 'info' | 'warn' | 'error';

/** The log of the stack's own parts: the same file and form as the functions' log, one JSON object a line. */
export interface ActivityLog {
  write(level: LogLevel, event: string, facts?: Readonly<Record<string, unknown>>): void;
  close(): void;
}

/**
 * Opens a log file for appending.
 * @param nowMilliseconds - time of the lines, on the stack's clock
 */
export function openActivityLog(file: string, nowMilliseconds: () => number): ActivityLog {
  const descriptor = openSync(file, 'a', 0o600);
  let isOpen = true;
  return {
    write(level, event, facts = {}) {
      if (!isOpen) return;
      const time = new Date(nowMilliseconds()).toISOString();
      // One write per line: the functions append to the same file.
      writeSync(descriptor, `${JSON.stringify({ time, level, event, ...facts })}\n`);
    },
    close() {
      if (isOpen) closeSync(descriptor);
      isOpen = false;
    },
  };
}

/** What a log line says of an error: name, message and the names and messages of its causes; no stack. */
export function describeError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { message: String(error) };
  return {
    name: error.name,
    message: error.message,
    ...(error.cause === undefined ? {} : { cause: describeError(error.cause) }),
  };
}
