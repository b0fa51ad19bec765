import type { AccessRuleKey, AccessRuleRow } from '../../../functions/domain/access-rule.ts';
import type { DatasetLockItem } from '../../../functions/domain/dataset-lock.ts';
import type { DatasetId, RuleId, TaskId, TransferId } from '../../../functions/domain/ids.ts';
import type { FileResult, ReportedFile } from '../../../functions/domain/reported-file.ts';
import type { TaskClaim } from '../../../functions/domain/task-claim.ts';
import { isFinal, type TransferRecord } from '../../../functions/domain/transfer.ts';
import type { AccessRuleStore } from '../../../functions/ports/access-rule-store.ts';
import type { DatasetLockStore } from '../../../functions/ports/dataset-lock-store.ts';
import type { DownloadList, DownloadListStore } from '../../../functions/ports/download-list-store.ts';
import type { FileEntryStore } from '../../../functions/ports/file-entry-store.ts';
import type { OpenIndex } from '../../../functions/ports/open-index.ts';
import type { TaskClaimStore } from '../../../functions/ports/task-claim-store.ts';
import type { TransferStore } from '../../../functions/ports/transfer-store.ts';

interface Versioned {
  readonly birthId: string;
  readonly version: number;
}

/** Items with the conditions of the real table; values are copied in and out, as through a wire. */
class VersionedMap<Value extends Versioned> {
  readonly items = new Map<string, Value>();

  read(key: string): Value | undefined {
    return structuredClone(this.items.get(key));
  }

  create(key: string, value: Value): boolean {
    if (this.items.has(key)) return false;
    this.items.set(key, structuredClone(value));
    return true;
  }

  write(key: string, value: Value): boolean {
    const current = this.items.get(key);
    if (current?.birthId !== value.birthId || current.version !== value.version - 1) return false;
    this.items.set(key, structuredClone(value));
    return true;
  }

  remove(key: string, value: Value): boolean {
    const current = this.items.get(key);
    if (current && (current.birthId !== value.birthId || current.version !== value.version)) return false;
    this.items.delete(key);
    return true;
  }
}

export interface MemoryAccessRules extends AccessRuleStore {
  rows(): AccessRuleRow[];
}

export function createMemoryAccessRules(): MemoryAccessRules {
  const map = new VersionedMap<AccessRuleRow>();
  const foreign = new Set<string>();
  const keyOf = (key: AccessRuleKey) => `${key.collectionId} ${key.path} ${key.principal}`;
  return {
    rows: () => [...map.items.values()],
    read: async (key) => map.read(keyOf(key)),
    create: async (row) => map.create(keyOf(row), row),
    write: async (row) => map.write(keyOf(row), row),
    remove: async (row) => map.remove(keyOf(row), row),
    list: async (collectionId) =>
      structuredClone([...map.items.values()].filter((row) => row.collectionId === collectionId)),
    rememberForeign: async (collectionId, ruleIds) => {
      for (const ruleId of ruleIds) foreign.add(`${collectionId} ${ruleId}`);
    },
    listForeign: async (collectionId) =>
      [...foreign].flatMap((entry) => (entry.startsWith(`${collectionId} `) ? (entry.split(' ')[1] as RuleId) : [])),
    forgetForeign: async (collectionId, ruleIds) => {
      for (const ruleId of ruleIds) foreign.delete(`${collectionId} ${ruleId}`);
    },
  };
}

export function createMemoryLocks(): DatasetLockStore & { items(): DatasetLockItem[] } {
  const map = new VersionedMap<DatasetLockItem>();
  return {
    items: () => [...map.items.values()],
    read: async (datasetId: DatasetId) => map.read(datasetId),
    create: async (item) => map.create(item.datasetId, item),
    write: async (item) => map.write(item.datasetId, item),
    remove: async (item) => map.remove(item.datasetId, item),
  };
}

export function createMemoryClaims(): TaskClaimStore & { items(): TaskClaim[] } {
  const map = new VersionedMap<TaskClaim>();
  return {
    items: () => [...map.items.values()],
    read: async (taskId: TaskId) => map.read(taskId),
    create: async (claim) => map.create(claim.taskId, claim),
    write: async (claim) => map.write(claim.taskId, claim),
    remove: async (claim) => map.remove(claim.taskId, claim),
  };
}

