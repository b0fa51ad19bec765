import type { Permission } from '../../../functions/domain/access-rule.ts';
import { UnavailableError } from '../../../functions/domain/errors.ts';
import type { CollectionId, PrincipalId, RuleId, TaskId } from '../../../functions/domain/ids.ts';
import type { AccessRule, Globus, GlobusTask, SuccessfulTransfer } from '../../../functions/ports/globus.ts';
import { aTask } from '../builders.ts';

/** Globus in memory, with its real limits: one rule per (principal, path), ids never used twice, a ceiling on rules. */
export interface FakeGlobus extends Globus {
  /** Rules on the collection, ours and others'. */
  readonly rules: AccessRule[];
  readonly directories: Set<string>;
  readonly tasks: Map<string, GlobusTask>;
  /** What finished tasks copied, by task id. */
  readonly copied: Map<string, SuccessfulTransfer[]>;
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
}

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

  const globus: FakeGlobus = {
    rules: [],
    directories: new Set(['/hdc1/']),
    tasks: new Map(),
    copied: new Map(),
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
        ...changes,
      });
      globus.copied.set(
        taskId,
        destinationPaths.map((destinationPath) => ({
          destinationPath,
          sourcePath: '/a',
          sizeBytes: 3,
          checksum: null,
        })),
      );
    },

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
      globus.directories.add(path);
      return 'created';
    },
    async findTask(_collectionId: CollectionId, taskId: TaskId) {
      assertUp('findTask');
      return globus.tasks.get(taskId);
    },
    async listLiveTasks(_collectionId: CollectionId, principal: PrincipalId) {
      assertUp('listLiveTasks');
      return [...globus.tasks.values()].filter(
        (task) => task.ownerId === principal && (task.status === 'ACTIVE' || task.status === 'INACTIVE'),
      );
    },
    async listAllLiveTasks() {
      assertUp('listAllLiveTasks');
      return [...globus.tasks.values()].filter((task) => task.status === 'ACTIVE' || task.status === 'INACTIVE');
    },
    async isOwnedBy(_collectionId, task, principal) {
      assertUp('isOwnedBy');
      return task.ownerId === principal;
    },
    async listSuccessfulTransfers(_collectionId, taskId) {
      assertUp('listSuccessfulTransfers');
      return globus.copied.get(taskId) ?? [];
    },
    async listSkippedErrors() {
      assertUp('listSkippedErrors');
      return [];
    },
  };
  return globus;
}
