import { extendTrail, isNewsworthy, shortReason } from '../domain/audit-trail.ts';
import { NotFoundError, RecordTakenError } from '../domain/errors.ts';
import type { TransferId } from '../domain/ids.ts';
import type { TransferRecord } from '../domain/transfer.ts';
import type { Ports } from '../ports/ports.ts';
import { TAKE_MARGIN_SECONDS, type Worker } from './workers.ts';

/** What may change in a header; `why` goes to the audit trail with each change that belongs there. */
export type TransferChanges = Partial<Omit<TransferRecord, 'transferId' | 'version' | 'trail' | 'takenBy'>>;

/** A record that this worker alone may write until its due time. */
export interface TakenTransfer {
  /** As last written. */
  readonly record: TransferRecord;
  /** Writes changes and keeps the record. @throws RecordTakenError when the worker was too slow and lost it */
  write(changes: TransferChanges, why?: string): Promise<TransferRecord>;
  /** Writes changes and gives the record back; `dueAtEpochSeconds` says when the sweep must look at it, now when left out. */
  giveBack(changes: TransferChanges, why?: string): Promise<TransferRecord>;
}

const POLL_MILLISECONDS = 250;

type TakePorts = Pick<Ports, 'clock' | 'random' | 'transfers' | 'log'>;

/**
 * Takes a transfer's record, lets `act` work on it, and gives it back, also when `act` fails (design section 5, "Take").
 * @param justRead - the record where the caller has just read it: taking it is a write on its version, which proves that it still is the same
 * @throws NotFoundError when there is no such transfer
 * @throws RecordTakenError when it stays taken for longer than the worker's patience, or was lost to somebody else
 */
export async function withTransfer<Result>(
  ports: TakePorts,
  transferId: TransferId,
  worker: Worker,
  act: (taken: TakenTransfer) => Promise<Result>,
  justRead?: TransferRecord,
): Promise<Result> {
  const found = await takeWhenFree(ports, transferId, worker, justRead);
  return actOnTaken(ports, found, worker, act);
}

/** The same for a record that the worker has just reserved as taken by itself. */
export async function actOnTaken<Result>(
  ports: TakePorts,
  start: TransferRecord,
  worker: Worker,
  act: (taken: TakenTransfer) => Promise<Result>,
): Promise<Result> {
  let record = start;
  let isGivenBack = false;
  const taken: TakenTransfer = {
    get record() {
      return record;
    },
    async write(changes, why = '') {
      record = await writeNext(ports, record, changes, worker.name, why);
      return record;
    },
    async giveBack(changes, why = '') {
      const dueAtEpochSeconds = ports.clock.nowEpochSeconds();
      record = await writeNext(ports, record, { dueAtEpochSeconds, ...changes, takenBy: null }, worker.name, why);
      isGivenBack = true;
      return record;
    },
  };
  try {
    const result = await act(taken);
    if (!isGivenBack) await taken.giveBack({});
    return result;
  } catch (error) {
    if (!isGivenBack) {
      await taken.giveBack({}).catch((lost) =>
        ports.log.warn('transfer-not-given-back', {
          transferId: record.transferId,
          worker: worker.name,
          error: lost,
        }),
      );
    }
    throw error;
  }
}

/** Marks a new record as taken by its maker. */
export function takenMark(ports: Pick<Ports, 'clock' | 'random'>, worker: Worker) {
  return {
    takenBy: `${worker.name}#${ports.random.hex(4)}`,
    dueAtEpochSeconds: ports.clock.nowEpochSeconds() + worker.limitSeconds + TAKE_MARGIN_SECONDS,
  };
}

/**
 * Changes a record in a single write, while nobody works on it. Unlike taking it, this leaves nothing behind when its caller dies: whoever is
 * next need not wait.
 * @param changesOf - what to change, judged by the record as read; undefined when there is nothing to change
 * @param why - for the audit trail, where the change belongs there
 * @returns the record as written; undefined when nothing was to be changed
 * @throws NotFoundError, RecordTakenError as withTransfer does
 */
export function changeWhenFree(
  ports: TakePorts,
  transferId: TransferId,
  worker: Worker,
  changesOf: (record: TransferRecord) => TransferChanges | undefined,
  why = '',
): Promise<TransferRecord | undefined> {
  return whenFree(ports, transferId, worker, async (record) => {
    const changes = changesOf(record);
    if (changes === undefined) return { done: undefined };
    const done = await writeNext(ports, record, { ...changes, takenBy: null }, worker.name, why).catch((error) => {
      if (error instanceof RecordTakenError) return undefined;
      throw error;
    });
    return done && { done };
  });
}

function takeWhenFree(
  ports: TakePorts,
  transferId: TransferId,
  worker: Worker,
  justRead: TransferRecord | undefined,
): Promise<TransferRecord> {
  const take = async (record: TransferRecord) => {
    const mine = { ...record, ...takenMark(ports, worker), version: record.version + 1 };
    return (await ports.transfers.write(mine)) ? { done: mine } : undefined;
  };
  return whenFree(ports, transferId, worker, take, justRead);
}

/** Tries something on a record that nobody works on until it is done, or the worker's patience is over. */
async function whenFree<Result>(
  ports: TakePorts,
  transferId: TransferId,
  worker: Worker,
  attempt: (record: TransferRecord) => Promise<{ readonly done: Result } | undefined>,
  justRead?: TransferRecord,
): Promise<Result> {
  const giveUpAt = ports.clock.nowMilliseconds() + worker.patienceSeconds * 1000;
  for (let known = justRead; ; known = undefined) {
    const record = known ?? (await ports.transfers.read(transferId));
    if (!record) throw new NotFoundError(`Transfer ${transferId} not found.`);
    const isFree = record.takenBy === null || ports.clock.nowEpochSeconds() >= record.dueAtEpochSeconds;
    const outcome = isFree ? await attempt(record) : undefined;
    if (outcome) return outcome.done;
    if (ports.clock.nowMilliseconds() >= giveUpAt) {
      throw new RecordTakenError(
        'This transfer is being worked on by another request. Please repeat the call shortly.',
        {
          retryAfterSeconds: 5,
          details: { transferId, takenBy: record.takenBy },
        },
      );
    }
    await ports.clock.sleep(POLL_MILLISECONDS);
  }
}

async function writeNext(
  ports: TakePorts,
  record: TransferRecord,
  changes: TransferChanges & { readonly takenBy?: null },
  by: string,
  why: string,
): Promise<TransferRecord> {
  const state = changes.state ?? record.state;
  // Executions started in vain are counted from the last change of state.
  const moved = state === record.state ? {} : { successorsInVain: 0 };
  const changed: TransferRecord = { ...record, ...moved, ...changes, version: record.version + 1 };
  const entry = { atEpochSeconds: ports.clock.nowEpochSeconds(), state, by, why: shortReason(why) };
  const trail = isNewsworthy(record, changed) ? extendTrail(record.trail, entry) : record.trail;
  const next: TransferRecord = { ...changed, trail };
  if (!(await ports.transfers.write(next))) {
    throw new RecordTakenError('This transfer was taken over by another worker.', {
      retryAfterSeconds: 5,
      details: { transferId: record.transferId, by },
    });
  }
  if (state !== record.state) {
    ports.log.info('transfer-state', {
      transferId: record.transferId,
      from: record.state,
      to: state,
      by,
      why: shortReason(why),
    });
  }
  return next;
}
