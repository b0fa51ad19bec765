import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';

/** One parsed line of the log. */
export type LogLine = Readonly<Record<string, unknown>>;

export interface LogFollower {
  /** Reads what was added since the last look. */
  look(): void;
  stop(): void;
}

const PAUSE_MILLISECONDS = 250;
const READ_BYTES = 64 * 1024;

/**
 * Calls back for each JSON line that is added to a log file from now on; lines that are not JSON objects are passed over.
 * The file may be missing, and may be emptied while it is followed.
 */
export function followLog(file: string, onLine: (line: LogLine) => void): LogFollower {
  let position = sizeOf(file);
  let rest = '';
  let decoder = new StringDecoder('utf8');

  const look = () => {
    const sizeBytes = sizeOf(file);
    if (sizeBytes < position) {
      position = 0;
      rest = '';
      decoder = new StringDecoder('utf8');
    }
    if (sizeBytes === position) return;
    const descriptor = openSync(file, 'r');
    try {
      const buffer = Buffer.alloc(READ_BYTES);
      for (let read = -1; read !== 0; ) {
        read = readSync(descriptor, buffer, 0, READ_BYTES, position);
        position += read;
        const lines = (rest + decoder.write(buffer.subarray(0, read))).split('\n');
        rest = lines.pop() ?? '';
        for (const text of lines) {
          const line = parseLine(text);
          if (line) onLine(line);
        }
      }
    } finally {
      closeSync(descriptor);
    }
  };
  const timer = setInterval(look, PAUSE_MILLISECONDS).unref();
  return { look, stop: () => clearInterval(timer) };
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

function parseLine(text: string): LogLine | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as LogLine) : undefined;
  } catch {
    return undefined;
  }
}
