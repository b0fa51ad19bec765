import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { errorOf } from '../adapter-parts.ts';
import { COLLECTION, failure, type GlobusUnderTest, globusUnderTest, TASK } from './globus-under-test.ts';

const SUBMISSION_ID = 'GET /v0.10/submission_id';
const DELETE = 'POST /v0.10/delete';
const SUBMISSION = '0badcafe-0000-4000-8000-000000000001';

let under: GlobusUnderTest;
beforeEach(async () => {
  under = await globusUnderTest();
  under.server.plan(SUBMISSION_ID, { status: 200, body: { DATA_TYPE: 'submission_id', value: SUBMISSION } });
});
afterEach(() => under.server.close());

const accepted = { status: 202, body: { DATA_TYPE: 'delete_result', code: 'Accepted', task_id: TASK } };
const duplicate = { status: 200, body: { DATA_TYPE: 'delete_result', code: 'Duplicate', task_id: TASK } };
const bodies = () => under.server.requestsTo(DELETE).map(({ body }) => JSON.parse(body) as Record<string, unknown>);

describe('deleting files', () => {
  it('submits one task of single files, none of which need be there', async () => {
    under.server.plan(DELETE, accepted);
    const label = ` leftovers of\n29 ${'x'.repeat(200)}`;
    expect(await under.globus.deleteFiles(COLLECTION, ['/hdc1/a', '/hdc1/*'], label)).toBe(TASK);
    expect(bodies()).toEqual([
      {
        DATA_TYPE: 'delete',
        submission_id: SUBMISSION,
        endpoint: COLLECTION,
        label: `leftovers of 29 ${'x'.repeat(200)}`.slice(0, 127),
        recursive: false,
        interpret_globs: false,
        ignore_missing: true,
        notify_on_succeeded: false,
        notify_on_failed: false,
        notify_on_inactive: false,
        DATA: [
          { DATA_TYPE: 'delete_item', path: '/hdc1/a' },
          { DATA_TYPE: 'delete_item', path: '/hdc1/*' },
        ],
      },
    ]);
  });

  it('is the same task when it is submitted again after a lost answer', async () => {
    under.server.plan(DELETE, 'cut', duplicate);
    expect(await under.globus.deleteFiles(COLLECTION, ['/hdc1/a'], 'label')).toBe(TASK);
    expect(bodies().map((body) => body['submission_id'])).toEqual([SUBMISSION, SUBMISSION]);
    expect(under.server.requestsTo(SUBMISSION_ID)).toHaveLength(1);
  });

  it.each([
    { case: 'it is not allowed', reply: failure(403, 'PermissionDenied'), name: 'UpstreamRefusedError' },
    { case: 'Globus is down', reply: failure(503, 'ServiceUnavailable'), name: 'UnavailableError' },
    { case: 'no task is named', reply: { status: 202, body: { code: 'Accepted' } }, name: 'UnavailableError' },
  ])('throws when $case', async ({ reply, name }) => {
    under.server.plan(DELETE, reply);
    expect((await errorOf(under.globus.deleteFiles(COLLECTION, ['/hdc1/a'], 'label'))).name).toBe(name);
  });

  it('submits nothing without a submission id', async () => {
    under.server.plan(SUBMISSION_ID, { status: 200, body: { DATA_TYPE: 'submission_id' } });
    expect((await errorOf(under.globus.deleteFiles(COLLECTION, ['/hdc1/a'], 'label'))).name).toBe('UnavailableError');
    expect(bodies()).toEqual([]);
  });

  it.each([0, 10_001])('submits no task of %i files', async (count) => {
    const paths = Array.from({ length: count }, (_, index) => `/hdc1/${index}`);
    expect((await errorOf(under.globus.deleteFiles(COLLECTION, paths, 'label'))).name).toBe('InvalidRequestError');
    expect(under.server.requests).toEqual([]);
  });
});
