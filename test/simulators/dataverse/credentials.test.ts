import { describe, expect, it } from 'vitest';
import {
  CURATOR,
  dataOf,
  READER,
  SITE_URL,
  SUPERUSER,
  startTestDataverse,
  type TestDataverse,
} from './running-dataverse.ts';

const BAD_KEY = { status: 'ERROR', message: 'Bad API key' };
const BAD_URL = { status: 'ERROR', message: 'Bad signed URL' };

async function signedFor(dataverse: TestDataverse, user: string, url: string, more: object = {}): Promise<string> {
  const json = { url, user, ...more };
  const reply = await dataverse.call('POST', '/api/admin/requestSignedUrl', { key: SUPERUSER, json });
  return dataOf<{ signedUrl: string }>(reply).signedUrl;
}

describe('API keys', () => {
  it.each([
    { case: 'a key in the header', target: '/api/users/:me', key: READER, identifier: '@reader' },
    { case: 'a key in the query', target: `/api/users/:me?key=${READER}`, identifier: '@reader' },
    {
      case: 'the header before the query',
      target: `/api/users/:me?key=${READER}`,
      key: CURATOR,
      identifier: '@curator',
    },
  ])('recognizes $case', async ({ target, key, identifier }) => {
    const dataverse = await startTestDataverse();
    const reply = await dataverse.call('GET', target, key ? { key } : {});
    expect(reply.body).toMatchObject({ data: { identifier } });
  });

  it('refuses an unknown key, even on a call that guests may make', async () => {
    const dataverse = await startTestDataverse();
    const reply = await dataverse.call('GET', '/api/datasets/30', { key: 'nobody' });
    expect(reply).toMatchObject({ status: 401, body: BAD_KEY });
  });

  it('refuses an unknown key beside a good signed URL', async () => {
    const dataverse = await startTestDataverse();
    const url = await signedFor(dataverse, 'curator', `${SITE_URL}/api/v1/users/:me`);
    expect((await dataverse.call('GET', url)).status).toBe(200);
    expect(await dataverse.call('GET', url, { key: 'nobody' })).toMatchObject({ status: 401, body: BAD_KEY });
  });

  it.each([
    { case: 'disabled', change: { tokenDisabled: true } },
    { case: 'removed', change: { apiToken: null } },
    { case: 'of a deactivated account', change: { deactivated: true } },
    { case: 'expired', change: { tokenExpiresAt: '2020-01-01T00:00:00Z' } },
  ])('refuses a token that is $case', async ({ change }) => {
    const dataverse = await startTestDataverse();
    await dataverse.control('POST', '/users', { name: 'curator', ...change });
    const reply = await dataverse.call('GET', '/api/users/:me', { key: CURATOR });
    expect(reply).toMatchObject({ status: 401, body: BAD_KEY });
  });

  it('deletes an expired token at its first use, which ends its signed URLs', async () => {
    const dataverse = await startTestDataverse();
    const url = await signedFor(dataverse, 'curator', `${SITE_URL}/api/v1/users/:me`);
    await dataverse.control('POST', '/users', { name: 'curator', tokenExpiresAt: '2020-01-01T00:00:00Z' });
    expect((await dataverse.call('GET', url)).status).toBe(200);
    await dataverse.call('GET', '/api/users/:me', { key: CURATOR });
    expect(await dataverse.call('GET', url)).toMatchObject({ status: 401, body: BAD_URL });
  });
});

describe('signed URLs', () => {
  const target = `${SITE_URL}/api/v1/datasets/29/userPermissions`;

  it('give the rights of the user they are signed for, also with parameters after the token', async () => {
    const dataverse = await startTestDataverse();
    const url = await signedFor(dataverse, 'curator', target);
    for (const each of [url, `${url}&dvLocale=en`]) {
      expect((await dataverse.call('GET', each)).body).toMatchObject({ data: { canEditDataset: true } });
    }
  });

  it('serve the unversioned path too, because it is rewritten before the check', async () => {
    const dataverse = await startTestDataverse();
    const url = await signedFor(dataverse, 'curator', target);
    expect((await dataverse.call('GET', url.replace('/api/v1/', '/api/'))).status).toBe(200);
  });

  it('fail when they were signed in the unversioned form', async () => {
    const dataverse = await startTestDataverse();
    const url = await signedFor(dataverse, 'curator', target.replace('/v1/', '/'));
    expect(await dataverse.call('GET', url)).toMatchObject({ status: 401, body: BAD_URL });
  });

  it('fail behind a proxy that changes the host or hides the scheme', async () => {
    const dataverse = await startTestDataverse({ siteUrl: 'https://dataverse.test' });
    const url = await signedFor(dataverse, 'curator', target.replace('http:', 'https:'));
    const https = { 'x-forwarded-proto': 'https' };
    expect((await dataverse.call('GET', url, { headers: https })).status).toBe(200);
    expect((await dataverse.call('GET', url)).status).toBe(401);
    const internal = { ...https, host: 'payara.internal:8080' };
    expect((await dataverse.call('GET', url, { headers: internal })).status).toBe(401);
  });

  it('end with their time', async () => {
    const dataverse = await startTestDataverse();
    const url = await signedFor(dataverse, 'curator', target, { timeOut: 3 });
    dataverse.clock.shift(2 * 60_000);
    expect((await dataverse.call('GET', url)).status).toBe(200);
    dataverse.clock.shift(61_000);
    expect(await dataverse.call('GET', url)).toMatchObject({ status: 401, body: BAD_URL });
  });

  it('stay good while the token is disabled, and end when it is replaced', async () => {
    const dataverse = await startTestDataverse();
    const url = await signedFor(dataverse, 'curator', target);
    await dataverse.control('POST', '/users', { name: 'curator', tokenDisabled: true });
    expect((await dataverse.call('GET', url)).status).toBe(200);
    await dataverse.control('POST', '/users', { name: 'curator', apiToken: 'another', tokenDisabled: false });
    expect((await dataverse.call('GET', url)).status).toBe(401);
  });

  it.each([
    { case: 'of a user nobody knows', change: (url: string) => url.replace('user=curator', 'user=nobody') },
    { case: 'of another user', change: (url: string) => url.replace('user=curator', 'user=dataverseAdmin') },
    { case: 'with another path', change: (url: string) => url.replace('/29/', '/30/') },
  ])('are refused $case', async ({ change }) => {
    const dataverse = await startTestDataverse();
    const url = await signedFor(dataverse, 'curator', target);
    expect(await dataverse.call('GET', change(url))).toMatchObject({ status: 401, body: BAD_URL });
  });

  it('without a user are an uncaught exception', async () => {
    const dataverse = await startTestDataverse();
    const reply = await dataverse.call('GET', '/api/v1/users/:me?token=abc');
    expect(reply).toMatchObject({ status: 500, body: { code: 500, incidentId: expect.any(String) } });
  });
});

