import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { GlobusTask } from '../../../functions/ports/globus.ts';
import { errorOf } from '../adapter-parts.ts';
import {
  COLLECTION,
  failure,
  type GlobusUnderTest,
  globusUnderTest,
  LINKED,
  PRINCIPAL,
  TASK,
  taskDocument,
  taskPage,
} from './globus-under-test.ts';

const ONE = `GET /v0.10/endpoint_manager/task/${TASK}`;
const LIST = 'GET /v0.10/endpoint_manager/task_list';

let under: GlobusUnderTest;
beforeEach(async () => {
  under = await globusUnderTest();
});
afterEach(() => under.server.close());

const queriesOf = (beginning: string) =>
  under.server.requestsTo(beginning).map(({ target }) => Object.fromEntries(new URL(target, 'http://x').searchParams));

describe('finding a task', () => {
  it('reads a running one', async () => {
    under.server.plan(ONE, { status: 200, body: taskDocument() });
    expect(await under.globus.findTask(COLLECTION, TASK)).toEqual({
      taskId: TASK,
      type: 'TRANSFER',
      status: 'ACTIVE',
      ownerId: LINKED,
      requestedAtEpochSeconds: Date.parse('2026-02-03T04:00:00Z') / 1000,
      completedAtEpochSeconds: null,
      sourceCollectionId: '0a1b2c3d-0000-4000-8000-00000000c011',
      destinationCollectionId: COLLECTION,
      sourceBasePath: null,
      destinationBasePath: null,
      files: 2,
      filesTransferred: 1,
      bytesTransferred: 1_000_000_000_000,
      bytesPerSecond: 1_000_000,
      filesSkipped: 4,
      faults: 3,
      isPaused: false,
      niceStatus: 'CONNECT_FAILED',
      fatalError: null,
      canceledByAdmin: null,
      historyDeleted: false,
    } satisfies GlobusTask);
  });

  it.each([
    {
      case: 'a failed one',
      changes: {
        status: 'FAILED',
        completion_time: '2026-02-03 05:00:00.75+00:00',
        nice_status: null,
        fatal_error: { code: 'CANCELED', description: 'canceled' },
        canceled_by_admin: 'DESTINATION',
        history_deleted: true,
      },
      expected: {
        status: 'FAILED',
        completedAtEpochSeconds: Date.parse('2026-02-03T05:00:00Z') / 1000,
        niceStatus: null,
        fatalError: { code: 'CANCELED', description: 'canceled' },
        canceledByAdmin: 'DESTINATION',
        historyDeleted: true,
      },
    },
    { case: 'a status nobody knows', changes: { status: 'succeeded' }, expected: { status: 'UNKNOWN' } },
    { case: 'a type nobody knows', changes: { type: 'TIMER' }, expected: { type: 'UNKNOWN' } },
    { case: 'counts that are null', changes: { files: null, faults: null }, expected: { files: 0, faults: 0 } },
    {
      case: 'a time without a zone as UTC',
      changes: { request_time: '1970-01-01T00:01:00' },
      expected: { requestedAtEpochSeconds: 60 },
    },
    {
      case: 'a delete',
      changes: { type: 'DELETE', destination_endpoint_id: null },
      expected: { destinationCollectionId: null },
    },
  ])('reads $case', async ({ changes, expected }) => {
    under.server.plan(ONE, { status: 200, body: taskDocument(changes) });
    expect(await under.globus.findTask(COLLECTION, TASK)).toMatchObject(expected);
  });

  it.each([
    { case: 'is about another task', body: taskDocument({ task_id: '5e8ab3f2-0000-4000-8000-0000000000ff' }) },
    { case: 'has no owner', body: taskDocument({ owner_id: null }) },
    { case: 'has no status', body: taskDocument({ status: null }) },
    { case: 'has a request time that is none', body: taskDocument({ request_time: 'yesterday' }) },
    { case: 'is HTML', body: '<html>maintenance</html>' },
    { case: 'is null', body: 'null' },
  ])('is unavailable when the answer $case', async ({ body }) => {
    under.server.plan(ONE, { status: 200, body });
    expect((await errorOf(under.globus.findTask(COLLECTION, TASK))).name).toBe('UnavailableError');
  });

  it.each(['ClientError.NotFound', 'TaskNotFound'])('gives undefined for a 404 with %s', async (code) => {
    under.server.plan(ONE, failure(404, code));
    expect(await under.globus.findTask(COLLECTION, TASK)).toBeUndefined();
  });

  it("does not take a proxy's 404 page for a task that is unknown", async () => {
    under.server.plan(ONE, { status: 404, body: '<html>not found</html>' });
    expect((await errorOf(under.globus.findTask(COLLECTION, TASK))).name).toBe('UnavailableError');
  });

  it('is forbidden on 403', async () => {
    under.server.plan(ONE, failure(403, 'PermissionDenied'));
    expect((await errorOf(under.globus.findTask(COLLECTION, TASK))).name).toBe('ForbiddenError');
  });
});

