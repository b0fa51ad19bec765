import {
  ForbiddenError,
  NotFoundError,
  UnavailableError,
  UpstreamRefusedError,
} from '../../../functions/domain/errors.ts';

/**
 * What can become of one call on a port, beside that it goes well.
 *
 * `fails`: nothing happens, and the caller is told that it cannot be done now · `denied`: a definite refusal · `not-found`: a 404 that is not
 * true · `lost`: it happens, the answer does not come · `late`: no answer in time, and it happens after that · `hangs`: no answer, and it
 * never happens · `slow`: it takes long · `twice`: the request arrives twice · `outdated`: an answer from an earlier moment ·
 * `dies-before`, `dies-after`, `dies-late`: the process dies without effect, with it, or the effect comes after its death ·
 * `freezes`: the process stands still beyond its time limit and goes on long after it.
 */
export type FaultKind =
  | 'fails'
  | 'denied'
  | 'not-found'
  | 'lost'
  | 'late'
  | 'hangs'
  | 'slow'
  | 'twice'
  | 'outdated'
  | 'dies-before'
  | 'dies-after'
  | 'dies-late'
  | 'freezes';

/** How one method behaves when it is disturbed. */
export interface Disturbance {
  /** What can happen to it. */
  readonly kinds: readonly FaultKind[];
  /** After how many milliseconds without an answer its adapter gives up. */
  readonly patience: number;
  /** An effect without an answer takes place at most so many milliseconds after the call. */
  readonly landsWithin: number;
  /** What the caller is told: returns it, or throws it. */
  told(kind: FaultKind, cause: string): unknown;
}

const DEATHS: readonly FaultKind[] = ['dies-before', 'dies-after', 'dies-late', 'freezes'];
const READ: readonly FaultKind[] = ['fails', 'hangs', 'slow', 'dies-before', 'freezes'];
const ACT: readonly FaultKind[] = ['fails', 'lost', 'late', 'hangs', 'slow', 'twice', ...DEATHS];

/** A call without an answer may land for five minutes (design section 5); what is left of them is the time from noting it to making it. */
const LANDS_WITHIN = 235_000;

function unavailable(cause: string): never {
  throw new UnavailableError(`No answer: ${cause}.`);
}

function refused(cause: string): never {
  throw new UpstreamRefusedError(`Refused: ${cause}.`);
}

const globusRead: Disturbance = {
  kinds: [...READ, 'denied'],
  patience: 20_000,
  landsWithin: 0,
  told: (kind, cause) => (kind === 'denied' ? refused(cause) : unavailable(cause)),
};
const globusAct: Disturbance = {
  ...globusRead,
  kinds: [...ACT, 'denied'],
  landsWithin: LANDS_WITHIN,
};

const GLOBUS: Readonly<Record<string, Disturbance>> = {
  createAccessRule: {
    ...globusAct,
    // It throws only when it certainly had no effect.
    told(kind, cause) {
      if (kind === 'denied') return refused(cause);
      if (kind === 'fails') return unavailable(cause);
      return { kind: 'unknown', reason: cause };
    },
  },
  updateAccessRule: globusAct,
  deleteAccessRule: globusAct,
  makeDirectory: globusAct,
  cancelTask: globusAct,
  // Never repeated by the product; files that are gone are no error.
  deleteFiles: globusAct,
  findTask: {
    ...globusRead,
    kinds: [...globusRead.kinds, 'not-found', 'outdated'],
    told(kind, cause) {
      if (kind === 'not-found') return undefined;
      if (kind === 'denied') throw new ForbiddenError(`Not visible: ${cause}.`);
      return unavailable(cause);
    },
  },
  findFile: { ...globusRead, told: (_kind, cause) => ({ kind: 'unreadable', reason: cause }) },
};

const dataverseRead: Disturbance = {
  kinds: [...READ, 'not-found', 'denied'],
  patience: 15_000,
  landsWithin: 0,
  told(kind, cause) {
    if (kind === 'not-found') throw new NotFoundError('Dataset not found.');
    return kind === 'denied' ? refused(cause) : unavailable(cause);
  },
};
const dataverseAct: Disturbance = { ...dataverseRead, kinds: [...ACT, 'denied'], landsWithin: LANDS_WITHIN };

const DATAVERSE: Readonly<Record<string, Disturbance>> = {
  lock: dataverseAct,
  unlock: dataverseAct,
  addFiles: {
    ...dataverseAct,
    patience: 100_000,
    // Dataverse works on for as long as it takes; the batch waits for its EditInProgress lock.
    landsWithin: 1_200_000,
    told(kind, cause) {
      if (kind === 'fails') return unavailable(cause);
      if (kind === 'denied') return { kind: 'refused', status: 403, message: cause };
      // A 500 of its own ends Dataverse's work; silence does not.
      return { kind: 'unknown', reason: cause, mayStillRun: kind !== 'lost' };
    },
  },
};

/** A read that hangs ends as one that fails does, only later: its failure takes up to all the patience there is. */
const tableRead: Disturbance = {
  kinds: READ.filter((kind) => kind !== 'hangs'),
  patience: 20_000,
  landsWithin: 0,
  told: (_kind, cause) => unavailable(cause),
};
/** An earlier try of the SDK may land after a later one was answered, but not after the last one was given up. */
const tableAct: Disturbance = { ...tableRead, kinds: ACT, landsWithin: 25_000 };
const TABLE_READS = ['read', 'list', 'listBackwards', 'listIndex'];

const workflowAct: Disturbance = { ...tableAct, landsWithin: 30_000 };

/**
 * The disturbances of a method.
 * @param port - `globus`, `dataverse`, `workflow`, or the name of a table
 */
export function disturbanceOf(port: string, method: string): Disturbance {
  switch (port) {
    case 'globus':
      return GLOBUS[method] ?? globusRead;
    case 'dataverse':
      return DATAVERSE[method] ?? dataverseRead;
    case 'workflow':
      return method === 'status' ? tableRead : workflowAct;
    default:
      return TABLE_READS.includes(method) ? tableRead : tableAct;
  }
}

/** The calls with an effect: without one, dying before and after it is the same. */
export function hasEffect({ landsWithin }: Disturbance): boolean {
  return landsWithin > 0;
}

/** Names of failures that callers are told, so that a log or a trace shows which it was; what a status means is the adapters' to say. */
export const CAUSES = [
  'HTTP 429',
  'HTTP 500',
  'HTTP 502',
  'HTTP 503',
  'an HTML page',
  'a cut connection',
  'a reply that is no JSON',
] as const;
