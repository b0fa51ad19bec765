import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { asUserName } from '../../../functions/domain/ids.ts';
import { errorOf, everythingIn } from '../adapter-parts.ts';
import {
  AS_USER,
  DATASET,
  type DataverseUnderTest,
  dataverseUnderTest,
  failure,
  ok,
  SIGN_CALL,
  SITE,
  SUPERUSER_KEY,
  signedUrl,
  UNBLOCK_SECRET,
} from './dataverse-under-test.ts';

let under: DataverseUnderTest;
beforeEach(async () => {
  under = await dataverseUnderTest();
});
afterEach(() => under.server.close());

const byId = { kind: 'database-id', datasetId: DATASET } as const;
const URL_TO_SIGN = `${SITE}/api/v1/datasets/4242/userPermissions`;
const permissions = ok({ canEditDataset: true, canPublishDataset: true, canViewUnpublishedDataset: true });
const ask = () => under.dataverse.datasetPermissions(byId, AS_USER);

describe('acting as a user', () => {
  it('has Dataverse sign the very URL and calls exactly that, without a key', async () => {
    const signed = signedUrl(URL_TO_SIGN);
    under.server.plan(SIGN_CALL, ok({ signedUrl: signed }));
    under.server.plan('GET /', permissions);
    expect((await ask()).canEditDataset).toBe(true);
    const [signing, call] = under.server.requests;
    expect(signing?.target).toBe('/api/v1/admin/requestSignedUrl');
    expect(signing?.headers['x-dataverse-key']).toBe(SUPERUSER_KEY);
    expect(signing?.headers['content-type']).toBe('application/json');
    expect(JSON.parse(signing?.body ?? '')).toEqual({ url: URL_TO_SIGN, timeOut: 10, httpMethod: 'GET', user: 'jdoe' });
    expect(call?.target).toBe(signed.slice(SITE.length));
    expect(call?.headers['x-dataverse-key']).toBeUndefined();
    expect(call?.headers['host']).toBe('dataverse.example.edu');
  });

  it('has the decoded text signed and sends it encoded, since Dataverse decodes before it checks', async () => {
    const dataset = { kind: 'persistent-id', persistentId: 'doi:10.5072/FK2/A B+C' } as const;
    const text = `${SITE}/api/v1/datasets/:persistentId/userPermissions?persistentId=doi:10.5072/FK2/A B+C`;
    under.server.plan(SIGN_CALL, ok({ signedUrl: signedUrl(text, 'jo+x@example.edu') }));
    under.server.plan('GET /', permissions);
    await under.dataverse.datasetPermissions(dataset, { kind: 'user', userName: asUserName('jo+x@example.edu') });
    expect(JSON.parse(under.server.requests[0]?.body ?? '')).toMatchObject({ url: text });
    const target = under.server.requests[1]?.target ?? '';
    expect(target).toContain('persistentId=doi:10.5072/FK2/A%20B%2BC&until=');
    expect(decodeURIComponent(target.replaceAll('+', ' '))).toBe(
      signedUrl(text, 'jo+x@example.edu').slice(SITE.length),
    );
  });

  it('adds the unblock key where one is configured', async () => {
    const { dataverse, server } = await dataverseUnderTest({ unblockKeySecret: UNBLOCK_SECRET });
    server.plan(SIGN_CALL, ok({ signedUrl: signedUrl(URL_TO_SIGN) }));
    server.plan('GET /', permissions);
    await dataverse.datasetPermissions(byId, AS_USER);
    expect(server.requests[0]?.target).toBe('/api/v1/admin/requestSignedUrl?unblock-key=canary%2Funblock%20key');
    await server.close();
  });

  it.each([
    { case: 'another user', url: signedUrl(URL_TO_SIGN, 'transfer') },
    { case: 'a user whose name only begins so', url: signedUrl(URL_TO_SIGN, 'jdoe2') },
    { case: 'no user', url: signedUrl(URL_TO_SIGN).replace('&user=jdoe', '') },
    { case: 'two users', url: signedUrl(URL_TO_SIGN).replace('&user=jdoe', '&user=jdoe&user=transfer') },
    { case: 'a user in the wrong place', url: signedUrl(`${URL_TO_SIGN}?user=jdoe`, 'transfer') },
    { case: 'another method', url: signedUrl(URL_TO_SIGN, 'jdoe', 'POST') },
    { case: 'another origin', url: signedUrl(URL_TO_SIGN.replace('example.edu', 'example.org')) },
    { case: 'another path', url: signedUrl(`${SITE}/api/v1/datasets/4243/userPermissions`) },
    { case: 'a longer path', url: signedUrl(`${URL_TO_SIGN}/more`) },
    { case: 'nothing: it is not signed', url: URL_TO_SIGN },
  ])('is refused when the URL is for $case', async ({ url }) => {
    under.server.plan(SIGN_CALL, ok({ signedUrl: url }));
    expect((await errorOf(ask())).name).toBe('UpstreamRefusedError');
    expect(under.server.requests).toHaveLength(1);
  });

  it('ends inside one time limit, signing included', async () => {
    under.server.plan(
      SIGN_CALL,
      failure(429, 'slow', { 'retry-after': '9' }),
      ok({ signedUrl: signedUrl(URL_TO_SIGN) }),
    );
    under.server.plan('GET /', failure(429, 'slow', { 'retry-after': '9' }));
    expect((await errorOf(ask())).name).toBe('UnavailableError');
    // 9 s for signing and 9 s for the call pass under the 20 s; a third wait would not.
    expect(under.clock.sleeps).toEqual([9_000, 9_000]);
  });

  it('tells that the user has no token', async () => {
    under.server.plan(SIGN_CALL, failure(409, 'Do not have a valid user with apiToken'));
    const error = await errorOf(ask());
    expect(error.name).toBe('NoUserTokenError');
    expect(error.message).toContain('jdoe');
  });

  it.each([
    {
      case: 'our account is no superuser',
      reply: failure(403, 'Requesting signed URLs is restricted to superusers.'),
      name: 'UpstreamRefusedError',
    },
    { case: 'our token is refused', reply: failure(401, 'Bad API key'), name: 'UpstreamRefusedError' },
    { case: 'the admin API is fenced', reply: failure(503, 'Endpoint blocked.'), name: 'UnavailableError' },
    { case: 'the answer is HTML', reply: { status: 200, body: '<html></html>' }, name: 'UnavailableError' },
  ])('does not blame the user when $case', async ({ reply, name }) => {
    under.server.plan(SIGN_CALL, reply);
    expect((await errorOf(ask())).name).toBe(name);
  });

  it('tells an operator when Dataverse does not accept its own signature', async () => {
    under.server.plan(SIGN_CALL, ok({ signedUrl: signedUrl(URL_TO_SIGN) }));
    under.server.plan('GET /', failure(401, 'Bad signed URL'));
    const error = await errorOf(ask());
    expect(error.name).toBe('UpstreamRefusedError');
    expect(error.message).toContain('SITE_URL');
  });

  it('shows neither signature nor keys in errors and log', async () => {
    const { dataverse, server, logged } = await dataverseUnderTest({ unblockKeySecret: UNBLOCK_SECRET });
    server.plan(SIGN_CALL, ok({ signedUrl: signedUrl(URL_TO_SIGN) }));
    server.plan(
      'GET /',
      failure(503, `no ${signedUrl(URL_TO_SIGN)} now, ${SUPERUSER_KEY}`),
      failure(500, `${'0badcafe'.repeat(16)}`),
    );
    const error = await errorOf(dataverse.datasetPermissions(byId, AS_USER));
    expect(everythingIn(error) + logged()).not.toMatch(/0badcafe|canary/);
    await server.close();
  });
});

