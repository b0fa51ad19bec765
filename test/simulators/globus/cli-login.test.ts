import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ARCHER2_COLLECTION_ID as ARCHER2,
  PERSONAL_COLLECTION_ID as PERSONAL,
  RESEARCHER_ID,
} from '../../../infra/local/simulators/globus/fixture.ts';
import {
  type Harness,
  type Json,
  type Reply,
  send,
  startHarness,
  TRANSFER_SCOPE,
  transferClient,
} from './globus-harness.ts';
import { basicAuth, FORM, formOf, open, tokensOf } from './login-client.ts';

const TEMPLATE = '95fdeba8-fac2-42bd-a357-e068d82ff78e';
const TIMERS = '524230d7-ea86-4a52-8312-86065a9e0417';
const FLOWS = 'https://auth.globus.org/scopes/eec9b274-0c81-4334-bdc2-54e90e689b9a';
/** What `globus login` asks for (globus-api.md 4). */
const CLI_SCOPES = [
  'openid profile email urn:globus:auth:scope:auth.globus.org:view_identity_set',
  TRANSFER_SCOPE,
  'urn:globus:auth:scope:groups.api.globus.org:all urn:globus:auth:scope:search.api.globus.org:all',
  `https://auth.globus.org/scopes/${TIMERS}/timer[https://auth.globus.org/scopes/actions.globus.org/transfer/transfer[${TRANSFER_SCOPE}]]`,
  `${FLOWS}/manage_flows ${FLOWS}/view_flows`,
].join(' ');

let harness: Harness;
/** The client that the program makes for itself, and how it proves to be it. */
let clientId = '';
let auth: Record<string, string> = {};
beforeAll(async () => {
  harness = await startHarness();
  const client = { template_id: TEMPLATE, name: 'Globus CLI' };
  const { body } = await send(`${harness.url}/v2/api/clients`, 'POST', { client });
  const { client: id, secret } = (body['included'] as { client_credential: Record<string, string> }).client_credential;
  clientId = String(id);
  auth = basicAuth(clientId, String(secret));
});
afterAll(() => harness.close());

const post = (call: string, form: Record<string, string>): Promise<Reply> =>
  send(`${harness.url}/v2/oauth2/token${call}`, 'POST', formOf(form), { ...FORM, ...auth });
const logIn = async (scope: string): Promise<Reply> => {
  const redirectUri = `${harness.url}/v2/web/auth-code`;
  const query = formOf({
    client_id: clientId,
    redirect_uri: redirectUri,
    scope,
    state: '_default',
    response_type: 'code',
    access_type: 'offline',
    prompt: 'login',
    login: RESEARCHER_ID,
  });
  const { location } = await open(`${harness.url}/v2/oauth2/authorize?${query}`);
  const code = new URL(location).searchParams.get('code') ?? '';
  return post('', { grant_type: 'authorization_code', code, redirect_uri: redirectUri });
};

describe('the login of a command line program', () => {
  it('ends with a refresh token for each of six resource servers, good at every later command', async () => {
    const tokens = tokensOf(await logIn(CLI_SCOPES));
    expect(tokens.map((token) => token['resource_server'])).toEqual([
      'auth.globus.org',
      'transfer.api.globus.org',
      'groups.api.globus.org',
      'search.api.globus.org',
      TIMERS,
      'flows.globus.org',
    ]);
    for (const token of tokens)
      expect((await post('/validate', { token: String(token['refresh_token']) })).body).toEqual({ active: true });
    const userinfo = await send(`${harness.url}/v2/oauth2/userinfo`, 'GET', undefined, {
      authorization: `Bearer ${tokens[0]?.['access_token']}`,
    });
    const username = `${RESEARCHER_ID}@clients.auth.globus.org`;
    expect(userinfo.body).toMatchObject({ preferred_username: username, identity_set: [{ username }] });
  });

  it('lists a collection, and a mapped one once its scope was consented to', async () => {
    const [, transfer] = tokensOf(await logIn(CLI_SCOPES));
    const cli = transferClient(harness.url, String(transfer?.['access_token']));
    const listing = await cli.get(`operation/endpoint/${PERSONAL}/ls?path=/~/&show_hidden=0`);
    expect(listing).toMatchObject({ status: 200, body: { path: '/~/' } });
    const path = `operation/endpoint/${ARCHER2}/ls?path=/~/archive&show_hidden=0`;
    const refused = await cli.get(path);
    expect(refused).toMatchObject({ status: 403, body: { code: 'ConsentRequired' } });
    await logIn((refused.body['required_scopes'] as string[]).join(' '));
    expect(await cli.get(path)).toMatchObject({ status: 200, body: { path: '/~/archive/' } });
  });

  it('shows its session, and logs out by revoking', async () => {
    const tokens = tokensOf(await logIn(CLI_SCOPES));
    const token = String(tokens[0]?.['refresh_token']);
    const { body } = await post('/introspect', { token, include: 'session_info' });
    expect(Object.keys((body['session_info'] as { authentications: Json }).authentications)).toEqual([RESEARCHER_ID]);
    // The program names the template here, not the client it made from it.
    const form = formOf({ token, client_id: TEMPLATE });
    await send(`${harness.url}/v2/oauth2/token/revoke`, 'POST', form, FORM);
    expect((await post('/validate', { token })).body).toEqual({ active: false });
  });

  it.each([
    { case: 'no name', body: { client: { template_id: 'x' } } },
    { case: 'no template', body: { client: { name: 'x' } } },
    { case: 'no client', body: {} },
    { case: 'no JSON', body: 'nonsense' },
  ])('makes no client of $case', async ({ body }) => {
    expect(await send(`${harness.url}/v2/api/clients`, 'POST', body)).toMatchObject({
      status: 400,
      body: { errors: [{ code: 'INVALID_PARAMETERS' }] },
    });
  });
});