describe('POST /api/admin/requestSignedUrl', () => {
  const json = { url: `${SITE_URL}/api/v1/datasets/29/addFiles`, user: 'curator', httpMethod: 'POST', timeOut: 3 };
  const path = '/api/admin/requestSignedUrl';

  it('signs for the named user, method and minutes', async () => {
    const dataverse = await startTestDataverse();
    const before = dataverse.clock.nowMilliseconds();
    const reply = await dataverse.call('POST', path, { key: SUPERUSER, json });
    const url = dataOf<{ signedUrl: string }>(reply).signedUrl;
    expect(url).toMatch(/\/addFiles\?until=[^&]+&user=curator&method=POST&token=[0-9a-f]{128}$/);
    const until = Date.parse(`${new URL(url).searchParams.get('until')}Z`);
    expect(until).toBeGreaterThanOrEqual(before + 3 * 60_000);
    expect(until).toBeLessThanOrEqual(dataverse.clock.nowMilliseconds() + 3 * 60_000);
  });

  it('signs for ten minutes and GET unless told', async () => {
    const dataverse = await startTestDataverse();
    const before = dataverse.clock.nowMilliseconds();
    const url = new URL(await signedFor(dataverse, 'curator', json.url));
    expect(url.searchParams.get('method')).toBe('GET');
    expect(Date.parse(`${url.searchParams.get('until')}Z`)).toBeGreaterThanOrEqual(before + 600_000);
  });

  it('signs for the superuser when nobody has the name', async () => {
    const dataverse = await startTestDataverse();
    const url = await signedFor(dataverse, '@curator', `${SITE_URL}/api/v1/users/:me`);
    expect(url).toContain('&user=dataverseAdmin&');
    expect((await dataverse.call('GET', url)).body).toMatchObject({ data: { superuser: true } });
  });

  it.each([
    {
      case: 'a guest',
      options: { json },
      status: 401,
      message: 'Only authenticated users can perform the requested operation',
    },
    {
      case: 'an ordinary user',
      options: { key: CURATOR, json },
      status: 403,
      message: 'Requesting signed URLs is restricted to superusers.',
    },
    {
      case: 'a body without user',
      options: { key: SUPERUSER, json: { url: json.url } },
      status: 500,
      message: expect.stringMatching(/^Internal server error/),
    },
    {
      case: 'a body without url',
      options: { key: SUPERUSER, json: { user: 'curator' } },
      status: 500,
      message: expect.stringMatching(/^Internal server error/),
    },
    {
      case: 'a body that is no JSON',
      options: { key: SUPERUSER, text: '{' },
      status: 500,
      message: expect.stringMatching(/^Internal server error/),
    },
  ])('answers $status to $case', async ({ options, status, message }) => {
    const dataverse = await startTestDataverse();
    expect(await dataverse.call('POST', path, options)).toMatchObject({ status, body: { status: 'ERROR', message } });
  });

  it.each([
    { case: 'no token', change: { apiToken: null } },
    { case: 'a disabled token', change: { tokenDisabled: true } },
    { case: 'an expired token', change: { tokenExpiresAt: '2020-01-01T00:00:00Z' } },
  ])('answers 409 for a user with $case', async ({ change }) => {
    const dataverse = await startTestDataverse();
    await dataverse.control('POST', '/users', { name: 'curator', ...change });
    const reply = await dataverse.call('POST', path, { key: SUPERUSER, json });
    expect(reply).toMatchObject({ status: 409, body: { message: 'Do not have a valid user with apiToken' } });
  });
});
