import { createAccessRuleStore } from '../../../functions/adapters/dynamodb/access-rule-store.ts';
import { createDownloadListStore } from '../../../functions/adapters/dynamodb/download-list-store.ts';
import { createFileEntryStore } from '../../../functions/adapters/dynamodb/file-entry-store.ts';
import { createOpenIndex } from '../../../functions/adapters/dynamodb/open-index.ts';
import type { Item } from '../../../functions/adapters/dynamodb/table.ts';
import { createTransferStore } from '../../../functions/adapters/dynamodb/transfer-store.ts';
import { createDatasetLockStore, createTaskClaimStore } from '../../../functions/adapters/dynamodb/versioned-items.ts';
import { createJsonLog } from '../../../functions/adapters/system/json-log.ts';
import type { Settings } from '../../../functions/config.ts';
import type { AccessRuleRow } from '../../../functions/domain/access-rule.ts';
import type { DatasetLockItem } from '../../../functions/domain/dataset-lock.ts';
import type { TaskClaim } from '../../../functions/domain/task-claim.ts';
import { isFinal, type TransferRecord } from '../../../functions/domain/transfer.ts';
import { monitors, tables } from '../../../functions/manifest.ts';
import type { Clock } from '../../../functions/ports/clock.ts';
import type { Ports } from '../../../functions/ports/ports.ts';
import { mortalPorts } from '../../../functions/use-cases/mortal-ports.ts';
import type { Application } from '../../../functions/wiring.ts';
import { transferWorkflowDefinition } from '../../../functions/workflow/definition.ts';
import type { StateMachineDefinition } from '../../../infra/local/workflow-engine/definition.ts';
import { COLLECTION, SOURCE_COLLECTION, START_MILLISECONDS } from '../../support/builders.ts';
import { createInProcessWorkflow, type InProcessWorkflow } from '../fakes/in-process-workflow.ts';
import { createMemoryTable, type MemoryTable } from '../fakes/memory-table.ts';
import { createSimulatedDataverse, type SimulatedDataverse } from '../fakes/simulated-dataverse.ts';
import { createSimulatedGlobus, type SimulatedGlobus } from '../fakes/simulated-globus.ts';
import { type Chance, createChance } from './chance.ts';
import { type GateWorld, gated } from './gate.ts';
import type { Invocation } from './invocation.ts';
import { type FaultPlan, noFaults } from './plan.ts';
import { createPlatform, type Platform } from './platform.ts';
import { Schedule } from './schedule.ts';
import { DATASETS, peopleOf, SIGNING_KEYS, settingsOf } from './site.ts';
import { type Answered, type Invariant, ViolationFound } from './watch.ts';

/** How the platform itself misbehaves. */
export interface PlatformTroubles {
  /** Of a run being refused before it begins. */
  readonly refusals: number;
  /** Of a beat of a monitor being left out, and of one coming twice. */
  readonly skippedBeats: number;
  readonly doubledBeats: number;
  /** Of a reply that never reaches its client. */
  readonly lostReplies: number;
}

export const NO_TROUBLES: PlatformTroubles = { refusals: 0, skippedBeats: 0, doubledBeats: 0, lostReplies: 0 };

export interface SimulationOptions {
  readonly seed: number;
  readonly invariants: readonly Invariant[];
  /** Made with the run's own chance; none when left out. */
  readonly faults?: (chance: Chance) => FaultPlan;
  readonly troubles?: PlatformTroubles;
  readonly settings?: Partial<Settings>;
  /** Longest time until Globus lists a task, in milliseconds: the product relies on ten seconds. */
  readonly slowestListing?: number;
  /** How far an index may lie behind its table, in milliseconds. */
  readonly longestIndexLag?: number;
  /** How far the clocks of two environments may differ, in milliseconds. */
  readonly clockSkew?: number;
  /** How far Globus's clock is ahead of everybody's, in seconds. */
  readonly globusAheadSeconds?: number;
  readonly definition?: StateMachineDefinition;
  /** Receives each line of the story, for a replay. */
  readonly tell?: (line: string) => void;
}

/** Sweeps of the local run come every 30 s, those on AWS every 300 s. */
export const SWEEP_SECONDS = 300;
/** In a quiet world monitors come less and less often, so that months take milliseconds; any event brings them back to their pace. */
const LONGEST_BEAT_MILLISECONDS = 6 * 3_600_000;
const QUIET_BEATS = 5;
/** A run that takes more steps than this never ends. */
const MOST_STEPS = 2_000_000;
const PLATFORM_FAILURES = [
  'Lambda.TooManyRequestsException',
  'Lambda.ServiceException',
  'Lambda.Unknown',
  'Lambda.SdkClientException',
] as const;

