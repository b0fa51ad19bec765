import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  fixtureWorld,
  RESEARCHER_ID,
  SECOND_RESEARCHER_ID,
  SERVICE_ID,
} from '../../../infra/local/simulators/globus/fixture.ts';
import { parseScopes, scopesByResourceServer } from '../../../infra/local/simulators/globus/scopes.ts';
import type { GlobusWorld } from '../../../infra/local/simulators/globus/world.ts';
import {
  accessToken,
  type Harness,
  type Json,
  send,
  startHarness,
  TRANSFER_SCOPE,
  transferClient,
} from './globus-harness.ts';

const LINKED_ID = 'd15d4244-fc10-47f3-a790-85bdb6db9aff';
const world: GlobusWorld = {
  ...fixtureWorld,
  identities: [
    ...fixtureWorld.identities.map((each) =>
      each.id === RESEARCHER_ID ? { ...each, linkedIdentityIds: [LINKED_ID] } : each,
    ),
    {
      id: LINKED_ID,
      username: 'researcher@example.org',
      name: 'Researcher',
      email: 'r@example.org',
      clientSecret: 'linked-secret',
    },
  ],
};
const BASIC = `Basic ${Buffer.from(`${SERVICE_ID}:service-secret`).toString('base64')}`;
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness({ world });
});
afterAll(() => harness.close());

const token = (query: string, body: string | undefined, headers: Record<string, string>) =>
  send(`${harness.url}/v2/oauth2/token${query}`, 'POST', body, headers);

describe('the token endpoint', () => {
  const parameters = `grant_type=client_credentials&scope=${TRANSFER_SCOPE}`;
  const inForm = `${parameters}&client_id=${SERVICE_ID}&client_secret=service-secret`;

  it.each([
    { case: 'Basic auth and a form', query: '', body: parameters, headers: { ...FORM, authorization: BASIC } },
    { case: 'Basic auth and the query', query: `?${parameters}`, body: undefined, headers: { authorization: BASIC } },
    { case: 'credentials in the form', query: '', body: inForm, headers: FORM },
    { case: 'credentials in the query', query: `?${inForm}`, body: undefined, headers: {} },
  ])('issues a Transfer token for $case', async ({ query, body, headers }) => {
    const reply = await token(query, body, headers as Record<string, string>);
    expect(reply.status).toBe(200);
    expect(reply.body).toEqual({
      access_token: expect.any(String),
      scope: TRANSFER_SCOPE,
      expires_in: 172_800,
      token_type: 'Bearer',
      resource_server: 'transfer.api.globus.org',
      other_tokens: [],
    });
  });

  it('spreads scopes over resource servers in the order of the request', async () => {
    const scope = encodeURIComponent(`openid email profile ${TRANSFER_SCOPE}`);
    const { body } = await token('', `grant_type=client_credentials&scope=${scope}`, { ...FORM, authorization: BASIC });
    expect(body).toMatchObject({
      resource_server: 'auth.globus.org',
      scope: 'openid email profile',
      other_tokens: [{ resource_server: 'transfer.api.globus.org', scope: TRANSFER_SCOPE, expires_in: 172_800 }],
    });
  });

  it.each([
    {
      case: 'a wrong secret',
      body: `${parameters}&client_id=${SERVICE_ID}&client_secret=x`,
      status: 401,
      error: 'invalid_client',
    },
    {
      case: 'an unknown client',
      body: `${parameters}&client_id=${LINKED_ID.replace('d', 'e')}&client_secret=x`,
      status: 401,
      error: 'invalid_client',
    },
    { case: 'no credentials', body: parameters, status: 401, error: 'invalid_client' },
    {
      case: 'an unknown grant',
      body: inForm.replace('client_credentials', 'password'),
      status: 400,
      error: 'unsupported_grant_type',
    },
    { case: 'an unknown scope', body: inForm.replace(TRANSFER_SCOPE, 'nonsense'), status: 400, error: 'invalid_scope' },
  ])('refuses $case', async ({ body, status, error }) => {
    expect(await token('', body, FORM)).toMatchObject({ status, body: { error } });
  });

  it.each([
    {
      scopes: `${TRANSFER_SCOPE}[*https://auth.globus.org/scopes/abc/data_access]`,
      servers: ['transfer.api.globus.org'],
    },
    {
      scopes: `https://auth.globus.org/scopes/abc/https ${TRANSFER_SCOPE}`,
      servers: ['abc', 'transfer.api.globus.org'],
    },
    { scopes: 'urn:globus:auth:scope:auth.globus.org:view_identity_set openid', servers: ['auth.globus.org'] },
    { scopes: `${TRANSFER_SCOPE}[*a] ${TRANSFER_SCOPE}[*b]`, servers: ['transfer.api.globus.org'] },
  ])('reads $scopes as scopes of $servers', ({ scopes, servers }) => {
    expect([...scopesByResourceServer(scopes).keys()]).toEqual(servers);
  });

  it.each(['a]', 'a[b', '[a]', 'a[b]]', 'a[[b]]'])('refuses scopes whose brackets do not fit: %s', (scopes) => {
    expect(() => parseScopes(scopes)).toThrow(RangeError);
  });
});

