import type { RunningStack } from '../support/local-stack.ts';
import { type LogLine, logLines, transferOf } from '../support/stack-control.ts';
import { eventually, type GrantedFile } from '../support/upload-client.ts';

/** A line that the log has of a transfer. */
export type Sight = (line: LogLine) => boolean;

export function comesTo(state: string): Sight {
  return (line) => line.event === 'transfer-state' && line['to'] === state;
}

export function ends(step: string): Sight {
  return (line) => line.event === 'step' && line['step'] === step;
}

export function tellsOf(event: string): Sight {
  return (line) => line.event === event;
}

/** When something was seen of a transfer, in milliseconds since 1970 on the stack's clock. They throw when it never was. */
export interface TransferTimes {
  first(sight: Sight): number;
  last(sight: Sight): number;
}

const LONGEST_WAIT_MILLISECONDS = 1_200_000;

/**
 * Waits until something is seen of the transfer of a granted file.
 * @param datasetId - the one that the grant was for
 */
export async function timesOf(
  stack: RunningStack,
  { identifier }: GrantedFile,
  datasetId: string,
  until: Sight,
): Promise<TransferTimes> {
  const transferId = transferOf(identifier, datasetId);
  const ownLines = async () => (await logLines(stack)).filter((line) => line['transferId'] === transferId);
  await eventually(`of ${transferId}`, async () => (await ownLines()).some(until), LONGEST_WAIT_MILLISECONDS);
  const lines = await ownLines();
  const timeOf = (line: LogLine | undefined) => {
    if (!line) throw new Error(`the log of ${transferId} lacks what was to be timed`);
    return Date.parse(String(line['time']));
  };
  return { first: (sight) => timeOf(lines.find(sight)), last: (sight) => timeOf(lines.findLast(sight)) };
}
