import { setTimeout as sleep } from 'node:timers/promises';
import type { TransferState } from '../../functions/domain/transfer.ts';
import { type StackProcess, startStackProcess } from '../support/local-stack.ts';
import { dataverseControl, globusControl, logLines } from '../support/stack-control.ts';
import type { StoredRecords } from '../support/stored-records.ts';
import { followTransfers } from './known-transfers.ts';
import type { AsksAgain, Moment } from './moment.ts';
import { startClient, type TransferClient } from './patient-client.ts';
import { proveOutcome, proveRecords } from './proofs.ts';
import { BYTES_PER_SECOND, FILES, putSourceFiles } from './source-files.ts';
import { createStackTime, type StackTime } from './stack-time.ts';
import { describeRecords, isBatchOpen, readStoredRecords } from './stored-records.ts';
import { untilOver } from './until-over.ts';
import { untilSeen } from './until-seen.ts';

/** Where a kill fell. */
export interface KillPlace {
  /** Since the client first asked for paths. */
  readonly afterMilliseconds: number;
  /** What the client was doing. */
  readonly client: string;
  /** Of the newest transfer; `no record` before there is one. */
  readonly state: TransferState | 'no record';
  /** Somebody was in the middle of working on it. */
  readonly isTaken: boolean;
  /** Files were sent to Dataverse, and nobody had noted an answer. */
  readonly isBatchOpen: boolean;
  /** Transfer, row and lock item in a few words. */
  readonly records: string;
  /** The last lines of the log before it. */
  readonly lastEvents: readonly string[];
}

/** What came of one kill. */
export interface KillResult {
  readonly moment: Moment;
  readonly asksAgain: AsksAgain;
  /** Missing when the moment did not come. */
  readonly place?: KillPlace;
  /** The state that each transfer has ended in, oldest first. */
  readonly ended?: readonly TransferState[];
  /** From the restart until nothing was left to do, in real time and on the stack's clock. */
  readonly settledAfter?: { readonly seconds: number; readonly stackSeconds: number };
  readonly failure?: {
    readonly reason: string;
    /** Kept for whoever wants to know why; empty when the stack did not start. */
    readonly stateDirectory: string;
  };
}

const SETTINGS = { LEASE_SECONDS: '120', GLOBUS_BYTES_PER_SECOND: String(BYTES_PER_SECOND) };
/** While the client still asks and reports, time must not run away from its lease. */
const CLIENT_STEP_SECONDS = 10;
const STEP_SECONDS = 30;
const EVENTS_SHOWN = 3;
/** No client needs so long, with the clock moved on for it. */
const LONGEST_CLIENT_MILLISECONDS = 90_000;

/**
 * Plays one upload or download on a stack of its own, kills the stack at the moment, starts it again, and follows everything to its end.
 * @param onStarted - told of the stack, so that the caller can end it when it is itself interrupted
 * @returns the result, also when something is not as it must be
 */
export async function runKill(
  moment: Moment,
  asksAgain: AsksAgain,
  onStarted: (stack: StackProcess) => void = () => undefined,
): Promise<KillResult> {
  let result: KillResult = { moment, asksAgain };
  let stack: StackProcess | undefined;
  let time: StackTime | undefined;
  try {
    stack = await startStackProcess(SETTINGS);
    onStarted(stack);
    time = createStackTime(stack);
    await prepare(stack, moment);
    const restored = Promise.withResolvers<void>();
    const client = startClient(stack, moment.direction, { restored: restored.promise }, time, asksAgain);
    const { place, records } = await killAt(stack, client, moment);
    result = { ...result, place };
    // Before the restart: what the new process writes is newer than these records.
    const known = followTransfers(stack.stateDirectory, records);
    const restartedAt = performance.now();
    await stack.restart();
    time.start(() => (client.hasCome('has its report accepted') ? STEP_SECONDS : CLIENT_STEP_SECONDS));
    restored.resolve();

    const transfer = await Promise.race([client.finished, failLater(LONGEST_CLIENT_MILLISECONDS)]);
    await untilOver(stack, known, time, moment.direction === 'upload' ? FILES.length : 0);
    const seconds = (performance.now() - restartedAt) / 1000;
    result = { ...result, settledAfter: { seconds, stackSeconds: seconds + time.shiftedSeconds() } };
    await time.stop();
    await proveOutcome(stack, transfer);
    await stack.kill();
    const left = await readStoredRecords(stack.stateDirectory);
    result = { ...result, ended: left.transfers.map(({ state }) => state) };
    proveRecords(left, transfer, asksAgain);
    await stack.remove();
    return result;
  } catch (error) {
    await time?.stop().catch(() => undefined);
    await stack?.kill();
    const reason = error instanceof Error ? error.message : String(error);
    return { ...result, failure: { reason, stateDirectory: stack?.stateDirectory ?? '' } };
  }
}

async function failLater(milliseconds: number): Promise<never> {
  await sleep(milliseconds, undefined, { ref: false });
  throw new Error(`the client's report was not accepted within ${milliseconds / 1000} s`);
}

async function prepare(stack: StackProcess, moment: Moment): Promise<void> {
  await putSourceFiles(stack, moment.direction);
  for (const { to, path, body } of moment.controls) {
    await (to === 'globus' ? globusControl : dataverseControl)(stack, path, body);
  }
}

async function killAt(
  stack: StackProcess,
  client: TransferClient,
  { sight, plusMilliseconds }: Moment,
): Promise<{ readonly place: KillPlace; readonly records: StoredRecords }> {
  await untilSeen(stack, client, sight);
  if (plusMilliseconds > 0) await sleep(plusMilliseconds);
  const killed = stack.kill();
  const afterMilliseconds = Math.round(client.elapsedMilliseconds());
  const doing = client.doing();
  await killed;
  const records = await readStoredRecords(stack.stateDirectory);
  const newest = records.transfers.at(-1);
  const place: KillPlace = {
    afterMilliseconds,
    client: doing,
    state: newest?.state ?? 'no record',
    isTaken: records.transfers.some(({ takenBy }) => takenBy !== null),
    isBatchOpen: records.transfers.some(isBatchOpen),
    records: describeRecords(records),
    lastEvents: await lastEvents(stack),
  };
  return { place, records };
}

async function lastEvents(stack: StackProcess): Promise<readonly string[]> {
  const lines = await logLines(stack);
  return lines.slice(-EVENTS_SHOWN).map((line) => {
    const detail = line['to'] ?? line['step'] ?? line['function'] ?? line['path'];
    return detail === undefined ? line.event : `${line.event} ${String(detail).replace(/^.*\//, '')}`;
  });
}
