import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { type LogLine, parseLine } from '../support/stack-control.ts';

/** Follows `log.jsonl` as it grows. */
export interface LogTail {
  /** The whole lines written since the last call. */
  read(): readonly LogLine[];
}

/** @param stateDirectory - of the stack, whose log may not be there yet */
export function followLog(stateDirectory: string): LogTail {
  const file = join(stateDirectory, 'log.jsonl');
  const buffer = Buffer.alloc(64 * 1024);
  let offset = 0;
  let rest = '';
  return {
    read() {
      if (!existsSync(file)) return [];
      const descriptor = openSync(file, 'r');
      try {
        for (;;) {
          const size = readSync(descriptor, buffer, 0, buffer.length, offset);
          if (size === 0) break;
          offset += size;
          rest += buffer.toString('latin1', 0, size);
        }
      } finally {
        closeSync(descriptor);
      }
      const lines = rest.split('\n');
      rest = lines.pop() ?? '';
      return lines.flatMap((line) => parseLine(Buffer.from(line, 'latin1').toString('utf8')));
    },
  };
}
