import { EDIT_IN_PROGRESS_LOCK, GLOBUS_UPLOAD_LOCK } from '../domain/dataset-lock.ts';
import { ExpectedError, ForbiddenError, NoUserTokenError, UpstreamRefusedError } from '../domain/errors.ts';
import { dueAfter, nextStep, type StepResult } from '../domain/next-step.ts';
import { MAX_FRUITLESS_ROUNDS, nextBatchSize, type RegistrableFile, retryWaitSeconds } from '../domain/registration.ts';
import type { FileResult } from '../domain/reported-file.ts';
import type { RegistrationProgress, TransferRecord } from '../domain/transfer.ts';
import type { AddedFile, AddFilesOutcome } from '../ports/dataverse.ts';
import type { Ports } from '../ports/ports.ts';
import { addLock, DatasetBusyError, dropLock } from './lock-dataset.ts';
import type { TakenTransfer } from './take-transfer.ts';

export type RegisterPorts = Pick<
  Ports,
  'clock' | 'random' | 'globus' | 'dataverse' | 'transfers' | 'locks' | 'files' | 'log'
>;

export interface RegisterSettings {
  /** Files of a cancelled task are registered only on request. */
  readonly registerCancelled: boolean;
  /** What to do for a user in whose name Dataverse lets nobody act (dataverse-api.md 3.5). */
  readonly noTokenPolicy: 'attention' | 'service-account';
}

/** After a time-out Dataverse may be at work for this long before its EditInProgress shows; then its absence means that it is over. */
const BATCH_UNSETTLED_SECONDS = 120;

/**
 * Sends one batch: EditInProgress locked, GlobusUpload gone and the intent recorded before the call (design section 5, "Register").
 * @param progress - as it stands before this batch
 * @throws the same errors as registerFiles
 */
export async function addBatch(
  ports: RegisterPorts,
  settings: RegisterSettings,
  taken: TakenTransfer,
  progress: RegistrationProgress,
  batch: readonly RegistrableFile[],
): Promise<StepResult> {
  const { datasetId, transferId, collectionId, bound } = taken.record;
  if (!bound) throw new UpstreamRefusedError('The transfer has no task.');
  try {
    await addLock(ports, { datasetId, transferId, collectionId, taskId: bound.taskId }, EDIT_IN_PROGRESS_LOCK);
  } catch (error) {
    // Somebody else edits the dataset: their lock is theirs (F-65).
    if (error instanceof ForbiddenError) return retryLater(ports, taken, progress, error.message);
    if (error instanceof DatasetBusyError) return waitInLine(ports, taken, progress);
    throw error;
  }
  await dropLock(ports, datasetId, transferId, GLOBUS_UPLOAD_LOCK);
  const begun: RegistrationProgress = {
    ...progress,
    batchesSent: progress.batchesSent + 1,
    roundsInLine: 0,
    sentAsService: false,
    unsettledUntilEpochSeconds: ports.clock.nowEpochSeconds() + BATCH_UNSETTLED_SECONDS,
  };
  await taken.write(
    { state: 'SETTLING', attention: null, registration: begun },
    `batch ${begun.batchesSent} of ${batch.length} files is sent`,
  );
  const startedAt = ports.clock.nowMilliseconds();
  const outcome = await add(ports, settings, taken, begun, batch);
  const sent = taken.record.registration ?? begun;
  return afterBatch(ports, taken, sent, batch, outcome, ports.clock.nowMilliseconds() - startedAt);
}

async function add(
  ports: RegisterPorts,
  settings: RegisterSettings,
  taken: TakenTransfer,
  begun: RegistrationProgress,
  batch: readonly RegistrableFile[],
): Promise<AddFilesOutcome> {
  const { datasetId, userName, transferId } = taken.record;
  try {
    return await ports.dataverse.addFiles(datasetId, { kind: 'user', userName }, batch);
  } catch (error) {
    if (!(error instanceof NoUserTokenError)) throw error;
    if (settings.noTokenPolicy !== 'service-account') {
      // Nothing was sent: whoever tries again need not wait for a batch that might still be at work.
      await taken.write({ registration: { ...begun, unsettledUntilEpochSeconds: null } });
      throw error;
    }
    // Edit permission was proven when the transfer was reported.
    ports.log.warn('registered-as-service-account', { transferId, userName });
    const why = `Dataverse has no API token for ${userName}: registered as the service account, as NO_TOKEN_POLICY says`;
    await taken.write({ registration: { ...begun, sentAsService: true } }, why);
    return ports.dataverse.addFiles(datasetId, { kind: 'service' }, batch);
  }
}

