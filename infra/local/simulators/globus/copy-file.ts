import { createHash, getHashes } from 'node:crypto';
import { type FileHandle, open, rename, unlink, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Pace } from './pace.ts';
import { canonicalPath, PARTIAL_FILE_PREFIX, parentPath } from './paths.ts';
import { faultOf, TaskFault } from './task-fault.ts';
import type { TaskItem, TaskOptions } from './task-record.ts';
import { makeDirectories, permittedPath, type TransferEnd, type WorkContext } from './transfer-sides.ts';

/** One file to copy, and whom to tell of it. */
export interface CopyJob {
  readonly source: TransferEnd;
  readonly destination: TransferEnd;
  readonly item: TaskItem;
  readonly options: TaskOptions;
  readonly pace: Pace;
  readonly signal: AbortSignal;
  /** Called after each piece with the bytes of this file copied so far. */
  readonly onProgress: (bytes: number) => void;
}

/** Size in bytes and, where it was asked for, the MD5 of what was copied. */
export interface CopyResult {
  readonly sizeBytes: number;
  readonly md5: string | null;
}

/**
 * Copies one file under a temporary name beside its destination and renames it.
 * The right to read and to write is looked up anew for every piece, so a rule that goes stops the copy at once.
 * @throws TaskFault, or the signal's reason
 */
export async function copyFile(context: WorkContext, job: CopyJob): Promise<CopyResult> {
  const { item, signal } = job;
  const sourcePath = () => permittedPath(context, job.source, item.sourcePath, 'r');
  const destinationPath = () => permittedPath(context, job.destination, item.destinationPath, 'rw');
  const target = destinationPath();
  const source = await openSource(sourcePath(), item.sourcePath);
  const temporary = join(dirname(target), `${PARTIAL_FILE_PREFIX}${item.taskId}-${item.position}`);
  try {
    const status = await source.stat();
    if (status.isDirectory()) throw new TaskFault('IS_A_DIRECTORY', 'source', `'${item.sourcePath}' is a directory`);
    const output = await openDestination(context, job, temporary);
    try {
      const checkNow = () => void [sourcePath(), destinationPath()];
      const result = await pump(source, status.size, output, job, checkNow);
      await output.close();
      signal.throwIfAborted();
      checkNow();
      if (job.options.preserve_timestamp) await utimes(temporary, status.atime, status.mtime);
      await rename(temporary, target).catch((error) => {
        throw faultOf(error, 'destination', item.destinationPath);
      });
      return result;
    } catch (error) {
      await output.close().catch(() => undefined);
      await unlink(temporary).catch(() => undefined);
      throw error;
    }
  } finally {
    await source.close().catch(() => undefined);
  }
}

/** Moves the bytes piece by piece; hashes them on the way where a checksum is wanted. */
async function pump(
  source: FileHandle,
  expectedBytes: number,
  output: FileHandle,
  job: CopyJob,
  checkNow: () => void,
): Promise<CopyResult> {
  const { item, pace, signal } = job;
  const md5 = job.options.verify_checksum ? createHash('md5') : undefined;
  const external = externalHash(item);
  const buffer = Buffer.allocUnsafe(Math.min(1024 * 1024, Math.max(1, expectedBytes)));
  let sizeBytes = 0;
  for (;;) {
    signal.throwIfAborted();
    checkNow();
    const { bytesRead } = await source.read(buffer, 0, Math.min(buffer.length, pace.pieceBytes()));
    if (bytesRead === 0) break;
    const piece = buffer.subarray(0, bytesRead);
    md5?.update(piece);
    external?.update(piece);
    await output.writev([piece]).catch((error) => {
      throw faultOf(error, 'destination', item.destinationPath);
    });
    sizeBytes += bytesRead;
    job.onProgress(sizeBytes);
    await pace.spend(bytesRead, signal);
  }
  if (external && external.digest('hex') !== item.externalChecksum?.toLowerCase())
    throw new TaskFault('EXTERNAL_CHECKSUM_MISMATCH', 'source', `The checksum of '${item.sourcePath}' differs`, true);
  return { sizeBytes, md5: md5?.digest('hex') ?? null };
}

async function openSource(path: string, shownPath: string): Promise<FileHandle> {
  try {
    return await open(path, 'r');
  } catch (error) {
    throw faultOf(error, 'source', shownPath);
  }
}

async function openDestination(context: WorkContext, job: CopyJob, temporary: string): Promise<FileHandle> {
  const path = job.item.destinationPath;
  try {
    return await open(temporary, 'w').catch(async (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
      await makeDirectories(context, job.destination, parentPath(canonicalPath(path) ?? path));
      return open(temporary, 'w');
    });
  } catch (error) {
    throw faultOf(error, 'destination', path);
  }
}

function externalHash(item: TaskItem) {
  if (item.externalChecksum === null) return undefined;
  const algorithm = (item.externalAlgorithm ?? 'MD5').toLowerCase().replace('-', '');
  if (!getHashes().includes(algorithm))
    throw new TaskFault('VERIFY_CHECKSUM', 'source', `Unknown checksum algorithm '${item.externalAlgorithm}'`, true);
  return createHash(algorithm);
}
