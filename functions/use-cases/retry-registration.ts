import { ConflictError, UnavailableError } from '../domain/errors.ts';
import { type TransferId, transferIdOf } from '../domain/ids.ts';
import { dueAfter } from '../domain/next-step.ts';
import type { FileResult } from '../domain/reported-file.ts';
import { steeringOf } from '../domain/steering.ts';
import { NOTHING_DONE, type ReportMark, type TaskOutcome, type TransferRecord } from '../domain/transfer.ts';
import type { Ports } from '../ports/ports.ts';
import type { Steered } from './authorise-transfer.ts';
import { movedOn } from './call-workflow.ts';
import { claimTask, unclaimTask } from './claim-task.ts';
import { isSuccessorOf } from './find-grant.ts';
import { lookTwice, outcomeOf } from './look-at-task.ts';
import { type TakenTransfer, withTransfer } from './take-transfer.ts';
import { verifyTask } from './verify-task.ts';
import { WORKERS } from './workers.ts';

export interface RetrySettings {
  readonly registerCancelled: boolean;
}

type RetryPorts = Pick<Ports, 'clock' | 'random' | 'globus' | 'transfers' | 'claims' | 'files' | 'workflow' | 'log'>;

const WORKER = WORKERS['retry-transfer'];
/** The transfer id is made of the millisecond; the next one is free when this one is not. */
const MAX_ID_TRIES = 50;

/**
 * Opens a successor of a closed upload that registers the files which the first attempt did not: its id noted in the closed record → its file
 * list → its part in the claim of the task → the record, SETTLING with the known outcome and no access rule → workflow. A repeat after a crash
 * ends in the same successor. What is registered already it finds listed in Dataverse, as every round does.
 * @throws ConflictError when nothing can be retried, or the task is somebody else's by now; UnavailableError when Globus does not answer
 */
export async function retryRegistration(
  ports: RetryPorts,
  settings: RetrySettings,
  { record, asker }: Steered,
): Promise<TransferRecord> {
  const { bound } = record;
  if (!bound) throw new ConflictError(`Transfer ${record.transferId} has no report to retry.`);
  assertSomethingLeft(record, await ports.files.readResults(record.transferId), settings);
  const outcome = await provenOutcome(ports, record, bound);
  return withTransfer(ports, record.transferId, WORKER, async (taken) => {
    if (taken.record.state !== 'CLOSED' || taken.record.discarded) throw movedOn();
    const steered = steeringOf('retry', asker.userName, ports.clock.nowEpochSeconds());
    if (taken.record.continuedBy === null) {
      const continuedBy = await freeId(ports, record);
      await taken.write({ continuedBy, steered }, `${asker.userName} retries it: transfer ${continuedBy} goes on`);
    }
    return open(ports, taken, { bound, outcome, by: asker.userName });
  });
}

interface Opening {
  readonly bound: ReportMark;
  readonly outcome: TaskOutcome;
  readonly by: string;
}

async function open(ports: RetryPorts, taken: TakenTransfer, { bound, outcome, by }: Opening): Promise<TransferRecord> {
  const closed = taken.record;
  const transferId = closed.continuedBy ?? closed.transferId;
  const now = ports.clock.nowEpochSeconds();
  const successor: TransferRecord = {
    ...closed,
    transferId,
    version: 1,
    ...NOTHING_DONE,
    state: 'SETTLING',
    takenBy: null,
    dueAtEpochSeconds: dueAfter(now, 0),
    bound,
    outcome,
    // It makes no file writable: there is no rule to let go of.
    ruleReleased: true,
    wasGranted: closed.wasGranted,
    continues: closed.transferId,
    idempotencyHash: null,
    trail: [{ atEpochSeconds: now, state: 'SETTLING', by: WORKER.name, why: `${by} retries ${closed.transferId}` }],
  };
  await copyFiles(ports, closed.transferId, transferId, bound);
  await copyRegistered(ports, closed.transferId, transferId);
  await claimTask(ports, successor, bound);
  const isNew = await ports.transfers.reserve(successor);
  const found = isNew ? successor : await ports.transfers.read(transferId);
  if (!isSuccessorOf(found, closed)) {
    // Somebody's grant was given this id in the same millisecond.
    await unclaimTask(ports, transferId, bound.taskId);
    await ports.files.removeFiles(transferId, bound.listId);
    await taken.write({ continuedBy: null }, `transfer ${transferId} is somebody else's`);
    throw movedOn();
  }
  await unclaimTask(ports, closed.transferId, bound.taskId);
  await ports.workflow.start(transferId, found.executionNumber);
  ports.log.info('registration-retried', { transferId: closed.transferId, continuedBy: transferId, isNew });
  return found;
}

