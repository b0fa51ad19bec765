import { isFinal, type TransferState } from '../../functions/domain/transfer.ts';
import type { StoredRecords } from '../support/stored-records.ts';
import { followLog, type LogTail } from './log-tail.ts';

/** The states of all transfers of a stack, by what its tables held at the kill and its log has said since. */
export interface KnownTransfers {
  /** Reads on. @returns those that are not over, as `<transfer> <state>` */
  open(): readonly string[];
}

/**
 * To be called between kill and restart.
 * @param atKill - a line of the log may have died with its process
 */
export function followTransfers(stateDirectory: string, atKill: StoredRecords): KnownTransfers {
  const tail: LogTail = followLog(stateDirectory);
  const states = new Map<string, TransferState>();
  const readOn = () => {
    for (const line of tail.read()) {
      if (line.event === 'transfer-state') states.set(String(line['transferId']), line['to'] as TransferState);
    }
  };
  readOn();
  for (const { transferId, state } of atKill.transfers) states.set(transferId, state);
  return {
    open() {
      readOn();
      return [...states].filter(([, state]) => !isFinal(state)).map(([transferId, state]) => `${transferId} ${state}`);
    },
  };
}
