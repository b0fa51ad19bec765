import type { Permission } from './access-rule.ts';
import type { CollectionId, DatasetId, PrincipalId, TaskId, TransferId, UserName } from './ids.ts';

/** Where a transfer stands (design section 4). */
export type TransferState =
  | 'REQUESTED'
  | 'GRANTED'
  | 'OBSERVED'
  | 'BOUND'
  | 'FOLLOWING'
  | 'SETTLING'
  | 'CLOSED'
  | 'EXPIRING'
  | 'EXPIRED'
  | 'REFUSED'
  | 'ATTENTION';

/** A report's task and body: what it takes to recognise the same report again. */
export interface ReportMark {
  readonly taskId: TaskId;
  /** SHA-256 of the parsed jsonData as canonical JSON. */
  readonly bodyHash: string;
  readonly fileCount: number;
  /** Names its list of files. Another one each time that it is written: what removes an older list cannot meet it. */
  readonly listId: string;
}

/**
 * What an accepted report still lacks. `UNVERIFIED`: Globus did not answer when it came, so that nothing proves yet whose task it is, and
 * the dataset is not locked. `UNLOCKED`: proven, and the dataset's lock was refused so far.
 */
export type Admission = 'FULL' | 'UNVERIFIED' | 'UNLOCKED';

/** One line of a transfer's audit trail. */
export interface TrailEntry {
  readonly atEpochSeconds: number;
  readonly state: TransferState;
  /** The worker that wrote it, such as `end-lease`. */
  readonly by: string;
  readonly why: string;
}

/** How the task ended. `cancelled` is a FAILED that the owner or an administrator asked for. */
export interface TaskOutcome {
  readonly status: 'SUCCEEDED' | 'FAILED';
  readonly cancelled: boolean;
  /** Globus has forgotten which files it copied (G11). */
  readonly historyDeleted: boolean;
  readonly reason: string | null;
}

/** The header item of a transfer: the one place where its state is decided, always by a conditional write on `version`. */
export interface TransferRecord {
  readonly schemaVersion: 1;
  readonly transferId: TransferId;
  readonly datasetId: DatasetId;
  readonly version: number;
  readonly state: TransferState;
  readonly userName: UserName;
  readonly principal: PrincipalId;
  readonly storeId: string;
  readonly bucket: string | null;
  readonly collectionId: CollectionId;
  /** The dataset's directory, where the access rule stands; ends in `/`. */
  readonly path: string;
  readonly permission: Permission;
  /** Key of the identifiers' HMAC, hex. */
  readonly identifierSeed: string;
  readonly numberOfFiles: number;
  readonly grantedAtEpochSeconds: number;
  readonly leaseEndsAtEpochSeconds: number;
  /** When the row of the rule it holds was born: looks at live tasks go back to then. */
  readonly ruleBornAtEpochSeconds: number;
  /** Who works on the record now; nobody else acts before `dueAtEpochSeconds`. */
  readonly takenBy: string | null;
  /** When somebody must look at this transfer again, at the latest. */
  readonly dueAtEpochSeconds: number;
  /** Number of the execution that follows it. */
  readonly executionNumber: number;
  /** Token of the workflow step that waits for the report. */
  readonly taskToken: string | null;
  /** A report being worked on: while it is set nothing expires. */
  readonly report: ReportMark | null;
  /** The report that was accepted. */
  readonly bound: ReportMark | null;
  /** Until when the workflow waits at the longest before it looks at a task again; null while it does not wait for one. */
  readonly nextLookAtEpochSeconds: number | null;
  /** Looks at the task since the report. */
  readonly looks: number;
  readonly outcome: TaskOutcome | null;
  readonly ruleReleased: boolean;
  readonly registration: RegistrationProgress | null;
  /** Second look of an expiring lease: not before then. */
  readonly secondLookAtEpochSeconds: number | null;
  /** Why an operator should look, and the state it goes back to. */
  readonly attention: {
    readonly reason: string;
    readonly resumes: TransferState;
    /** How many times in a row it was raised; each time the workflow waits longer. Absent in old records: 1. */
    readonly times?: number;
  } | null;
  /** The transfer that took over the rule for a live task nobody reported, when this one settled. */
  readonly observedAs: TransferId | null;
  /** Times a rule was taken from a live task and given back (F-15); the target is 0. */
  readonly breaches: number;
  readonly idempotencyHash: string | null;
  readonly admission: Admission;
  /** Why a report that was accepted unverified turned out to be of another task: then nothing is registered. */
  readonly rejection: string | null;
  /** Live tasks seen that nobody reported: their end is waited for. */
  readonly observedTaskIds: readonly TaskId[];
  /** A report accepted unverified seems to be of another task: since when. It is turned away when a later look says the same. */
  readonly doubtedSinceEpochSeconds: number | null;
  /** Globus knows no such task: since when, and how many looks said so (F-40). */
  readonly missing: { readonly sinceEpochSeconds: number; readonly looks: number } | null;
  /** Executions started in a row by the sweep without any change of state since. */
  readonly successorsInVain: number;
  /** The transfer whose storage identifiers these are: itself, or the first one it continues. */
  readonly identifiersOf: TransferId;
  /** Its rule was proven once: a report may have found it, or may still. */
  readonly wasGranted: boolean;
  /** The expired transfer whose late report this one serves. */
  readonly continues: TransferId | null;
  /** The transfer that serves a report that came after this one's end. */
  readonly continuedBy: TransferId | null;
  readonly trail: readonly TrailEntry[];
}

