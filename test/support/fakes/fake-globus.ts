import type { Permission } from '../../../functions/domain/access-rule.ts';
import { ForbiddenError, UnavailableError, UpstreamRefusedError } from '../../../functions/domain/errors.ts';
import type { CollectionId, PrincipalId, RuleId, TaskId } from '../../../functions/domain/ids.ts';
import type { AccessRule, Globus, GlobusTask, SuccessfulTransfer, TaskEvent } from '../../../functions/ports/globus.ts';
import { aTask } from '../builders.ts';
import { createCollectionFileMethods, type StoredFiles } from './globus-files.ts';

/**
 * Globus in memory, one managed collection, with its real limits: one rule per (principal, path), ids never used twice, a ceiling on rules,
 * no directory without its parent, nothing to see of tasks elsewhere.
 */
export interface FakeGlobus extends Globus, StoredFiles {
  /** Rules on the collection, ours and others'. */
  readonly rules: AccessRule[];
  readonly directories: Set<string>;
  readonly tasks: Map<string, GlobusTask>;
  /** What finished tasks copied, by task id. */
  readonly copied: Map<string, SuccessfulTransfer[]>;
  /** What tasks passed over, by task id. */
  readonly skipped: Map<string, { destinationPath: string; errorCode: string }[]>;
  /** Errors that Globus noted of tasks, by task id, the oldest first. */
  readonly errorEvents: Map<string, TaskEvent[]>;
  /** Identities of one person, for each person who has several. */
  readonly people: string[][];
  /** Most rules the collection takes; Globus's own figure is 1,000 (G1). */
  ruleLimit: number;
  /** Methods that answer "unavailable" until taken out. */
  readonly down: Set<keyof Globus>;
  /** Outcomes of the next create calls: `lost` has its effect without an answer, `late` has it when `land` is called. */
  readonly createFaults: ('lost' | 'late' | 'never')[];
  /** Lets the create calls that hang take effect. */
  land(): void;
  /** Makes a rule by hand. */
  addRuleByHand(path: string, principal: string, permission: Permission): RuleId;
  submit(taskId: TaskId, changes?: Partial<GlobusTask>): void;
  finish(taskId: TaskId, destinationPaths: readonly string[], changes?: Partial<GlobusTask>): void;
  /** Stops a task as its owner does; what it had copied stays listed. */
  cancel(taskId: TaskId, destinationPaths?: readonly string[]): void;
}

/** Size of every file that a task copies. */
const FILE_BYTES = 12;
/** Most events of one answer. */
const MOST_EVENTS = 20;

type Listed = Pick<GlobusTask, 'sourceCollectionId' | 'destinationCollectionId'>;

