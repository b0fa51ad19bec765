import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { COLLECTION, SOURCE_COLLECTION } from '../support/builders.ts';
import type { RunningStack } from '../support/local-stack.ts';
import type { Direction } from './moment.ts';

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

/** The published dataset's files, which the client downloads. */
export const DOWNLOADED_FILES: readonly number[] = [60, 61];
/** One of them, which is made as long as the longest upload. */
const LONG_DOWNLOAD = '/hdc1/10.5072/FK2/7U7YBV/18bf3af9c78-92b8e168090e';

/** Puts the files of a transfer where it takes them from. */
export async function putSourceFiles(stack: RunningStack, direction: Direction): Promise<void> {
  const put = async (collectionId: string, path: string, content: Buffer) => {
    const file = join(stack.stateDirectory, 'globus', 'collections', collectionId, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content);
  };
  if (direction === 'download') return put(COLLECTION, LONG_DOWNLOAD, Buffer.alloc(1_500_000, 'rain '));
  for (const { sourcePath, content } of FILES) await put(SOURCE_COLLECTION, sourcePath, content);
}
