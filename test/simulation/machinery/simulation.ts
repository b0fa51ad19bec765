import type { Item } from '../../../functions/adapters/dynamodb/table.ts';
import type { Settings } from '../../../functions/config.ts';
import type { AccessRuleRow } from '../../../functions/domain/access-rule.ts';
import type { DatasetLockItem } from '../../../functions/domain/dataset-lock.ts';
import type { RegistrableFile } from '../../../functions/domain/registration.ts';
import type { TaskClaim } from '../../../functions/domain/task-claim.ts';
import { isFinal, type TransferRecord } from '../../../functions/domain/transfer.ts';
import { tables } from '../../../functions/manifest.ts';
import type { AccessRule, Permission } from '../../../functions/ports/globus.ts';
import { transferWorkflowDefinition } from '../../../functions/workflow/definition.ts';
import type { StateMachineDefinition } from '../../../infra/local/workflow-engine/definition.ts';
import { COLLECTION, SOURCE_COLLECTION, START_MILLISECONDS } from '../../support/builders.ts';
import { createInProcessWorkflow, type InProcessWorkflow } from '../fakes/in-process-workflow.ts';
import { createMemoryTable, type MemoryTable } from '../fakes/memory-table.ts';
import { createSimulatedDataverse, type SimulatedDataverse } from '../fakes/simulated-dataverse.ts';
import { createSimulatedGlobus, type SimulatedGlobus } from '../fakes/simulated-globus.ts';
import { createApplications } from './application.ts';
import { type Chance, createChance } from './chance.ts';
import { type Circumstances, freshCircumstances } from './circumstances.ts';
import type { GateWorld } from './gate.ts';
import type { Invocation } from './invocation.ts';
import { startMonitors } from './monitors.ts';
import { NO_TROUBLES, type PlatformTroubles, type SimulationOptions } from './options.ts';
import { type FaultPlan, noFaults } from './plan.ts';
import { createPlatform, type Platform } from './platform.ts';
import { Schedule } from './schedule.ts';
import { DATASETS, peopleOf, settingsOf } from './site.ts';
import { type Answered, type Invariant, ViolationFound } from './watch.ts';

/** A run that takes more steps than this never ends. */
const MOST_STEPS = 2_000_000;
const PLATFORM_FAILURES = [
  'Lambda.TooManyRequestsException',
  'Lambda.ServiceException',
  'Lambda.Unknown',
  'Lambda.SdkClientException',
] as const;

/** The whole world of one run: the product's own handlers, monitors and workflow over fakes, in virtual time, with chance from one seed. */
export interface Simulation {
  readonly schedule: Schedule;
  readonly chance: Chance;
  readonly globus: SimulatedGlobus;
  readonly dataverse: SimulatedDataverse;
  readonly workflow: InProcessWorkflow;
  readonly platform: Platform;
  readonly faults: FaultPlan;
  readonly settings: Settings;
  readonly transfersTable: MemoryTable;
  readonly rulesTable: MemoryTable;
  readonly log: readonly string[];
  /** Functions that the platform does not run at all: dead monitors, and a dead workflow. */
  readonly dead: Set<string>;
  readonly circumstances: Circumstances;
  /** Rules made by people, which are nobody's of ours. */
  readonly foreignRules: Set<string>;
  readonly troubles: PlatformTroubles;
  records(): readonly TransferRecord[];
  rows(): AccessRuleRow[];
  lockItems(): DatasetLockItem[];
  claims(): TaskClaim[];
  find(transferId: string): TransferRecord | undefined;
  /** Calls so far by name, for choosing the place of a fault. */
  readonly callCounts: ReadonlyMap<string, number>;
  /** Beats of the sweep so far that were not left out. */
  readonly sweepsBegun: number;
  /** Effects that nobody waits for any more and that are still to come. */
  readonly effectsOnTheirWay: number;
  /** Every reply of a function to a client, in order. */
  readonly answers: readonly Answered[];
  /** Lets time pass until something is so. @returns false when it was not so within the given time */
  until(isSo: () => boolean, withinSeconds: number): Promise<boolean>;
  pass(seconds: number): Promise<void>;
  /** People or the platform did something that keeps the product from its usual pace for a while. */
  disturb(): void;
  /** No fault and no trouble from now on. */
  calm(): void;
  /** A sleep of people's. */
  sleep(seconds: number): Promise<void>;
  /** Something happened that is no beat of a monitor. */
  stirred(): void;
  tell(who: string, line: () => string): void;
  /** Asks every invariant; the first that finds something wrong ends the run. */
  judge(ask: (invariant: Invariant) => string | undefined): void;
  replied(answer: Answered): void;
  nowSeconds(): number;
  close(): void;
}

