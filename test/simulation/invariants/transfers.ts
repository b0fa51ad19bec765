import { directionOf, isFinal, type TransferRecord, type TransferState } from '../../../functions/domain/transfer.ts';
import type { Simulation } from '../machinery/simulation.ts';
import { CANARY } from '../machinery/site.ts';
import type { Answered, Invariant } from '../machinery/watch.ts';
import { reportedFiles, reportersOf, restsOn } from './truth.ts';

/** A report as it was sent: the task that it names, and of an upload the files, identifier by identifier. */
interface Report {
  readonly taskId: string;
  readonly datasetId: string;
  readonly identifiers: readonly string[];
}

/** The report that a request is, if it is one. */
function reportIn({ functionName, request: { datasetId, body } }: Answered): Report | undefined {
  if (functionName !== 'add-globus-files' && functionName !== 'monitor-globus-download') return undefined;
  try {
    const { taskIdentifier: taskId, files = [] } = JSON.parse(body) as {
      taskIdentifier?: string;
      files?: { storageIdentifier: string }[];
    };
    const identifiers = files.map((file) => file.storageIdentifier);
    return taskId === undefined ? undefined : { taskId, datasetId, identifiers };
  } catch {
    return undefined;
  }
}

/** The records that are bound to a report's task and, of an upload, to files of it: another grant's report of the same task is another report. */
function recordsOf(sim: Simulation, { taskId, datasetId, identifiers }: Report): readonly TransferRecord[] {
  const sent = new Set(identifiers);
  const bound = sim.records().filter((each) => each.datasetId === datasetId && each.bound?.taskId === taskId);
  if (sent.size === 0) return bound;
  return bound.filter((each) => reportedFiles(sim, each).some((file) => sent.has(file.storageIdentifier)));
}

/** A 200 to a report is a promise, whether or not it ever reached its client. */
export function acceptedTasksAreClosed(): Invariant {
  const accepted: Report[] = [];
  return {
    id: 'I3',
    promise: 'P3 no accepted transfer is forgotten',
    says: 'each report that was answered with 200 ends CLOSED, and its trail says so',
    replied(_sim, answer) {
      const report = answer.status === 200 ? reportIn(answer) : undefined;
      if (report) accepted.push(report);
      return undefined;
    },
    atRest(sim) {
      for (const report of accepted) {
        const { taskId } = report;
        const records = recordsOf(sim, report);
        if (records.length === 0 && sim.circumstances.restored) continue;
        if (records.length === 0) return `task ${taskId} was accepted, and no record names it`;
        const open = records.find((record) => record.state !== 'CLOSED');
        if (open) return `task ${taskId} was accepted, and ${open.transferId} is ${open.state}`;
        const untold = records.find((record) => record.trail.at(-1)?.state !== 'CLOSED');
        if (untold)
          return `task ${taskId} was accepted and closed, and the trail of ${untold.transferId} does not say so`;
      }
      return undefined;
    },
  };
}

/** Is the task of an accepted report the very one that was granted? Then turning it away forgets it. */
function isTurnedAwayWrongly(sim: Simulation, record: TransferRecord): boolean {
  const task = sim.globus.work.get(record.bound?.taskId ?? '');
  if (!task || !sim.globus.truth.tasks.has(task.taskId)) return false;
  const { submission, submittedAtMilliseconds } = task;
  return (
    restsOn(sim, task, record) &&
    submission.direction === directionOf(record) &&
    submission.basePath == null &&
    submittedAtMilliseconds / 1000 >= record.grantedAtEpochSeconds
  );
}

export function closingNeedsAnEnd(): Invariant {
  const check = (sim: Parameters<NonNullable<Invariant['recordWritten']>>[0], after: TransferRecord) => {
    const { outcome, bound, rejection, givenUp } = after;
    const status = bound && sim.globus.truth.tasks.get(bound.taskId)?.status;
    if (outcome && status !== outcome.status)
      return `${after.transferId} says ${outcome.status}; task ${bound?.taskId} is ${status}`;
    const isOver = outcome !== null || rejection !== null || Boolean(givenUp);
    return isOver ? undefined : `${after.transferId} is ${after.state} and has no end of its task`;
  };
  return {
    id: 'I4',
    promise: 'P3 no accepted transfer is forgotten',
    says: 'a transfer settles only after its task was read as SUCCEEDED or FAILED, was turned away with reason, or was given up',
    recordWritten(sim, before, after) {
      if (before && !before.rejection && after.rejection && isTurnedAwayWrongly(sim, after))
        return `the report of ${after.transferId} is turned away (${after.rejection}), and its task is the one that was granted`;
      const settles = after.state === 'SETTLING' || after.state === 'CLOSED';
      return settles && before?.state !== after.state ? check(sim, after) : undefined;
    },
  };
}

export function oneRecordPerTask(): Invariant {
  return {
    id: 'I9',
    promise: 'all three',
    says: 'who is bound to a task is named in its claim, and nobody else is bound to it',
    recordWritten(sim, before, after) {
      if (!after.bound || before?.bound || after.state !== 'BOUND') return undefined;
      const { taskId } = after.bound;
      const claim = sim.claims().find((each) => each.taskId === taskId);
      if (claim?.transfers[after.transferId] === undefined)
        return `${after.transferId} is bound to ${taskId} without a claim`;
      const other = reportersOf(sim, taskId).find((record) => claim.transfers[record.transferId] === undefined);
      return other && `${after.transferId} and ${other.transferId} are both bound to ${taskId}`;
    },
  };
}

