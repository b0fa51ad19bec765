import { UnavailableError } from '../../../functions/domain/errors.ts';
import type { CollectionId, RuleId, TaskId } from '../../../functions/domain/ids.ts';
import type { AccessRule, Globus, GlobusTask, Permission } from '../../../functions/ports/globus.ts';
import { createFakeGlobus, type FakeGlobus } from '../../support/fakes/fake-globus.ts';
import type { Chance } from '../machinery/chance.ts';
import type { Schedule } from '../machinery/schedule.ts';

/** What a person asks Globus to move. */
export interface Submission {
  readonly owner: string;
  readonly direction: 'upload' | 'download';
  /** On the managed collection: where files go to, or come from. */
  readonly paths: readonly string[];
  /** Milliseconds that one file takes. */
  readonly pace: number;
  /** Paths that may not be read or written are passed over instead of tried again (G13). */
  readonly skipsErrors?: boolean;
  /** Files whose source is not there: passed over where errors are, fatal otherwise. */
  readonly missing?: readonly string[];
  /** Globus tells the base path only where it is asked to. */
  readonly basePath?: string | null;
}

/** A task as Globus sees it from the inside. */
export interface TaskAtWork {
  readonly taskId: TaskId;
  readonly submission: Submission;
  readonly submittedAtMilliseconds: number;
  /** It can be asked for by its id from then on. */
  readonly knownFromMilliseconds: number;
  /** Lists show it from then on, later than that: also the one that tells whose it is, by identities linked to its owner's. */
  readonly listedFromMilliseconds: number;
  readonly copied: string[];
  readonly skipped: string[];
  /** Times that a file was refused for want of a rule. */
  denials: number;
}

/** What the simulated world is told of what happens to rules. */
export interface RuleWatch {
  created(rule: AccessRule): void;
  changed(rule: AccessRule, before: Permission): void;
  deleted(rule: AccessRule): void;
}

export interface SimulatedGlobus extends Globus {
  /** The state behind it. */
  readonly truth: FakeGlobus;
  readonly work: ReadonlyMap<string, TaskAtWork>;
  /** Submits a task; it runs by itself. */
  submit(submission: Submission): TaskId;
  isLive(taskId: string): boolean;
  cancel(taskId: TaskId): void;
  pause(taskId: TaskId): void;
  resume(taskId: TaskId): void;
  /** Suspends a task as when a credential has lapsed (G8). */
  suspend(taskId: TaskId): void;
  /** Makes a task fail, with what it has copied. */
  fail(taskId: TaskId, code: string): void;
  ruleOf(path: string, principal: string): AccessRule | undefined;
  deleteRuleByHand(ruleId: RuleId): void;
  changeRuleByHand(ruleId: RuleId, permission: Permission): void;
  /** Calls per ten seconds beyond which it answers 429 (G3). */
  callsPerWindow: number;
}

export interface SimulatedGlobusOptions {
  readonly schedule: Schedule;
  readonly chance: Chance;
  readonly collectionId: CollectionId;
  readonly elsewhere: string;
  readonly watch: RuleWatch;
  /** Something changed that monitors may want to know of. */
  stirred(): void;
  /** Longest time until a task is listed, in milliseconds. */
  readonly slowestListing: number;
  /** How far its clock is ahead. */
  readonly aheadSeconds: number;
}

/** Tasks of one owner that run at once (G9). */
const TASKS_AT_ONCE = 3;
/** How often a task tries a file again that it may not touch. */
const RETRY_MILLISECONDS = [20_000, 60_000] as const;
/** A task that gets nowhere for so long is given up by Globus (G10). */
const DEADLINE_MILLISECONDS = 86_400_000;
/** What was copied is told for so long (G11). */
const HISTORY_MILLISECONDS = 30 * 86_400_000;
const WINDOW_MILLISECONDS = 10_000;
const CALLS_PER_WINDOW = 200;

/**
 * Globus in virtual time: the fake of unit tests with tasks that run by themselves, check the rules at each file, wait in a queue of three, are
 * listed late, and lose their history; and with the meter on calls.
 */
