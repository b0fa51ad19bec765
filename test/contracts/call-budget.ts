import { beforeEach, describe, expect, it } from 'vitest';
import { createCallBudget } from '../../functions/adapters/dynamodb/call-budget.ts';
import type { Table } from '../../functions/adapters/dynamodb/table.ts';
import type { CallBudget } from '../../functions/ports/call-budget.ts';
import { START_MILLISECONDS } from '../support/builders.ts';
import { createManualClock, type ManualClock } from '../support/manual-clock.ts';

/** What takes the calls of one budget: its table may be anybody's, the counting is the table's. */
type CountingTable = Pick<Table, 'countInWindow'>;

const keyOf = (identity: string) => ({ pk: `budget#${identity}`, sk: 'globus' });

/** What every adapter of the port `CallBudget` does, whatever table it counts in. Each test asks for an empty one. */
export function describeCallBudgetContract(name: string, emptyTable: () => Promise<CountingTable>): void {
  describe(`the call budget contract, kept by ${name}`, () => {
    let clock: ManualClock;
    let table: CountingTable;
    /** A budget of two calls per second; another one of the same table is another function's. */
    let newBudget: () => CallBudget;
    beforeEach(async () => {
      clock = createManualClock(START_MILLISECONDS);
      table = await emptyTable();
      newBudget = () => createCallBudget(table as Table, clock, 2);
    });

    const takeUntilFull = async (
      budget: CallBudget,
      urgency: 'urgent' | 'can-wait' = 'urgent',
      identity = 'service',
    ) => {
      let taken = 0;
      while ((await budget.take(identity, urgency)) === 0) taken += 1;
      return taken;
    };

    it('allows as many calls as the limit of the identity, then tells how long to wait, then allows as many', async () => {
      const budget = newBudget();
      expect(await takeUntilFull(budget)).toBe(20);
      clock.advance(4_000);
      const waitMilliseconds = await budget.take('service', 'urgent');
      expect(waitMilliseconds).toBe(6_000);
      clock.advance(waitMilliseconds);
      expect(await takeUntilFull(budget)).toBe(20);
    });

    it('keeps a part for what is urgent when that which can wait has used up its own', async () => {
      const budget = newBudget();
      expect(await takeUntilFull(budget, 'can-wait')).toBe(14);
      expect(await takeUntilFull(budget, 'urgent')).toBe(6);
      expect(await budget.take('service', 'can-wait')).toBeGreaterThan(0);
    });

    it('counts for each identity apart', async () => {
      const budget = newBudget();
      await takeUntilFull(budget);
      expect(await takeUntilFull(budget, 'urgent', 'another')).toBe(20);
    });

    it('is shared by all functions, and counts each of many calls that come at once', async () => {
      for (const round of [1, 2]) {
        const answers = await Promise.all(Array.from({ length: 26 }, () => newBudget().take('service', 'urgent')));
        expect(answers.filter((answer) => answer === 0).length, `round ${round}`).toBe(20);
        clock.advance(10_000);
      }
    });

    it('is not begun anew by a function whose clock is behind', async () => {
      clock.advance(10_000);
      await newBudget().take('service', 'urgent');
      clock.advance(-10_000);
      expect(await newBudget().take('service', 'urgent')).toBeGreaterThan(0);
      clock.advance(10_000);
      expect(await takeUntilFull(newBudget())).toBe(19);
    });

    it('outlives a clock that was once far ahead', async () => {
      clock.advance(86_400_000);
      await newBudget().take('service', 'urgent');
      clock.advance(-86_400_000);
      expect(await takeUntilFull(newBudget())).toBe(20);
    });

    it('leaves the counting to one condition of the table: to the limit and no further', async () => {
      const counted = (window: number) => table.countInWindow(keyOf('a'), window, 3);
      expect([await counted(1), await counted(1), await counted(1), await counted(1)]).toEqual([
        true,
        true,
        true,
        false,
      ]);
      expect([await counted(2), await counted(1)]).toEqual([true, false]);
    });
  });
}
