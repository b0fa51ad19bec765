import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Urgency } from '../../../functions/ports/call-budget.ts';
import { errorOf } from '../adapter-parts.ts';
import { COLLECTION, failure, type GlobusUnderTest, globusUnderTest, TASK } from './globus-under-test.ts';

const EVENTS = `GET /v0.10/endpoint_manager/task/${TASK}/event_list`;
const CANCEL = 'POST /v0.10/endpoint_manager/admin_cancel';

let under: GlobusUnderTest;
let urgencies: Urgency[];
beforeEach(async () => {
  urgencies = [];
  const take = async (_identity: string, urgency: Urgency) => {
    urgencies.push(urgency);
    return 0;
  };
  under = await globusUnderTest({ budget: { take } });
});
afterEach(() => under.server.close());

const event = (changes: object = {}) => ({
  DATA_TYPE: 'event',
  code: 'PERMISSION_DENIED',
  is_error: true,
  description: 'permission denied',
  details: 'Error (transfer)\nEndpoint: x',
  time: '2026-02-03T04:00:00+00:00',
  ...changes,
});
const eventList = (...events: readonly object[]) => ({ status: 200, body: { DATA_TYPE: 'event_list', DATA: events } });

describe("a task's errors", () => {
  const list = (withinMilliseconds?: number) => under.globus.listErrorEvents(COLLECTION, TASK, withinMilliseconds);

  it('are asked for alone and few, and read as Globus tells them', async () => {
    under.server.plan(EVENTS, eventList(event(), event({ code: 'TIMEOUT', description: null, details: '' })));
    expect(await list()).toEqual([
      {
        code: 'PERMISSION_DENIED',
        description: 'permission denied',
        details: 'Error (transfer)\nEndpoint: x',
        atEpochSeconds: Date.parse('2026-02-03T04:00:00Z') / 1000,
      },
      { code: 'TIMEOUT', description: '', details: null, atEpochSeconds: expect.any(Number) },
    ]);
    const query = new URL(under.server.requests.at(-1)?.target ?? '', under.server.url).searchParams;
    expect(Object.fromEntries(query)).toEqual({ filter_is_error: '1', limit: '20' });
  });

  it('are no other events, even where Globus overlooks the filter', async () => {
    under.server.plan(EVENTS, eventList(event({ code: 'PROGRESS', is_error: false }), event()));
    expect((await list()).map(({ code }) => code)).toEqual(['PERMISSION_DENIED']);
  });

  it('may wait for calls that cannot, also when somebody looks', async () => {
    under.server.plan(EVENTS, eventList());
    await list();
    await list(5_000);
    expect(urgencies).toEqual(['can-wait', 'can-wait']);
  });

  it.each([
    { case: 'the role is missing', reply: failure(403, 'PermissionDenied'), name: 'UpstreamRefusedError' },
    { case: 'an event has no time', reply: eventList(event({ time: 'soon' })), name: 'UnavailableError' },
    { case: 'it is no list', reply: { status: 200, body: {} }, name: 'UnavailableError' },
  ])('are not told when $case', async ({ reply, name }) => {
    under.server.plan(EVENTS, reply);
    expect((await errorOf(list())).name).toBe(name);
  });
});

describe('cancelling a task', () => {
  const cancel = () => under.globus.cancelTask(COLLECTION, TASK, 'asked for by jdoe');

  it('is asked of Globus as a manager, with the message that the owner is shown', async () => {
    under.server.plan(CANCEL, { status: 200, body: { DATA_TYPE: 'admin_cancel', id: 7, done: false } });
    await cancel();
    expect(under.server.requestsTo(CANCEL).map(({ body }) => JSON.parse(body))).toEqual([
      { DATA_TYPE: 'admin_cancel', task_id_list: [TASK], message: 'asked for by jdoe' },
    ]);
    expect(urgencies).toEqual(['urgent']);
  });

  it('is repeated after a lost answer', async () => {
    under.server.plan(CANCEL, 'cut', { status: 200, body: { DATA_TYPE: 'admin_cancel', id: 8, done: true } });
    await cancel();
    expect(under.server.requestsTo(CANCEL)).toHaveLength(2);
  });

  it.each([
    { case: 'the role is missing', reply: failure(403, 'PermissionDenied'), name: 'UpstreamRefusedError' },
    { case: 'Globus is down', reply: failure(503, 'ServiceUnavailable'), name: 'UnavailableError' },
  ])('throws when $case', async ({ reply, name }) => {
    under.server.plan(CANCEL, reply);
    expect((await errorOf(cancel())).name).toBe(name);
  });
});
