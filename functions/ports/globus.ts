import type { Permission } from '../domain/access-rule.ts';
import type { CollectionId, PrincipalId, RuleId, TaskId } from '../domain/ids.ts';
import type { Urgency } from './call-budget.ts';

export type { Permission };

/** An access rule as Globus lists it. Entries that only mirror a role (`id` null) are never among them (G12). */
export interface AccessRule {
  readonly ruleId: RuleId;
  readonly principalType: string;
  readonly principal: string;
  /** Absolute, ends in `/`. */
  readonly path: string;
  readonly permission: Permission;
  readonly createdAtEpochSeconds: number | null;
}

/** How a create call ended. `unknown` means that a rule may exist now or appear later: time-out, cut connection, 5xx. */
export type CreateRuleOutcome =
  | { readonly kind: 'created'; readonly ruleId: RuleId }
  | { readonly kind: 'exists' }
  | { readonly kind: 'limit-exceeded' }
  | { readonly kind: 'unknown'; readonly reason: string };

/** Only SUCCEEDED and FAILED are terminal (G8); `UNKNOWN` stands for whatever else Globus may say. */
export type TaskStatus = 'ACTIVE' | 'INACTIVE' | 'SUCCEEDED' | 'FAILED' | 'UNKNOWN';

/** The parts of a Globus task that we read (globus-api.md 2.4, 2.5). */
export interface GlobusTask {
  readonly taskId: TaskId;
  readonly type: 'TRANSFER' | 'DELETE' | 'UNKNOWN';
  readonly status: TaskStatus;
  /** Primary identity of the submitter. */
  readonly ownerId: string;
  /** Whole seconds since 1970. */
  readonly requestedAtEpochSeconds: number;
  readonly completedAtEpochSeconds: number | null;
  readonly sourceCollectionId: string | null;
  readonly destinationCollectionId: string | null;
  readonly sourceBasePath: string | null;
  readonly destinationBasePath: string | null;
  readonly files: number;
  readonly filesTransferred: number;
  readonly bytesTransferred: number;
  readonly bytesPerSecond: number;
  readonly filesSkipped: number;
  readonly faults: number;
  readonly isPaused: boolean;
  readonly niceStatus: string | null;
  /** Only on FAILED. Code `CANCELED` means that the owner or an administrator stopped it. */
  readonly fatalError: { readonly code: string; readonly description: string } | null;
  readonly canceledByAdmin: string | null;
  readonly historyDeleted: boolean;
}

/** One file that a finished task copied (globus-api.md 2.6). */
export interface SuccessfulTransfer {
  readonly destinationPath: string | null;
  readonly sourcePath: string | null;
  readonly sizeBytes: number;
  readonly checksum: { readonly algorithm: string; readonly value: string } | null;
}

/** What Globus notes of a task as it goes on (globus-api.md 2.4). */
export interface TaskEvent {
  /** Such as `PERMISSION_DENIED`. */
  readonly code: string;
  readonly description: string;
  /** Free text, often long; null when there is none. */
  readonly details: string | null;
  readonly atEpochSeconds: number;
}

/** One entry of a directory on a collection. */
export interface DirectoryEntry {
  readonly name: string;
  readonly isFile: boolean;
  readonly sizeBytes: number;
  /** Null where Globus does not tell. */
  readonly modifiedAtEpochSeconds: number | null;
}

/** What a collection says of one path. `unreadable`: our identity may not look, or the collection does not answer. */
export type FileFinding =
  | { readonly kind: 'file'; readonly sizeBytes: number }
  | { readonly kind: 'missing' }
  | { readonly kind: 'not-a-file' }
  | { readonly kind: 'unreadable'; readonly reason: string };

/**
 * What we ask of Globus Transfer, with the service's identity for the collection.
 * Unless said otherwise a method throws UnavailableError when Globus cannot be asked now (network, 429 and 5xx after bounded retries,
 * time limit, a reply that is not what the schema expects) and UpstreamRefusedError on any other definite refusal.
 * `withinMilliseconds` makes the time limit of a call shorter for a caller who has little time.
 */
