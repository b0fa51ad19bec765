import { describe, expect, it } from 'vitest';
import { FIXTURE_WORLD } from '../../../infra/local/simulators/dataverse/fixture.ts';
import { startTestDataverse, type TestDataverse } from './running-dataverse.ts';

const TOKEN = 'a.bearer.token';

function whoIs(dataverse: TestDataverse, authorization: string, more: Readonly<Record<string, string>> = {}) {
  return dataverse.call('GET', '/api/users/:me', { headers: { authorization, ...more } });
}

/** A stand-in that takes bearer tokens, with one of the curator's. */
async function withBearerAuth(): Promise<TestDataverse> {
  const dataverse = await startTestDataverse();
  await dataverse.control('POST', '/bearer-auth', { enabled: true });
  await dataverse.control('POST', '/bearer-tokens', { token: TOKEN, user: 'curator' });
  return dataverse;
}

describe('bearer tokens', () => {
  it('are not looked at unless they are switched on', async () => {
    const dataverse = await startTestDataverse();
    await dataverse.control('POST', '/bearer-tokens', { token: TOKEN, user: 'curator' });
    const message = 'User with token null not found.';
    expect(await whoIs(dataverse, `Bearer ${TOKEN}`)).toMatchObject({ status: 400, body: { message } });
  });

  it.each(['Bearer', 'bearer'])('are taken after "%s" when they are on', async (scheme) => {
    const dataverse = await withBearerAuth();
    const reply = await whoIs(dataverse, `${scheme} ${TOKEN}`);
    expect(reply).toMatchObject({ status: 200, body: { data: { identifier: '@curator' } } });
  });

  it('can be on from the start, with a token of each person', async () => {
    const users = FIXTURE_WORLD.users.map((user) => ({ ...user, bearerToken: `bearer of ${user.name}` }));
    const dataverse = await startTestDataverse({ world: { ...FIXTURE_WORLD, bearerAuth: true, users } });
    const reply = await whoIs(dataverse, 'Bearer bearer of reader');
    expect(reply).toMatchObject({ status: 200, body: { data: { identifier: '@reader' } } });
  });

  it.each([
    { case: 'nobody vouches for', body: undefined, status: 401, message: 'Unauthorized bearer token' },
    {
      case: 'nobody here is linked to',
      body: { token: 'other', user: null },
      status: 403,
      message: 'Bearer token is validated, but there is no linked user account.',
    },
  ])('that $case are refused with $status, also where guests may call', async ({ body, status, message }) => {
    const dataverse = await withBearerAuth();
    if (body) await dataverse.control('POST', '/bearer-tokens', body);
    const reply = await dataverse.call('GET', '/api/datasets/30', { headers: { authorization: 'Bearer other' } });
    expect([reply.status, reply.body]).toEqual([status, { status: 'ERROR', message }]);
  });

  it('are worthless once they are removed', async () => {
    const dataverse = await withBearerAuth();
    await dataverse.control('DELETE', '/bearer-tokens', { token: TOKEN });
    expect((await whoIs(dataverse, `Bearer ${TOKEN}`)).status).toBe(401);
  });

  it('come after the API key: a bad key ends the call', async () => {
    const dataverse = await withBearerAuth();
    const reply = await whoIs(dataverse, `Bearer ${TOKEN}`, { 'x-dataverse-key': 'nobody' });
    expect(reply).toMatchObject({ status: 401, body: { message: 'Bad API key' } });
  });

  it('leave other schemes to whoever reads them: the caller is a guest', async () => {
    const dataverse = await withBearerAuth();
    expect((await whoIs(dataverse, `Basic ${TOKEN}`)).status).toBe(400);
  });

  it('of people without an API token give them unsigned URLs', async () => {
    const dataverse = await withBearerAuth();
    await dataverse.control('POST', '/users', { name: 'curator', apiToken: null });
    const headers = { authorization: `Bearer ${TOKEN}` };
    const reply = await dataverse.call('GET', '/api/datasets/29/globusUploadParameters', { headers });
    const { signedUrls } = (reply.body as { data: { signedUrls: { signedUrl: string }[] } }).data;
    expect(signedUrls.map(({ signedUrl }) => new URL(signedUrl).search)).toEqual(['', '', '', '']);
  });
});
