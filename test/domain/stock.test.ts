import { describe, expect, it } from 'vitest';
import type { TransferId } from '../../functions/domain/ids.ts';
import { type StockedTransfer, takeStockOf } from '../../functions/domain/stock.ts';
import { aRow, START_SECONDS, TRANSFER } from '../support/builders.ts';

const OTHER_TRANSFER = '30-18b49d3688d' as TransferId;
/** Just longer than a quarter of an hour. */
const LONG_AGO = START_SECONDS - 901;

function following(changes: Partial<StockedTransfer> = {}): StockedTransfer {
  return { transferId: TRANSFER, state: 'FOLLOWING', dueAtEpochSeconds: START_SECONDS, ...changes };
}

function stockOf(transfers: readonly StockedTransfer[], ...rows: readonly Parameters<typeof aRow>[0][]) {
  return takeStockOf(
    transfers,
    rows.map((row) => aRow({ stateSinceEpochSeconds: LONG_AGO, ...row })),
    START_SECONDS,
  );
}

describe('the stock of a collection', () => {
  it('counts nothing where nothing is', () => {
    expect(stockOf([])).toEqual({ openTransfers: 0, transfersInAttention: 0, overdueTransfers: 0, overdueRules: 0 });
  });

  it.each<{ case: string; transfer: StockedTransfer; attention: number; overdue: number }>([
    { case: 'one that is due now', transfer: following(), attention: 0, overdue: 0 },
    { case: 'one overdue', transfer: following({ dueAtEpochSeconds: LONG_AGO }), attention: 0, overdue: 1 },
    {
      case: 'one whose time is just over',
      transfer: following({ dueAtEpochSeconds: LONG_AGO + 1 }),
      attention: 0,
      overdue: 0,
    },
    {
      case: 'one that waits for an operator, however long',
      transfer: following({ state: 'ATTENTION', dueAtEpochSeconds: LONG_AGO }),
      attention: 1,
      overdue: 0,
    },
  ])('tells of open transfers: $case', ({ transfer, attention, overdue }) => {
    expect(stockOf([transfer])).toMatchObject({
      openTransfers: 1,
      transfersInAttention: attention,
      overdueTransfers: overdue,
    });
  });

  it.each<{ case: string; transfers: StockedTransfer[]; row: Parameters<typeof aRow>[0]; overdue: number }>([
    { case: 'held by an open transfer', transfers: [following()], row: {}, overdue: 0 },
    { case: 'held by nobody who is open', transfers: [], row: {}, overdue: 1 },
    {
      case: 'held by a transfer that is itself overdue',
      transfers: [following({ dueAtEpochSeconds: LONG_AGO })],
      row: {},
      overdue: 1,
    },
    {
      case: 'held by an overdue transfer and one in good time',
      transfers: [following({ dueAtEpochSeconds: LONG_AGO }), following({ transferId: OTHER_TRANSFER })],
      row: { holders: { [TRANSFER]: 'rw', [OTHER_TRANSFER]: 'rw' } },
      overdue: 0,
    },
    {
      case: 'kept for an operator',
      transfers: [following({ state: 'ATTENTION', dueAtEpochSeconds: LONG_AGO })],
      row: {},
      overdue: 0,
    },
    {
      case: 'that has just lost its holder',
      transfers: [],
      row: { stateSinceEpochSeconds: START_SECONDS },
      overdue: 0,
    },
    { case: 'in deletion for long', transfers: [], row: { state: 'DELETING', holders: {} }, overdue: 1 },
    {
      case: 'that an unanswered call may still make',
      transfers: [],
      row: { state: 'DELETING', holders: {}, createUnsettledUntilEpochSeconds: START_SECONDS + 60 },
      overdue: 0,
    },
    { case: 'that was never made', transfers: [], row: { holders: {}, ruleId: null }, overdue: 0 },
    {
      case: "that is somebody else's",
      transfers: [],
      row: { holders: {}, foreignRuleIds: [aRow().ruleId ?? ('' as never)] },
      overdue: 0,
    },
  ])('counts a rule $case: $overdue', ({ transfers, row, overdue }) => {
    expect(stockOf(transfers, row).overdueRules).toBe(overdue);
  });
});
