import type { TransferId, UserName } from './ids.ts';
import { isFinal, type Steering, type TransferRecord, type TransferState } from './transfer.ts';

/** What an owner or operator is told of what they asked for. */
export interface SteeringAnswer {
  /** The transfer that it concerns now: a successor, where one was opened. */
  readonly transferId: TransferId;
  readonly state: TransferState;
  readonly message: string;
}

/** The answer about a transfer as it stands. */
export function answerAbout({ transferId, state }: TransferRecord, message: string): SteeringAnswer {
  return { transferId, state, message };
}

/** The note of an intervention. */
export function steeringOf(action: Steering['action'], by: UserName, atEpochSeconds: number): Steering {
  return { action, by, atEpochSeconds };
}

/** The state, or the one that ATTENTION interrupted. */
export function workingState({ state, attention }: TransferRecord): TransferState {
  return state === 'ATTENTION' ? (attention?.resumes ?? 'FOLLOWING') : state;
}

/** Is there no report yet, so that nothing but a lease holds the access rule? */
export function isLease(record: TransferRecord): boolean {
  return ['REQUESTED', 'GRANTED', 'OBSERVED', 'EXPIRING'].includes(workingState(record));
}

/** Is a task followed that was reported? */
export function isFollowed(record: TransferRecord): boolean {
  return ['BOUND', 'FOLLOWING'].includes(workingState(record));
}

/** Why nothing can be cancelled or released any more. */
export function whyOver(record: TransferRecord): string {
  const why = record.trail.at(-1)?.why ?? '';
  const words = why === '' ? '' : ` (${why})`;
  return isFinal(record.state)
    ? `Transfer ${record.transferId} is over: ${record.state}${words}.`
    : `The task of transfer ${record.transferId} has ended: ${record.state}${words}.`;
}