const WAYS: Readonly<Record<TransferState, readonly TransferState[]>> = {
  REQUESTED: ['GRANTED', 'REFUSED', 'EXPIRING', 'OBSERVED'],
  GRANTED: ['EXPIRING', 'OBSERVED', 'BOUND'],
  OBSERVED: ['EXPIRING', 'BOUND'],
  EXPIRING: ['OBSERVED', 'EXPIRED'],
  BOUND: ['FOLLOWING', 'SETTLING', 'ATTENTION'],
  FOLLOWING: ['SETTLING', 'ATTENTION'],
  SETTLING: ['CLOSED', 'ATTENTION'],
  ATTENTION: ['BOUND', 'FOLLOWING', 'SETTLING', 'CLOSED'],
  CLOSED: [],
  EXPIRED: [],
  REFUSED: [],
};

export function recordsMoveForward(): Invariant {
  return {
    id: 'I10',
    promise: 'all three',
    says: 'states follow each other as the design says, versions count one by one, executions are numbered upwards and have one input',
    startedOtherwise: (_sim, name) =>
      `the execution ${name} is started with two inputs, so that starting it twice is not starting it once`,
    recordWritten(_sim, before, after) {
      if (!before) return undefined;
      const { transferId } = after;
      if (after.version !== before.version + 1)
        return `${transferId} goes from version ${before.version} to ${after.version}`;
      if (after.executionNumber < before.executionNumber)
        return `${transferId} goes back to execution ${after.executionNumber}`;
      const isWay = after.state === before.state || WAYS[before.state].includes(after.state);
      return isWay ? undefined : `${transferId} goes from ${before.state} to ${after.state}`;
    },
  };
}

/** What was promised can be read at once, by whoever asks the table. */
export function promisesAreOnRecord(): Invariant {
  return {
    id: 'I13',
    promise: 'P3 no accepted transfer is forgotten',
    says: 'when a 200 is given, the record behind it stands in the table',
    replied(sim, answer) {
      const { functionName, status, body, request } = answer;
      if (status !== 200) return undefined;
      const report = reportIn(answer);
      if (report) {
        const { taskId, identifiers } = report;
        const records = recordsOf(sim, report);
        if (records.length === 0) return `the report of ${taskId} is answered with 200, and no record is bound to it`;
        const noted = new Set(
          records.flatMap((record) => reportedFiles(sim, record)).map((file) => file.storageIdentifier),
        );
        const lost = identifiers.find((identifier) => !noted.has(identifier));
        return lost && `the report of ${taskId} is answered with 200, and ${lost} is on no list`;
      }
      if (functionName !== 'request-globus-upload-paths') return undefined;
      const [identifier = ''] = Object.keys((JSON.parse(body) as { data: object }).data);
      const transferId = `${request.datasetId}-${/([0-9a-f]{11})-[0-9a-f]{12}$/.exec(identifier)?.[1]}`;
      const record = sim.find(transferId);
      return record && record.state !== 'REQUESTED'
        ? undefined
        : `paths of ${transferId} are given out, and it is ${record?.state}`;
    },
  };
}

export function secretsStayIn(): Invariant {
  const wrong = (text: string | undefined, where: string) => {
    const at = text?.indexOf(CANARY) ?? -1;
    return at < 0 ? undefined : `a secret is in ${where}: ${text?.slice(Math.max(0, at - 60), at + 30)}`;
  };
  return {
    id: 'I12',
    promise: 'secrecy',
    says: 'no key of anybody is in a log line, a record, a reply or an execution',
    logged: (_sim, line) => wrong(line, 'the log'),
    written: (_sim, table, { text }) => wrong(text, `the table ${table}`),
    replied: (_sim, { functionName, body }) => wrong(body, `a reply of ${functionName}`),
    atRest: (sim) =>
      sim.workflow
        .executions()
        .map(({ inputText, outputText = '', cause = '' }) => wrong(inputText + outputText + cause, 'an execution'))
        .find((each) => each !== undefined),
  };
}

/** What is left when all has come to rest, or should have. */
function leftOver(sim: Simulation): string | undefined {
  const open = sim.records().find((record) => !isFinal(record.state));
  if (open)
    return `${open.transferId} is still ${open.state}: ${open.attention?.reason ?? open.trail.at(-1)?.why ?? ''}`;
  const [item] = sim.lockItems();
  if (item) return `the lock item of dataset ${item.datasetId} is left, of ${item.owners.join(', ')}`;
  const claim = sim
    .claims()
    .find(({ transfers, taskId }) =>
      Object.keys(transfers).some((transferId) => sim.find(transferId)?.bound?.taskId !== taskId),
    );
  return claim && `the claim of ${claim.taskId} names ${Object.keys(claim.transfers).join(', ')}, not all bound to it`;
}

export function everythingComesToItsEnd(): Invariant {
  return {
    id: 'L3',
    promise: 'all three',
    says: 'without faults everything comes to rest: no open transfer, no lock item, no claim without a transfer that was bound',
    atRest: (sim) => (sim.circumstances.isSweepAlone ? undefined : leftOver(sim)),
  };
}

export function theSweepAloneIsEnough(): Invariant {
  return {
    id: 'L4',
    promise: 'all three',
    says: 'with every workflow and the task monitor dead, the sweep alone brings everything to the same rest',
    atRest: (sim) => (sim.circumstances.isSweepAlone ? leftOver(sim) : undefined),
  };
}