async function afterBatch(
  ports: RegisterPorts,
  taken: TakenTransfer,
  progress: RegistrationProgress,
  batch: readonly RegistrableFile[],
  outcome: AddFilesOutcome,
  tookMilliseconds: number,
): Promise<StepResult> {
  const settled: RegistrationProgress = { ...progress, unsettledUntilEpochSeconds: null };
  switch (outcome.kind) {
    case 'answered': {
      const refused = refusalsIn(outcome.files, batch);
      if (refused.length > 0) await ports.files.writeResults(taken.record.transferId, progress.batchesSent, refused);
      const done = { ...settled, batchSize: nextBatchSize(batch.length, tookMilliseconds) };
      // What the answer promises counts when the next round finds it listed. After rounds in vain, a lock in the way say, that is looked at
      // now: else a batch that went well would be waited for like one that did not, or an operator asked in vain.
      if (progress.fruitlessRounds > 0 && refused.length === 0 && !(await isListed(ports, taken.record, batch))) {
        return retryLater(ports, taken, done, `Dataverse accepts ${batch.length} files and does not list them.`);
      }
      const fruitlessRounds = refused.length > 0 ? 0 : 1;
      return comeBack(ports, taken, { registration: { ...done, fruitlessRounds } }, 0);
    }
    case 'refused':
      // An answer means that nothing of the batch is at work any more.
      if (outcome.status === 403) return retryLater(ports, taken, settled, outcome.message);
      await taken.write({ registration: settled });
      throw new UpstreamRefusedError(`Dataverse refused to register files: ${outcome.message}`);
    case 'unknown':
      ports.log.warn('registration-unclear', { transferId: taken.record.transferId, reason: outcome.reason });
      // Too large for the time it had, perhaps.
      return retryLater(
        ports,
        taken,
        { ...(outcome.mayStillRun ? progress : settled), batchSize: Math.max(1, Math.floor(progress.batchSize / 2)) },
        outcome.reason,
      );
  }
}

/** Does Dataverse list a file of the batch? One that does not answer will be asked again later. */
async function isListed(
  ports: Pick<Ports, 'dataverse'>,
  { datasetId }: TransferRecord,
  batch: readonly RegistrableFile[],
): Promise<boolean> {
  const sent = new Set(batch.map((file) => file.storageIdentifier));
  try {
    return (await ports.dataverse.listFiles(datasetId)).some((file) => sent.has(file.storageIdentifier));
  } catch (error) {
    if (error instanceof ExpectedError) return false;
    throw error;
  }
}

/** Dataverse answers in the order of the batch, and does not always name the file that an error is about (dataverse-api.md 4.8). */
function refusalsIn(answers: readonly AddedFile[], batch: readonly RegistrableFile[]): FileResult[] {
  const isComplete = answers.length === batch.length;
  return answers.flatMap(({ storageIdentifier, error }, index): FileResult[] => {
    const file =
      batch.find((each) => each.storageIdentifier === storageIdentifier) ?? (isComplete ? batch[index] : undefined);
    if (error === undefined || !file) return [];
    return [{ storageIdentifier: file.storageIdentifier, fileName: file.fileName, outcome: 'refused', reason: error }];
  });
}

/**
 * Comes back after a while that grows with each fruitless round.
 * @throws UpstreamRefusedError after too many of them, with the reason, so that an operator is asked
 */
export async function retryLater(
  ports: RegisterPorts,
  taken: TakenTransfer,
  progress: RegistrationProgress,
  reason: string,
): Promise<StepResult> {
  const fruitlessRounds = progress.fruitlessRounds + 1;
  const registration = { ...progress, fruitlessRounds };
  if (fruitlessRounds > MAX_FRUITLESS_ROUNDS) {
    await taken.write({ registration });
    throw new UpstreamRefusedError(`Files cannot be registered: ${reason}`);
  }
  return comeBack(
    ports,
    taken,
    { state: 'SETTLING', attention: null, registration },
    retryWaitSeconds(fruitlessRounds),
  );
}

/** Registering another upload may take hours; then a longer wait than this would only be felt at its end. */
const LONGEST_WAIT_IN_LINE_SECONDS = 240;

/** Another upload is being registered, or has the dataset locked: its end is waited for, however long that takes, and no operator is asked. */
async function waitInLine(
  ports: RegisterPorts,
  taken: TakenTransfer,
  progress: RegistrationProgress,
): Promise<StepResult> {
  const roundsInLine = (progress.roundsInLine ?? 0) + 1;
  const { transferId, datasetId } = taken.record;
  ports.log.info('registration-waits-in-line', { transferId, datasetId, roundsInLine });
  return comeBack(
    ports,
    taken,
    { state: 'SETTLING', attention: null, registration: { ...progress, roundsInLine } },
    Math.min(LONGEST_WAIT_IN_LINE_SECONDS, retryWaitSeconds(roundsInLine)),
  );
}

/** Gives the record back; the step that is due comes after so many seconds. */
export async function comeBack(
  ports: RegisterPorts,
  taken: TakenTransfer,
  changes: Partial<Pick<TransferRecord, 'state' | 'attention' | 'registration'>>,
  waitSeconds: number,
): Promise<StepResult> {
  const now = ports.clock.nowEpochSeconds();
  const record = await taken.giveBack(
    { ...changes, dueAtEpochSeconds: dueAfter(now, waitSeconds) },
    'registering goes on',
  );
  return { ...nextStep(record, now), waitSeconds };
}
