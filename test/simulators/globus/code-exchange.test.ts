import { createPublicKey, type JsonWebKey, verify } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  DATAVERSE_GLOBUS_CLIENT_ID,
  NATIVE_CLIENT_ID,
  RESEARCHER_ID,
  SERVICE_ID,
} from '../../../infra/local/simulators/globus/fixture.ts';
import { type Harness, type Json, send, startHarness, TRANSFER_SCOPE, transferClient } from './globus-harness.ts';
import {
  APP_SCOPES,
  basicAuth,
  codeFor,
  exchange,
  FORM,
  formOf,
  type Parameters,
  REDIRECT_URI,
  tokensOf,
  VERIFIER,
} from './login-client.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness.close());

const refresh = (changes: Parameters, headers = {}) =>
  send(
    `${harness.url}/v2/oauth2/token`,
    'POST',
    formOf({ grant_type: 'refresh_token', client_id: DATAVERSE_GLOBUS_CLIENT_ID }, changes),
    { ...FORM, ...headers },
  );

describe('the exchange of a code', () => {
  it('gives a public application the Auth token first and the Transfer token beside it', async () => {
    const { status, body } = await exchange(harness.url, await codeFor(harness.url));
    expect(status).toBe(200);
    expect(body).toEqual({
      access_token: expect.any(String),
      scope: 'openid email profile',
      expires_in: 172_800,
      token_type: 'Bearer',
      resource_server: 'auth.globus.org',
      state: 'a b/c=%2F',
      id_token: expect.any(String),
      other_tokens: [
        {
          access_token: expect.any(String),
          scope: TRANSFER_SCOPE,
          expires_in: 172_800,
          token_type: 'Bearer',
          resource_server: 'transfer.api.globus.org',
        },
      ],
    });
    const [first, second] = tokensOf({ body } as never);
    const userinfo = await send(`${harness.url}/v2/oauth2/userinfo`, 'GET', undefined, {
      authorization: `Bearer ${first?.['access_token']}`,
    });
    expect(userinfo.body).toMatchObject({ sub: RESEARCHER_ID, last_authentication: expect.any(Number) });
    const transfer = transferClient(harness.url, String(second?.['access_token']));
    expect((await transfer.get('submission_id')).status).toBe(200);
  });

  it('takes the parameters from the query too', async () => {
    const query = formOf({
      grant_type: 'authorization_code',
      code: await codeFor(harness.url),
      redirect_uri: REDIRECT_URI,
    });
    const form = formOf({ client_id: DATAVERSE_GLOBUS_CLIENT_ID, code_verifier: VERIFIER });
    expect((await send(`${harness.url}/v2/oauth2/token?${query}`, 'POST', form, FORM)).status).toBe(200);
  });

  it('signs an ID token that the published key proves', async () => {
    const { body } = await exchange(harness.url, await codeFor(harness.url, { nonce: 'n-1' }));
    const [header = '', claims = '', signature = ''] = String(body['id_token']).split('.');
    const discovery = await send(`${harness.url}/.well-known/openid-configuration`, 'GET');
    expect(discovery.body).toMatchObject({
      issuer: 'https://auth.globus.org',
      id_token_signing_alg_values_supported: ['RS256'],
      authorization_endpoint: `${harness.url}/v2/oauth2/authorize`,
      token_endpoint: `${harness.url}/v2/oauth2/token`,
    });
    const keys = (await send(String(discovery.body['jwks_uri']), 'GET')).body['keys'] as (Json & JsonWebKey)[];
    const key = createPublicKey({ key: keys[0] ?? {}, format: 'jwk' });
    expect(keys[0]).not.toHaveProperty('d');
    const signed = Buffer.from(`${header}.${claims}`);
    expect(verify('RSA-SHA256', signed, key, Buffer.from(signature, 'base64url'))).toBe(true);
    const read = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString()) as Json;
    expect(read(header)).toMatchObject({ alg: 'RS256', kid: keys[0]?.['kid'] });
    expect(read(claims)).toMatchObject({ sub: RESEARCHER_ID, aud: DATAVERSE_GLOBUS_CLIENT_ID, nonce: 'n-1' });
    expect(Number(read(claims)['iat']) * 1000).toBeLessThanOrEqual(harness.clock.nowMilliseconds());
  });

  it.each([
    { case: 'another verifier', changes: { code_verifier: 'x'.repeat(64) }, status: 401, error: 'invalid_grant' },
    { case: 'no verifier', changes: { code_verifier: undefined }, status: 401, error: 'invalid_grant' },
    { case: 'a short verifier', changes: { code_verifier: 'short' }, status: 401, error: 'invalid_grant' },
    { case: 'another address', changes: { redirect_uri: 'http://127.0.0.1:1/' }, status: 401, error: 'invalid_grant' },
    { case: 'another application', changes: { client_id: NATIVE_CLIENT_ID }, status: 401, error: 'invalid_grant' },
    {
      case: 'an application that has a secret',
      changes: { client_id: SERVICE_ID },
      status: 401,
      error: 'invalid_client',
    },
    { case: 'no code', changes: { code: undefined }, status: 400, error: 'invalid_request' },
    { case: 'a made-up code', changes: { code: 'nonsense' }, status: 401, error: 'invalid_grant' },
  ])('is refused with $error for $case', async ({ changes, status, error }) => {
    const reply = await exchange(harness.url, await codeFor(harness.url), changes);
    expect(reply).toMatchObject({ status, body: { error } });
  });

  it('is possible once', async () => {
    const code = await codeFor(harness.url);
    expect((await exchange(harness.url, code)).status).toBe(200);
    expect((await exchange(harness.url, code)).body).toEqual({ error: 'invalid_grant' });
  });

  it('is possible for ten minutes', async () => {
    const [early, late] = [await codeFor(harness.url), await codeFor(harness.url)];
    harness.clock.shift(9 * 60_000);
    expect((await exchange(harness.url, early)).status).toBe(200);
    harness.clock.shift(60_000);
    expect((await exchange(harness.url, late)).status).toBe(401);
  });

  it('needs the secret of an application that has one, and no challenge', async () => {
    const asked = { client_id: SERVICE_ID, code_challenge: undefined, code_challenge_method: undefined };
    const given = { client_id: undefined, code_verifier: undefined };
    const attempt = async (headers: object) => exchange(harness.url, await codeFor(harness.url, asked), given, headers);
    expect((await attempt(basicAuth(SERVICE_ID, 'wrong'))).status).toBe(401);
    expect((await attempt(basicAuth(SERVICE_ID, 'service-secret'))).status).toBe(200);
  });
});

