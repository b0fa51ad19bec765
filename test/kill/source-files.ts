import type { RunningStack } from '../support/local-stack.ts';
import { putSourceFile } from '../support/upload-client.ts';

/** A file that the client uploads. */
export interface UploadedFile {
  readonly name: string;
  /** On the researcher's own collection. */
  readonly sourcePath: string;
  readonly content: Buffer;
}

/** One of text, an empty one, and one that takes the task some time. */
export const FILES: readonly UploadedFile[] = [
  { name: 'readings.txt', sourcePath: '/kill/readings.txt', content: Buffer.from('first reading\n') },
  { name: 'empty.bin', sourcePath: '/kill/empty.bin', content: Buffer.alloc(0) },
  { name: 'field.bin', sourcePath: '/kill/field.bin', content: Buffer.alloc(1_500_000, 'a field of numbers ') },
];

/** At this speed the last of them takes a second and a half. */
export const BYTES_PER_SECOND = 1_000_000;

/** Puts them on the researcher's collection. */
export async function putSourceFiles(stack: RunningStack): Promise<void> {
  for (const { sourcePath, content } of FILES) await putSourceFile(stack, sourcePath, content);
}