export function createSimulatedGlobus(options: SimulatedGlobusOptions): SimulatedGlobus {
  const { schedule, chance, collectionId, watch, stirred } = options;
  const truth = createFakeGlobus(() => Math.floor(schedule.now / 1000) + options.aheadSeconds);
  const work = new Map<string, TaskAtWork>();
  let rate = { window: 0, count: 0 };

  const isLive = (taskId: string) => {
    const status = truth.tasks.get(taskId)?.status;
    return status === 'ACTIVE' || status === 'INACTIVE';
  };
  const isListed = (taskId: string) => (work.get(taskId)?.listedFromMilliseconds ?? 0) <= schedule.now;
  const samePerson = (one: string, other: string) =>
    one === other || truth.people.some((identities) => identities.includes(one) && identities.includes(other));
  const mayTouch = ({ submission: { owner, direction } }: TaskAtWork, path: string) =>
    truth.rules.some(
      (rule) =>
        samePerson(rule.principal, owner) &&
        path.startsWith(rule.path) &&
        (direction === 'download' || rule.permission === 'rw'),
    );

  const finish = (task: TaskAtWork, changes: Partial<GlobusTask> = {}) => {
    const { taskId, copied, skipped, submission } = task;
    truth.finish(taskId, submission.direction === 'upload' ? copied : [], { filesSkipped: skipped.length, ...changes });
    truth.skipped.set(
      taskId,
      skipped.map((destinationPath) => ({ destinationPath, errorCode: 'FILE_NOT_FOUND' })),
    );
    schedule.after(HISTORY_MILLISECONDS, () => {
      truth.copied.set(taskId, []);
      const ended = truth.tasks.get(taskId);
      if (ended) truth.tasks.set(taskId, { ...ended, historyDeleted: true });
    });
    stirred();
    for (const other of work.values()) if (other !== task && isLive(other.taskId)) nudge(other);
  };

  const places = new Map<string, boolean>();
  /** Looks whether a queued task may begin now. */
  const nudge = (task: TaskAtWork) => {
    if (places.get(task.taskId) === false) advance(task);
  };
  const isRunning = (task: TaskAtWork) => places.get(task.taskId) === true;
  const hasPlace = (task: TaskAtWork) => {
    if (isRunning(task)) return true;
    const running = [...work.values()].filter(
      (other) => isRunning(other) && isLive(other.taskId) && other.submission.owner === task.submission.owner,
    );
    places.set(task.taskId, running.length < TASKS_AT_ONCE);
    return running.length < TASKS_AT_ONCE;
  };

  /** Copies the next file, or puts it off. */
  const advance = (task: TaskAtWork): void => {
    const record = truth.tasks.get(task.taskId);
    if (record?.status !== 'ACTIVE' || record.isPaused || !hasPlace(task)) return;
    const { submission, copied, skipped } = task;
    const next = submission.paths[copied.length + skipped.length];
    const isMissing = next !== undefined && submission.missing?.includes(next) === true;
    if (next === undefined) {
      finish(task);
    } else if (isMissing && !submission.skipsErrors) {
      finish(task, { status: 'FAILED', fatalError: { code: 'FILE_NOT_FOUND', description: next } });
    } else if (!isMissing && !mayTouch(task, next) && !passesOver(submission)) {
      task.denials += 1;
      truth.tasks.set(task.taskId, { ...record, faults: record.faults + 1, niceStatus: 'PERMISSION_DENIED' });
      schedule.after(chance.whole('retry of a task', ...RETRY_MILLISECONDS), () => advance(task));
    } else {
      (isMissing || !mayTouch(task, next) ? skipped : copied).push(next);
      truth.tasks.set(task.taskId, { ...record, filesTransferred: copied.length, niceStatus: 'OK' });
      schedule.after(submission.pace, () => advance(task));
    }
  };

  const submit = (submission: Submission): TaskId => {
    const number = work.size + 1;
    const taskId = `aaaaaaaa-0000-4000-8000-${number.toString(16).padStart(12, '0')}` as TaskId;
    const { owner, direction, basePath = null, paths } = submission;
    const isUpload = direction === 'upload';
    const listedAfter = chance.whole('listing of a task', 0, options.slowestListing);
    const task: TaskAtWork = {
      taskId,
      submission,
      submittedAtMilliseconds: schedule.now,
      knownFromMilliseconds: schedule.now + Math.floor(listedAfter * chance.fraction('a task is known')),
      listedFromMilliseconds: schedule.now + listedAfter,
      copied: [],
      skipped: [],
      denials: 0,
    };
    work.set(taskId, task);
    truth.submit(taskId, {
      ownerId: owner,
      files: paths.length,
      sourceCollectionId: isUpload ? options.elsewhere : collectionId,
      destinationCollectionId: isUpload ? collectionId : options.elsewhere,
      sourceBasePath: isUpload ? null : basePath,
      destinationBasePath: isUpload ? basePath : null,
    });
    const giveUpIfStuck = (copiedBefore: number) => {
      const record = truth.tasks.get(taskId);
      if (!record || !isLive(taskId)) return;
      const isStuck = task.denials > 0 && task.copied.length === copiedBefore && !record.isPaused;
      if (isStuck)
        finish(task, { status: 'FAILED', fatalError: { code: 'EXPIRED', description: 'the deadline has passed' } });
      else schedule.after(DEADLINE_MILLISECONDS, () => giveUpIfStuck(task.copied.length));
    };
    schedule.after(DEADLINE_MILLISECONDS, () => giveUpIfStuck(0));
    schedule.after(chance.whole('start of a task', 200, 2_000), () => advance(task));
    stirred();
    return taskId;
  };
  const change = (taskId: TaskId, changes: Partial<GlobusTask>) => {
    const record = truth.tasks.get(taskId);
    if (!record || !isLive(taskId)) return;
    truth.tasks.set(taskId, { ...record, ...changes });
    stirred();
    const task = work.get(taskId);
    if (task) schedule.after(100, () => advance(task));
  };
  const ended = (taskId: TaskId, changes: Partial<GlobusTask>) => {
    const task = work.get(taskId);
    if (task && isLive(taskId)) finish(task, { status: 'FAILED', ...changes });
  };

  const isOverRate = () => {
    const window = Math.floor(schedule.now / WINDOW_MILLISECONDS);
    rate = rate.window === window ? { window, count: rate.count + 1 } : { window, count: 1 };
    return rate.count > simulated.callsPerWindow;
  };
  const ruleById = (ruleId: string) => truth.rules.find((rule) => rule.ruleId === ruleId);

  const calls: Globus = {
    ...truth,
    // Rules change at once, and the answer comes after that: so the world learns of it as it happens.
    createAccessRule(rule) {
      const before = new Set(truth.rules.map(({ ruleId }) => ruleId));
      const outcome = truth.createAccessRule(rule);
      const made = truth.rules.find(({ ruleId }) => !before.has(ruleId));
      if (made) watch.created(made);
      return outcome;
    },
    updateAccessRule(change) {
      const before = ruleById(change.ruleId);
      const outcome = truth.updateAccessRule(change);
      const after = ruleById(change.ruleId);
      if (before && after) watch.changed(after, before.permission);
      return outcome;
    },
    deleteAccessRule(deletion) {
      const before = ruleById(deletion.ruleId);
      const outcome = truth.deleteAccessRule(deletion);
      if (before) watch.deleted(before);
      return outcome;
    },
    async findTask(collection, taskId, withinMilliseconds) {
      const isKnown = (work.get(taskId)?.knownFromMilliseconds ?? 0) <= schedule.now;
      return isKnown ? truth.findTask(collection, taskId, withinMilliseconds) : undefined;
    },
    async isOwnedBy(collection, task, principal, withinMilliseconds) {
      // Who is its owner needs no list.
      if (task.ownerId !== principal && !isListed(task.taskId)) return false;
      return truth.isOwnedBy(collection, task, principal, withinMilliseconds);
    },
    async listLiveTasks(collection, principal) {
      return (await truth.listLiveTasks(collection, principal)).filter(({ taskId }) => isListed(taskId));
    },
    async listAllLiveTasks(collection) {
      return (await truth.listAllLiveTasks(collection)).filter(({ taskId }) => isListed(taskId));
    },
    async cancelTask(collection, taskId, message) {
      await truth.cancelTask(collection, taskId, message);
      stirred();
    },
  };
  /** The meter refuses before the call has any effect, which it else has at once. */
  const metered =
    (method: (...args: never[]) => Promise<unknown>) =>
    (...args: never[]): Promise<unknown> =>
      isOverRate() ? Promise.reject(new UnavailableError('Globus answered with 429.')) : method(...args);
  const everyCall = Object.fromEntries(
    Object.entries(calls)
      .filter(([, member]) => typeof member === 'function')
      .map(([name, method]) => [name, metered(method)]),
  ) as unknown as Globus;

  const simulated: SimulatedGlobus = {
    ...everyCall,
    truth,
    work,
    submit,
    isLive,
    cancel: (taskId) => ended(taskId, { fatalError: { code: 'CANCELED', description: 'canceled by the owner' } }),
    pause: (taskId) => change(taskId, { isPaused: true, niceStatus: 'PAUSED' }),
    resume: (taskId) => change(taskId, { isPaused: false, status: 'ACTIVE', niceStatus: 'OK' }),
    suspend: (taskId) => change(taskId, { status: 'INACTIVE', niceStatus: 'CREDENTIAL_EXPIRED' }),
    fail: (taskId, code) => ended(taskId, { fatalError: { code, description: code } }),
    ruleOf: (path, principal) => truth.rules.find((rule) => rule.path === path && rule.principal === principal),
    deleteRuleByHand(ruleId) {
      const index = truth.rules.findIndex((rule) => rule.ruleId === ruleId);
      if (index >= 0) truth.rules.splice(index, 1);
    },
    changeRuleByHand(ruleId, permission) {
      const index = truth.rules.findIndex((rule) => rule.ruleId === ruleId);
      const rule = truth.rules[index];
      if (rule) truth.rules[index] = { ...rule, permission };
    },
    callsPerWindow: CALLS_PER_WINDOW,
  };
  return simulated;
}

/** Only sources may be passed over for want of a rule (G13). */
function passesOver({ skipsErrors, direction }: Submission): boolean {
  return skipsErrors === true && direction === 'download';
}
