import { createHash } from 'node:crypto';
import { createReadStream, type Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import type { TaskItem, TaskOptions } from './task-record.ts';
import { permittedPath, type TransferEnd, type WorkContext } from './transfer-sides.ts';

/**
 * Whether `sync_level` leaves a file as it is: 0 it exists, 1 same size, 2 not older, 3 same checksum (globus-api.md 2.3).
 * False when either file cannot be read: copying it then tells why.
 * @throws TaskFault when the owner may not look
 */
export async function isInSync(
  context: WorkContext,
  ends: { readonly source: TransferEnd; readonly destination: TransferEnd },
  item: TaskItem,
  options: TaskOptions,
): Promise<boolean> {
  const level = options.sync_level;
  if (level === null) return false;
  const sourcePath = permittedPath(context, ends.source, item.sourcePath, 'r');
  const destinationPath = permittedPath(context, ends.destination, item.destinationPath, 'r');
  const [source, destination] = await Promise.all([sourcePath, destinationPath].map(statFile));
  if (!source || !destination) return false;
  if (level === 0) return true;
  if (source.size !== destination.size) return false;
  if (level === 1) return true;
  if (level === 2) return source.mtimeMs <= destination.mtimeMs;
  const [sourceMd5, destinationMd5] = await Promise.all([md5Of(sourcePath), md5Of(destinationPath)]);
  return sourceMd5 === destinationMd5;
}

async function statFile(path: string): Promise<Stats | undefined> {
  const status = await stat(path).catch(() => undefined);
  return status?.isFile() ? status : undefined;
}

async function md5Of(path: string): Promise<string> {
  const hash = createHash('md5');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
