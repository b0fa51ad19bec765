import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { asRuleId } from '../../../functions/domain/ids.ts';
import { errorOf } from '../adapter-parts.ts';
import { NOBODY_LISTENS } from '../loopback-server.ts';
import {
  ACCESS_TOKEN,
  COLLECTION,
  failure,
  type GlobusUnderTest,
  globusUnderTest,
  PRINCIPAL,
  RULE,
} from './globus-under-test.ts';

const LIST = `GET /v0.10/endpoint/${COLLECTION}/access_list`;
const CREATE = `POST /v0.10/endpoint/${COLLECTION}/access`;
const ONE = `/v0.10/endpoint/${COLLECTION}/access/${RULE}`;

const rule = {
  collectionId: COLLECTION,
  path: '/hdc1/10.5072/FK2/ILLPXE/',
  principal: PRINCIPAL,
  permission: 'rw',
} as const;

let under: GlobusUnderTest;
beforeEach(async () => {
  under = await globusUnderTest();
});
afterEach(() => under.server.close());

describe('listing access rules', () => {
  const listed = {
    DATA_TYPE: 'access',
    id: RULE,
    principal_type: 'identity',
    principal: PRINCIPAL.toUpperCase(),
    path: '/hdc1/a/',
    permissions: 'r',
    create_time: '2026-02-03T04:05:06+00:00',
    expiration_date: null,
    role_id: null,
  };
  const role = { ...listed, id: null, path: '/', permissions: 'rw', create_time: null, role_type: 'administrator' };

  it('gives every rule with its time in seconds and leaves out entries that mirror a role', async () => {
    under.server.plan(LIST, { status: 200, body: { DATA_TYPE: 'access_list', length: 2, DATA: [role, listed] } });
    expect(await under.globus.listAccessRules(COLLECTION)).toEqual([
      {
        ruleId: RULE,
        principalType: 'identity',
        principal: PRINCIPAL,
        path: '/hdc1/a/',
        permission: 'r',
        createdAtEpochSeconds: Date.parse('2026-02-03T04:05:06Z') / 1000,
      },
    ]);
    expect(under.server.requestsTo('GET /')[0]?.headers['authorization']).toBe(`Bearer ${ACCESS_TOKEN}`);
  });

  it.each([
    { case: 'says it is longer than what came', body: { length: 3, DATA: [listed] } },
    { case: 'has a total beyond what came', body: { length: 1, total: 1001, DATA: [listed] } },
    { case: 'has no DATA', body: { length: 0 } },
    { case: 'holds a permission nobody knows', body: { length: 1, DATA: [{ ...listed, permissions: 'rwx' }] } },
    { case: 'holds an id that would lead elsewhere', body: { length: 1, DATA: [{ ...listed, id: '..' }] } },
    { case: 'is not an object', body: [] },
  ])('fails rather than answer with a part when the list $case', async ({ body }) => {
    under.server.plan(LIST, { status: 200, body });
    expect((await errorOf(under.globus.listAccessRules(COLLECTION))).name).toBe('UnavailableError');
  });
});

