import { readdir, stat } from 'node:fs/promises';
import { matchesGlob } from './filter-clauses.ts';
import { childPath, PARTIAL_FILE_PREFIX } from './paths.ts';
import { faultOf, TaskFault } from './task-fault.ts';
import type { NewItem } from './task-items.ts';
import type { FilterRule, TaskItem, TaskOptions } from './task-record.ts';
import { makeDirectories, permittedPath, type TransferEnd, type WorkContext } from './transfer-sides.ts';

/** What an item of a submission turned out to be. */
export type ScanResult =
  | { readonly kind: 'file' }
  | { readonly kind: 'directory'; readonly directories: number; readonly files: readonly NewItem[] };

/**
 * Looks into an item that is or may be a directory, makes its directories at the destination, and lists its files.
 * @throws TaskFault, or the signal's reason
 */
export async function scanItem(
  context: WorkContext,
  ends: { readonly source: TransferEnd; readonly destination: TransferEnd },
  item: TaskItem,
  options: TaskOptions,
  signal: AbortSignal,
): Promise<ScanResult> {
  const isDirectory = await looksLikeDirectory(context, ends.source, item);
  if (!isDirectory) return { kind: 'file' };
  const files: NewItem[] = [];
  let directories = 0;
  const walk = async (sourcePath: string, destinationPath: string): Promise<void> => {
    signal.throwIfAborted();
    const onDisk = permittedPath(context, ends.source, sourcePath, 'r');
    permittedPath(context, ends.destination, destinationPath, 'rw');
    await makeDirectories(context, ends.destination, destinationPath);
    directories += 1;
    const entries = await readdir(onDisk, { withFileTypes: true }).catch((error) => {
      throw faultOf(error, 'source', sourcePath);
    });
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const source = childPath(sourcePath, entry.name);
      const destination = childPath(destinationPath, entry.name);
      // Symbolic links are left out: `recursive_symlinks` is `ignore` unless told otherwise.
      if (entry.name.startsWith(PARTIAL_FILE_PREFIX) || entry.isSymbolicLink()) continue;
      if (isExcluded(options.filter_rules, entry.name, entry.isDirectory() ? 'dir' : 'file')) continue;
      if (entry.isDirectory()) await walk(source, destination);
      else if (entry.isFile()) files.push(fileItem(source, destination));
    }
  };
  await walk(item.sourcePath, item.destinationPath);
  return { kind: 'directory', directories, files };
}

/** First fitting rule wins; without one the entry is taken (globus-api.md 2.3). */
function isExcluded(rules: readonly FilterRule[] | null, name: string, type: 'file' | 'dir'): boolean {
  const rule = rules?.find((each) => (each.type ?? type) === type && matchesGlob(each.name, name));
  return rule?.method === 'exclude';
}

async function looksLikeDirectory(context: WorkContext, source: TransferEnd, item: TaskItem): Promise<boolean> {
  const path = permittedPath(context, source, item.sourcePath, 'r');
  const status = await stat(path).catch((error) => {
    throw faultOf(error, 'source', item.sourcePath);
  });
  if (item.recursive === 'yes' && !status.isDirectory())
    throw new TaskFault('NOT_A_DIRECTORY', 'source', `'${item.sourcePath}' is not a directory`);
  return status.isDirectory();
}

function fileItem(sourcePath: string, destinationPath: string): NewItem {
  return {
    stage: 'file',
    recursive: 'no',
    sourcePath,
    destinationPath,
    externalChecksum: null,
    externalAlgorithm: null,
  };
}
