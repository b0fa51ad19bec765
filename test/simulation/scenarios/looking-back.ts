import type { TransferRecord, TransferState } from '../../../functions/domain/transfer.ts';
import { fileResults } from '../invariants/truth.ts';
import type { Simulation } from '../machinery/simulation.ts';
import { must } from './scenario.ts';

/** What scenarios ask when all is over. */

/** Transfers in the order of their grants. */
export function transfersOf(sim: Simulation): readonly TransferRecord[] {
  return sim.records().toSorted((a, b) => (a.transferId < b.transferId ? -1 : 1));
}

/** @throws Error when there is none of that number, counted from 1 */
export function transferNumber(sim: Simulation, number: number): TransferRecord {
  const record = transfersOf(sim)[number - 1];
  if (!record) throw new Error(`there is no transfer ${number}, only ${statesOf(sim)}`);
  return record;
}

/** States of all transfers, oldest first, such as `CLOSED EXPIRED`. */
export function statesOf(sim: Simulation): string {
  return transfersOf(sim)
    .map((record) => record.state)
    .join(' ');
}

/** The states that a transfer went through, each once in a row. */
export function wayOf({ trail }: TransferRecord): string {
  return trail
    .map(({ state }) => state)
    .filter((state, index, all) => state !== all[index - 1])
    .join(' ');
}

/** Seconds from a grant to the first moment of a state; infinite when it never came to that. */
export function secondsUntil({ trail, grantedAtEpochSeconds }: TransferRecord, state: TransferState): number {
  const entry = trail.find((each) => each.state === state);
  return (entry?.atEpochSeconds ?? Number.POSITIVE_INFINITY) - grantedAtEpochSeconds;
}

/** Statuses of the replies of a function, in order. */
export function statusesOf(sim: Simulation, functionName: string): string {
  return sim.answers.flatMap((answer) => (answer.functionName === functionName ? answer.status : [])).join(' ');
}

export function registeredIn(sim: Simulation, datasetId: string): number {
  return sim.dataverse.of(datasetId).files.length;
}

/** How often the log tells of an event. */
export function timesTold(sim: Simulation, event: string): number {
  return sim.log.filter((line) => (JSON.parse(line) as { event?: string }).event === event).length;
}

/** Calls of a method by whichever function, such as `globus.createAccessRule`. */
export function callsOf(sim: Simulation, method: string): number {
  let calls = 0;
  for (const [call, count] of sim.callCounts) if (call.endsWith(`: ${method}`)) calls += count;
  return calls;
}

/** What became of each reported file, sorted, such as `refused registered`. */
export function outcomesOf(sim: Simulation, record: TransferRecord): string {
  return fileResults(sim, record)
    .map(({ outcome }) => outcome)
    .toSorted()
    .join(' ');
}

/** The reasons of files that were not registered. */
export function reasonsOf(sim: Simulation, record: TransferRecord): string {
  return fileResults(sim, record)
    .flatMap(({ reason }) => reason ?? [])
    .join(' ');
}

export function mustBe(actual: unknown, expected: unknown, what: string): void {
  must(actual === expected, `${what}: expected ${String(expected)}, is ${String(actual)}`);
}

/** The one transfer is closed with its files registered. */
export function mustBeRegistered(sim: Simulation, datasetId: string, files = 2): void {
  must(statesOf(sim).endsWith('CLOSED'), `the last transfer is closed: ${statesOf(sim)}`);
  mustBe(registeredIn(sim, datasetId), files, 'registered files');
}
