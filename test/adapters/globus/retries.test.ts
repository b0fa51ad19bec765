import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { UnavailableError } from '../../../functions/domain/errors.ts';
import { errorOf, everythingIn } from '../adapter-parts.ts';
import { NOBODY_LISTENS } from '../loopback-server.ts';
import {
  ACCESS_TOKEN,
  CLIENT_SECRET,
  COLLECTION,
  failure,
  type GlobusUnderTest,
  globusUnderTest,
} from './globus-under-test.ts';

const LIST = `GET /v0.10/endpoint/${COLLECTION}/access_list`;
const empty = { status: 200, body: { DATA_TYPE: 'access_list', length: 0, DATA: [] } };

let under: GlobusUnderTest;
beforeEach(async () => {
  under = await globusUnderTest();
});
afterEach(() => under.server.close());

const list = () => under.globus.listAccessRules(COLLECTION);

describe('a safe call to Globus', () => {
  it.each([
    { case: '429', reply: failure(429, 'TooManyRequests') },
    { case: '500', reply: failure(500, 'InternalError') },
    { case: '502 as HTML', reply: { status: 502, body: '<html></html>' } },
    { case: '503', reply: failure(503, 'ServiceUnavailable') },
    { case: '504', reply: { status: 504, body: '<html></html>' } },
    { case: 'a cut connection', reply: 'cut' as const },
    { case: 'a cut body', reply: 'cut-in-body' as const },
  ])('is repeated after $case and then succeeds', async ({ reply }) => {
    under.server.plan(LIST, reply, empty);
    expect(await list()).toEqual([]);
    expect(under.clock.sleeps).toEqual([250]);
    expect(under.logged()).toContain('globus.retry');
  });

  it('ends after four tries with waits that double', async () => {
    under.server.plan(LIST, failure(503, 'ServiceUnavailable', 'maintenance'));
    const error = await errorOf(list());
    expect(error.name).toBe('UnavailableError');
    expect(error.message).toContain('maintenance');
    expect(under.server.requestsTo(LIST)).toHaveLength(4);
    expect(under.clock.sleeps).toEqual([250, 500, 1_000]);
  });

  it.each([
    { case: 'an ExternalError', reply: failure(502, 'ExternalError.DirListingFailed') },
    { case: 'an EndpointError', reply: failure(502, 'EndpointError') },
    { case: 'a redirect', reply: { status: 302, headers: { location: '/elsewhere' }, body: '' } },
    { case: 'a proxy’s 403 page', reply: { status: 403, body: '<html></html>' } },
  ])('is unavailable after one try on $case', async ({ reply }) => {
    under.server.plan(LIST, reply);
    expect((await errorOf(list())).name).toBe('UnavailableError');
    expect(under.server.requests.filter(({ method }) => method === 'GET')).toHaveLength(1);
  });

  it('refuses a reply that is too large to hold, once', async () => {
    // On a busy machine so much takes seconds.
    const patient = await globusUnderTest({ timeLimits: { attemptMilliseconds: 20_000 } });
    patient.server.plan(LIST, { status: 200, body: 'x'.repeat(32 * 1024 * 1024 + 1) });
    expect((await errorOf(patient.globus.listAccessRules(COLLECTION))).message).toContain('larger than');
    expect(patient.server.requestsTo(LIST)).toHaveLength(1);
    await patient.server.close();
  });

  it('waits as long as Retry-After asks, up to ten seconds', async () => {
    under.server.plan(LIST, failure(429, 'TooManyRequests', 'slow down', { 'retry-after': '10' }), empty);
    await list();
    expect(under.clock.sleeps).toEqual([10_000]);
  });

  it('passes a longer Retry-After on instead of waiting', async () => {
    under.server.plan(LIST, failure(503, 'ServiceUnavailable', 'later', { 'retry-after': '120' }));
    const error = (await errorOf(list())) as UnavailableError;
    expect(error.retryAfterSeconds).toBe(120);
    expect(under.clock.sleeps).toEqual([]);
  });

  it('never waits beyond its time limit', async () => {
    under.server.plan(LIST, failure(429, 'TooManyRequests', 'slow down', { 'retry-after': '9' }));
    expect((await errorOf(list())).name).toBe('UnavailableError');
    // 9 + 9 s pass under the 20 s; a third wait would not.
    expect(under.clock.sleeps).toEqual([9_000, 9_000]);
  });

  it('ends when Globus stays silent', async () => {
    // Long enough for a try to reach the server on a busy machine.
    const quick = await globusUnderTest({ timeLimits: { attemptMilliseconds: 1_000 } });
    quick.server.plan(LIST, 'silence');
    const error = await errorOf(quick.globus.listAccessRules(COLLECTION));
    expect(error.name).toBe('UnavailableError');
    expect(error.message).toContain('no answer in time');
    expect(quick.server.requestsTo(LIST)).toHaveLength(4);
    await quick.server.close();
  });

  it('ends when nobody listens', async () => {
    const lonely = await globusUnderTest({ transferUrl: NOBODY_LISTENS });
    const error = await errorOf(lonely.globus.listAccessRules(COLLECTION));
    expect(error.name).toBe('UnavailableError');
    expect(error.message).toContain('ECONNREFUSED');
    await lonely.server.close();
  });
});

describe('what Globus echoes', () => {
  it.each([
    { case: 'a refusal', status: 403 },
    { case: 'a failure', status: 500 },
  ])('shows no credential in error or log after $case', async ({ status }) => {
    const message = `token ${ACCESS_TOKEN} with Bearer ${ACCESS_TOKEN} is not good, nor is client_secret=${CLIENT_SECRET}`;
    under.server.plan(LIST, failure(status, `Code.${ACCESS_TOKEN}`, message));
    const error = await errorOf(list());
    expect(error.message).toContain('is not good');
    expect(everythingIn(error) + under.logged()).not.toContain('canary');
  });
});

describe('the hosts', () => {
  it('are ours, whatever the environment and the SDK say, with a path in front if there is one', async () => {
    const prefixed = await globusUnderTest();
    const { server } = prefixed;
    const other = await globusUnderTest({ transferUrl: `${server.url}/transfer/`, authUrl: `${server.url}/auth` });
    server.plan('POST /auth/v2/oauth2/token', {
      status: 200,
      body: { access_token: 't', expires_in: 60, resource_server: 'transfer.api.globus.org', other_tokens: [] },
    });
    server.plan(`GET /transfer${LIST.slice(4)}`, empty);
    expect(await other.globus.listAccessRules(COLLECTION)).toEqual([]);
    expect(server.requests.map(({ target }) => target.split('/')[1])).toEqual(['auth', 'transfer']);
    await server.close();
    await other.server.close();
  });
});
