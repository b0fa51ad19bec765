import { UnavailableError } from '../../../functions/domain/errors.ts';
import { asUserName, type UserName } from '../../../functions/domain/ids.ts';
import type { RegistrableFile } from '../../../functions/domain/registration.ts';
import type { AddFilesOutcome, Dataverse } from '../../../functions/ports/dataverse.ts';
import { CURATOR, DATASET } from '../builders.ts';

export const SERVICE_ACCOUNT = asUserName('dataverseAdmin');

/** Dataverse in memory, one dataset, with its true quirks: one lock of a type, registration only without foreign locks, each identifier once. */
export interface FakeDataverse extends Dataverse {
  readonly lockList: { lockType: string; userName: UserName }[];
  /** What is registered, in order. */
  readonly files: RegistrableFile[];
  /** Methods that answer "unavailable" until taken out. */
  readonly down: Set<keyof Dataverse>;
  /** Outcomes of the next addFiles calls: `500-after-effect`, `silent-after-effect` or `silent`. */
  readonly addFaults: ('500-after-effect' | 'silent-after-effect' | 'silent')[];
  /** Errors for single files, by storage identifier. */
  readonly fileErrors: Map<string, string>;
  canEdit: boolean;
}

export function createFakeDataverse(): FakeDataverse {
  const assertUp = (method: keyof Dataverse) => {
    if (dataverse.down.has(method)) throw new UnavailableError(`Dataverse is down for ${method}`);
  };

  const dataverse: FakeDataverse = {
    lockList: [],
    files: [],
    down: new Set(),
    addFaults: [],
    fileErrors: new Map(),
    canEdit: true,

    async forward() {
      throw new UnavailableError('not needed here');
    },
    async whoIs() {
      return { userName: CURATOR, isSuperuser: false };
    },
    async datasetPermissions() {
      return { canEditDataset: dataverse.canEdit, canPublishDataset: true, canViewUnpublishedDataset: true };
    },
    async describeDataset() {
      return { datasetId: DATASET, protocol: 'doi', authority: '10.5072', identifier: 'FK2/ILLPXE' };
    },
    async storageDriver() {
      return 'globusm';
    },
    async locks() {
      assertUp('locks');
      return structuredClone(dataverse.lockList);
    },
    async lock(_datasetId, lockType) {
      assertUp('lock');
      if (dataverse.lockList.some((lock) => lock.lockType === lockType)) return 'already-locked';
      dataverse.lockList.push({ lockType, userName: SERVICE_ACCOUNT });
      return 'locked';
    },
    async unlock(_datasetId, lockType) {
      assertUp('unlock');
      const index = dataverse.lockList.findIndex((lock) => lock.lockType === lockType);
      if (index < 0) return 'not-locked';
      dataverse.lockList.splice(index, 1);
      return 'unlocked';
    },
    async listFiles() {
      assertUp('listFiles');
      return dataverse.files.map(({ storageIdentifier, fileName }) => ({
        storageIdentifier,
        sizeBytes: 3,
        label: fileName,
      }));
    },
    async addFiles(_datasetId, _actingAs, files): Promise<AddFilesOutcome> {
      assertUp('addFiles');
      const fault = dataverse.addFaults.shift();
      if (fault === 'silent') return { kind: 'unknown', reason: 'time-out', mayStillRun: true };
      const blocking = dataverse.lockList.filter((lock) => !['Ingest', 'EditInProgress'].includes(lock.lockType));
      if (blocking.length > 0) return { kind: 'unknown', reason: 'the dataset is locked', mayStillRun: false };
      removeEditLock(dataverse);
      const known = new Set(dataverse.files.map((file) => file.storageIdentifier));
      if (files.some((file) => known.has(file.storageIdentifier))) {
        return { kind: 'unknown', reason: 'a storage identifier is there already', mayStillRun: false };
      }
      const answers = files.map((file) => ({
        storageIdentifier: file.storageIdentifier,
        error: dataverse.fileErrors.get(file.storageIdentifier),
      }));
      dataverse.files.push(...files.filter((file) => !dataverse.fileErrors.has(file.storageIdentifier)));
      if (fault === '500-after-effect') return { kind: 'unknown', reason: 'Internal server error', mayStillRun: false };
      if (fault === 'silent-after-effect') return { kind: 'unknown', reason: 'time-out', mayStillRun: true };
      return { kind: 'answered', files: answers };
    },
    async serviceUserName() {
      return SERVICE_ACCOUNT;
    },
  };
  return dataverse;
}

/** Registration removes any EditInProgress lock, whoever placed it (dataverse-api.md 4.4). */
function removeEditLock(dataverse: FakeDataverse): void {
  const index = dataverse.lockList.findIndex((lock) => lock.lockType === 'EditInProgress');
  if (index >= 0) dataverse.lockList.splice(index, 1);
}