/** How far registration has come. */
export interface RegistrationProgress {
  /** Files of the next batch, aimed at 60 s each. */
  readonly batchSize: number;
  /** Batches sent so far; counted before each is sent, so that no two share a number. */
  readonly batchesSent: number;
  /** The last batch was sent as the service account: Dataverse's own lock then looks like ours. */
  readonly sentAsService: boolean;
  /** Files that Dataverse lists. */
  readonly registered: number;
  /** Files that will not be registered. */
  readonly failed: number;
  /** Until then a batch without an answer may still be at work in Dataverse. */
  readonly unsettledUntilEpochSeconds: number | null;
  /** Rounds in a row that brought nothing: a batch after which nothing new was listed, a lock in the way, no answer. */
  readonly fruitlessRounds: number;
  /** Every file has its result. */
  readonly isComplete: boolean;
}

/** The parts of a record that its workers fill in: how they stand at its birth. */
export const NOTHING_DONE = {
  executionNumber: 1,
  taskToken: null,
  report: null,
  bound: null,
  nextLookAtEpochSeconds: null,
  looks: 0,
  outcome: null,
  ruleReleased: false,
  registration: null,
  secondLookAtEpochSeconds: null,
  attention: null,
  observedAs: null,
  breaches: 0,
  admission: 'FULL',
  rejection: null,
  observedTaskIds: [],
  doubtedSinceEpochSeconds: null,
  missing: null,
  successorsInVain: 0,
  wasGranted: false,
  continues: null,
  continuedBy: null,
} as const satisfies Partial<TransferRecord>;

const FINAL_STATES: readonly TransferState[] = ['CLOSED', 'EXPIRED', 'REFUSED'];

/** No step follows; monitors and sweep leave it alone. */
export function isFinal(state: TransferState): boolean {
  return FINAL_STATES.includes(state);
}

/** Longest reason kept in a record: a header must stay far below 400 KB (A13), whatever a platform's error texts are like. */
const LONGEST_REASON = 500;

/** A reason as it is kept; the message alone where the platform wrapped it into JSON with a stack trace. */
export function shortReason(text: string): string {
  const wrapped = /"errorMessage":"((?:[^"\\]|\\.)*)"/.exec(text)?.[1];
  const prefix = wrapped === undefined ? '' : text.slice(0, Math.max(0, text.indexOf('{')));
  return `${prefix}${wrapped ?? text}`.slice(0, LONGEST_REASON);
}

/**
 * Does a change belong into the audit trail? Every change of state, and what is done to rule, report, registration and execution in between;
 * looks and waits do not.
 */
export function isNewsworthy(before: TransferRecord, after: TransferRecord): boolean {
  const facts = (record: TransferRecord) =>
    JSON.stringify([
      record.state,
      record.report?.taskId,
      record.admission,
      record.ruleReleased,
      record.registration?.batchesSent,
      record.registration?.sentAsService,
      record.executionNumber,
      record.observedAs,
      record.continuedBy,
      record.breaches,
    ]);
  return facts(before) !== facts(after);
}

/** Longest audit trail kept in the header; beyond it the oldest entries but the first go. */
const MAX_TRAIL_ENTRIES = 200;

/** The trail with one more entry. */
export function extendTrail(trail: readonly TrailEntry[], entry: TrailEntry): readonly TrailEntry[] {
  const longer = [...trail, entry];
  return longer.length <= MAX_TRAIL_ENTRIES ? longer : [...longer.slice(0, 1), ...longer.slice(2)];
}

