import { randomUUID } from 'node:crypto';
import { InvalidRequestError, UnavailableError } from '../../../functions/domain/errors.ts';
import { type CollectionId, parseTaskId } from '../../../functions/domain/ids.ts';
import type { DirectoryEntry, Globus, GlobusTask } from '../../../functions/ports/globus.ts';
import { aTask } from '../builders.ts';

/** What lies on collections. */
export interface StoredFiles {
  /** Bytes of each file, by `<collection><path>`; what a task copies appears here. */
  readonly storedFiles: Map<string, number>;
  /** Collections that our identity may not look into. */
  readonly unreadable: Set<string>;
}

/** A directory of more entries is not listed (globus-api.md 2.2). */
const MOST_ENTRIES = 100_000;
/** As in the adapter. */
const MOST_DELETED = 10_000;

/** The identity in whose name our own tasks run. */
const SERVICE_IDENTITY = '5e6f7a8b-0000-4000-8000-00000000000a';

/** The calls on files of collections; there is a directory where a file lies below it or where one was made. */
export function createCollectionFileMethods(options: {
  readonly state: () => StoredFiles & {
    readonly directories: ReadonlySet<string>;
    readonly tasks: Map<string, GlobusTask>;
    readonly down: ReadonlySet<keyof Globus>;
  };
  readonly now: () => number;
  readonly assertUp: (method: keyof Globus) => void;
}): Pick<Globus, 'findFile' | 'listDirectory' | 'deleteFiles'> {
  const { state, now, assertUp } = options;

  /** The entries of a directory, by name. */
  const entriesOf = (collectionId: CollectionId, directory: string): ReadonlyMap<string, DirectoryEntry> => {
    const entries = new Map<string, DirectoryEntry>();
    const add = (below: string, bytes: number | undefined) => {
      const [name = '', ...rest] = below.split('/');
      const isFile = rest.length === 0 && bytes !== undefined;
      if (name) entries.set(name, { name, isFile, sizeBytes: isFile ? bytes : 0, modifiedAtEpochSeconds: now() });
    };
    const prefix = `${collectionId}${directory}`;
    for (const [place, bytes] of state().storedFiles) {
      if (place.startsWith(prefix)) add(place.slice(prefix.length), bytes);
    }
    for (const path of state().directories)
      if (path.startsWith(directory)) add(path.slice(directory.length), undefined);
    return entries;
  };
  const withSlash = (path: string) => (path.endsWith('/') ? path : `${path}/`);

  return {
    async findFile(collectionId, path) {
      if (state().down.has('findFile')) return { kind: 'unreadable', reason: 'no answer in time' };
      if (state().unreadable.has(collectionId)) return { kind: 'unreadable', reason: 'PermissionDenied' };
      const sizeBytes = state().storedFiles.get(`${collectionId}${path}`);
      if (sizeBytes !== undefined) return { kind: 'file', sizeBytes };
      const directory = withSlash(path);
      const isDirectory = state().directories.has(directory) || entriesOf(collectionId, directory).size > 0;
      return { kind: isDirectory ? 'not-a-file' : 'missing' };
    },
    async listDirectory(collectionId, path) {
      assertUp('listDirectory');
      const directory = withSlash(path);
      const entries = entriesOf(collectionId, directory);
      if (entries.size > MOST_ENTRIES) throw new UnavailableError(`Globus lists no more than ${MOST_ENTRIES} entries.`);
      return entries.size > 0 || state().directories.has(directory) ? [...entries.values()] : undefined;
    },
    async deleteFiles(collectionId, paths) {
      assertUp('deleteFiles');
      if (paths.length === 0 || paths.length > MOST_DELETED) {
        throw new InvalidRequestError(`One task deletes 1 to ${MOST_DELETED} files, not ${paths.length}.`);
      }
      for (const path of paths) state().storedFiles.delete(`${collectionId}${path}`);
      const taskId = parseTaskId(randomUUID());
      state().tasks.set(
        taskId,
        aTask({
          taskId,
          type: 'DELETE',
          status: 'SUCCEEDED',
          ownerId: SERVICE_IDENTITY,
          requestedAtEpochSeconds: now(),
          completedAtEpochSeconds: now(),
          sourceCollectionId: collectionId,
          destinationCollectionId: null,
          niceStatus: null,
          files: paths.length,
        }),
      );
      return taskId;
    },
  };
}
