import { isInside } from '../domain/paths.ts';
import type { TransferRecord } from '../domain/transfer.ts';
import type { GlobusTask } from '../ports/globus.ts';
import type { Ports } from '../ports/ports.ts';
import { SUBMISSION_TOLERANCE_SECONDS } from './verify-task.ts';

/** A live task, and whether somebody has reported it. */
export interface LiveTask {
  readonly task: GlobusTask;
  readonly isReported: boolean;
}

/**
 * Live tasks of a transfer's principal that may write into its directory, submitted since the rule's row was born: also those that rest on
 * the rule under somebody else's grant. Globus seldom tells a task's base path: an unknown one counts as a match, and so does a directory
 * above ours (design section 5, "Lease end"). A task that was verified and accepted for another dataset does not count: it cannot be
 * reported for this one any more, so it needs nothing here.
 * @throws UnavailableError when Globus does not answer: nothing is decided on a listing that failed
 */
export async function findLiveTasks(
  ports: Pick<Ports, 'globus' | 'accessRules' | 'claims'>,
  record: TransferRecord,
): Promise<readonly LiveTask[]> {
  const row = await ports.accessRules.read(record);
  const tasks = await ports.globus.listLiveTasks(record.collectionId, record.principal);
  const since = Math.min(
    record.grantedAtEpochSeconds,
    record.ruleBornAtEpochSeconds,
    row?.bornAtEpochSeconds ?? Number.POSITIVE_INFINITY,
  );
  const live: LiveTask[] = [];
  for (const task of tasks) {
    const isPossible =
      task.type !== 'DELETE' &&
      task.requestedAtEpochSeconds >= since - SUBMISSION_TOLERANCE_SECONDS &&
      (task.destinationCollectionId === null || task.destinationCollectionId === record.collectionId) &&
      mayWriteInto(record.path, task.destinationBasePath);
    const claim = isPossible ? await ports.claims.read(task.taskId) : undefined;
    if (isPossible && (claim === undefined || claim.datasetId === record.datasetId)) {
      live.push({ task, isReported: claim !== undefined });
    }
  }
  return live;
}

function mayWriteInto(directory: string, basePath: string | null): boolean {
  return basePath === null || isInside(directory, basePath) || isInside(basePath, directory);
}
