import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { UnavailableError } from '../../../functions/domain/errors.ts';
import { errorOf } from '../adapter-parts.ts';
import { NOBODY_LISTENS } from '../loopback-server.ts';
import {
  AS_GUEST,
  AS_SERVICE,
  DATASET,
  type DataverseUnderTest,
  dataverseUnderTest,
  failure,
  ok,
  SUPERUSER_KEY,
  SUPERUSER_SECRET,
} from './dataverse-under-test.ts';

let under: DataverseUnderTest;
beforeEach(async () => {
  under = await dataverseUnderTest();
});
afterEach(() => under.server.close());

const byId = { kind: 'database-id', datasetId: DATASET } as const;
const store = ok({ message: 'globusm' });
const read = () => under.dataverse.storageDriver(byId);

describe('a read from Dataverse', () => {
  it.each([
    { case: '429', reply: failure(429, 'Rate limited due to too many requests.') },
    { case: '502 as HTML', reply: { status: 502, body: '<html></html>' } },
    { case: '503', reply: failure(503, 'starting') },
    { case: '504', reply: { status: 504, body: '<html></html>' } },
    { case: 'a cut connection', reply: 'cut' as const },
    { case: 'a cut body', reply: 'cut-in-body' as const },
  ])('is repeated after $case', async ({ reply }) => {
    under.server.plan('GET /', reply, store);
    expect(await read()).toBe('globusm');
    expect(under.clock.sleeps).toEqual([250]);
    expect(under.logged()).toContain('dataverse.retry');
  });

  it('ends after three repeats with the words of Dataverse', async () => {
    under.server.plan('GET /', failure(503, 'Endpoint blocked. Please contact the dataverse administrator'));
    const error = await errorOf(read());
    expect(error.name).toBe('UnavailableError');
    expect(error.message).toContain('Endpoint blocked');
    expect(under.server.requests).toHaveLength(4);
    expect(under.clock.sleeps).toEqual([250, 500, 1_000]);
  });

  it('waits as Retry-After asks, and passes a long one on', async () => {
    under.server.plan(
      'GET /',
      failure(429, 'slow', { 'retry-after': '3' }),
      failure(429, 'slow', { 'retry-after': '60' }),
    );
    const error = (await errorOf(read())) as UnavailableError;
    expect(under.clock.sleeps).toEqual([3_000]);
    expect(error.retryAfterSeconds).toBe(60);
  });

  it('ends when Dataverse stays silent', async () => {
    // Long enough for a try to reach the server on a busy machine.
    const quick = await dataverseUnderTest({ timeLimits: { attemptMilliseconds: 1_000 } });
    quick.server.plan('GET /', 'silence');
    const error = await errorOf(quick.dataverse.storageDriver(byId));
    expect(error.message).toContain('no answer in time');
    expect(quick.server.requests).toHaveLength(4);
    await quick.server.close();
  });

  it('ends when nobody listens', async () => {
    const lonely = await dataverseUnderTest({ connectUrl: NOBODY_LISTENS });
    const error = await errorOf(lonely.dataverse.storageDriver(byId));
    expect(error.name).toBe('UnavailableError');
    expect(error.message).toContain('ECONNREFUSED');
    expect(lonely.clock.sleeps).toHaveLength(3);
    await lonely.server.close();
  });

  it('refuses a reply that is too large to hold, once', async () => {
    // On a busy machine so much takes seconds.
    const patient = await dataverseUnderTest({ timeLimits: { attemptMilliseconds: 20_000 } });
    patient.server.plan('GET /', { status: 200, body: 'x'.repeat(64 * 1024 * 1024 + 1) });
    const error = await errorOf(patient.dataverse.storageDriver(byId));
    expect(error.name).toBe('UnavailableError');
    expect(error.message).toContain('larger than');
    expect(patient.server.requests).toHaveLength(1);
    await patient.server.close();
  });
});