export function createFakeGlobus(now: () => number): FakeGlobus {
  const hanging: (() => void)[] = [];
  let lastId = 0;

  const makeRule = (path: string, principal: string, permission: Permission): RuleId => {
    const ruleId = `rule-${++lastId}` as RuleId;
    globus.rules.push({ ruleId, principalType: 'identity', principal, path, permission, createdAtEpochSeconds: now() });
    return ruleId;
  };
  const isTaken = (path: string, principal: string) =>
    globus.rules.some((rule) => rule.path === path && rule.principal === principal);
  const assertUp = (method: keyof Globus) => {
    if (globus.down.has(method)) throw new UnavailableError(`Globus is down for ${method}`);
  };

  const isLive = (task: GlobusTask) => task.status === 'ACTIVE' || task.status === 'INACTIVE';
  const touches = (task: Listed, collectionId: CollectionId) =>
    task.sourceCollectionId === collectionId || task.destinationCollectionId === collectionId;
  const isSamePerson = (one: string, other: string) =>
    one === other || globus.people.some((identities) => identities.includes(one) && identities.includes(other));
  const liveTasks = (collectionId: CollectionId) =>
    structuredClone([...globus.tasks.values()].filter((task) => isLive(task) && touches(task, collectionId)));
  const visibleTask = (collectionId: CollectionId, taskId: TaskId) => {
    const task = globus.tasks.get(taskId);
    if (task && !touches(task, collectionId)) {
      throw new ForbiddenError(`The task ${taskId} is not visible on the collection ${collectionId}.`);
    }
    return structuredClone(task);
  };
  const managedTask = (collectionId: CollectionId, taskId: TaskId): GlobusTask => {
    const task = globus.tasks.get(taskId);
    if (!task || !touches(task, collectionId)) throw new UpstreamRefusedError(`Globus shows no task ${taskId}.`);
    return structuredClone(task);
  };

  const globus: FakeGlobus = {
    rules: [],
    directories: new Set(['/hdc1/']),
    tasks: new Map(),
    copied: new Map(),
    skipped: new Map(),
    errorEvents: new Map(),
    storedFiles: new Map(),
    unreadable: new Set(),
    people: [],
    ruleLimit: 1_000,
    down: new Set(),
    createFaults: [],
    land() {
      for (const effect of hanging.splice(0)) effect();
    },
    addRuleByHand: makeRule,
    submit(taskId, changes = {}) {
      globus.tasks.set(taskId, aTask({ taskId, requestedAtEpochSeconds: now(), ...changes }));
    },
    finish(taskId, destinationPaths, changes = {}) {
      const task = globus.tasks.get(taskId) ?? aTask({ taskId });
      globus.tasks.set(taskId, {
        ...task,
        status: 'SUCCEEDED',
        completedAtEpochSeconds: now(),
        niceStatus: null,
        isPaused: false,
        files: destinationPaths.length,
        filesTransferred: destinationPaths.length,
        bytesTransferred: destinationPaths.length * FILE_BYTES,
        ...changes,
      });
      const { destinationCollectionId } = task;
      for (const path of destinationPaths) globus.storedFiles.set(`${destinationCollectionId}${path}`, FILE_BYTES);
      globus.copied.set(
        taskId,
        destinationPaths.map((destinationPath) => ({
          destinationPath,
          sourcePath: '/a',
          sizeBytes: FILE_BYTES,
          checksum: null,
        })),
      );
    },

    cancel(taskId, destinationPaths = []) {
      const fatalError = { code: 'CANCELED', description: 'canceled by the owner' };
      globus.finish(taskId, destinationPaths, { status: 'FAILED', fatalError });
    },

    ...createCollectionFileMethods({ state: () => globus, now, assertUp }),
    async listAccessRules() {
      assertUp('listAccessRules');
      return structuredClone(globus.rules);
    },
    async createAccessRule({ path, principal, permission }) {
      assertUp('createAccessRule');
      const fault = globus.createFaults.shift();
      const effect = () => {
        if (!isTaken(path, principal)) makeRule(path, principal, permission);
      };
      if (fault) {
        if (fault === 'lost') effect();
        if (fault === 'late') hanging.push(effect);
        return { kind: 'unknown', reason: 'time-out' };
      }
      if (isTaken(path, principal)) return { kind: 'exists' };
      if (globus.rules.length >= globus.ruleLimit) return { kind: 'limit-exceeded' };
      return { kind: 'created', ruleId: makeRule(path, principal, permission) };
    },
    async updateAccessRule({ ruleId, permission }) {
      assertUp('updateAccessRule');
      const index = globus.rules.findIndex((rule) => rule.ruleId === ruleId);
      const rule = globus.rules[index];
      if (!rule) return 'missing';
      globus.rules[index] = { ...rule, permission };
      return 'updated';
    },
    async deleteAccessRule({ ruleId }) {
      assertUp('deleteAccessRule');
      const index = globus.rules.findIndex((rule) => rule.ruleId === ruleId);
      if (index < 0) return 'missing';
      globus.rules.splice(index, 1);
      return 'deleted';
    },
    async makeDirectory({ path }) {
      assertUp('makeDirectory');
      if (globus.directories.has(path)) return 'exists';
      const parent = path.slice(0, path.lastIndexOf('/', path.length - 2) + 1);
      if (parent !== '/' && !globus.directories.has(parent)) {
        throw new UpstreamRefusedError(`Globus refused the directory ${path}: its parent does not exist`);
      }
      globus.directories.add(path);
      return 'created';
    },
    async findTask(collectionId, taskId) {
      assertUp('findTask');
      return visibleTask(collectionId, taskId);
    },
    async listLiveTasks(collectionId, principal: PrincipalId) {
      assertUp('listLiveTasks');
      return liveTasks(collectionId).filter((task) => isSamePerson(task.ownerId, principal));
    },
    async listAllLiveTasks(collectionId) {
      assertUp('listAllLiveTasks');
      return liveTasks(collectionId);
    },
    async isOwnedBy(_collectionId, task, principal) {
      assertUp('isOwnedBy');
      return isSamePerson(task.ownerId, principal);
    },
    async listSuccessfulTransfers(collectionId, taskId) {
      assertUp('listSuccessfulTransfers');
      const task = managedTask(collectionId, taskId);
      if (isLive(task)) throw new UpstreamRefusedError(`The task ${taskId} is still in progress.`);
      return structuredClone(globus.copied.get(taskId) ?? []);
    },
    async listSkippedErrors(collectionId, taskId) {
      assertUp('listSkippedErrors');
      managedTask(collectionId, taskId);
      return structuredClone(globus.skipped.get(taskId) ?? []);
    },
    async listErrorEvents(collectionId, taskId) {
      assertUp('listErrorEvents');
      managedTask(collectionId, taskId);
      return structuredClone((globus.errorEvents.get(taskId) ?? []).slice(-MOST_EVENTS).reverse());
    },
    async cancelTask(collectionId, taskId, message) {
      assertUp('cancelTask');
      const task = managedTask(collectionId, taskId);
      if (!isLive(task)) return;
      globus.tasks.set(taskId, {
        ...task,
        status: 'FAILED',
        completedAtEpochSeconds: now(),
        niceStatus: null,
        isPaused: false,
        fatalError: { code: 'CANCELED', description: message },
        canceledByAdmin: task.destinationCollectionId === collectionId ? 'DESTINATION' : 'SOURCE',
      });
    },
  };
  return globus;
}