describe('listing live tasks', () => {
  it('filters by collection, owner and status, and follows every page', async () => {
    const second = taskDocument({ task_id: '5e8ab3f2-0000-4000-8000-0000000000a2', status: 'INACTIVE' });
    under.server.plan(LIST, taskPage([taskDocument()], 'active,2026-02-03T04:05:06.789'), taskPage([second]));
    const tasks = await under.globus.listLiveTasks(COLLECTION, PRINCIPAL);
    expect(tasks.map(({ taskId, status }) => [taskId, status])).toEqual([
      [TASK, 'ACTIVE'],
      ['5e8ab3f2-0000-4000-8000-0000000000a2', 'INACTIVE'],
    ]);
    const filters = {
      filter_endpoint: COLLECTION,
      filter_owner_id: PRINCIPAL,
      filter_status: 'ACTIVE,INACTIVE',
      limit: '1000',
    };
    expect(queriesOf(LIST)).toEqual([filters, { ...filters, last_key: 'active,2026-02-03T04:05:06.789' }]);
  });

  it('knows that an identity Transfer has never met has no tasks', async () => {
    under.server.plan(LIST, failure(404, 'ClientError.UserNotFound'));
    expect(await under.globus.listLiveTasks(COLLECTION, PRINCIPAL)).toEqual([]);
  });

  it.each([
    { case: 'a later page fails', replies: [taskPage([taskDocument()], 'k1'), failure(503, 'ServiceUnavailable')] },
    { case: 'the same page comes again and again', replies: [taskPage([taskDocument()], 'k1')] },
    {
      case: 'a next page is promised without a key',
      replies: [{ status: 200, body: { has_next_page: true, DATA: [] } }],
    },
    { case: 'it does not say whether it goes on', replies: [{ status: 200, body: { DATA: [] } }] },
    { case: 'an entry is no task', replies: [taskPage([taskDocument(), { task_id: 'x' }])] },
  ])('throws rather than answer with a part when $case', async ({ replies }) => {
    under.server.plan(LIST, ...replies);
    expect((await errorOf(under.globus.listLiveTasks(COLLECTION, PRINCIPAL))).name).toBe('UnavailableError');
    expect(under.server.requestsTo(LIST).length).toBeLessThanOrEqual(5);
  });

  it('stops at a bound when pages never end', async () => {
    under.server.plan(LIST, ...Array.from({ length: 30 }, (_, page) => taskPage([], `k${page}`)));
    expect((await errorOf(under.globus.listLiveTasks(COLLECTION, PRINCIPAL))).message).toContain('more than 20 pages');
    expect(under.server.requestsTo(LIST)).toHaveLength(20);
  });
});

describe('telling whose task it is', () => {
  const read = async (changes: Record<string, unknown>) => {
    under.server.plan(ONE, { status: 200, body: taskDocument(changes) });
    const task = await under.globus.findTask(COLLECTION, TASK);
    if (!task) throw new Error('the fixture is there');
    return task;
  };

  it('is satisfied with the owner it names, without a question', async () => {
    const task = await read({ owner_id: PRINCIPAL });
    expect(await under.globus.isOwnedBy(COLLECTION, task, PRINCIPAL)).toBe(true);
    expect(under.server.requestsTo(LIST)).toHaveLength(0);
  });

  it('asks Globus by owner for a linked identity', async () => {
    const task = await read({});
    under.server.plan(LIST, taskPage([taskDocument()]));
    expect(await under.globus.isOwnedBy(COLLECTION, task, PRINCIPAL)).toBe(true);
    expect(queriesOf(LIST)[0]).toMatchObject({ filter_owner_id: PRINCIPAL, filter_status: 'ACTIVE,INACTIVE' });
  });

  it('asks for a finished task around its completion only', async () => {
    const task = await read({ status: 'SUCCEEDED', completion_time: '2026-02-03T05:00:00+00:00' });
    under.server.plan(LIST, taskPage([]));
    expect(await under.globus.isOwnedBy(COLLECTION, task, PRINCIPAL)).toBe(false);
    expect(queriesOf(LIST)).toEqual([
      {
        filter_endpoint: COLLECTION,
        filter_owner_id: PRINCIPAL,
        filter_status: 'SUCCEEDED',
        filter_completion_time: '2026-02-03T04:59:00+00:00,2026-02-03T05:01:00+00:00',
        limit: '1000',
      },
    ]);
  });

  it('looks again under the new status when the task has ended meanwhile', async () => {
    const task = await read({});
    const ended = taskDocument({ status: 'SUCCEEDED', completion_time: '2026-02-03T05:00:00+00:00' });
    under.server.plan(ONE, { status: 200, body: ended });
    under.server.plan(LIST, taskPage([]), taskPage([ended]));
    expect(await under.globus.isOwnedBy(COLLECTION, task, PRINCIPAL)).toBe(true);
    expect(queriesOf(LIST).map((query) => query['filter_status'])).toEqual(['ACTIVE,INACTIVE', 'SUCCEEDED']);
  });

  it('finds a foreign live task not to be owned', async () => {
    const task = await read({});
    under.server.plan(LIST, taskPage([taskDocument({ task_id: '5e8ab3f2-0000-4000-8000-0000000000a2' })]));
    expect(await under.globus.isOwnedBy(COLLECTION, task, PRINCIPAL)).toBe(false);
  });
});
