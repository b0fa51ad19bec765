import type { AccessRuleRow } from '../../functions/domain/access-rule.ts';
import { CHECK_AFTER_SECONDS, type DatasetLockItem } from '../../functions/domain/dataset-lock.ts';
import type {
  CollectionId,
  DatasetId,
  PrincipalId,
  RuleId,
  TaskId,
  TransferId,
  UserName,
} from '../../functions/domain/ids.ts';
import type { TaskClaim } from '../../functions/domain/task-claim.ts';
import { NOTHING_DONE, type TransferRecord } from '../../functions/domain/transfer.ts';
import type { GlobusTask } from '../../functions/ports/globus.ts';

/** Values of the local run's fixture (design section 9), so that tests read like its logs. */
export const DATASET = '29' as DatasetId;
export const COLLECTION = 'd8c42580-6528-4605-9ad8-116a61982644' as CollectionId;
export const SOURCE_COLLECTION = '0a1b2c3d-0000-4000-8000-00000000c011';
export const PRINCIPAL = 'd15d4244-fc10-47f3-a790-85bdb6db9a75' as PrincipalId;
export const SECOND_PRINCIPAL = 'd15d4244-fc10-47f3-a790-85bdb6db9a76' as PrincipalId;
export const CURATOR = 'curator' as UserName;
export const TASK = '3f530302-6c48-11ee-8428-378be0d9c521' as TaskId;
export const OTHER_TASK = 'b5fd01aa-8963-11ee-83ae-d5484943e99a' as TaskId;
export const TRANSFER = '29-18b49d3688c' as TransferId;
export const PATH = '/hdc1/10.5072/FK2/ILLPXE/';
/** 2026-03-01T00:00:00Z */
export const START_MILLISECONDS = Date.UTC(2026, 2, 1);
export const START_SECONDS = START_MILLISECONDS / 1000;

export function aRecord(changes: Partial<TransferRecord> = {}): TransferRecord {
  return {
    schemaVersion: 1,
    transferId: TRANSFER,
    datasetId: DATASET,
    version: 1,
    state: 'GRANTED',
    userName: CURATOR,
    principal: PRINCIPAL,
    storeId: 'globusm',
    bucket: null,
    collectionId: COLLECTION,
    path: PATH,
    permission: 'rw',
    identifierSeed: 'ab'.repeat(32),
    numberOfFiles: 2,
    grantedAtEpochSeconds: START_SECONDS,
    leaseEndsAtEpochSeconds: START_SECONDS + 300,
    ruleBornAtEpochSeconds: START_SECONDS,
    takenBy: null,
    dueAtEpochSeconds: START_SECONDS + 300,
    ...NOTHING_DONE,
    idempotencyHash: null,
    identifiersOf: changes.transferId ?? TRANSFER,
    trail: [],
    ...changes,
  };
}

export function aRow(changes: Partial<AccessRuleRow> = {}): AccessRuleRow {
  return {
    schemaVersion: 1,
    collectionId: COLLECTION,
    path: PATH,
    principal: PRINCIPAL,
    bornAtEpochSeconds: START_SECONDS,
    birthId: 'birth-1',
    version: 1,
    state: 'PRESENT',
    stateSinceEpochSeconds: START_SECONDS,
    ruleId: 'rule-1' as RuleId,
    provenPermission: 'rw',
    foreignRuleIds: [],
    holders: { [TRANSFER]: 'rw' },
    attemptId: 'attempt-1',
    createUnsettledUntilEpochSeconds: null,
    ...changes,
  };
}

export function aLockItem(changes: Partial<DatasetLockItem> = {}): DatasetLockItem {
  return {
    schemaVersion: 1,
    datasetId: DATASET,
    birthId: 'birth-1',
    version: 1,
    taskId: TASK,
    owners: [TRANSFER],
    lockTypes: ['GlobusUpload'],
    openCalls: {},
    isEnding: false,
    collectionId: COLLECTION,
    checkAtEpochSeconds: START_SECONDS + CHECK_AFTER_SECONDS,
    ...changes,
  };
}

export function aClaim(changes: Partial<TaskClaim> = {}): TaskClaim {
  return {
    schemaVersion: 1,
    taskId: TASK,
    birthId: 'birth-1',
    version: 1,
    datasetId: DATASET,
    userName: CURATOR,
    principal: PRINCIPAL,
    transfers: { [TRANSFER]: 'hash' },
    collectionId: COLLECTION,
    checkAtEpochSeconds: START_SECONDS + CHECK_AFTER_SECONDS,
    ...changes,
  };
}

export function aTask(changes: Partial<GlobusTask> = {}): GlobusTask {
  return {
    taskId: TASK,
    type: 'TRANSFER',
    status: 'ACTIVE',
    ownerId: PRINCIPAL,
    requestedAtEpochSeconds: START_SECONDS + 5,
    completedAtEpochSeconds: null,
    sourceCollectionId: SOURCE_COLLECTION,
    destinationCollectionId: COLLECTION,
    sourceBasePath: null,
    destinationBasePath: null,
    files: 0,
    filesTransferred: 0,
    bytesTransferred: 0,
    bytesPerSecond: 0,
    filesSkipped: 0,
    faults: 0,
    isPaused: false,
    niceStatus: 'OK',
    fatalError: null,
    canceledByAdmin: null,
    historyDeleted: false,
    ...changes,
  };
}
