import { EDIT_IN_PROGRESS_LOCK } from '../domain/dataset-lock.ts';
import { UpstreamRefusedError } from '../domain/errors.ts';
import { whyFilesWait } from '../domain/file-checksum.ts';
import type { TransferId } from '../domain/ids.ts';
import type { StepResult } from '../domain/next-step.ts';
import {
  NOTHING_REGISTERED,
  planRegistration,
  type RegistrableFile,
  type RegistrationPlan,
} from '../domain/registration.ts';
import type { FileResult, ReportedFile } from '../domain/reported-file.ts';
import type { RegistrationProgress, TransferRecord } from '../domain/transfer.ts';
import { detectOverwrittenFiles } from './detect-overwritten-files.ts';
import { type GivenUpFiles, giveUpFiles } from './give-up-files.ts';
import { leaveOutFiles } from './leave-out-files.ts';
import { addBatch, comeBack, type RegisterPorts, type RegisterSettings, retryLater } from './register-batch.ts';
import { runStepIfDue } from './run-step.ts';
import { lookAgainIfDue, type SecondLookPorts } from './second-look.ts';
import type { TakenTransfer } from './take-transfer.ts';
import { unlessGone } from './unless-gone.ts';
import { WORKERS } from './workers.ts';

/**
 * Registers the files that were reported and arrived, each exactly once: list what the dataset has, subtract, leave out what is beyond a
 * limit, add one batch (design section 5, "Register"). One batch a call; the workflow calls again until nothing is missing.
 * @throws UnavailableError when Globus or Dataverse does not answer; UpstreamRefusedError when Dataverse refuses the batch as a whole, or
 *   nothing is left but files that wait for a checksum; NoUserTokenError when nobody may act for the user: the workflow repeats, then an
 *   operator is asked
 */
export async function registerFiles(
  ports: RegisterPorts & SecondLookPorts,
  settings: RegisterSettings,
  transferId: TransferId,
): Promise<StepResult> {
  return runStepIfDue(ports, transferId, WORKERS['register-files'], 'REGISTER', async (taken, now) => {
    await lookAgainIfDue(ports, taken, now);
    const progress = progressOf(taken.record);
    if (await isBatchStillRunning(ports, taken.record, now)) {
      return retryLater(ports, taken, progress, 'Dataverse did not answer and may still be at work on a batch.');
    }
    const { givenUp } = taken.record;
    if (givenUp) return complete(ports, taken, await giveUpFiles(ports, taken.record, givenUp.by));
    if (taken.record.registration === null) await detectOverwrittenFiles(ports, taken.record);
    const comparison = await compare(ports, settings, taken.record);
    const { missing, leftOut } = await leaveOutFiles(ports, settings, taken.record, comparison);
    const registered = comparison.registered.length;
    const fruitlessRounds = registered > progress.registered ? 0 : progress.fruitlessRounds;
    const counted = { ...progress, registered, fruitlessRounds };
    if (missing.length > 0) return addBatch(ports, settings, taken, counted, missing.slice(0, progress.batchSize));
    if (comparison.waiting.length > 0) {
      await taken.write({ registration: counted });
      throw new UpstreamRefusedError(whyFilesWait(comparison.waiting.map((file) => file.fileName)));
    }
    return complete(ports, taken, { ...comparison, failed: [...comparison.failed, ...leftOut] });
  });
}

/** Registration as it stands; after an operator was asked, patience begins anew. */
function progressOf(record: TransferRecord): RegistrationProgress {
  const progress = record.registration ?? NOTHING_REGISTERED;
  return record.state === 'ATTENTION' ? { ...progress, fruitlessRounds: 0 } : progress;
}

/**
 * A batch without an answer is over when its EditInProgress is gone; one that never began shows none after a while (F-63). Dataverse places
 * that lock under the name of whoever registers; under ours it is the one we placed before, unless we registered as ourselves.
 */
async function isBatchStillRunning(ports: RegisterPorts, record: TransferRecord, now: number): Promise<boolean> {
  const { unsettledUntilEpochSeconds: until, sentAsService } = record.registration ?? NOTHING_REGISTERED;
  if (until === null) return false;
  if (now < until) return true;
  const service = await ports.dataverse.serviceUserName();
  const locks = await unlessGone(ports, () => ports.dataverse.locks(record.datasetId));
  if (locks === 'gone') return false;
  return locks.some((lock) => lock.lockType === EDIT_IN_PROGRESS_LOCK && (sentAsService || lock.userName !== service));
}

/** The reported files by how they stand; each is in one of the lists. */
interface Comparison extends Pick<RegistrationPlan, 'waiting' | 'sizes'> {
  /** In the dataset. */
  readonly registered: readonly FileResult[];
  /** To be added. */
  readonly missing: readonly RegistrableFile[];
  /** Refused by Dataverse; these results are on record. */
  readonly refused: readonly FileResult[];
  /** Not to be added for another reason. */
  readonly failed: readonly FileResult[];
}

