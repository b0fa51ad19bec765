import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readMemory } from '../bench/process-memory.ts';
import type { StackProcess } from './local-stack.ts';

/** The most memory that the process of a stack ever had, in bytes; what it has now where the system remembers no peak. */
export function peakMemoryOf({ stateDirectory }: StackProcess): number {
  return readMemory(Number.parseInt(readFileSync(join(stateDirectory, 'pid'), 'utf8'), 10)).peak;
}