async function copyFiles(
  { files }: Pick<Ports, 'files'>,
  from: TransferId,
  to: TransferId,
  { listId, fileCount }: ReportMark,
): Promise<void> {
  const reported = await files.readFiles(from, listId);
  if (reported.length !== fileCount) {
    throw new ConflictError(`${reported.length} of the ${fileCount} reported files are on record: report them anew.`);
  }
  await files.writeFiles(to, listId, reported);
}

/** Whoever has removed a registered file from the dataset since then does not want it back. */
async function copyRegistered({ files }: Pick<Ports, 'files'>, from: TransferId, to: TransferId): Promise<void> {
  const results = await files.readResults(from);
  const registered = results.filter(({ outcome }) => outcome === 'registered');
  if (registered.length > 0) await files.writeResults(to, 0, registered);
}

/** An id that no transfer has: lists and claims are written under it before the record is. */
async function freeId({ clock, transfers }: RetryPorts, { datasetId }: TransferRecord): Promise<TransferId> {
  for (let later = 0; later < MAX_ID_TRIES; later++) {
    const transferId = transferIdOf(datasetId, clock.nowMilliseconds() + later);
    if (!(await transfers.read(transferId))) return transferId;
  }
  throw new UnavailableError('Too many requests for this dataset at once. Please repeat the request.', {
    retryAfterSeconds: 1,
  });
}

/** @throws ConflictError unless some file was refused, or was left out as the settings said then and do not say now */
function assertSomethingLeft(
  { transferId, outcome, bound }: TransferRecord,
  results: readonly FileResult[],
  settings: RetrySettings,
): void {
  const mayCountNow = outcome?.cancelled === true && settings.registerCancelled;
  const isLeft = ({ outcome: became }: FileResult) =>
    became === 'refused' || (became === 'not-transferred' && mayCountNow);
  if (results.some(isLeft)) return;
  const lost = results.filter((result) => result.outcome === 'not-transferred').length;
  throw new ConflictError(
    lost === 0
      ? `All ${bound?.fileCount} files of transfer ${transferId} are registered: there is nothing to retry.`
      : `${lost} files of transfer ${transferId} never arrived: there is nothing to retry. Request paths for them and transfer them again.`,
  );
}

/** A transfer that was given up may never have learnt how its task ended, nor whether it is its own. */
async function provenOutcome(ports: RetryPorts, record: TransferRecord, bound: ReportMark): Promise<TaskOutcome> {
  if (record.outcome && record.admission !== 'UNVERIFIED') return record.outcome;
  if (!(await verifyTask(ports, record, bound.taskId))) throw globusSilent();
  const look = await lookTwice(ports, record, bound);
  if (look.kind === 'unclear') throw globusSilent();
  const outcome = look.kind === 'task' ? outcomeOf(look.task) : undefined;
  if (outcome) return outcome;
  throw new ConflictError(`Globus does not say that task ${bound.taskId} has ended: there is nothing to retry yet.`);
}

function globusSilent(): UnavailableError {
  return new UnavailableError('Globus does not answer, so that the task cannot be checked. Please repeat the call.');
}
