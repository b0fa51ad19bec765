import type { Log, LogFacts } from '../../../functions/ports/log.ts';

/** One line as it was written. */
export interface LoggedLine {
  readonly event: string;
  readonly facts: Record<string, unknown>;
}

/** A log in memory. Its lines hold what tests look at; the level stands beside them, so that few tests need to name it. */
export interface MemoryLog extends Log {
  readonly lines: LoggedLine[];
  /** Of each line. */
  readonly levels: ('info' | 'warn' | 'error')[];
}

/** What every line has of its own; no fact replaces it. */
const OWN_MEMBERS = ['time', 'level', 'event'];

export function createMemoryLog(): MemoryLog {
  const lines: LoggedLine[] = [];
  const levels: MemoryLog['levels'] = [];
  const logWith = (base: LogFacts): Log => {
    const writer =
      (level: MemoryLog['levels'][number]) =>
      (event: string, facts: LogFacts = {}) => {
        const kept = Object.entries({ ...base, ...facts }).filter(([name]) => !OWN_MEMBERS.includes(name));
        lines.push({ event, facts: Object.fromEntries(kept) });
        levels.push(level);
      };
    return {
      info: writer('info'),
      warn: writer('warn'),
      error: writer('error'),
      with: (facts) => logWith({ ...base, ...facts }),
    };
  };
  return { ...logWith({}), lines, levels };
}
