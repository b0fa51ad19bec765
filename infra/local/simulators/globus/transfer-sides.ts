import { mkdir, stat } from 'node:fs/promises';
import type { Permissions } from './access-rules.ts';
import type { GlobusContext } from './context.ts';
import { decidePath } from './path-permission.ts';
import { canonicalPath, diskPath, parentPath } from './paths.ts';
import { faultOf, TaskFault, type TransferSide } from './task-fault.ts';
import { type Caller, findCollection } from './world.ts';

/** What the copying of a task's files needs of the simulator. */
export type WorkContext = Pick<
  GlobusContext,
  'clock' | 'world' | 'settings' | 'collectionsDirectory' | 'rules' | 'tasks'
>;

/** One end of a copy: a collection as the task's owner may use it. */
export interface TransferEnd {
  readonly side: TransferSide;
  readonly collectionId: string;
  readonly owner: Caller;
}

/**
 * Where a path lies on disk, if the owner may use it at this moment.
 * @throws TaskFault PERMISSION_DENIED, GC_NOT_CONNECTED, INVALID_PATH_NAME or ENDPOINT_ERROR
 */
export function permittedPath(context: WorkContext, end: TransferEnd, path: string, wanted: Permissions): string {
  const collection = findCollection(context.world, end.collectionId);
  const canonical = canonicalPath(path);
  if (!collection) throw new TaskFault('ENDPOINT_ERROR', end.side, `No such endpoint '${end.collectionId}'`);
  if (canonical === undefined) throw new TaskFault('INVALID_PATH_NAME', end.side, `Invalid path '${path}'`);
  const decision = decidePath(context.rules, collection, end.owner, canonical, wanted);
  if (decision === 'not-connected')
    throw new TaskFault('GC_NOT_CONNECTED', end.side, 'Globus Connect Personal is not connected');
  if (decision !== 'allowed') {
    const act = wanted === 'r' ? 'read' : 'write';
    throw new TaskFault('PERMISSION_DENIED', end.side, `Path not allowed: ${act} of '${path}' on the ${end.side}`);
  }
  return diskPath(context.collectionsDirectory, end.collectionId, canonical);
}

/**
 * Makes a directory with all that is missing above it; each one made needs the right to write it.
 * @throws TaskFault
 */
export async function makeDirectories(context: WorkContext, end: TransferEnd, path: string): Promise<void> {
  const canonical = canonicalPath(path) ?? path;
  const onDisk = diskPath(context.collectionsDirectory, end.collectionId, canonical);
  const status = await stat(onDisk).catch(() => undefined);
  if (status?.isDirectory()) return;
  if (status) throw new TaskFault('NOT_A_DIRECTORY', end.side, `'${path}' is not a directory`);
  if (canonical !== '/') await makeDirectories(context, end, parentPath(canonical));
  const allowed = permittedPath(context, end, canonical, 'rw');
  await mkdir(allowed).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw faultOf(error, end.side, path);
  });
}
