import { oneLine, shortDetails } from './one-line.ts';

/** Why a task does not get on, or did not: Globus's code, what it means and what to do, and Globus's own detail. */
export interface GlobusReason {
  /** As Globus writes it, such as `PERMISSION_DENIED`. */
  readonly code: string;
  readonly words: string;
  /** Globus's free text as one short line; null when it says nothing more. */
  readonly details: string | null;
  readonly atEpochSeconds: number | null;
}

/** A task's document, as far as it says how the task stands. */
interface StandingTask {
  readonly status: string;
  readonly isPaused: boolean;
  readonly niceStatus: string | null;
  readonly fatalError: { readonly code: string; readonly description: string } | null;
}

interface ErrorEvent {
  readonly code: string;
  readonly description: string;
  readonly details: string | null;
  readonly atEpochSeconds: number;
}

const LOGIN_NEEDED =
  'Globus needs its owner to log in or to consent again for one of the collections. Log in at Globus with the identity that started it; it then goes on by itself.';
const CONNECTION =
  'The connection to one of the collections failed. Globus tries again by itself; if that goes on for hours, tell the operators of the collection.';
const WRONG_KIND =
  'A path is a directory where a file was expected, or a file where a directory was. Submit the transfer again with the right paths.';
const CHANGED_CHECKSUM =
  'The checksum of a file was not the expected one. Check the source file and its checksum, and transfer it again.';
const STOPPED = 'The transfer was cancelled.';
const PAUSED =
  'An administrator of one of the collections has paused it. It goes on when they resume it; ask them how long that will take.';

/**
 * Event codes and fatal errors of globus-api.md 2.4, in words for whoever started the transfer. Most errors are retried by Globus until the
 * deadline of the task (globus-api.md 2.7), so that mending the cause is enough.
 */
const WORDS: Readonly<Record<string, string>> = {
  ACL_CHANGED: 'The permissions of a collection changed while files were moved. Globus tries again by itself.',
  AMBIGUOUS_PATH:
    'A source path has several meanings for the collection. Name the file by its exact path, and transfer it again.',
  AUTH: LOGIN_NEEDED,
  CANCELED: STOPPED,
  CANCELLED: STOPPED,
  CLOCK: 'The clock of one of the collections is wrong. Tell its operators.',
  CONNECT_FAILED: CONNECTION,
  CONNECTION_BROKEN: CONNECTION,
  CONNECTION_RESET: CONNECTION,
  ENDPOINT_ERROR:
    'One of the collections reports an error of its own. Globus tries again by itself; if it stays, tell the operators of the collection.',
  ENDPOINT_TOO_BUSY:
    'One of the collections is too busy just now. Globus tries again by itself; there is nothing to do but wait.',
  EXPIRED:
    'The transfer did not finish before its deadline. Mend what kept it from getting on, and transfer the files again.',
  EXTERNAL_CHECKSUM_MISMATCH: CHANGED_CHECKSUM,
  FILE_NOT_FOUND:
    'A source file does not exist. Put it where the transfer expects it while the transfer still runs, or cancel and submit it with the right paths.',
  FILE_SIZE_CHANGED: 'A source file changed while it was read. Let nobody write to it; Globus tries again by itself.',
  GC_NOT_CONNECTED:
    'The personal collection is not connected. Start Globus Connect Personal on that computer; the transfer then goes on by itself.',
  GC_PAUSED:
    'Globus Connect Personal is paused on that computer. Resume it there; the transfer then goes on by itself.',
  GSI_DN_MISMATCH: 'One of the collections shows a wrong certificate. Tell its operators.',
  INACTIVE: LOGIN_NEEDED,
  INTERNAL_ERROR: 'Globus reports an internal error. It tries again by itself; if it stays, ask Globus for support.',
  INVALID_PATH_NAME:
    'A path holds characters that the collection does not allow. Rename the file, and transfer it again.',
  INVALID_SERVICE_CREDENTIAL: 'One of the collections has lost its own credential. Tell its operators.',
  INVALID_SYMLINK: 'A symbolic link leads nowhere. Mend it or leave it out, and transfer again.',
  IS_A_DIRECTORY: WRONG_KIND,
  IS_A_FILE: WRONG_KIND,
  LIMIT_EXCEEDED:
    'A limit of Globus or of one of the collections is exceeded. Transfer fewer files at once, or ask the operators of the collection.',
  NO_CREDENTIALS: LOGIN_NEEDED,
  NO_SPACE_LEFT:
    'The destination has no space left. Ask the operators of the collection to make room; the transfer then goes on by itself.',
  NOT_A_DIRECTORY: WRONG_KIND,
  NOT_A_FILE: WRONG_KIND,
  PAUSED,
  PERMISSION_DENIED:
    'A file may not be read at the source, or not written at the destination. Check what you may do on the other collection; the directory of the dataset is open to you only while this transfer is under way.',
  QUEUED: 'It waits in the queue: Globus works on three transfers of one person at a time.',
  QUOTA_EXCEEDED:
    'A quota on the destination is used up. Ask the operators of the collection for more; the transfer then goes on by itself.',
  TIMEOUT: 'One of the collections does not answer in time. Globus tries again by itself.',
  UNKNOWN: 'Globus met an error that it cannot name. It tries again by itself.',
  VERIFY_CHECKSUM: CHANGED_CHECKSUM,
};

/** What a code of Globus's means; its own description for codes that are not known here. */
export function wordsFor(code: string, description = ''): string {
  const said = oneLine(description);
  const known = Object.hasOwn(WORDS, code.toUpperCase()) ? WORDS[code.toUpperCase()] : undefined;
  return (
    known ?? (said === null ? `Globus says ${oneLine(code) ?? 'nothing'}.` : `Globus says ${oneLine(code)}: ${said}`)
  );
}

/**
 * Why a task does not get on now, or did not: what its own document says first, then its latest errors, each code once, the newest of it.
 * @param events - errors only, newest first
 */
export function reasonsOf(task: StandingTask | undefined, events: readonly ErrorEvent[]): readonly GlobusReason[] {
  const reasons = new Map<string, GlobusReason>();
  const codesNow = task ? standingCodes(task) : [];
  for (const { code, description } of codesNow) {
    const latest = events.find((event) => event.code === code);
    reasons.set(
      code,
      latest ? reasonOf(latest) : { code, words: wordsFor(code, description), details: null, atEpochSeconds: null },
    );
  }
  for (const event of events) if (!reasons.has(event.code)) reasons.set(event.code, reasonOf(event));
  return [...reasons.values()];
}

/** What the task's document says of the present, or of its end. */
function standingCodes(task: StandingTask): readonly { readonly code: string; readonly description?: string }[] {
  const { status, isPaused, niceStatus, fatalError } = task;
  const isFine = niceStatus === null || niceStatus === '' || niceStatus === 'OK';
  return [
    ...(fatalError ? [fatalError] : []),
    ...(status === 'INACTIVE' ? [{ code: 'INACTIVE' }] : []),
    ...(isPaused ? [{ code: 'PAUSED' }] : []),
    ...(isFine ? [] : [{ code: niceStatus === 'Queued' ? 'QUEUED' : niceStatus }]),
  ];
}

function reasonOf({ code, description, details, atEpochSeconds }: ErrorEvent): GlobusReason {
  return { code, words: wordsFor(code, description), details: shortDetails(details), atEpochSeconds };
}