/** What people and faults did to the world, as far as invariants have to know it. */
export interface Circumstances {
  /** Tasks that were submitted while their own grant held its rule. */
  readonly entitled: Set<string>;
  /** People deleted or changed rules by hand. */
  handsOnRules: boolean;
  /** Tables were put back to an earlier point: what was accepted after it is forgotten, and clients have to report it again. */
  restored: boolean;
  /** Rules that no row knows, since a table was restored or somebody made them in a place that is ours alone: the sweep has to find them. */
  readonly strayRules: Set<string>;
  /** When the last fault was met, in seconds; undefined before the first. */
  disturbedAtSeconds: number | undefined;
  /** What outside holds transfers up for as long as it lasts: somebody's lock, a missing token. */
  readonly holdUps: Set<string>;
}

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
  readonly invariants: readonly Invariant[];
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
  fail(invariant: Pick<Invariant, 'id' | 'promise' | 'says'>, what: string): void;
  judge<Moment extends keyof Invariant>(moment: Moment, ask: (invariant: Invariant) => string | undefined): void;
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
  let quietBeats = 0;
  /** As last read; undefined after a change. */
  let records: TransferRecord[] | undefined;
  const hurries: (() => void)[] = [];
  let effectsOnTheirWay = 0;
  let sweepsBegun = 0;
  const answers: Answered[] = [];
  const disturbed = () => {
    circumstances.disturbedAtSeconds = Math.floor(schedule.now / 1000);
  };
  const circumstances: Circumstances = {
    entitled: new Set(),
    handsOnRules: false,
    restored: false,
    strayRules: new Set(),
    disturbedAtSeconds: undefined,
    holdUps: new Set(),
  };

  const clockTime = () => {
    const seconds = (schedule.now - schedule.startedAt) / 1000;
    return `${String(Math.floor(seconds / 86_400)).padStart(2, '0')}d ${new Date(schedule.now).toISOString().slice(11, 23)}`;
  };
  /** Task tokens are random, and the only thing that is: they decide nothing. */
  const tell = (who: string, line: () => string) =>
    options.tell?.(`${clockTime()}  ${who.padEnd(28)} ${line().replace(/AQB4[\w-]{40,}/g, '<token>')}`);
  const fail: Simulation['fail'] = ({ id, promise, says }, what) => {
    if (found) return;
    found = new ViolationFound({ id, promise, says, what, atSeconds: (schedule.now - schedule.startedAt) / 1000 });
    tell('VIOLATION', () => `${id}: ${what}`);
  };
  const judge: Simulation['judge'] = (_moment, ask) => {
    for (const invariant of invariants) {
      const wrong = ask(invariant);
      if (wrong !== undefined) fail(invariant, wrong);
    }
  };
  /** In a quiet world monitors come late: now they come at their pace again. */
  const stirred = () => {
    if (quietBeats > QUIET_BEATS) for (const hurry of hurries) hurry();
    quietBeats = 0;
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
      created: (rule) => acting && judge('ruleCreated', (each) => each.ruleCreated?.(sim, rule, acting as Invocation)),
      changed: (rule, before) =>
        acting && judge('ruleChanged', (each) => each.ruleChanged?.(sim, rule, before, acting as Invocation)),
      deleted: (rule) => acting && judge('ruleDeleted', (each) => each.ruleDeleted?.(sim, rule, acting as Invocation)),
    },
  });
  const dataverse = createSimulatedDataverse(DATASETS, {
    locked: (datasetId, lockType) =>
      acting && judge('locked', (each) => each.locked?.(sim, datasetId, lockType, acting as Invocation)),
    unlocked: (datasetId, lockType, owner) =>
      acting && judge('unlocked', (each) => each.unlocked?.(sim, datasetId, lockType, owner, acting as Invocation)),
    registered: (datasetId, files) =>
      acting && judge('registered', (each) => each.registered?.(sim, datasetId, files, acting as Invocation)),
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
        judge('written', (each) => each.written?.(sim, name, change, acting));
        const record = asRecord(change.after);
        if (record) judge('recordWritten', (each) => each.recordWritten?.(sim, asRecord(change.before), record));
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

  let uuids = 0;
  const random = {
    uuid: () => `00000000-0000-4000-8000-${(++uuids).toString(16).padStart(12, '0')}`,
    hex: (bytes: number) =>
      Array.from({ length: bytes }, () => chance.whole('hex', 0, 255).toString(16).padStart(2, '0')).join(''),
    fraction: () => chance.fraction('fraction'),
  };

  const applicationOf = (invocation: Invocation): Application => {
    const skew = options.clockSkew ? chance.whole('clock of an environment', -options.clockSkew, options.clockSkew) : 0;
    const nowMilliseconds = () => schedule.now + skew;
    const clock: Clock = {
      nowMilliseconds,
      nowEpochSeconds: () => Math.floor(nowMilliseconds() / 1000),
      sleep: (milliseconds) =>
        new Promise((resolve) => {
          const wake = () => {
            if (invocation.isDead) return;
            if (schedule.now < invocation.frozenUntil) schedule.at(invocation.frozenUntil, wake);
            else resolve();
          };
          schedule.after(milliseconds, wake);
        }),
    };
    const through = <Port extends object>(port: string, truth: Port): Port => gated(gate, invocation, port, truth);
    const transfers = through('transfers', transfersTable);
    const ports: Ports = {
      clock,
      random,
      log: createJsonLog((line) => {
        log.push(line);
        tell(nameOf(invocation), () => `log ${line.trimEnd()}`);
        judge('logged', (each) => each.logged?.(sim, line));
      }, clock),
      globus: through('globus', globus),
      dataverse: through('dataverse', dataverse),
      transfers: createTransferStore(transfers),
      accessRules: createAccessRuleStore(through('rules', rulesTable)),
      locks: createDatasetLockStore(transfers),
      claims: createTaskClaimStore(transfers),
      files: createFileEntryStore(transfers),
      downloadLists: createDownloadListStore(through('downloads', downloadsTable)),
      open: createOpenIndex(transfers),
      workflow: through('workflow', workflow.workflow),
    };
    const applicationWith = (served: Ports): Application => ({
      settings,
      ports: served,
      signingKeys: async () => SIGNING_KEYS,
      forRequest: (facts, limitMilliseconds) =>
        applicationWith(mortalPorts({ ...served, log: served.log.with(facts) }, limitMilliseconds)),
    });
    return applicationWith(ports);
  };

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
    startedOtherwise: (name) => judge('startedOtherwise', (each) => each.startedOtherwise?.(sim, name)),
    invoke: (functionName, payload) => {
      stirred();
      return platform.run(functionName, payload);
    },
  });

  /** Milliseconds until the next beat. */
  const paceOf = (functionName: string, usual: number): number => {
    const quiet = Math.max(0, quietBeats - QUIET_BEATS);
    // Where something is dead, what is left has to keep its pace.
    if (quiet === 0 || dead.size > 0) return usual;
    const slow = Math.min(LONGEST_BEAT_MILLISECONDS, usual * 2 ** Math.min(quiet, 16));
    if (functionName !== 'sweep') return slow;
    // The sweep is there for what is due and for rows that somebody has left.
    if (sim.rows().some((row) => row.state !== 'PRESENT')) return usual;
    const due = sim.records().flatMap((record) => (isFinal(record.state) ? [] : record.dueAtEpochSeconds * 1000));
    return Math.max(usual, Math.min(slow, Math.min(...due) - schedule.now));
  };

  /** A monitor comes at its pace, also when its last run has not ended. */
  const beatOf = (functionName: string, everySeconds: number): void => {
    const beat = () => {
      quietBeats += 1;
      const pace = paceOf(functionName, everySeconds * 1000);
      next = schedule.after(pace, beat);
      if (dead.has(functionName) || chance.happens(`skipped ${functionName}`, troubles.skippedBeats))
        return disturbed();
      if (functionName === 'sweep') sweepsBegun += 1;
      const times = chance.happens(`doubled ${functionName}`, troubles.doubledBeats) ? 2 : 1;
      for (let time = 0; time < times; time += 1) platform.run(functionName, {}).catch(() => undefined);
    };
    let next = schedule.after(chance.whole(`first beat of ${functionName}`, 0, everySeconds * 1000), beat);
    hurries.push(() => {
      if (next.atMilliseconds <= schedule.now + everySeconds * 1000) return;
      schedule.callOff(next);
      next = schedule.after(everySeconds * 1000, beat);
    });
  };
  for (const { functionName, everySeconds } of monitors) beatOf(functionName, everySeconds);

  const afterStep = () => {
    if (isDirty && !found) {
      isDirty = false;
      judge('afterStep', (each) => each.afterStep?.(sim));
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
    invariants,
    get troubles() {
      return troubles;
    },
    callCounts,
    get sweepsBegun() {
      return sweepsBegun;
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
    fail,
    judge,
    replied(answer) {
      answers.push(answer);
      judge('replied', (each) => each.replied?.(sim, answer));
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
