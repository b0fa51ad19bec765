import { afterEach, describe, expect, it } from 'vitest';
import type { Urgency } from '../../../functions/ports/call-budget.ts';
import { COLLECTION, type GlobusUnderTest, globusUnderTest, TASK } from './globus-under-test.ts';

const LIST_RULES = `GET /v0.10/endpoint/${COLLECTION}/access_list`;

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

  it('goes ahead when the budget itself cannot be asked, and says so', async () => {
    under = await globusUnderTest({ budget: { take: () => Promise.reject(new Error('the table is down')) } });
    under.server.plan(LIST_RULES, { status: 200, body: { DATA_TYPE: 'access_list', DATA: [] } });
    expect(await under.globus.listAccessRules(COLLECTION)).toEqual([]);
    expect(under.logged()).toContain('globus.budget-not-asked');
  });

  it('can wait when it is a look, and cannot when it is about a rule', async () => {
    const asked: Urgency[] = [];
    under = await globusUnderTest({ budget: withAnswers([], asked) });
    under.server.plan(LIST_RULES, { status: 200, body: { DATA_TYPE: 'access_list', DATA: [] } });
    await under.globus.listAccessRules(COLLECTION);
    await under.globus.findTask(COLLECTION, TASK).catch(() => undefined);
    expect([...new Set(asked)]).toEqual(['urgent', 'can-wait']);
  });

  it('cannot wait either when somebody waits for the answer of a look', async () => {
    const asked: Urgency[] = [];
    under = await globusUnderTest({ budget: withAnswers([], asked) });
    await under.globus.findTask(COLLECTION, TASK, 10_000).catch(() => undefined);
    expect([...new Set(asked)]).toEqual(['urgent']);
  });

  it('can wait all the same when whoever waits can do without it', async () => {
    const asked: Urgency[] = [];
    under = await globusUnderTest({ budget: withAnswers([], asked) });
    await under.globus.findTask(COLLECTION, TASK, 10_000, 'can-wait').catch(() => undefined);
    expect([...new Set(asked)]).toEqual(['can-wait']);
  });
});