describe('tokens at Transfer', () => {
  it.each([
    { case: 'no token', given: async () => '' },
    { case: 'an unknown token', given: async () => 'nonsense' },
    { case: 'a token for Auth', given: () => accessToken(harness.url, SERVICE_ID, 'service-secret', 'openid') },
    {
      case: 'a revoked token',
      given: async () => {
        const revoked = await accessToken(harness.url, SERVICE_ID, 'service-secret');
        await send(`${harness.url}/v2/oauth2/token/revoke`, 'POST', `token=${revoked}`, {
          ...FORM,
          authorization: BASIC,
        });
        return revoked;
      },
    },
  ])('are refused with AuthenticationFailed: $case', async ({ given }) => {
    const reply = await transferClient(harness.url, await given()).get('submission_id');
    expect(reply).toMatchObject({ status: 401, body: { code: 'AuthenticationFailed', resource: '/submission_id' } });
    expect(reply.headers.get('x-transfer-api-error')).toBe('AuthenticationFailed');
    expect(reply.body['request_id']).toMatch(/^[A-Za-z0-9]{9}$/);
  });

  it('end after 48 hours of the clock', async () => {
    const client = await harness.login(SERVICE_ID);
    // The clock goes on by itself as well.
    harness.clock.shift(172_800_000 - 60_000);
    expect((await client.get('submission_id')).status).toBe(200);
    harness.clock.shift(60_000);
    expect((await client.get('submission_id')).status).toBe(401);
  });

  it('all end when the control interface says so', async () => {
    const client = await harness.login(SERVICE_ID);
    await harness.control('POST', 'token-expiry');
    expect((await client.get('submission_id')).status).toBe(401);
  });
});

describe('introspection', () => {
  it('tells whose token it is, and of which identities', async () => {
    const value = await accessToken(harness.url, RESEARCHER_ID, 'researcher-secret');
    const { body } = await send(
      `${harness.url}/v2/oauth2/token/introspect`,
      'POST',
      `token=${value}&include=identity_set`,
      {
        ...FORM,
        authorization: BASIC,
      },
    );
    expect(body).toMatchObject({
      active: true,
      sub: RESEARCHER_ID,
      scope: TRANSFER_SCOPE,
      identity_set: [RESEARCHER_ID, LINKED_ID],
    });
    expect(Number(body['exp']) - Number(body['iat'])).toBe(172_800);
  });

  it('calls an unknown token inactive', async () => {
    const reply = await send(`${harness.url}/v2/oauth2/token/introspect`, 'POST', 'token=x', {
      ...FORM,
      authorization: BASIC,
    });
    expect(reply).toMatchObject({ status: 200, body: { active: false } });
  });
});

describe('identities', () => {
  const auth = async (path: string, scope: string): Promise<{ status: number; body: Json }> => {
    const value = await accessToken(harness.url, RESEARCHER_ID, 'researcher-secret', scope);
    return send(`${harness.url}/v2/${path}`, 'GET', undefined, { authorization: `Bearer ${value}` });
  };
  const viewSet = 'openid urn:globus:auth:scope:auth.globus.org:view_identity_set';

  it('userinfo names the identity set only to who may view it', async () => {
    const full = await auth('oauth2/userinfo', viewSet);
    expect(full.body).toMatchObject({ sub: RESEARCHER_ID, identity_set: [{ sub: RESEARCHER_ID }, { sub: LINKED_ID }] });
    expect((await auth('oauth2/userinfo', 'openid')).body).not.toHaveProperty('identity_set');
  });

  it.each([
    { case: 'userinfo without openid', path: 'oauth2/userinfo', scope: TRANSFER_SCOPE, status: 403, code: 'FORBIDDEN' },
    {
      case: 'neither ids nor usernames',
      path: 'api/identities',
      scope: 'openid',
      status: 400,
      code: 'INVALID_PARAMETERS',
    },
    {
      case: 'both ids and usernames',
      path: 'api/identities?ids=a&usernames=b',
      scope: 'openid',
      status: 400,
      code: 'INVALID_PARAMETERS',
    },
  ])('refuses $case', async ({ path, scope, status, code }) => {
    expect(await auth(path, scope)).toMatchObject({ status, body: { errors: [{ code, status: String(status) }] } });
  });

  it.each([
    { query: `ids=${RESEARCHER_ID},${SECOND_RESEARCHER_ID}`, found: [RESEARCHER_ID, SECOND_RESEARCHER_ID] },
    { query: `ids=${LINKED_ID},00000000-0000-4000-8000-000000000000`, found: [LINKED_ID] },
    { query: 'usernames=researcher@example.org,nobody@example.org', found: [LINKED_ID] },
  ])('finds $found.length by $query', async ({ query, found }) => {
    const { body } = await auth(`api/identities?${query}`, 'openid');
    expect((body['identities'] as Json[]).map((each) => each['id'])).toEqual(found);
  });

  it('reads one identity by its id', async () => {
    const { body } = await auth(`api/identities/${SERVICE_ID}`, 'openid');
    expect(body).toMatchObject({ identity: { id: SERVICE_ID, status: 'used' } });
  });

  it('answers 401 to a stranger', async () => {
    expect((await send(`${harness.url}/v2/api/identities?ids=a`, 'GET')).status).toBe(401);
    expect((await send(`${harness.url}/v2/oauth2/userinfo`, 'GET')).status).toBe(401);
  });
});