export function createSimulation(options: SimulationOptions): Simulation {
  const { seed, invariants } = options;
  const schedule = new Schedule(START_MILLISECONDS);
  const chance = createChance(seed);
  const faults = options.faults?.(chance) ?? noFaults();
  let troubles = options.troubles ?? NO_TROUBLES;
  const settings = settingsOf(options.settings);
  const callCounts = new Map<string, number>();
  const log: string[] = [];
  let found: ViolationFound | undefined;
  let acting: Invocation | undefined;
  let isDirty = true;
  /** As last read; undefined after a change. */
  let records: TransferRecord[] | undefined;
  let effectsOnTheirWay = 0;
  const answers: Answered[] = [];
  const disturbed = () => {
    circumstances.disturbedAtSeconds = Math.floor(schedule.now / 1000);
  };
  const circumstances = freshCircumstances();

  const clockTime = () => {
    const seconds = (schedule.now - schedule.startedAt) / 1000;
    return `${String(Math.floor(seconds / 86_400)).padStart(2, '0')}d ${new Date(schedule.now).toISOString().slice(11, 23)}`;
  };
  /** Task tokens are random, and the only thing that is: they decide nothing. */
  const tell = (who: string, line: () => string) =>
    options.tell?.(`${clockTime()}  ${who.padEnd(28)} ${line().replace(/AQB4[\w-]{40,}/g, '<token>')}`);
  const fail = ({ id, promise, says }: Invariant, what: string) => {
    if (found) return;
    found = new ViolationFound({ id, promise, says, what, atSeconds: (schedule.now - schedule.startedAt) / 1000 });
    tell('VIOLATION', () => `${id}: ${what}`);
  };
  const judge: Simulation['judge'] = (ask) => {
    for (const invariant of invariants) {
      const wrong = ask(invariant);
      if (wrong !== undefined) fail(invariant, wrong);
    }
  };
  const stirred = () => beats.stirred();
  /** An effect at Globus or Dataverse: what must be so after a step is asked again, also where no table changed. */
  const effect =
    <Args extends readonly unknown[]>(ask: (by: Invocation, ...args: Args) => void) =>
    (...args: Args): void => {
      isDirty = true;
      if (acting) ask(acting, ...args);
    };
  const nameOf = (invocation: Invocation) => `${invocation.functionName}/${invocation.number}`;
  const trace = (invocation: Invocation, line: () => string) => tell(nameOf(invocation), line);

  const globus = createSimulatedGlobus({
    schedule,
    chance,
    collectionId: COLLECTION,
    elsewhere: SOURCE_COLLECTION,
    slowestListing: options.slowestListing ?? 0,
    aheadSeconds: options.globusAheadSeconds ?? 0,
    stirred,
    watch: {
      created: effect((by, rule: AccessRule) => judge((each) => each.ruleCreated?.(sim, rule, by))),
      changed: effect((by, rule: AccessRule, before: Permission) =>
        judge((each) => each.ruleChanged?.(sim, rule, before, by)),
      ),
      deleted: effect((by, rule: AccessRule) => judge((each) => each.ruleDeleted?.(sim, rule, by))),
    },
  });
  const dataverse = createSimulatedDataverse(DATASETS, {
    locked: effect((by, datasetId: string, lockType: string) =>
      judge((each) => each.locked?.(sim, datasetId, lockType, by)),
    ),
    unlocked: effect((by, datasetId: string, lockType: string, owner: string) =>
      judge((each) => each.unlocked?.(sim, datasetId, lockType, owner, by)),
    ),
    registered: effect((by, datasetId: string, files: readonly RegistrableFile[]) =>
      judge((each) => each.registered?.(sim, datasetId, files, by)),
    ),
  });
  peopleOf(dataverse);

  const makeTable = (name: 'transfers' | 'accessRules' | 'downloads'): MemoryTable => {
    const { partitionKey, sortKey } = tables[name];
    return createMemoryTable({
      name,
      keyNames: [partitionKey, sortKey],
      lag(change) {
        const longest = options.longestIndexLag ?? 0;
        if (longest === 0) change();
        else schedule.after(chance.whole('lag of the index', 0, longest), change);
      },
      written(change) {
        isDirty = true;
        records = undefined;
        judge((each) => each.written?.(sim, name, change, acting));
        const record = asRecord(change.after);
        if (record) judge((each) => each.recordWritten?.(sim, asRecord(change.before), record));
      },
      restored() {
        isDirty = true;
        records = undefined;
      },
    });
  };
  const transfersTable = makeTable('transfers');
  const rulesTable = makeTable('accessRules');
  const downloadsTable = makeTable('downloads');

  const gate: GateWorld = {
    schedule,
    chance,
    faults,
    acting(invocation) {
      acting = invocation;
      isDirty = true;
    },
    trace,
    disturbed,
    onItsWay(change) {
      effectsOnTheirWay += change;
    },
    died: (invocation) => platform.died(invocation),
    counted(call) {
      const count = (callCounts.get(call) ?? 0) + 1;
      callCounts.set(call, count);
      return count;
    },
  };

  const applicationOf = createApplications({
    gate,
    settings,
    clockSkew: options.clockSkew ?? 0,
    truth: { globus, dataverse, transfers: transfersTable, rules: rulesTable, downloads: downloadsTable },
    workflow: () => workflow.workflow,
    logged(invocation, line) {
      log.push(line);
      tell(nameOf(invocation), () => `log ${line.trimEnd()}`);
      judge((each) => each.logged?.(sim, line));
    },
  });

  const dead = new Set<string>();
  const platform = createPlatform({
    schedule,
    chance,
    applicationOf,
    trace,
    refusal(functionName) {
      const isDead = dead.has(functionName);
      if (!isDead && !chance.happens(`refusal of ${functionName}`, troubles.refusals)) return undefined;
      disturbed();
      return isDead ? 'Lambda.ServiceException' : chance.pick('failure of the platform', PLATFORM_FAILURES);
    },
  });
  const workflow = createInProcessWorkflow({
    definition: options.definition ?? (transferWorkflowDefinition as unknown as StateMachineDefinition),
    clock: schedule.asLocalClock(),
    fraction: () => chance.fraction('jitter of a retry'),
    startedOtherwise: (name) => judge((each) => each.startedOtherwise?.(sim, name)),
    invoke: (functionName, payload) => {
      stirred();
      return platform.run(functionName, payload);
    },
  });

  const beats = startMonitors({
    schedule,
    chance,
    dead,
    troubles: () => troubles,
    run: (functionName) => void platform.run(functionName, {}).catch(() => undefined),
    leftOut: disturbed,
    isSomethingLeft: () => sim.rows().some((row) => row.state !== 'PRESENT'),
    nextDueMilliseconds: () =>
      Math.min(...sim.records().flatMap((record) => (isFinal(record.state) ? [] : record.dueAtEpochSeconds * 1000))),
  });

  const afterStep = () => {
    if (isDirty && !found) {
      isDirty = false;
      judge((each) => each.afterStep?.(sim));
    }
    if (found) throw found;
    if (schedule.steps > MOST_STEPS) throw new Error(`seed ${seed} takes more than ${MOST_STEPS} steps`);
  };

  const sim: Simulation = {
    schedule,
    chance,
    globus,
    dataverse,
    workflow,
    platform,
    faults,
    settings,
    transfersTable,
    rulesTable,
    log,
    dead,
    circumstances,
    foreignRules: new Set(),
    get troubles() {
      return troubles;
    },
    callCounts,
    get sweepsBegun() {
      return beats.sweepsBegun();
    },
    get effectsOnTheirWay() {
      return effectsOnTheirWay;
    },
    answers,
    records() {
      records ??= [...transfersTable.items()].flatMap((item) => asRecord(item) ?? []);
      return records;
    },
    rows: () => [...rulesTable.items()].filter((item) => 'holders' in item) as unknown as AccessRuleRow[],
    lockItems: () => ofType(transfersTable, 'lock') as unknown as DatasetLockItem[],
    claims: () => ofType(transfersTable, 'claim') as unknown as TaskClaim[],
    find: (transferId) => asRecord(transfersTable.find({ pk: transferId.split('-')[0], sk: transferId })),
    async until(isSo, withinSeconds) {
      const deadline = schedule.now + withinSeconds * 1000;
      for (;;) {
        if (isSo()) return true;
        const next = await schedule.step(deadline);
        afterStep();
        if (!next) {
          schedule.now = Math.max(schedule.now, deadline);
          return isSo();
        }
      }
    },
    async pass(seconds) {
      await sim.until(() => false, seconds);
    },
    disturb: disturbed,
    calm() {
      if (circumstances.disturbedAtSeconds !== undefined) disturbed();
      faults.stop();
      troubles = NO_TROUBLES;
      stirred();
    },
    sleep: (seconds) => new Promise((resolve) => schedule.after(seconds * 1000, resolve)),
    stirred,
    tell,
    judge,
    replied(answer) {
      answers.push(answer);
      judge((each) => each.replied?.(sim, answer));
    },
    nowSeconds: () => Math.floor(schedule.now / 1000),
    close: () => workflow.close(),
  };
  return sim;
}

function asRecord(item: Item | undefined): TransferRecord | undefined {
  return item?.['itemType'] === 'transfer' ? (item as unknown as TransferRecord) : undefined;
}

function ofType(table: MemoryTable, itemType: string): Item[] {
  return [...table.items()].filter((item) => item['itemType'] === itemType);
}
