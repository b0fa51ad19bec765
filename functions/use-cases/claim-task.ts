import { CHECK_AFTER_SECONDS } from '../domain/dataset-lock.ts';
import { ConflictError, UnavailableError } from '../domain/errors.ts';
import type { TaskId, TransferId } from '../domain/ids.ts';
import type { TaskClaim } from '../domain/task-claim.ts';
import { directionOf, type ReportMark, type TransferRecord } from '../domain/transfer.ts';
import type { Ports } from '../ports/ports.ts';

type ClaimPorts = Pick<Ports, 'clock' | 'random' | 'claims' | 'transfers'>;

/** Bound for lost races on a claim. */
const MAX_ROUNDS = 10;

/**
 * Claims a task for a transfer, so that no other one can be reported with it; several grants of uploads may share one for a large list of one
 * user, principal and dataset. Safe to repeat.
 * @throws ConflictError when the task is another dataset's, user's or principal's, or a download's that another grant is bound to
 * @throws UnavailableError when that is not proven yet, since Globus was down when the other report came
 */
export async function claimTask(
  ports: ClaimPorts,
  record: TransferRecord,
  { taskId, bodyHash }: ReportMark,
): Promise<void> {
  const { datasetId, userName, principal, transferId, collectionId } = record;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    // Nearly always there is none: it is put at once, and read only when there is one after all.
    const current = round === 0 ? undefined : await ports.claims.read(taskId);
    if (
      current &&
      !(current.datasetId === datasetId && current.userName === userName && current.principal === principal)
    ) {
      throw await conflictWith(ports, current);
    }
    const isOthers = current && Object.keys(current.transfers).some((claimedBy) => claimedBy !== transferId);
    if (isOthers && directionOf(record) === 'download') {
      throw new ConflictError(`Task ${taskId} was reported before.`);
    }
    // Also one that names this very report is written: an earlier run may have given it up by a write that still lands.
    const claim: TaskClaim = {
      schemaVersion: 1,
      taskId,
      birthId: current?.birthId ?? ports.random.uuid(),
      version: (current?.version ?? 0) + 1,
      datasetId,
      userName,
      principal,
      transfers: { ...current?.transfers, [transferId]: bodyHash },
      collectionId,
      checkAtEpochSeconds: ports.clock.nowEpochSeconds() + CHECK_AFTER_SECONDS,
    };
    if (await (current ? ports.claims.write(claim) : ports.claims.create(claim))) return;
  }
  throw new UnavailableError('This task is being reported by others at the same time. Please repeat the report.');
}

/** Gives up a transfer's part in the claim on a task; the claim goes with the last. Safe to repeat. */
export async function unclaimTask(ports: Pick<Ports, 'claims'>, transferId: TransferId, taskId: TaskId): Promise<void> {
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const current = await ports.claims.read(taskId);
    if (!current || current.transfers[transferId] === undefined) return;
    const { [transferId]: _gone, ...transfers } = current.transfers;
    const isDone =
      Object.keys(transfers).length === 0
        ? await ports.claims.remove(current)
        : await ports.claims.write({ ...current, transfers, version: current.version + 1 });
    if (isDone) return;
  }
  throw new UnavailableError('The claim on this task is being changed by others.');
}

/** A claim made while Globus was down may turn out to be a false one: nobody is turned away for good because of it. */
async function conflictWith(ports: ClaimPorts, claim: TaskClaim): Promise<Error> {
  for (const transferId of Object.keys(claim.transfers) as TransferId[]) {
    const record = await ports.transfers.read(transferId);
    if (record?.admission === 'UNVERIFIED') {
      return new UnavailableError('Another report of this task waits for Globus. Please repeat the report.', {
        retryAfterSeconds: 60,
      });
    }
  }
  return new ConflictError(`Task ${claim.taskId} was reported for another dataset or by another user.`);
}