describe('a refresh token', () => {
  it('comes with each token when access is offline, and renews that one', async () => {
    const first = await exchange(harness.url, await codeFor(harness.url, { access_type: 'offline' }));
    const [auth, transfer] = tokensOf(first);
    expect(auth?.['refresh_token']).not.toBe(transfer?.['refresh_token']);
    await harness.control('POST', 'token-expiry');
    const renewed = await refresh({ refresh_token: String(transfer?.['refresh_token']) });
    expect(renewed.body).toEqual({
      access_token: expect.any(String),
      scope: TRANSFER_SCOPE,
      expires_in: 172_800,
      token_type: 'Bearer',
      resource_server: 'transfer.api.globus.org',
      refresh_token: transfer?.['refresh_token'],
      other_tokens: [],
    });
    const status = async (token: unknown) =>
      (await transferClient(harness.url, String(token)).get('submission_id')).status;
    expect(await status(transfer?.['access_token'])).toBe(401);
    expect(await status(renewed.body['access_token'])).toBe(200);
  });

  it('is not given online, nor taken for an access token', async () => {
    const online = tokensOf(await exchange(harness.url, await codeFor(harness.url)));
    expect(online.filter((token) => 'refresh_token' in token)).toEqual([]);
    const offline = tokensOf(await exchange(harness.url, await codeFor(harness.url, { access_type: 'offline' })));
    const misused = transferClient(harness.url, String(offline[1]?.['refresh_token']));
    expect((await misused.get('submission_id')).status).toBe(401);
  });

  it('serves the application it was given to, and no other', async () => {
    const [token] = tokensOf(await exchange(harness.url, await codeFor(harness.url, { access_type: 'offline' })));
    const refreshToken = String(token?.['refresh_token']);
    expect(await refresh({ refresh_token: refreshToken, client_id: NATIVE_CLIENT_ID })).toMatchObject({
      status: 401,
      body: { error: 'invalid_grant' },
    });
    expect((await refresh({ refresh_token: refreshToken })).status).toBe(200);
    expect(await refresh({})).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
  });

  it('lives until half a year after its last use', async () => {
    const [token] = tokensOf(await exchange(harness.url, await codeFor(harness.url, { access_type: 'offline' })));
    const use = async () => (await refresh({ refresh_token: String(token?.['refresh_token']) })).status;
    harness.clock.shift(180 * 86_400_000);
    expect(await use()).toBe(200);
    harness.clock.shift(180 * 86_400_000);
    expect(await use()).toBe(200);
    harness.clock.shift(182 * 86_400_000);
    expect(await use()).toBe(401);
  });

  it('outlives a restart, as an application made through the control interface does', async () => {
    const made = await harness.control('POST', 'clients', { name: 'A script' });
    const clientId = String(made.body['id']);
    const code = await codeFor(harness.url, { client_id: clientId, access_type: 'offline', scope: APP_SCOPES });
    const [token] = tokensOf(await exchange(harness.url, code, { client_id: clientId }));
    await harness.restart();
    const renewed = await refresh({ client_id: clientId, refresh_token: String(token?.['refresh_token']) });
    expect(renewed.status).toBe(200);
  });
});