describe('having a URL signed for somebody else to use', () => {
  const TARGET = `/api/v1/datasets/${DATASET}/versions/:draft`;
  const sign = () => under.dataverse.signedUrl(asUserName('jdoe'), TARGET, 300);

  it('asks for the minutes it was told and gives the whole URL', async () => {
    const signed = signedUrl(`${SITE}${TARGET}`);
    under.server.plan(SIGN_CALL, ok({ signedUrl: signed }));
    expect(await sign()).toBe(signed);
    expect(JSON.parse(under.server.requests[0]?.body ?? '')).toEqual({
      url: `${SITE}${TARGET}`,
      timeOut: 300,
      httpMethod: 'GET',
      user: 'jdoe',
    });
    expect(under.server.requests).toHaveLength(1);
  });

  it.each([
    { case: 'for another user', url: signedUrl(`${SITE}${TARGET}`, 'dataverseAdmin') },
    { case: 'for another path', url: signedUrl(`${SITE}${TARGET}/files`) },
    { case: 'for another method', url: signedUrl(`${SITE}${TARGET}`, 'jdoe', 'PUT') },
  ])('hands out no URL that is $case', async ({ url }) => {
    under.server.plan(SIGN_CALL, ok({ signedUrl: url }));
    expect((await errorOf(sign())).name).toBe('UpstreamRefusedError');
  });
});
