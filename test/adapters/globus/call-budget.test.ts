import { afterEach, describe, expect, it } from 'vitest';
import { createCallBudget } from '../../../functions/adapters/dynamodb/call-budget.ts';
import type { Item, Table } from '../../../functions/adapters/dynamodb/table.ts';
import type { Urgency } from '../../../functions/ports/call-budget.ts';
import { START_MILLISECONDS } from '../../support/builders.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { COLLECTION, type GlobusUnderTest, globusUnderTest, TASK } from './globus-under-test.ts';

const LIST_RULES = `GET /v0.10/endpoint/${COLLECTION}/access_list`;

/** Counts as the table does (test/adapters/dynamodb/table.test.ts holds that). */
function countingTable(): Pick<Table, 'countInWindow'> {
  const counts = new Map<string, { window: number; count: number }>();
  return {
    async countInWindow(key: Item, window: number, most: number) {
      const name = JSON.stringify(key);
      const found = counts.get(name);
      const current = found && found.window >= window ? found : { window, count: 0 };
      if (current.window > window || current.count >= most) return false;
      counts.set(name, { window, count: current.count + 1 });
      return true;
    },
  };
}

describe('the budget of calls to Globus', () => {
  const budgetAt = (callsPerSecond: number) => {
    const clock = createManualClock(START_MILLISECONDS);
    return { clock, budget: createCallBudget(countingTable() as Table, clock, callsPerSecond) };
  };
  const takeUntilFull = async (take: () => Promise<number>) => {
    let taken = 0;
    while ((await take()) === 0) taken += 1;
    return taken;
  };

  it('allows 200 calls in 10 s, then tells how long to wait', async () => {
    const { clock, budget } = budgetAt(20);
    clock.advance(4_000);
    expect(await takeUntilFull(() => budget.take('service', 'urgent'))).toBe(200);
    expect(await budget.take('service', 'urgent')).toBe(6_000);
    clock.advance(6_000);
    expect(await budget.take('service', 'urgent')).toBe(0);
  });

  it('keeps a part for grants and releases when looks have used up theirs', async () => {
    const { budget } = budgetAt(20);
    expect(await takeUntilFull(() => budget.take('service', 'can-wait'))).toBe(140);
    expect(await takeUntilFull(() => budget.take('service', 'urgent'))).toBe(60);
  });

  it('is counted for each identity', async () => {
    const { budget } = budgetAt(1);
    await takeUntilFull(() => budget.take('service', 'urgent'));
    expect(await budget.take('another', 'urgent')).toBe(0);
  });
});

describe('a call to Globus', () => {
  let under: GlobusUnderTest | undefined;
  afterEach(() => under?.server.close());
  const withAnswers = (answers: readonly number[], asked: Urgency[] = []) => ({
    take: async (_identity: string, urgency: Urgency) => {
      asked.push(urgency);
      return answers[asked.length - 1] ?? 0;
    },
  });

  it('waits until the budget allows it', async () => {
    under = await globusUnderTest({ budget: withAnswers([3_000, 1_000]) });
    under.server.plan(LIST_RULES, { status: 200, body: { DATA_TYPE: 'access_list', DATA: [] } });
    const before = under.clock.nowMilliseconds();
    expect(await under.globus.listAccessRules(COLLECTION)).toEqual([]);
    expect(under.clock.nowMilliseconds() - before).toBeGreaterThanOrEqual(4_000);
  });

  it('is given up as unavailable, unsent, when the budget comes too late', async () => {
    under = await globusUnderTest({ budget: withAnswers([60_000]) });
    await expect(under.globus.listAccessRules(COLLECTION)).rejects.toMatchObject({
      kind: 'unavailable',
      message: expect.stringContaining('per second are used up'),
    });
  });

  it('goes ahead when the budget itself cannot be asked', async () => {
    under = await globusUnderTest({ budget: { take: () => Promise.reject(new Error('the table is down')) } });
    under.server.plan(LIST_RULES, { status: 200, body: { DATA_TYPE: 'access_list', DATA: [] } });
    expect(await under.globus.listAccessRules(COLLECTION)).toEqual([]);
  });

  it('can wait when it is a look, and cannot when it is about a rule', async () => {
    const asked: Urgency[] = [];
    under = await globusUnderTest({ budget: withAnswers([], asked) });
    under.server.plan(LIST_RULES, { status: 200, body: { DATA_TYPE: 'access_list', DATA: [] } });
    await under.globus.listAccessRules(COLLECTION);
    await under.globus.findTask(COLLECTION, TASK).catch(() => undefined);
    expect([...new Set(asked)]).toEqual(['urgent', 'can-wait']);
  });
});
