import type { CallPattern, Control, Milestone, Moment, Phase, Sight, StandIn } from './moment.ts';

const MAKE_DIRECTORY: CallPattern = { method: 'POST', target: '/mkdir$' };
const LIST_RULES: CallPattern = { method: 'GET', target: '/access_list$' };
const MAKE_RULE: CallPattern = { method: 'POST', target: '/access$' };
const DELETE_RULE: CallPattern = { method: 'DELETE', target: '/access/' };
const READ_TASK: CallPattern = { method: 'GET', target: '/endpoint_manager/task/[^/]+$' };
const LOCK_FOR_UPLOAD: CallPattern = { method: 'POST', target: '/lock/GlobusUpload' };
const UNLOCK_UPLOAD: CallPattern = { method: 'DELETE', target: '/locks\\?type=GlobusUpload' };
/** As the functions ask, not as the client does. */
const READ_LOCKS: CallPattern = { method: 'GET', target: '^/api/v1/datasets/\\d+/locks' };
const ADD_FILES: CallPattern = { method: 'POST', target: '/addFiles\\?' };

/** No look comes after the end of a task so slow, however busy the machine: the task monitor would read it then as well. */
const SLOW_BYTES_PER_SECOND = 50_000;

type UploadMoment = Omit<Moment, 'number' | 'direction'>;

const IN_THEIR_ORDER: readonly UploadMoment[] = [
  after('grant', 'the client asks for paths', 'asks for paths', 0),
  inCall('grant', 'Globus is asked which rules there are, and the record has no row yet', 'globus', LIST_RULES),
  inCall('grant', 'Globus is asked to make a directory, and there is no rule yet', 'globus', MAKE_DIRECTORY),
  inCall('grant', 'the call that makes the rule is sent, and does not arrive', 'globus', MAKE_RULE),
  {
    ...inCall('grant', 'the rule is made, and the answer is lost', 'globus', MAKE_RULE),
    controls: [loseAnswer('globus', MAKE_RULE), hang('globus', MAKE_RULE)],
  },
  seen('grant', 'Globus shows the rule', { kind: 'rule' }),
  seen('grant', 'the log says GRANTED', stateLine('GRANTED')),

  after('wait for report', 'the client has its paths', 'has its paths', 0),
  seen('wait for report', 'the workflow waits for the report', stepLine({ step: 'await-report' })),
  after('wait for report', '200 ms after the transfer was submitted', 'has submitted its transfer', 200),

  after('report', '60 ms after the client reported its files', 'reports its task', 60),
  inCall('report', 'Globus is asked about the task that is reported', 'globus', READ_TASK),
  inCall('report', 'the call that locks the dataset is sent, and does not arrive', 'dataverse', LOCK_FOR_UPLOAD),
  {
    ...seen('report', 'the dataset is locked, and the answer is lost', uploadLock()),
    controls: [loseAnswer('dataverse', LOCK_FOR_UPLOAD), hang('dataverse', LOCK_FOR_UPLOAD)],
  },
  seen('report', 'the log says BOUND', stateLine('BOUND')),

  {
    ...after('task', '800 ms after the report was accepted, while the task runs', 'has its report accepted', 800),
    controls: [speed(SLOW_BYTES_PER_SECOND)],
  },
  {
    // The first read is the report's.
    ...inCall('task', 'the first look at the running task waits for Globus', 'globus', READ_TASK, 2),
    controls: [speed(SLOW_BYTES_PER_SECOND), pass('globus', READ_TASK, 1), hang('globus', READ_TASK)],
  },
  {
    ...seen(
      'task',
      'Globus has said SUCCEEDED once, and is about to be asked again',
      callSight('globus', READ_TASK, 2),
    ),
    plusMilliseconds: 200,
  },

  seen('release', 'the log says SETTLING', stateLine('SETTLING')),
  inCall('release', 'the call that deletes the rule is sent, and does not arrive', 'globus', DELETE_RULE),
  {
    ...inCall('release', 'the rule is deleted, and the answer is lost', 'globus', DELETE_RULE),
    controls: [loseAnswer('globus', DELETE_RULE), hang('globus', DELETE_RULE)],
  },
  seen('release', 'the log says that the rule is deleted', { kind: 'log', event: 'access-rule-deleted' }),

  inCall('registration', 'both locks stand, and the upload’s is about to go', 'dataverse', UNLOCK_UPLOAD),
  inCall('registration', 'a batch is sent, and does not arrive', 'dataverse', ADD_FILES),
  {
    ...seen('registration', 'Dataverse is saving a batch', {
      kind: 'lock',
      lockType: 'EditInProgress',
      userName: 'curator',
    }),
    controls: [{ to: 'dataverse', path: '/register-delay', body: { millisecondsPerFile: 300 } }],
    plusMilliseconds: 400,
  },
  {
    ...inCall('registration', 'a batch is saved, and the answer is lost', 'dataverse', ADD_FILES),
    controls: [loseAnswer('dataverse', ADD_FILES)],
  },
  seen('registration', 'Dataverse lists the files of a batch', { kind: 'files' }),

  {
    // Those before were of the report and of the hand-over to registration.
    ...inCall('close', 'the last look at the locks before closing waits for Dataverse', 'dataverse', READ_LOCKS, 3),
    controls: [pass('dataverse', READ_LOCKS, 2), hang('dataverse', READ_LOCKS)],
  },
  seen('close', 'the log says CLOSED', stateLine('CLOSED')),
  { ...seen('close', '300 ms after the log said CLOSED', stateLine('CLOSED')), plusMilliseconds: 300 },
];

