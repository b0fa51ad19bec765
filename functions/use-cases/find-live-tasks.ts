import type { AccessRuleRow } from '../domain/access-rule.ts';
import type { TransferId } from '../domain/ids.ts';
import { isInside } from '../domain/paths.ts';
import type { TaskClaim } from '../domain/task-claim.ts';
import { directionOf, type TransferRecord } from '../domain/transfer.ts';
import type { GlobusTask } from '../ports/globus.ts';
import type { Ports } from '../ports/ports.ts';
import { SUBMISSION_TOLERANCE_SECONDS } from './verify-task.ts';

/** A live task, and whether somebody has reported it. */
export interface LiveTask {
  readonly task: GlobusTask;
  readonly isReported: boolean;
}

/** What decides which tasks may rest on a rule. */
export type Grounds = Pick<
  TransferRecord,
  'collectionId' | 'path' | 'principal' | 'datasetId' | 'grantedAtEpochSeconds' | 'ruleBornAtEpochSeconds' | 'download'
>;

/**
 * Live tasks of a transfer's principal that may write into its directory or read from it, submitted since the rule's row was born: also those that rest on
 * the rule under somebody else's grant. Globus seldom tells a task's base path: an unknown one counts as a match, and so does a directory
 * above ours (design section 5, "Lease end"). A task that was verified and accepted for another dataset does not count: it cannot be
 * reported for this one any more, so it needs nothing here. While a report is unverified, it may name anybody's task.
 * @param justRead - the rule's row where the caller has just read it
 * @throws UnavailableError when Globus does not answer: nothing is decided on a listing that failed
 */
export async function findLiveTasks(
  ports: Pick<Ports, 'globus' | 'accessRules' | 'claims' | 'transfers'>,
  record: Grounds,
  justRead?: AccessRuleRow,
): Promise<readonly LiveTask[]> {
  const row = justRead ?? (await ports.accessRules.read(record));
  const tasks = await ports.globus.listLiveTasks(record.collectionId, record.principal);
  const since = Math.min(
    record.grantedAtEpochSeconds,
    record.ruleBornAtEpochSeconds,
    row?.bornAtEpochSeconds ?? Number.POSITIVE_INFINITY,
  );
  const live: LiveTask[] = [];
  for (const task of tasks) {
    if (!isPossible(task, record, since)) continue;
    const claim = await ports.claims.read(task.taskId);
    if (!claim || !(await isSettled(ports, record, claim))) live.push({ task, isReported: false });
    else if (claim.datasetId === record.datasetId && !(await isHeldBySomebodyElse(ports, record, claim))) {
      live.push({ task, isReported: true });
    }
  }
  return live;
}

/**
 * Does a claim say for certain under which rule a task runs? One for this very directory and principal does: whoever made it holds the same rule
 * until the claim is given up. Any other may be an error, or a lie, while its report is unverified.
 */
async function isSettled(
  ports: Pick<Ports, 'transfers'>,
  { datasetId, principal }: Grounds,
  claim: TaskClaim,
): Promise<boolean> {
  const isOfSameRule = claim.datasetId === datasetId && claim.principal === principal;
  return isOfSameRule || !(await mayConcern(ports, claim, () => false));
}

/**
 * A reported task has its rule by the transfer it was reported for. An upload's counts all the same for other uploads, since one task may
 * serve several grants; a download's task serves one.
 */
async function isHeldBySomebodyElse(
  { transfers }: Pick<Ports, 'transfers'>,
  record: Grounds,
  claim: TaskClaim,
): Promise<boolean> {
  if (directionOf(record) === 'download') return true;
  const [transferId] = Object.keys(claim.transfers) as TransferId[];
  const holder = transferId && (await transfers.read(transferId));
  return holder !== undefined && directionOf(holder) === 'download';
}

/**
 * The same for a rule's row that no transfer stands behind any more: nobody knows its dataset, so that a task counts unless it was accepted
 * for a transfer into another directory.
 * @throws UnavailableError when Globus does not answer: nothing is decided on a listing that failed
 */
export async function findLiveTasksOfRow(
  ports: Pick<Ports, 'globus' | 'claims' | 'transfers'>,
  row: AccessRuleRow,
): Promise<readonly GlobusTask[]> {
  const tasks = await ports.globus.listLiveTasks(row.collectionId, row.principal);
  const live: GlobusTask[] = [];
  for (const task of tasks) {
    if (!isPossible(task, row, row.bornAtEpochSeconds)) continue;
    const claim = await ports.claims.read(task.taskId);
    if (!claim || (await mayConcern(ports, claim, (record) => record.path === row.path))) live.push(task);
  }
  return live;
}

/** Does one of the transfers that claim a task concern the rule in question, or is it unknown whether the task is theirs? */
async function mayConcern(
  ports: Pick<Ports, 'transfers'>,
  claim: TaskClaim,
  concerns: (record: TransferRecord) => boolean,
): Promise<boolean> {
  for (const transferId of Object.keys(claim.transfers) as TransferId[]) {
    const record = await ports.transfers.read(transferId);
    if (!record || record.admission === 'UNVERIFIED' || concerns(record)) return true;
  }
  return false;
}

type Directory = Pick<TransferRecord, 'collectionId' | 'path'>;

function isPossible(task: GlobusTask, { collectionId, path }: Directory, sinceEpochSeconds: number): boolean {
  return (
    task.type !== 'DELETE' &&
    task.requestedAtEpochSeconds >= sinceEpochSeconds - SUBMISSION_TOLERANCE_SECONDS &&
    (mayWrite(task, collectionId, path) || mayRead(task, collectionId, path))
  );
}

function mayWrite(task: GlobusTask, collectionId: string, path: string): boolean {
  const { destinationCollectionId, destinationBasePath } = task;
  const isThere = destinationCollectionId === null || destinationCollectionId === collectionId;
  return isThere && mayTouch(path, destinationBasePath);
}

/** Whoever may write may read as well: a download can rest on the rule of an upload. */
function mayRead({ sourceCollectionId, sourceBasePath }: GlobusTask, collectionId: string, path: string): boolean {
  return sourceCollectionId === collectionId && mayTouch(path, sourceBasePath);
}

function mayTouch(directory: string, basePath: string | null): boolean {
  return basePath === null || isInside(directory, basePath) || isInside(basePath, directory);
}