describe('a call as the service', () => {
  it('reads a rotated token once when the old one is refused', async () => {
    await under.secrets.read(SUPERUSER_SECRET);
    under.secrets.rotate(SUPERUSER_SECRET, 'rotated-key');
    under.server.plan('GET /', failure(401, 'Bad API key'), ok({ identifier: '@transfer' }));
    expect((await under.dataverse.whoIs(AS_SERVICE)).userName).toBe('transfer');
    expect(under.server.requests.map(({ headers }) => headers['x-dataverse-key'])).toEqual([
      SUPERUSER_KEY,
      'rotated-key',
    ]);
  });

  it('is not repeated with the token that was refused', async () => {
    under.server.plan('GET /', failure(401, 'Bad API key'));
    expect((await errorOf(under.dataverse.whoIs(AS_SERVICE))).name).toBe('UpstreamRefusedError');
    expect(under.server.requests).toHaveLength(1);
    expect(under.secrets.forgotten).toEqual([SUPERUSER_SECRET]);
  });

  it('does not happen when its secret is missing', async () => {
    const { dataverse, server } = await dataverseUnderTest({ superuserSecret: 'absent' });
    expect((await errorOf(dataverse.locks(DATASET))).message).toContain('absent');
    expect(server.requests).toHaveLength(0);
    await server.close();
  });

  it('leaves the token of a guest call out, and needs none', async () => {
    const { dataverse, server } = await dataverseUnderTest({ superuserSecret: 'absent' });
    server.plan('GET /', ok({ canEditDataset: false, canPublishDataset: false, canViewUnpublishedDataset: false }));
    await dataverse.datasetPermissions(byId, AS_GUEST);
    expect(server.requests[0]?.headers['x-dataverse-key']).toBeUndefined();
    await server.close();
  });
});

describe('locking and unlocking', () => {
  const LOCK = 'POST /api/v1/datasets/4242/lock/GlobusUpload';
  const UNLOCK = 'DELETE /api/v1/datasets/4242/locks?type=GlobusUpload';
  const lock = () => under.dataverse.lock(DATASET, 'GlobusUpload');
  const unlock = () => under.dataverse.unlock(DATASET, 'GlobusUpload');

  it.each([
    { call: lock, plan: LOCK, reply: ok({ message: 'dataset locked with lock type GlobusUpload' }), outcome: 'locked' },
    {
      call: lock,
      plan: LOCK,
      reply: failure(403, 'dataset already locked with lock type GlobusUpload'),
      outcome: 'already-locked',
    },
    { call: unlock, plan: UNLOCK, reply: ok({ message: 'lock type GlobusUpload removed' }), outcome: 'unlocked' },
    {
      call: unlock,
      plan: UNLOCK,
      reply: ok({ message: 'no lock type GlobusUpload on the dataset' }),
      outcome: 'not-locked',
    },
    { call: unlock, plan: UNLOCK, reply: ok({ message: 'dataset not locked' }), outcome: 'not-locked' },
  ])('tells $outcome', async ({ call, plan, reply, outcome }) => {
    under.server.plan(plan, reply);
    expect(await call()).toBe(outcome);
    expect(under.server.requestsTo(plan)).toHaveLength(1);
    expect(under.server.requests[0]?.headers['x-dataverse-key']).toBe(SUPERUSER_KEY);
  });

  it.each([
    { case: '500', reply: failure(500, 'Internal server error.') },
    { case: '502', reply: { status: 502, body: '<html></html>' } },
    { case: 'a cut connection', reply: 'cut' as const },
  ])('tries once and is unavailable after $case', async ({ reply }) => {
    under.server.plan('POST /', reply);
    under.server.plan('DELETE /', reply);
    expect((await errorOf(lock())).name).toBe('UnavailableError');
    expect((await errorOf(unlock())).name).toBe('UnavailableError');
    expect(under.server.requests).toHaveLength(2);
  });

  it('tries again when no connection stood, which had no effect', async () => {
    const lonely = await dataverseUnderTest({ connectUrl: NOBODY_LISTENS });
    expect((await errorOf(lonely.dataverse.lock(DATASET, 'GlobusUpload'))).name).toBe('UnavailableError');
    expect(lonely.clock.sleeps).toHaveLength(3);
    await lonely.server.close();
  });

  it("is no fault of the caller's when our own account may not do it", async () => {
    under.server.plan('POST /', failure(403, 'This API end point can be used by superusers only.'));
    expect((await errorOf(lock())).name).toBe('UpstreamRefusedError');
  });
});