export function createMemoryTransfers(): TransferStore & { records(): TransferRecord[] } {
  const map = new VersionedMap<TransferRecord & Versioned>();
  const keys = new Map<string, TransferId>();
  const born = (record: TransferRecord) => ({ ...record, birthId: record.transferId });
  const plain = (record: (TransferRecord & Versioned) | undefined): TransferRecord | undefined => {
    if (!record) return undefined;
    const { birthId, ...rest } = record;
    return rest;
  };
  return {
    records: () => [...map.items.values()],
    reserve: async (record) => map.create(record.transferId, born(record)),
    read: async (transferId) => plain(map.read(transferId)),
    write: async (record) => map.write(record.transferId, born(record)),
    listByDataset: async (datasetId, { limit, before }) =>
      [...map.items.values()]
        .filter((record) => record.datasetId === datasetId)
        .filter(({ transferId }) => before === undefined || transferId < before)
        .sort((a, b) => (a.transferId < b.transferId ? 1 : -1))
        .slice(0, limit)
        .flatMap((record) => plain(structuredClone(record)) ?? []),
    async claimIdempotencyKey(hash, transferId, replaced) {
      if (!keys.has(hash) || keys.get(hash) === replaced) keys.set(hash, transferId);
      return keys.get(hash) ?? transferId;
    },
  };
}

export function createMemoryFiles(): FileEntryStore {
  const files = new Map<string, readonly ReportedFile[]>();
  const results = new Map<string, Map<number, readonly FileResult[]>>();
  return {
    async writeFiles(transferId, bodyHash, list) {
      files.set(`${transferId} ${bodyHash}`, structuredClone(list));
    },
    readFiles: async (transferId, bodyHash) => structuredClone(files.get(`${transferId} ${bodyHash}`) ?? []),
    async removeFiles(transferId, bodyHash) {
      files.delete(`${transferId} ${bodyHash}`);
    },
    async writeResults(transferId, batch, list) {
      const batches = results.get(transferId) ?? new Map<number, readonly FileResult[]>();
      results.set(transferId, batches.set(batch, structuredClone(list)));
    },
    readResults: async (transferId) =>
      [...(results.get(transferId) ?? new Map<number, readonly FileResult[]>()).entries()]
        .sort(([a], [b]) => a - b)
        .flatMap(([, list]) => structuredClone(list)),
  };
}

export function createMemoryDownloadLists(): DownloadListStore {
  const lists = new Map<string, DownloadList>();
  return {
    async keep(list) {
      lists.set(list.downloadId, structuredClone(list));
    },
    read: async (downloadId) => structuredClone(lists.get(downloadId)),
  };
}

/** The index over the other stores: here it never lags. */
export function createMemoryOpenIndex(stores: {
  readonly transfers: { records(): TransferRecord[] };
  readonly locks: { items(): DatasetLockItem[] };
  readonly claims: { items(): TaskClaim[] };
}): OpenIndex {
  return {
    async listTransfers(collectionId, dueBefore = Number.POSITIVE_INFINITY) {
      return stores.transfers
        .records()
        .filter((record) => record.collectionId === collectionId && !isFinal(record.state))
        .filter((record) => record.dueAtEpochSeconds < dueBefore)
        .sort((a, b) => a.dueAtEpochSeconds - b.dueAtEpochSeconds || a.transferId.localeCompare(b.transferId))
        .map(({ transferId, state, dueAtEpochSeconds, admission, bound, observedTaskIds, taskToken }) => ({
          transferId,
          state,
          dueAtEpochSeconds,
          admission,
          taskIds: bound ? [bound.taskId] : observedTaskIds,
          taskToken,
        }));
    },
    async listHolds(collectionId, checkBefore) {
      const locks = stores.locks
        .items()
        .filter((item) => item.collectionId === collectionId && item.checkAtEpochSeconds < checkBefore)
        .map(({ datasetId }) => ({ kind: 'lock' as const, datasetId }));
      const claims = stores.claims
        .items()
        .filter((claim) => claim.collectionId === collectionId && claim.checkAtEpochSeconds !== null)
        .filter((claim) => (claim.checkAtEpochSeconds ?? 0) < checkBefore)
        .map(({ taskId }) => ({ kind: 'claim' as const, taskId }));
      return [...locks, ...claims];
    },
  };
}