describe('creating an access rule', () => {
  it('posts the document and gives the id', async () => {
    const body = { DATA_TYPE: 'access_create_result', code: 'Created', access_id: RULE, message: 'ok' };
    under.server.plan(CREATE, { status: 201, body });
    expect(await under.globus.createAccessRule(rule)).toEqual({ kind: 'created', ruleId: RULE });
    const [request] = under.server.requestsTo(CREATE);
    expect(request?.headers['content-type']).toBe('application/json');
    expect(JSON.parse(request?.body ?? '')).toEqual({
      DATA_TYPE: 'access',
      principal_type: 'identity',
      principal: PRINCIPAL,
      path: rule.path,
      permissions: 'rw',
    });
  });

  it.each([
    { case: 'Exists', reply: failure(409, 'Exists'), outcome: { kind: 'exists' } },
    { case: 'a more exact Exists', reply: failure(409, 'ClientError.Exists'), outcome: { kind: 'exists' } },
    { case: 'LimitExceeded', reply: failure(409, 'LimitExceeded'), outcome: { kind: 'limit-exceeded' } },
    { case: '500', reply: failure(500, 'InternalError'), outcome: { kind: 'unknown' } },
    { case: '503', reply: failure(503, 'ServiceUnavailable'), outcome: { kind: 'unknown' } },
    { case: '502 as HTML', reply: { status: 502, body: '<html>bad gateway</html>' }, outcome: { kind: 'unknown' } },
    { case: '403 as HTML', reply: { status: 403, body: '<html>blocked</html>' }, outcome: { kind: 'unknown' } },
    { case: '201 without an id', reply: { status: 201, body: { code: 'Created' } }, outcome: { kind: 'unknown' } },
    {
      case: '201 with an id that is none',
      reply: { status: 201, body: { access_id: '../x' } },
      outcome: { kind: 'unknown' },
    },
    { case: '201 as HTML', reply: { status: 201, body: '<html></html>' }, outcome: { kind: 'unknown' } },
    { case: 'a cut connection', reply: 'cut', outcome: { kind: 'unknown' } },
    { case: 'a cut body', reply: 'cut-in-body', outcome: { kind: 'unknown' } },
  ] as const)('tells $case after one attempt', async ({ reply, outcome }) => {
    under.server.plan(CREATE, reply);
    expect(await under.globus.createAccessRule(rule)).toMatchObject(outcome);
    expect(under.server.requestsTo(CREATE)).toHaveLength(1);
  });

  it('tells silence as unknown after one attempt', async () => {
    // Long enough for the request to reach the server on a busy machine; unsent it would be another case.
    const quick = await globusUnderTest({ timeLimits: { slowAttemptMilliseconds: 1_000 } });
    quick.server.plan(CREATE, 'silence');
    expect(await quick.globus.createAccessRule(rule)).toEqual({ kind: 'unknown', reason: 'no answer in time' });
    expect(quick.server.requestsTo(CREATE)).toHaveLength(1);
    await quick.server.close();
  });

  it('repeats after 429, which had no effect', async () => {
    const created = { status: 201, body: { access_id: RULE } };
    under.server.plan(CREATE, failure(429, 'TooManyRequests', 'slow down', { 'retry-after': '2' }), created);
    expect(await under.globus.createAccessRule(rule)).toEqual({ kind: 'created', ruleId: RULE });
    expect(under.clock.sleeps).toEqual([2_000]);
  });

  it.each([
    { case: '400', reply: failure(400, 'InvalidPath', 'must end with /'), name: 'UpstreamRefusedError' },
    { case: '403', reply: failure(403, 'PermissionDenied', 'no role'), name: 'UpstreamRefusedError' },
    { case: '404', reply: failure(404, 'EndpointNotFound', 'no such endpoint'), name: 'UpstreamRefusedError' },
    { case: '409 of another kind', reply: failure(409, 'Conflict', 'busy'), name: 'UpstreamRefusedError' },
    { case: '429 to the end', reply: failure(429, 'TooManyRequests', 'slow down'), name: 'UnavailableError' },
  ])('throws on $case', async ({ reply, name }) => {
    under.server.plan(CREATE, reply);
    const error = await errorOf(under.globus.createAccessRule(rule));
    expect(error.name).toBe(name);
    expect(error.message).toContain(reply.body.message);
  });

  it('throws when no connection stood, since then there can be no rule', async () => {
    const lonely = await globusUnderTest({ transferUrl: NOBODY_LISTENS });
    const error = await errorOf(lonely.globus.createAccessRule(rule));
    expect(error.name).toBe('UnavailableError');
    expect(error.message).toContain('ECONNREFUSED');
    await lonely.server.close();
  });
});

describe('changing and deleting an access rule', () => {
  it('puts the permission', async () => {
    under.server.plan(`PUT ${ONE}`, { status: 200, body: { DATA_TYPE: 'result', code: 'Updated' } });
    const change = { collectionId: COLLECTION, ruleId: RULE, permission: 'rw' } as const;
    expect(await under.globus.updateAccessRule(change)).toBe('updated');
    expect(JSON.parse(under.server.requestsTo('PUT')[0]?.body ?? '')).toMatchObject({ permissions: 'rw' });
  });

  it('deletes by id', async () => {
    under.server.plan(`DELETE ${ONE}`, { status: 200, body: { DATA_TYPE: 'result', code: 'Deleted' } });
    expect(await under.globus.deleteAccessRule({ collectionId: COLLECTION, ruleId: RULE })).toBe('deleted');
  });

  it.each(['', '.', '..', 'a/b', 'a?b'])('never asks Globus to delete %j', async (text) => {
    const error = await errorOf(under.globus.deleteAccessRule({ collectionId: COLLECTION, ruleId: asRuleId(text) }));
    expect(error.name).toBe('UpstreamRefusedError');
    expect(under.server.requestsTo('DELETE')).toHaveLength(0);
  });

  it('takes 404 for missing', async () => {
    const missing = failure(404, 'AccessRuleNotFound');
    under.server.plan(`DELETE ${ONE}`, missing);
    under.server.plan(`PUT ${ONE}`, missing);
    expect(await under.globus.deleteAccessRule({ collectionId: COLLECTION, ruleId: RULE })).toBe('missing');
    expect(await under.globus.updateAccessRule({ collectionId: COLLECTION, ruleId: RULE, permission: 'rw' })).toBe(
      'missing',
    );
  });

  it("does not take a proxy's 404 page for a rule that is gone", async () => {
    under.server.plan(`DELETE ${ONE}`, { status: 404, body: '<html>not found</html>' });
    const error = await errorOf(under.globus.deleteAccessRule({ collectionId: COLLECTION, ruleId: RULE }));
    expect(error.name).toBe('UnavailableError');
  });

  it('repeats a delete whose answer was lost and takes the 404 then', async () => {
    under.server.plan(`DELETE ${ONE}`, 'cut', failure(404, 'AccessRuleNotFound'));
    expect(await under.globus.deleteAccessRule({ collectionId: COLLECTION, ruleId: RULE })).toBe('missing');
    expect(under.server.requestsTo('DELETE')).toHaveLength(2);
  });

  it('throws on 403', async () => {
    under.server.plan(`DELETE ${ONE}`, failure(403, 'PermissionDenied'));
    const error = await errorOf(under.globus.deleteAccessRule({ collectionId: COLLECTION, ruleId: RULE }));
    expect(error.name).toBe('UpstreamRefusedError');
  });
});
