import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  DATAVERSE_GLOBUS_CLIENT_ID,
  NATIVE_CLIENT_ID,
  RESEARCHER_ID,
  SERVICE_ID,
} from '../../../infra/local/simulators/globus/fixture.ts';
import { accessToken, type Harness, send, startHarness } from './globus-harness.ts';
import { basicAuth, codeFor, exchange, FORM, formOf, type Parameters, tokensOf } from './login-client.ts';

const SERVICE = basicAuth(SERVICE_ID, 'service-secret');

let harness: Harness;
/** A token of the app for the researcher, and the refresh token beside it. */
let access = '';
let renewal = '';
beforeAll(async () => {
  harness = await startHarness();
  const [token] = tokensOf(await exchange(harness.url, await codeFor(harness.url, { access_type: 'offline' })));
  access = String(token?.['access_token']);
  renewal = String(token?.['refresh_token']);
});
afterAll(() => harness.close());

const ask = (call: string, form: Parameters, headers = {}) =>
  send(`${harness.url}/v2/oauth2/token/${call}`, 'POST', formOf(form), { ...FORM, ...headers });

describe('validate', () => {
  it.each([
    { case: 'an access token', token: () => access, client: DATAVERSE_GLOBUS_CLIENT_ID, active: true },
    { case: 'a refresh token', token: () => renewal, client: DATAVERSE_GLOBUS_CLIENT_ID, active: true },
    { case: "another application's token", token: () => access, client: NATIVE_CLIENT_ID, active: false },
    { case: 'a made-up token', token: () => 'nonsense', client: NATIVE_CLIENT_ID, active: false },
  ])('says $active of $case', async ({ token, client, active }) => {
    const reply = await ask('validate', { token: token(), client_id: client });
    expect(reply).toMatchObject({ status: 200, body: { active } });
  });

  it('takes Basic auth, and refuses a wrong secret', async () => {
    const token = await accessToken(harness.url, SERVICE_ID, 'service-secret');
    expect((await ask('validate', { token }, SERVICE)).body).toEqual({ active: true });
    const refused = await ask('validate', { token }, basicAuth(SERVICE_ID, 'wrong'));
    expect(refused).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
  });
});

describe('introspection of the token of a person', () => {
  it('names application, person and session', async () => {
    const { body } = await ask('introspect', { token: access, include: 'session_info,identity_set_detail' }, SERVICE);
    expect(body).toMatchObject({
      active: true,
      client_id: DATAVERSE_GLOBUS_CLIENT_ID,
      sub: RESEARCHER_ID,
      scope: 'openid email profile',
      aud: ['auth.globus.org', DATAVERSE_GLOBUS_CLIENT_ID],
      session_info: {
        session_id: expect.any(String),
        authentications: {
          [RESEARCHER_ID]: { idp: expect.any(String), auth_time: body['iat'], acr: null, amr: null, custom_claims: {} },
        },
      },
      identity_set_detail: [{ sub: RESEARCHER_ID, email: 'researcher@example.org', identity_type: 'login' }],
    });
    expect(body).not.toHaveProperty('identity_set');
  });

  it('keeps the session of the login when the token is renewed', async () => {
    const read = async (token: unknown) =>
      (await ask('introspect', { token: String(token), include: 'session_info' }, SERVICE)).body['session_info'];
    const form = { grant_type: 'refresh_token', refresh_token: renewal, client_id: DATAVERSE_GLOBUS_CLIENT_ID };
    const renewed = await send(`${harness.url}/v2/oauth2/token`, 'POST', formOf(form), FORM);
    expect(await read(renewed.body['access_token'])).toEqual(await read(access));
  });

  it('knows of no session of a client that acts for itself', async () => {
    const token = await accessToken(harness.url, SERVICE_ID, 'service-secret');
    const { body } = await ask('introspect', { token, include: 'session_info' }, SERVICE);
    expect(body['session_info']).toEqual({ session_id: null, authentications: {} });
  });
});

describe('revocation', () => {
  it('ends the token of whoever holds it and names an application, even a template', async () => {
    const template = '95fdeba8-fac2-42bd-a357-e068d82ff78e';
    const isActive = async () => (await ask('introspect', { token: renewal }, SERVICE)).body['active'];
    expect(await isActive()).toBe(true);
    const reply = await ask('revoke', { token: renewal, client_id: template });
    expect(reply).toMatchObject({ status: 200, body: { active: false } });
    expect(await isActive()).toBe(false);
  });

  it('needs to know who asks', async () => {
    expect((await ask('revoke', { token: access })).status).toBe(401);
    expect((await ask('revoke', { token: access }, basicAuth(SERVICE_ID, 'wrong'))).status).toBe(401);
    expect((await ask('introspect', { token: access }, SERVICE)).body['active']).toBe(true);
  });
});