async function compare(ports: RegisterPorts, settings: RegisterSettings, record: TransferRecord): Promise<Comparison> {
  const reported = await readReported(ports, record);
  const plan = await makePlan(ports, settings, record, reported);
  const [listed, results] = await Promise.all([
    unlessGone(ports, () => ports.dataverse.listFiles(record.datasetId)),
    ports.files.readResults(record.transferId),
  ]);
  const refusals = results.filter(isDataversesRefusal);
  if (listed === 'gone') return withoutDataset(plan, refusals);
  // Also what an earlier attempt registered: whoever has removed it since then does not want it back.
  const present = new Set([...listed, ...results.filter(isRegistered)].map((file) => file.storageIdentifier));
  const isPresent = (file: { readonly storageIdentifier: string }) => present.has(file.storageIdentifier);
  const refused = refusals.filter((result) => !isPresent(result));
  const settled = new Set([...present, ...refused.map((result) => result.storageIdentifier)]);
  // Also a file that we did not add may be there: somebody registered it by hand.
  const isThereAnyway = (result: FileResult) => result.outcome === 'refused' && isPresent(result);
  const registered = [...plan.files, ...plan.waiting, ...plan.results.filter(isThereAnyway)].filter(isPresent);
  return {
    registered: registered.map((file) => resultOf(file, 'registered', null)),
    missing: plan.files.filter((file) => !settled.has(file.storageIdentifier)),
    waiting: plan.waiting.filter((file) => !settled.has(file.storageIdentifier)),
    refused,
    failed: plan.results.filter((result) => !isThereAnyway(result)),
    sizes: plan.sizes,
  };
}

function isRegistered({ outcome }: FileResult): boolean {
  return outcome === 'registered';
}

function resultOf(
  { storageIdentifier, fileName }: Pick<FileResult, 'storageIdentifier' | 'fileName'>,
  outcome: FileResult['outcome'],
  reason: string | null,
): FileResult {
  return { storageIdentifier, fileName, outcome, reason };
}

/** @throws UpstreamRefusedError when the list is not whole: nothing is closed on a part of it, an operator looks */
async function readReported(
  ports: RegisterPorts,
  { transferId, bound }: TransferRecord,
): Promise<readonly ReportedFile[]> {
  if (!bound) return [];
  const files = await ports.files.readFiles(transferId, bound.listId);
  if (files.length === bound.fileCount) return files;
  throw new UpstreamRefusedError(`${files.length} of the ${bound.fileCount} reported files are on record.`);
}

/** Records of earlier versions have it without the mark that it is ours. */
const DATASET_GONE = 'The dataset does not exist any more.';

/** Ours are found out anew by whoever repeats a step that was cut off. */
function isDataversesRefusal({ outcome, reason, isJudgedAnew }: FileResult): boolean {
  return outcome === 'refused' && !isJudgedAnew && reason !== DATASET_GONE;
}

/** F-68: there is nothing left to register into; each file that Dataverse had not refused before ends with that reason. */
function withoutDataset(plan: RegistrationPlan, refused: readonly FileResult[]): Comparison {
  const refusedIds = new Set(refused.map((result) => result.storageIdentifier));
  const lost = [...plan.files, ...plan.waiting]
    .filter((file) => !refusedIds.has(file.storageIdentifier))
    .map((file): FileResult => ({ ...resultOf(file, 'refused', DATASET_GONE), isJudgedAnew: true }));
  return { registered: [], missing: [], waiting: [], refused, failed: [...plan.results, ...lost], sizes: plan.sizes };
}

async function makePlan(
  ports: RegisterPorts,
  settings: RegisterSettings,
  record: TransferRecord,
  reported: readonly ReportedFile[],
): Promise<RegistrationPlan> {
  const { bound, outcome, rejection, collectionId, path } = record;
  if (rejection !== null) return planRegistration(path, reported, [], new Map(), rejection);
  if (!bound || !outcome) throw new UpstreamRefusedError('The transfer has no finished task.');
  if (outcome.cancelled && !settings.registerCancelled) {
    return planRegistration(path, reported, [], new Map(), 'the transfer was cancelled');
  }
  if (outcome.historyDeleted) {
    // F-60: never guess.
    throw new UpstreamRefusedError('Globus keeps the list of transferred files for 30 days only, and it is gone.');
  }
  const arrived = await ports.globus.listSuccessfulTransfers(collectionId, bound.taskId);
  if (arrived.some((file) => file.destinationPath === null)) {
    throw new UpstreamRefusedError('Globus hides the destination paths: the service lacks its role on the collection.');
  }
  const otherwise = outcome.reason ?? 'not among the files that Globus transferred';
  const plan = planRegistration(path, reported, arrived, new Map(), otherwise);
  // Only when a reported file is missing: the number of files says nothing, since a task may move more than one grant's.
  if (plan.results.length === 0) return plan;
  const skipped = await ports.globus.listSkippedErrors(collectionId, bound.taskId);
  const reasons = new Map(skipped.map((file) => [file.destinationPath ?? '', file.errorCode]));
  return planRegistration(path, reported, arrived, reasons, otherwise);
}

async function complete(
  ports: RegisterPorts,
  taken: TakenTransfer,
  { registered, refused, failed }: GivenUpFiles,
): Promise<StepResult> {
  // Batch 0 is the summary of all that was not refused; refusals stand under their own batches.
  await ports.files.writeResults(taken.record.transferId, 0, [...registered, ...failed]);
  const registration: RegistrationProgress = {
    ...(taken.record.registration ?? NOTHING_REGISTERED),
    registered: registered.length,
    failed: failed.length + refused.length,
    unsettledUntilEpochSeconds: null,
    isComplete: true,
  };
  return comeBack(ports, taken, { state: 'SETTLING', attention: null, registration }, 0);
}
