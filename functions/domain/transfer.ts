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

/** When a dataset is locked for an upload: `transfer` from its report on, `registration` only while its files are registered. */
export type LockPolicy = 'transfer' | 'registration';

/** A report's task and body: what it takes to recognise the same report again. */
export interface ReportMark {
  readonly taskId: TaskId;
  /** SHA-256 of the parsed jsonData as canonical JSON. */
  readonly bodyHash: string;
  readonly fileCount: number;
  /** Names its list of files. Another one each time that it is written: what removes an older list cannot meet it. */
  readonly listId: string;
  /** As it was set when the report came, whatever is set later. Absent: `transfer`. */
  readonly lockPolicy?: LockPolicy;
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
  /** The files that a download was granted for. Absent in uploads. */
  readonly download?: DownloadFiles | undefined;
  /** An owner or operator gave the transfer up: what is not registered by then never will be. */
  readonly givenUp?: { readonly by: UserName; readonly atEpochSeconds: number } | null;
  /** What an owner or operator last asked for. */
  readonly steered?: Steering | null;
  /** An operator had what it left on the collection deleted: it cannot be retried, nor reported late. */
  readonly discarded?: { readonly by: UserName; readonly atEpochSeconds: number } | null;
  readonly trail: readonly TrailEntry[];
}

/** An intervention of a transfer's owner or of an operator, by the name of the call that asked for it. */
export interface Steering {
  readonly action: 'cancel' | 'release' | 'retry';
  readonly by: UserName;
  readonly atEpochSeconds: number;
}

/** Names the list of a download's files, which lies under the transfer that `identifiersOf` names. */
export interface DownloadFiles {
  /** The same for the same files. */
  readonly listId: string;
  readonly fileCount: number;
}

/** Which way a transfer's files go. */
export function directionOf({ download }: Pick<TransferRecord, 'download'>): 'upload' | 'download' {
  return download ? 'download' : 'upload';
}

/** Does a report lock its dataset for as long as its task runs? A download never does. */
export function locksWhileTransferring(record: TransferRecord, { lockPolicy }: ReportMark): boolean {
  return directionOf(record) === 'upload' && lockPolicy !== 'registration';
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
  /** Rounds in a row in which another upload into the dataset was being registered. Absent: none. */
  readonly roundsInLine?: number;
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
  givenUp: null,
  steered: null,
} as const satisfies Partial<TransferRecord>;

const FINAL_STATES: readonly TransferState[] = ['CLOSED', 'EXPIRED', 'REFUSED'];

/** No step follows; monitors and sweep leave it alone. */
export function isFinal(state: TransferState): boolean {
  return FINAL_STATES.includes(state);
}
