import type { DatasetRecord } from './dataset-records.ts';
import { transferDirectory } from './storage-identifiers.ts';
import type { WorldStore } from './world.ts';

/**
 * Something a real Dataverse would have done by itself where this stand-in leaves the transfer to the service beside it: an
 * access rule on the collection, a lock, or a job that follows a task.
 */
export type MissingEffect = { readonly call: string; readonly datasetId: number } & (
  | {
      readonly kind: 'access-rule';
      readonly collectionId: string;
      readonly path: string;
      readonly principal: string;
      readonly permissions: 'r' | 'rw';
      /** Downloads: the paths that would have been answered, by file id. */
      readonly files?: Readonly<Record<string, string>>;
    }
  | { readonly kind: 'lock'; readonly lockType: 'GlobusUpload'; readonly user: string; readonly message: string }
  /** The task is null when the report named none. */
  | { readonly kind: 'job'; readonly taskIdentifier: string | null }
);

/** As many as are remembered; the oldest go first. */
const REMEMBERED = 1_000;

/** Adds what the real one would have done now to the list of such effects. */
export function recordMissingEffect(effects: MissingEffect[], effect: MissingEffect): void {
  effects.push(effect);
  if (effects.length > REMEMBERED) effects.shift();
}

/** The rule on the whole directory of a dataset (dataverse-api.md 2.2 and 2.6). */
export function ruleOn(store: WorldStore, dataset: DatasetRecord, principal: string, permissions: 'r' | 'rw') {
  const { collectionId, path } = transferDirectory(store, dataset);
  return { kind: 'access-rule', collectionId, path: `${path}/`, principal, permissions } as const;
}

/** The task that a report names, however little of a report it is. */
export function taskIn(report: unknown): string | null {
  const task = (report as { taskIdentifier?: unknown } | null | undefined)?.taskIdentifier;
  return typeof task === 'string' ? task : null;
}
