import type { CollectionId, PrincipalId, TaskId } from '../../functions/domain/ids.ts';
import type { Globus } from '../../functions/ports/globus.ts';

/** Globus under test: a managed collection without rules, and people who can submit tasks. */
export interface GlobusUnderContract {
  readonly globus: Globus;
  readonly collectionId: CollectionId;
  /** An existing directory of the collection, ends in `/`. */
  readonly directory: string;
  /** Who submits the tasks below, unless said otherwise. */
  readonly principal: PrincipalId;
  /** Another identity of the same person. */
  readonly linkedPrincipal: PrincipalId;
  /** Somebody else, known to Globus. */
  readonly otherPrincipal: PrincipalId;
  /** Time by Globus's clock. */
  nowEpochSeconds(): number;
  /** Most rules that the collection takes from now on. */
  setRuleLimit(rules: number): Promise<void>;
  /** Most entries that a page of any list holds from now on. */
  setPageSize(entries: number): Promise<void>;
  /**
   * Submits a transfer of one file of 12 bytes to each of these paths of the collection; it stays live, paused, until `finishTask`.
   * @param passedOver - paths whose source is not there; the task is told to pass such files over
   */
  submitTask(destinationPaths: readonly string[], passedOver?: readonly string[]): Promise<TaskId>;
  /** Submits a transfer of a file of the collection to another one; it stays live. */
  submitDownload(): Promise<TaskId>;
  /** Submits, as somebody else, a transfer to this path of the collection; it stays live. */
  submitTaskOfOther(destinationPath: string): Promise<TaskId>;
  /** Submits a transfer that does not touch the collection. */
  submitTaskElsewhere(): Promise<TaskId>;
  /** Lets a task go on and waits for its end. */
  finishTask(taskId: TaskId): Promise<void>;
  /** Suspends a task, as Globus does when a credential has lapsed. */
  suspendTask(taskId: TaskId): Promise<void>;
  /** Cancels a task as its owner. */
  cancelTask(taskId: TaskId): Promise<void>;
  /** Notes an error in a task's events. */
  noteError(taskId: TaskId, code: string, details: string): Promise<void>;
  /** A collection that our identity may not look into. */
  readonly unreadableCollectionId: CollectionId;
  /** Puts a file on the collection, in a directory that is there. */
  putFile(path: string, text: string): Promise<void>;
  close(): Promise<void>;
}
