import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  MANAGED_COLLECTION_ID as GUEST,
  RESEARCHER_ID,
  SERVICE_ID,
} from '../../../infra/local/simulators/globus/fixture.ts';
import { type Harness, send, startHarness } from './globus-harness.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness.close());

describe('every answer', () => {
  it.each([
    {
      case: 'a success of Auth',
      method: 'POST',
      path: `/v2/oauth2/token?grant_type=client_credentials&client_id=${SERVICE_ID}&client_secret=service-secret`,
      status: 200,
    },
    { case: 'a refusal of Auth', method: 'GET', path: '/v2/oauth2/userinfo', status: 401 },
    { case: 'a refusal of Transfer', method: 'GET', path: '/v0.10/submission_id', status: 401 },
    { case: 'an unknown path', method: 'GET', path: '/v0.10/nothing', status: 404 },
    { case: 'a wrong method', method: 'DELETE', path: '/v0.10/transfer', status: 405 },
  ])('lets any origin read it: $case', async ({ method, path, status }) => {
    const reply = await send(`${harness.url}${path}`, method);
    expect({ status: reply.status, origin: reply.headers.get('access-control-allow-origin') }).toEqual({
      status,
      origin: '*',
    });
  });

  it('to a preflight is 204 and allows what was asked for', async () => {
    const reply = await send(`${harness.url}/v0.10/transfer`, 'OPTIONS', undefined, {
      origin: 'http://example.org',
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization,content-type,x-globus-client-info',
    });
    expect(reply.status).toBe(204);
    expect(reply.headers.get('access-control-allow-origin')).toBe('*');
    expect(reply.headers.get('access-control-allow-headers')).toBe('authorization,content-type,x-globus-client-info');
    expect(reply.headers.get('access-control-allow-methods')).toContain('POST');
  });

  it('to an unknown path is an error document', async () => {
    expect((await send(`${harness.url}/v0.10/nothing`, 'GET')).body).toEqual({
      code: 'ClientError.NotFound',
      message: expect.any(String),
      request_id: expect.stringMatching(/^\w{9}$/),
      resource: '/nothing',
    });
  });
});

describe('the rate limit', () => {
  it('is off until switched on, then counts 200 requests of one identity in ten seconds', async () => {
    const service = await harness.login(SERVICE_ID);
    const researcher = await harness.login(RESEARCHER_ID);
    const statuses = async (requests: number) => {
      const replies = await Promise.all(Array.from({ length: requests }, () => service.get('submission_id')));
      return replies.map((reply) => reply.status);
    };
    expect(new Set(await statuses(210))).toEqual(new Set([200]));
    await harness.control('POST', 'rate-limit', { enabled: true });
    expect((await statuses(205)).filter((status) => status === 429)).toHaveLength(5);
    expect((await researcher.get('submission_id')).status).toBe(200);
    harness.clock.shift(10_000);
    expect(await statuses(1)).toEqual([200]);
    await harness.control('POST', 'rate-limit', { enabled: false });
  });
});

describe('an injected fault', () => {
  it('loses the answer of a rule that was created, so the next attempt finds it existing', async () => {
    const service = await harness.login(SERVICE_ID);
    await harness.control('POST', 'faults', { method: 'POST', match: '/access$', kind: 'drop-after-effect' });
    const rule = { principal_type: 'identity', principal: RESEARCHER_ID, path: '/hdc1/lost/', permissions: 'rw' };
    await expect(service.call('POST', `endpoint/${GUEST}/access`, rule)).rejects.toThrow('fetch failed');
    expect((await service.call('POST', `endpoint/${GUEST}/access`, rule)).body['code']).toBe('Exists');
  });

  it('tells how many calls have met it, also when it has no end, and nothing of calls that another one took', async () => {
    const service = await harness.login(SERVICE_ID);
    await harness.control('DELETE', 'faults');
    const reply = { status: 503, body: {} };
    await harness.control('POST', 'faults', { match: '/submission_id$', kind: 'reply', reply });
    await harness.control('POST', 'faults', { match: '/submission_id$', kind: 'reply', times: null, reply });
    for (let calls = 0; calls < 3; calls++) expect((await service.get('submission_id')).status).toBe(503);
    expect((await harness.control('GET', 'faults')).body).toMatchObject([
      { met: 1, remaining: 0 },
      { met: 2, remaining: null },
    ]);
    await harness.control('DELETE', 'faults');
    expect((await service.get('submission_id')).status).toBe(200);
  });
});

describe('the control interface', () => {
  it('shows rules, tasks and settings', async () => {
    const ruleId = await harness.grant(RESEARCHER_ID, '/hdc1/shown/', 'r');
    const { body } = await harness.control('GET', 'state');
    expect(body).toMatchObject({ settings: { bytesPerSecond: null, ruleLimit: 1000, pageSize: 1000 }, tasks: [] });
    expect(body['rules']).toContainEqual(expect.objectContaining({ id: ruleId, collectionId: GUEST }));
  });

  it.each([
    { path: 'bytes-per-second', body: { value: 0 } },
    { path: 'bytes-per-second', body: {} },
    { path: 'rate-limit', body: { enabled: 'yes' } },
    { path: 'rule-limit', body: { value: 1.5 } },
    { path: 'page-size', body: { value: -1 } },
    { path: 'operation-delay', body: { milliseconds: -1 } },
    { path: 'report-status', body: { taskId: 'x' } },
    { path: 'rules', body: { collectionId: 'x' } },
    { path: 'rules', body: { collectionId: GUEST, principal: RESEARCHER_ID, path: 'a', permissions: 'r' } },
    { path: 'rules', body: '[]' },
  ])('refuses $body at $path with a sentence', async ({ path, body }) => {
    expect(await harness.control('POST', path, body)).toMatchObject({
      status: 400,
      body: { message: expect.stringMatching(/\w+/) },
    });
  });

  it.each([
    { method: 'POST', path: 'tasks/none/pause' },
    { method: 'DELETE', path: 'rules/none' },
  ])('answers 404 to $method $path', async ({ method, path }) => {
    expect((await harness.control(method, path)).status).toBe(404);
  });
});