/** Quick looks after the report, so that small transfers finish in seconds (design section 8). */
const QUICK_LOOK_WAITS_SECONDS = [2, 3, 4, 4, 4, 5, 6, 8, 10, 12] as const;
/** Then the task monitor calls when the task has ended; should it be dead, there is a look after 1, 3, 9 and each 24 hours all the same. */
const TOKEN_WAITS_SECONDS = [3_600, 10_800, 32_400, 86_400] as const;
/** A wait longer than this is a wait for the task monitor's call; the workflow's definition holds the same number. */
export const LONGEST_PAUSE_BEFORE_LOOK_SECONDS = 60;

/** Seconds to wait before look number `looks` (0 is the first): at the longest, where the task monitor may call earlier. */
export function lookWaitSeconds(looks: number): number {
  return QUICK_LOOK_WAITS_SECONDS[looks] ?? tokenWaitSeconds(looks - QUICK_LOOK_WAITS_SECONDS.length);
}

/** Seconds that round number `round` (0 is the first) of a wait for a call takes at the longest. */
function tokenWaitSeconds(round: number): number {
  return TOKEN_WAITS_SECONDS[Math.min(round, TOKEN_WAITS_SECONDS.length - 1)] ?? 86_400;
}

/** An unreported live task is looked at again after this long at first. */
export const OBSERVE_SECONDS = 60;
/** Looks at an unreported task before its end is waited for like that of a reported one. */
const OBSERVE_WAITS_SECONDS = [OBSERVE_SECONDS, 180, 600] as const;

/** Seconds to wait before an unreported live task is looked at again: at the longest, where the task monitor may call earlier. */
export function observeWaitSeconds(looks: number): number {
  return OBSERVE_WAITS_SECONDS[looks] ?? tokenWaitSeconds(looks - OBSERVE_WAITS_SECONDS.length);
}

/** The workflow gets this much time beyond a step's wait before the sweep counts a transfer as past due. */
const PAST_DUE_MARGIN_SECONDS = 120;

/** During a long wait the sweep asks once an hour whether the execution still lives. */
const LONGEST_UNSEEN_SECONDS = 3_600;

/** When the sweep must look at a transfer whose workflow comes again after `waitSeconds`. */
export function dueAfter(nowEpochSeconds: number, waitSeconds: number): number {
  return nowEpochSeconds + Math.min(waitSeconds, LONGEST_UNSEEN_SECONDS) + PAST_DUE_MARGIN_SECONDS;
}

/** Does the workflow still wait for the end of a task? During such a wait the sweep asks only whether the execution lives. */
export function isWaitingForTask(record: TransferRecord, nowEpochSeconds: number): boolean {
  const isLongWait = ['BOUND', 'FOLLOWING', 'OBSERVED'].includes(record.state);
  return isLongWait && (record.nextLookAtEpochSeconds ?? 0) > nowEpochSeconds;
}

/** What a workflow step leaves to do next, and how long to wait before it. */
export interface StepResult {
  readonly next: 'LEASE' | 'REPORT' | 'FOLLOW' | 'RELEASE' | 'REGISTER' | 'CLOSE' | 'DONE';
  /** Whole seconds; for `REPORT` the longest time to wait for the report. */
  readonly waitSeconds: number;
}

/** What has to be done next for a transfer, judged by its record alone: any execution, or none, can go on from here. */
export function nextStep(record: TransferRecord, nowEpochSeconds: number): StepResult {
  const state = record.state === 'ATTENTION' ? (record.attention?.resumes ?? 'FOLLOWING') : record.state;
  switch (state) {
    case 'REQUESTED':
    case 'GRANTED':
      return record.leaseEndsAtEpochSeconds > nowEpochSeconds
        ? { next: 'REPORT', waitSeconds: record.leaseEndsAtEpochSeconds - nowEpochSeconds }
        : { next: 'LEASE', waitSeconds: 0 };
    case 'OBSERVED':
    case 'EXPIRING':
    case 'ATTENTION':
      return { next: 'LEASE', waitSeconds: 0 };
    case 'BOUND':
    case 'FOLLOWING':
      return { next: 'FOLLOW', waitSeconds: lookWaitSeconds(record.looks) };
    case 'SETTLING':
      if (!record.ruleReleased) return { next: 'RELEASE', waitSeconds: 0 };
      return { next: record.registration?.isComplete ? 'CLOSE' : 'REGISTER', waitSeconds: 0 };
    case 'CLOSED':
    case 'EXPIRED':
    case 'REFUSED':
      return { next: 'DONE', waitSeconds: 0 };
  }
}
