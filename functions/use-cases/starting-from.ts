import type { TransferRecord } from '../domain/transfer.ts';
import type { Ports } from '../ports/ports.ts';

/**
 * The same ports, whose first read of this record is the one that was just made, unless a write came in between. A step begins with a read;
 * whatever it decides on it is a write on the record's version, which proves that it still was the same, or no more than the name of the step
 * that is due, which reads for itself.
 */
export function startingFrom<Some extends Pick<Ports, 'transfers'>>(ports: Some, justRead: TransferRecord): Some {
  const { transfers } = ports;
  let first: TransferRecord | undefined = justRead;
  return {
    ...ports,
    transfers: {
      ...transfers,
      async read(transferId) {
        const known = transferId === justRead.transferId ? first : undefined;
        if (known === undefined) return transfers.read(transferId);
        first = undefined;
        return known;
      },
      write(record) {
        first = undefined;
        return transfers.write(record);
      },
    },
  };
}
