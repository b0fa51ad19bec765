import {
  ForbiddenError,
  NotFoundError,
  UnauthenticatedError,
  UnavailableError,
} from '../../../functions/domain/errors.ts';
import type { DatasetId, UserName } from '../../../functions/domain/ids.ts';
import type { RegistrableFile } from '../../../functions/domain/registration.ts';
import { CHECKSUM_TYPES } from '../../../functions/domain/reported-file.ts';
import type {
  AddFilesOutcome,
  DatasetDescription,
  DatasetReference,
  Dataverse,
  UploadLimits,
} from '../../../functions/ports/dataverse.ts';
import { DATASET } from '../builders.ts';
import { type Accounts, createAccounts, SERVICE_ACCOUNT } from './dataverse-accounts.ts';
import { createVersionMethods, type DataverseVersions, type StandingFile } from './dataverse-files.ts';
import { createUploadParameters } from './dataverse-upload-parameters.ts';

export { aStandingFile } from './dataverse-files.ts';
export { SERVICE_ACCOUNT };

/** Dataverse in memory, with its true quirks: one lock of a type, registration only without foreign locks, each identifier once. */
export interface FakeDataverse extends Dataverse, DataverseVersions {
  /** Who has an account, and with which API token. */
  readonly accounts: Accounts;
  /** The datasets there are; they share locks and files, of which tests need those of one. */
  readonly datasets: DatasetDescription[];
  readonly lockList: { lockType: string; userName: UserName }[];
  /** What is registered, in order. */
  readonly files: RegistrableFile[];
  /** Takes a file out of the draft, which is made where there is none. */
  removeFromDraft(fileId: string): void;
  /** Methods that answer "unavailable" until taken out. */
  readonly down: Set<keyof Dataverse>;
  /** Outcomes of the next addFiles calls: `500-after-effect`, `silent-after-effect` or `silent`. */
  readonly addFaults: ('500-after-effect' | 'silent-after-effect' | 'silent')[];
  /** Errors for single files, by storage identifier. */
  readonly fileErrors: Map<string, string>;
  /** Whether editors may edit. */
  canEdit: boolean;
  /** The store of new files. */
  storeId: string;
  /** What is told to those who may edit. */
  limits: UploadLimits;
  /** Changes a file, whether it stands or was registered. */
  changeFile(fileId: string, changes: Partial<StandingFile>): void;
  /** Publishes the draft as the next major version. */
  publish(): void;
  /** Where files may be referenced; undefined while the store is a managed one. */
  referencePlaces: readonly string[] | undefined;
}

const PACKAGE_FILE = 'application/vnd.dataverse.file-package';
/** Bytes of every registered file. */
const REGISTERED_BYTES = 3;
/** Ids of registered files count up from here. */
const FIRST_REGISTERED_ID = 1_000;
/** Dataverse's own pattern of what follows the store. */
const STORAGE_IDENTIFIER = /^[\w.-]+:\/\/(?:[\w.-]+:)?[0-9a-f]{11}-[0-9a-f]{12}$/;