/** Moments at which the whole local stack is killed, chosen by hand, in the order of an upload. */
export const MOMENTS: readonly Moment[] = IN_THEIR_ORDER.map((moment, index) => ({
  ...moment,
  number: index + 1,
  direction: 'upload',
}));

function seen(phase: Phase, name: string, sight: Sight): UploadMoment {
  return { name, phase, controls: [], sight, plusMilliseconds: 0 };
}

function after(phase: Phase, name: string, milestone: Milestone, plusMilliseconds: number): UploadMoment {
  return { ...seen(phase, name, { kind: 'client', milestone }), plusMilliseconds };
}

/** While a call has no answer: the stand-in leaves it hanging. */
function inCall(phase: Phase, name: string, to: StandIn, call: CallPattern, occurrence = 1): UploadMoment {
  return { ...seen(phase, name, callSight(to, call, occurrence)), controls: [hang(to, call)] };
}

function callSight(to: StandIn, call: CallPattern, occurrence: number): Sight {
  return { kind: 'call', to, call, occurrence };
}

function stateLine(state: string): Sight {
  return { kind: 'log', event: 'transfer-state', facts: { to: state } };
}

function stepLine(facts: Readonly<Record<string, unknown>>): Sight {
  return { kind: 'log', event: 'step', facts };
}

function uploadLock(): Sight {
  return { kind: 'lock', lockType: 'GlobusUpload', userName: 'dataverseAdmin' };
}

function hang(to: StandIn, call: CallPattern): Control {
  return fault(to, call, { kind: 'hang' });
}

/** The call has its effect, and the connection is cut instead of an answer. */
function loseAnswer(to: StandIn, call: CallPattern): Control {
  return fault(to, call, { kind: 'drop-after-effect' });
}

/** Uses up the first calls, so that the next fault is for the one after them. */
function pass(to: StandIn, call: CallPattern, times: number): Control {
  return fault(to, call, { kind: 'delay', delayMilliseconds: 0, times });
}

function fault(to: StandIn, { method, target }: CallPattern, what: object): Control {
  return { to, path: '/faults', body: { method, match: target, times: 1, ...what } };
}

function speed(bytesPerSecond: number): Control {
  return { to: 'globus', path: '/bytes-per-second', body: { value: bytesPerSecond } };
}