export interface Globus {
  /** All rules of the collection. Throws rather than answer with a part. */
  listAccessRules(collectionId: CollectionId): Promise<readonly AccessRule[]>;
  /** One attempt, never repeated inside after an unclear answer; 429 may be retried. Throws only when it certainly had no effect. */
  createAccessRule(rule: {
    readonly collectionId: CollectionId;
    readonly path: string;
    readonly principal: PrincipalId;
    readonly permission: Permission;
  }): Promise<CreateRuleOutcome>;
  /** Raises or sets the permission of a rule. `missing`: there is no such rule any more. */
  updateAccessRule(rule: {
    readonly collectionId: CollectionId;
    readonly ruleId: RuleId;
    readonly permission: Permission;
  }): Promise<'updated' | 'missing'>;
  /** `missing` (404) counts as done (F-53). */
  deleteAccessRule(rule: {
    readonly collectionId: CollectionId;
    readonly ruleId: RuleId;
  }): Promise<'deleted' | 'missing'>;
  /** Makes one directory; its parent must exist. `exists` only when Globus's code says so (F-08). */
  makeDirectory(directory: {
    readonly collectionId: CollectionId;
    readonly path: string;
  }): Promise<'created' | 'exists'>;
  /**
   * The task as the collection's activity monitor sees it; undefined on 404. 403 throws ForbiddenError: not a task of this collection.
   * @param urgency - when left out: urgent if there is a limit, since then somebody waits for the answer
   */
  findTask(
    collectionId: CollectionId,
    taskId: TaskId,
    withinMilliseconds?: number,
    urgency?: Urgency,
  ): Promise<GlobusTask | undefined>;
  /** Tasks ACTIVE or INACTIVE on the collection whose owner is the principal or linked to it (G7). All pages, or it throws. */
  listLiveTasks(collectionId: CollectionId, principal: PrincipalId): Promise<readonly GlobusTask[]>;
  /** Tasks ACTIVE or INACTIVE on the collection, whoever's: one call per 1,000 of them (G5). All pages, or it throws. */
  listAllLiveTasks(collectionId: CollectionId): Promise<readonly GlobusTask[]>;
  /** Is the task owned by the principal or an identity linked to it? Asked of Globus by `filter_owner_id` (G7), whatever the task's status. */
  isOwnedBy(
    collectionId: CollectionId,
    task: GlobusTask,
    principal: PrincipalId,
    withinMilliseconds?: number,
  ): Promise<boolean>;
  /** All files a finished task copied, every page. */
  listSuccessfulTransfers(collectionId: CollectionId, taskId: TaskId): Promise<readonly SuccessfulTransfer[]>;
  /** Source and destination paths that a finished task skipped, with Globus's reason. */
  listSkippedErrors(
    collectionId: CollectionId,
    taskId: TaskId,
  ): Promise<readonly { readonly destinationPath: string | null; readonly errorCode: string }[]>;
  /** The latest events of a task that are errors, newest first, at most 20. */
  listErrorEvents(
    collectionId: CollectionId,
    taskId: TaskId,
    withinMilliseconds?: number,
  ): Promise<readonly TaskEvent[]>;
  /** Asks Globus, as the collection's activity manager, to cancel a task; it becomes FAILED a moment later. Safe to repeat. */
  cancelTask(collectionId: CollectionId, taskId: TaskId, message: string): Promise<void>;
  /** Looks at one path, also on a collection that is in no store's settings; never throws for what the collection says. */
  findFile(collectionId: CollectionId, path: string): Promise<FileFinding>;
  /** All entries of a directory; undefined when there is no such directory. */
  listDirectory(collectionId: CollectionId, path: string): Promise<readonly DirectoryEntry[] | undefined>;
  /** Submits one task that deletes files; one that is missing is no error. @returns the task's id */
  deleteFiles(collectionId: CollectionId, paths: readonly string[], label: string): Promise<TaskId>;
}
