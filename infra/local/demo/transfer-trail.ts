import { readFile } from 'node:fs/promises';
import { waitFor } from './bounded-wait.ts';
import { DemoFailure } from './demo-failure.ts';

/** A rule that was taken, after an upload or at the end of a lease, gets a second look after 10 s. */
const LONGEST_END_SECONDS = 30;
const FINAL_STATES = ['CLOSED', 'EXPIRED', 'REFUSED'];

/** The transfer that a storage identifier was made for: dataset id and the identifier's time part (design 5, "Identifiers"). */
export function transferOf(datasetId: string, storageIdentifier: string): string {
  const timePart = /([0-9a-f]{11})-[0-9a-f]{12}$/.exec(storageIdentifier)?.[1] ?? '';
  return `${datasetId}-${timePart}`;
}

/**
 * The states a transfer went through, oldest first, from the log that the local run keeps for people. Waits for the last one, within reason:
 * a log that says less than expected disproves nothing.
 */
export async function readStatesToTheEnd(logFile: string, transferId: string, signal: AbortSignal): Promise<string[]> {
  const order = { what: 'the transfer to end', longestSeconds: LONGEST_END_SECONDS, signal };
  const look = async () => {
    const states = await readStates(logFile, transferId);
    return states.length === 0 || FINAL_STATES.includes(states.at(-1) ?? '') ? states : undefined;
  };
  return waitFor(order, look).catch(async (error: unknown) => {
    if (!(error instanceof DemoFailure) || signal.aborted) throw error;
    return readStates(logFile, transferId);
  });
}

/** Empty when the log says nothing of the transfer. */
async function readStates(logFile: string, transferId: string): Promise<string[]> {
  const text = await readFile(logFile, 'utf8').catch(() => '');
  const states: string[] = [];
  for (const line of text.split('\n')) {
    if (!line.includes(transferId) || !line.includes('"transfer-state"')) continue;
    const { from, to } = readStep(line);
    if (states.length === 0 && from) states.push(from);
    if (to && states.at(-1) !== to) states.push(to);
  }
  return states;
}

function readStep(line: string): { from?: string; to?: string } {
  try {
    return JSON.parse(line) as { from?: string; to?: string };
  } catch {
    // A line that is just being written.
    return {};
  }
}
