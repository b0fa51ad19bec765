import { UnavailableError } from '../domain/errors.ts';
import { type TransferId, transferIdOf } from '../domain/ids.ts';
import { dueAfter, nextStep } from '../domain/next-step.ts';
import { NOTHING_DONE, type TransferRecord } from '../domain/transfer.ts';
import { assertNotDiscarded, isInVain, isSuccessorOf, needsSuccessor } from './find-grant.ts';
import { type HoldAndGrantPorts, holdAndGrant } from './hold-and-grant.ts';
import { actOnTaken, type TakenTransfer, takenMark, withTransfer } from './take-transfer.ts';
import { WORKERS } from './workers.ts';

interface LeaseSettings {
  readonly leaseSeconds: number;
}

interface Opened {
  readonly record: TransferRecord;
  /** Reserved, and thereby taken, by this call. */
  readonly isNew: boolean;
}

const WORKER = WORKERS['add-globus-files'];
/** The transfer id is made of the millisecond; the next one is free when this one is not. */
const MAX_ID_TRIES = 50;

/**
 * Gives a grant that is over its access rule again, in a successor record that inherits its identifiers (design section 4, F-34): the
 * successor's id noted in the header of the one that is over → successor REQUESTED → row, holder and rule → GRANTED → workflow. Repeated
 * after a crash, or called twice at once, it ends in the same successor. The directories are there since the first grant.
 *
 * A task that has ended already needs no rule, and gets it all the same: until its end is read twice nobody knows, and like this there is
 * one way only on which rules come and go.
 * @param ended - found by the report; the caller has proven that the report is in order
 * @returns the successor, GRANTED or as another worker left it; or the record itself when it turned out to be open again
 * @throws ConflictError, UnavailableError, UpstreamRefusedError as for a grant; nothing is left behind then. ConflictError also when what the
 *   grant left has been deleted since it was found
 */
export async function continueGrant(
  ports: HoldAndGrantPorts,
  settings: LeaseSettings,
  ended: TransferRecord,
): Promise<TransferRecord> {
  const opened = await withTransfer(ports, ended.transferId, WORKER, (taken) => open(ports, settings, taken));
  if (!opened.isNew && opened.record.state !== 'REQUESTED') return opened.record;
  const act = (taken: TakenTransfer) => grantAgain(ports, settings, taken);
  const granted = opened.isNew
    ? await actOnTaken(ports, opened.record, WORKER, act)
    : await withTransfer(ports, opened.record.transferId, WORKER, act);
  // Another one takes its place: a report may find that one only.
  if (isInVain(granted)) throw new UnavailableError('The lease is just ending. Please repeat the report.');
  if (granted.state === 'GRANTED') await ports.workflow.start(granted.transferId, granted.executionNumber);
  return granted;
}

/**
 * Reserves the successor whose id is noted, while nobody else may work on the record that is over. The note comes first, so that a repeat
 * makes no second one. It is changed when the id is somebody else's grant, or when that successor could not be given its rule.
 */
async function open(ports: HoldAndGrantPorts, settings: LeaseSettings, taken: TakenTransfer): Promise<Opened> {
  for (let later = 0; later < MAX_ID_TRIES; later++) {
    const { record } = taken;
    assertNotDiscarded(record);
    // Its own worker saw a live task and gave it back its rule.
    if (!needsSuccessor(record)) return { record: await giveBackAsItIs(ports, taken), isNew: false };
    const transferId = record.continuedBy ?? transferIdOf(record.datasetId, ports.clock.nowMilliseconds() + later);
    if (record.continuedBy === null)
      await taken.write({ continuedBy: transferId }, `a late report is served by transfer ${transferId}`);
    const successor = successorOf(ports, settings, record, transferId);
    const isNew = await ports.transfers.reserve(successor);
    const found = isNew ? successor : await ports.transfers.read(transferId);
    if (isSuccessorOf(found, record) && !isInVain(found)) {
      await giveBackAsItIs(ports, taken);
      ports.log.info('grant-continued', { transferId: record.transferId, continuedBy: transferId, isNew });
      return { record: found, isNew };
    }
    await taken.write({ continuedBy: null }, `transfer ${transferId} cannot serve it`);
  }
  throw new UnavailableError('Too many requests for this dataset at once. Please repeat the report.', {
    retryAfterSeconds: 1,
  });
}

/**
 * REQUESTED past its lease is granted all the same: whoever would end it must take it first, and finds it GRANTED, or takes it before and
 * leaves it EXPIRING.
 */
async function grantAgain(
  ports: HoldAndGrantPorts,
  settings: LeaseSettings,
  taken: TakenTransfer,
): Promise<TransferRecord> {
  if (taken.record.state !== 'REQUESTED') return giveBackAsItIs(ports, taken);
  return holdAndGrant(ports, settings, taken);
}

/** Its own worker comes when it would have come anyway, and the sweep not before that. */
async function giveBackAsItIs(ports: HoldAndGrantPorts, taken: TakenTransfer): Promise<TransferRecord> {
  const now = ports.clock.nowEpochSeconds();
  return taken.giveBack({ dueAtEpochSeconds: dueAfter(now, nextStep(taken.record, now).waitSeconds) });
}

function successorOf(
  ports: HoldAndGrantPorts,
  settings: LeaseSettings,
  ended: TransferRecord,
  transferId: TransferId,
): TransferRecord {
  const now = ports.clock.nowEpochSeconds();
  const mark = takenMark(ports, WORKER);
  return {
    ...ended,
    transferId,
    version: 1,
    state: 'REQUESTED',
    // `grantedAtEpochSeconds` stays: a task submitted under the first grant may be reported. The lease is the successor's own.
    leaseEndsAtEpochSeconds: Math.max(now + settings.leaseSeconds, mark.dueAtEpochSeconds),
    ...NOTHING_DONE,
    ...mark,
    continues: ended.transferId,
    idempotencyHash: null,
    trail: [
      {
        atEpochSeconds: now,
        state: 'REQUESTED',
        by: WORKER.name,
        why: `a report came after the end of ${ended.transferId}`,
      },
    ],
  };
}