export function createFakeDataverse(): FakeDataverse {
  const assertUp = (method: keyof Dataverse) => {
    if (dataverse.down.has(method)) throw new UnavailableError(`Dataverse is down for ${method}`);
  };
  const find = (reference: DatasetReference): DatasetDescription => {
    const found = dataverse.datasets.find((each) =>
      reference.kind === 'database-id'
        ? each.datasetId === reference.datasetId
        : `${each.protocol}:${each.authority}/${each.identifier}` === reference.persistentId,
    );
    if (!found) throw new NotFoundError('Dataset not found.');
    return found;
  };
  const findById = (datasetId: DatasetId) => find({ kind: 'database-id', datasetId });

  const accounts = createAccounts();
  /** What became of registered files, by file id. */
  const changed = new Map<string, Partial<StandingFile>>();
  const registered = (): StandingFile[] =>
    dataverse.files.map(({ storageIdentifier, fileName }, index) => ({
      datasetId: dataverse.datasets[0]?.datasetId ?? DATASET,
      fileId: String(FIRST_REGISTERED_ID + index),
      persistentId: null,
      storageIdentifier,
      label: fileName,
      sizeBytes: REGISTERED_BYTES,
      isRestricted: false,
      embargoEndsOn: null,
      retentionEndsOn: null,
      isInDraft: true,
      isPublished: false,
      ...changed.get(String(FIRST_REGISTERED_ID + index)),
    }));

  const dataverse: FakeDataverse = {
    accounts,
    datasets: [{ datasetId: DATASET, protocol: 'doi', authority: '10.5072', identifier: 'FK2/ILLPXE' }],
    lockList: [],
    files: [],
    down: new Set(),
    addFaults: [],
    fileErrors: new Map(),
    canEdit: true,
    storeId: 'globusm',
    standingFiles: [],
    hasDraft: true,
    publishedVersion: null,
    downloaders: new Map(),
    limits: { fileSizeLimitBytes: null, remainingQuotaBytes: null, remainingFiles: null },
    referencePlaces: undefined,
    changeFile(fileId, changes) {
      const index = dataverse.standingFiles.findIndex((file) => file.fileId === fileId);
      const standing = dataverse.standingFiles[index];
      if (standing) dataverse.standingFiles[index] = { ...standing, ...changes };
      else changed.set(fileId, { ...changed.get(fileId), ...changes });
    },
    removeFromDraft(fileId) {
      dataverse.changeFile(fileId, { isInDraft: false });
      dataverse.hasDraft = true;
    },
    publish() {
      for (const { fileId, isInDraft, isPublished, isOlder = false } of [...dataverse.standingFiles, ...registered()]) {
        dataverse.changeFile(fileId, { isPublished: isInDraft, isOlder: isOlder || (isPublished && !isInDraft) });
      }
      dataverse.publishedVersion = `${Number.parseInt(dataverse.publishedVersion ?? '0', 10) + 1}.0`;
      dataverse.hasDraft = false;
    },

    ...createUploadParameters(accounts, find),
    ...createVersionMethods({ accounts, versions: () => dataverse, find, registered, assertUp }),
    async hasPackageFile(datasetId) {
      assertUp('hasPackageFile');
      findById(datasetId);
      return dataverse.files.some((file) => file.mimeType === PACKAGE_FILE);
    },
    async whoIs(actingAs) {
      assertUp('whoIs');
      const { userName, isSuperuser } = accounts.required(actingAs);
      return { userName, isSuperuser };
    },
    async datasetPermissions(dataset, actingAs) {
      const account = accounts.behind(actingAs);
      const isPreviewed = find(dataset).datasetId === accounts.previewOf(actingAs);
      const isEditor = account !== undefined && (account.isSuperuser || account.isEditor);
      return {
        canEditDataset: isEditor && (account.isSuperuser || dataverse.canEdit),
        canPublishDataset: isEditor,
        canViewUnpublishedDataset: isEditor || isPreviewed,
      };
    },
    async describeDataset(dataset, actingAs) {
      const account = accounts.behind(actingAs);
      const description = find(dataset);
      const isPublic = dataverse.publishedVersion !== null || accounts.previewOf(actingAs) === description.datasetId;
      if (!isPublic && !account?.isSuperuser && !account?.isEditor) throw new UnauthenticatedError('Not permitted.');
      return { ...description };
    },
    async storageDriver(dataset) {
      find(dataset);
      return dataverse.storeId;
    },
    async locks(datasetId) {
      assertUp('locks');
      findById(datasetId);
      return structuredClone(dataverse.lockList);
    },
    async lock(datasetId, lockType) {
      assertUp('lock');
      findById(datasetId);
      if (dataverse.lockList.some((lock) => lock.lockType === lockType)) return 'already-locked';
      dataverse.lockList.push({ lockType, userName: SERVICE_ACCOUNT });
      return 'locked';
    },
    async unlock(datasetId, lockType) {
      assertUp('unlock');
      findById(datasetId);
      const index = dataverse.lockList.findIndex((lock) => lock.lockType === lockType);
      if (index < 0) return 'not-locked';
      dataverse.lockList.splice(index, 1);
      return 'unlocked';
    },
    async listFiles(datasetId) {
      assertUp('listFiles');
      findById(datasetId);
      const latest = [...dataverse.standingFiles, ...registered()].filter((file) =>
        dataverse.hasDraft ? file.isInDraft : file.isPublished,
      );
      return latest.map(({ storageIdentifier, sizeBytes, label }) => ({ storageIdentifier, sizeBytes, label }));
    },
    async uploadLimits(datasetId, actingAs) {
      assertUp('uploadLimits');
      const account = accounts.required(actingAs);
      findById(datasetId);
      if (!account.isSuperuser && !(account.isEditor && dataverse.canEdit)) {
        throw new ForbiddenError('This API call requires EditDataset permission.');
      }
      return { ...dataverse.limits };
    },
    async referenceEndpoints(dataset) {
      assertUp('referenceEndpoints');
      find(dataset);
      return dataverse.referencePlaces && [...dataverse.referencePlaces];
    },
    async addFiles(datasetId, actingAs, files): Promise<AddFilesOutcome> {
      assertUp('addFiles');
      const account = accounts.behind(actingAs);
      findById(datasetId);
      const fault = dataverse.addFaults.shift();
      if (fault === 'silent') return { kind: 'unknown', reason: 'time-out', mayStillRun: true };
      if (files.some((file) => !CHECKSUM_TYPES.some((type) => type === file.checksum['@type']))) {
        return { kind: 'refused', status: 400, message: 'The checksum type is unknown.' };
      }
      if (!account?.isSuperuser && !account?.isEditor) {
        return { kind: 'unknown', reason: 'not permitted', mayStillRun: false };
      }
      const blocking = dataverse.lockList.filter((lock) => !['Ingest', 'EditInProgress'].includes(lock.lockType));
      if (blocking.length > 0) return { kind: 'unknown', reason: 'the dataset is locked', mayStillRun: false };
      removeEditLock(dataverse);
      const known = new Set(dataverse.files.map((file) => file.storageIdentifier));
      if (files.some((file) => known.has(file.storageIdentifier))) {
        return { kind: 'unknown', reason: 'a storage identifier is there already', mayStillRun: false };
      }
      const answers = files.map(({ storageIdentifier }) => ({
        storageIdentifier,
        error: dataverse.fileErrors.get(storageIdentifier) ?? identifierError(storageIdentifier),
      }));
      dataverse.files.push(...files.filter((_, index) => answers[index]?.error === undefined));
      dataverse.hasDraft = true;
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

function identifierError(storageIdentifier: string): string | undefined {
  return STORAGE_IDENTIFIER.test(storageIdentifier) ? undefined : 'The storage identifier is malformed.';
}

/** Registration removes any EditInProgress lock, whoever placed it (dataverse-api.md 4.4). */
function removeEditLock(dataverse: FakeDataverse): void {
  const index = dataverse.lockList.findIndex((lock) => lock.lockType === 'EditInProgress');
  if (index >= 0) dataverse.lockList.splice(index, 1);
}
