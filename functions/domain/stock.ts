import { type AccessRuleRow, isCreateUnsettled, mayHaveRule } from './access-rule.ts';
import type { TransferId } from './ids.ts';
import type { TransferState } from './transfer.ts';

/** What is open on a collection, counted for the people who watch it. */
export interface Stock {
  readonly openTransfers: number;
  /** Transfers that wait for an operator. */
  readonly transfersInAttention: number;
  /** Transfers that neither workflow nor sweep has moved on in time. */
  readonly overdueTransfers: number;
  /** Access rules of ours that nobody with a right to them holds any more. */
  readonly overdueRules: number;
}

/** The part of an open transfer that counts here. */
export interface StockedTransfer {
  readonly transferId: TransferId;
  readonly state: TransferState;
  readonly dueAtEpochSeconds: number;
}

/** Beyond its due time or the last change of its row by this, something is overdue: three sweeps of five minutes have not helped. */
const OVERDUE_AFTER_SECONDS = 900;

/**
 * Counts what is open. A rule is overdue when its row has been the same for 15 minutes and none of its holders is an open transfer that
 * moves on in time or waits for an operator: by then it should have gone (P1).
 */
export function takeStockOf(
  transfers: readonly StockedTransfer[],
  rows: readonly AccessRuleRow[],
  nowEpochSeconds: number,
): Stock {
  const isLate = (epochSeconds: number) => epochSeconds < nowEpochSeconds - OVERDUE_AFTER_SECONDS;
  const inAttention = transfers.filter((each) => each.state === 'ATTENTION');
  const overdue = transfers.filter((each) => each.state !== 'ATTENTION' && isLate(each.dueAtEpochSeconds));
  const late = new Set(overdue.map((each) => each.transferId));
  const rightful = new Set(transfers.map((each) => each.transferId).filter((transferId) => !late.has(transferId)));
  const isOverdueRule = (row: AccessRuleRow) =>
    mayHaveRule(row) &&
    isLate(row.stateSinceEpochSeconds) &&
    !isCreateUnsettled(row, nowEpochSeconds) &&
    !Object.keys(row.holders).some((transferId) => rightful.has(transferId as TransferId));
  return {
    openTransfers: transfers.length,
    transfersInAttention: inAttention.length,
    overdueTransfers: overdue.length,
    overdueRules: rows.filter(isOverdueRule).length,
  };
}
