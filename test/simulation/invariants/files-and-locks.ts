import {
  directionOf,
  isFinal,
  locksWhileTransferring,
  type TransferRecord,
} from '../../../functions/domain/transfer.ts';
import { type FakeDataverse, SERVICE_ACCOUNT } from '../../support/fakes/fake-dataverse.ts';
import type { Simulation } from '../machinery/simulation.ts';
import type { Invariant } from '../machinery/watch.ts';
import { fileResults, nameIn, reportedFiles } from './truth.ts';

export function filesAreRegisteredOnce(): Invariant {
  return {
    id: 'I5',
    promise: 'P3 no accepted transfer is forgotten',
    says: 'what is registered was reported, moved by the reported task, and is there once; and in the end nothing of that is missing',
    registered(sim, datasetId, files, by) {
      const all = sim.dataverse.of(datasetId).files.map((file) => file.storageIdentifier);
      for (const { storageIdentifier } of files) {
        if (all.filter((each) => each === storageIdentifier).length > 1)
          return `${storageIdentifier} is registered twice by ${by.functionName}`;
        const owner = sim
          .records()
          .find(
            (record) =>
              record.datasetId === datasetId &&
              record.bound &&
              reportedFiles(sim, record).some((file) => file.storageIdentifier === storageIdentifier),
          );
        if (!owner?.bound) return `${storageIdentifier} is registered, and nobody reported it`;
        const moved = sim.globus.work.get(owner.bound.taskId)?.copied ?? [];
        const name = storageIdentifier.slice(storageIdentifier.indexOf('://') + 3);
        if (!moved.some((path) => nameIn(path) === name))
          return `${storageIdentifier} is registered, and its task never moved it`;
      }
      return undefined;
    },
    atRest(sim) {
      for (const record of sim.records()) {
        if (record.state !== 'CLOSED' || directionOf(record) === 'download') continue;
        const isLeft = record.rejection !== null || record.givenUp || record.continuedBy || record.outcome?.cancelled;
        if (isLeft) continue;
        const wrong = missingOf(sim, record);
        if (wrong) return wrong;
      }
      return undefined;
    },
  };
}

/** Each reported file of a closed transfer that its task moved is in the dataset, unless there is a reason on record. */
function missingOf(sim: Simulation, record: ReturnType<Simulation['records']>[number]): string | undefined {
  const dataset = sim.dataverse.of(record.datasetId);
  if (dataset.datasets.length === 0) return undefined;
  const there = new Set(dataset.files.map((file) => file.storageIdentifier));
  const results = new Map(fileResults(sim, record).map((result) => [result.storageIdentifier, result.outcome]));
  const moved = new Set((sim.globus.work.get(record.bound?.taskId ?? '')?.copied ?? []).map(nameIn));
  for (const file of reportedFiles(sim, record)) {
    const { storageIdentifier } = file;
    const outcome = results.get(storageIdentifier);
    if (outcome === undefined) return `${record.transferId} is CLOSED without a word on ${storageIdentifier}`;
    const name = storageIdentifier.slice(storageIdentifier.indexOf('://') + 3);
    const isMoved = moved.has(name);
    if (outcome === 'registered' && !there.has(storageIdentifier))
      return `${storageIdentifier} counts as registered and is not there`;
    if (isMoved && !there.has(storageIdentifier) && !(outcome === 'refused' && mayBeRefused(dataset, file))) {
      return `${storageIdentifier} was moved, and is ${outcome} although nobody refused it`;
    }
  }
  return undefined;
}

/** Has Dataverse a reason not to take this file: an error of its own, a limit, a checksum that is not that of the file? */
function mayBeRefused(
  { fileErrors, limits }: FakeDataverse,
  file: { readonly storageIdentifier: string; readonly checksum?: unknown },
): boolean {
  return (
    fileErrors.has(file.storageIdentifier) ||
    Object.values(limits).some((limit) => limit !== null) ||
    file.checksum != null
  );
}

function isLockedFor(sim: Simulation, record: TransferRecord): boolean {
  const { takenBy, state, admission, bound } = record;
  const isFollowed = takenBy === null && (state === 'BOUND' || state === 'FOLLOWING') && admission === 'FULL';
  return isFollowed && bound !== null && locksWhileTransferring(record, bound) && sim.globus.isLive(bound.taskId);
}

/** May Dataverse be at work on a batch of this transfer? */
function isBatchOut({ state, registration }: TransferRecord): boolean {
  return state === 'SETTLING' && registration !== null && registration.unsettledUntilEpochSeconds !== null;
}

/** Until its task has ended, and while a batch may be at work, an accepted upload has its part in the lock of its dataset, whoever else gives up theirs. */
function lockedTooShort(sim: Simulation): string | undefined {
  if (sim.circumstances.restored) return undefined;
  const loose = sim
    .records()
    .filter((record) => isLockedFor(sim, record) || isBatchOut(record))
    .find(
      ({ datasetId, transferId }) =>
        !sim.lockItems().some((item) => item.datasetId === datasetId && item.owners.includes(transferId)),
    );
  return loose && `${loose.transferId} is ${loose.state}, and has no part in the lock of its dataset any more`;
}

export function locksBelongToUploads(): Invariant {
  return {
    id: 'I6',
    promise: 'P3 no accepted transfer is forgotten',
    says: 'a lock of ours stands only under our lock item, whose owners are open, and for as long as their task runs or a batch is at work; no lock of anybody else is taken off',
    afterStep(sim) {
      for (const [datasetId, { lockList }] of sim.dataverse.datasets) {
        const ours = lockList.filter((lock) => lock.userName === SERVICE_ACCOUNT);
        const item = sim.lockItems().find((each) => each.datasetId === datasetId);
        const stray = ours.find((lock) => !item?.lockTypes.includes(lock.lockType));
        if (stray) return `our lock ${stray.lockType} stands on ${datasetId}, and no lock item knows of it`;
        const over = item?.owners.find((transferId) => {
          const owner = sim.find(transferId);
          return !owner || isFinal(owner.state);
        });
        if (over)
          return `the lock item of ${datasetId} belongs to ${over}, which is ${sim.find(over)?.state ?? 'unknown'}`;
      }
      return lockedTooShort(sim);
    },
    unlocked(_sim, datasetId, lockType, owner, by) {
      return owner === SERVICE_ACCOUNT
        ? undefined
        : `${by.functionName} took the lock ${lockType} of ${owner} off dataset ${datasetId}`;
    },
    recordWritten(sim, before, after) {
      const binds = after.state === 'BOUND' && before?.state !== 'BOUND' && before?.state !== 'ATTENTION';
      if (!binds || after.admission !== 'FULL' || directionOf(after) === 'download') return undefined;
      // Once the task has ended, registration may have swapped the lock already, for another transfer of the same task.
      const isLive = after.bound && sim.globus.isLive(after.bound.taskId);
      if (!isLive || after.bound?.lockPolicy === 'registration') return undefined;
      const isLocked = sim.dataverse
        .of(after.datasetId)
        .lockList.some((lock) => lock.lockType === 'GlobusUpload' && lock.userName === SERVICE_ACCOUNT);
      return isLocked ? undefined : `${after.transferId} is BOUND, and dataset ${after.datasetId} is not locked`;
    },
    atRest(sim) {
      for (const [datasetId, { lockList }] of sim.dataverse.datasets) {
        const left = lockList.find((lock) => lock.userName === SERVICE_ACCOUNT);
        if (left) return `our lock ${left.lockType} is left on dataset ${datasetId}`;
      }
      return undefined;
    },
  };
}
