import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  ARCHER2_COLLECTION_ID as ARCHER2,
  DATAVERSE_GLOBUS_CLIENT_ID,
  MANAGED_COLLECTION_ID as GUEST,
  JASMIN_COLLECTION_ID as JASMIN,
  PERSONAL_COLLECTION_ID as PERSONAL,
  RESEARCHER_ID,
  SERVICE_ID,
} from '../../../infra/local/simulators/globus/fixture.ts';
import {
  accessToken,
  type Harness,
  type Json,
  send,
  startHarness,
  TRANSFER_SCOPE,
  transferClient,
} from './globus-harness.ts';
import { APP_SCOPES, basicAuth, codeFor, exchange, FORM, formOf, tokensOf } from './login-client.ts';

const MESSAGE = 'Missing required data_access consent';
const dataAccess = (collectionId: string) => `https://auth.globus.org/scopes/${collectionId}/data_access`;
const required = (collectionId: string) => `${TRANSFER_SCOPE}[*${dataAccess(collectionId)}]`;

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness.close());

const withdraw = (clientId: string, collectionId: string) =>
  harness.control('DELETE', 'consents', { clientId, identityId: RESEARCHER_ID, collectionId });
beforeEach(async () => {
  for (const collectionId of [ARCHER2, JASMIN])
    for (const clientId of [RESEARCHER_ID, DATAVERSE_GLOBUS_CLIENT_ID]) await withdraw(clientId, collectionId);
});

const submission = (source: string, destination: string) => ({
  DATA_TYPE: 'transfer',
  submission_id: crypto.randomUUID(),
  source_endpoint: source,
  destination_endpoint: destination,
  DATA: [{ DATA_TYPE: 'transfer_item', source_path: '/archive/', destination_path: '/transfers/x/', recursive: true }],
});
const deletion = (endpoint: string) => ({
  DATA_TYPE: 'delete',
  submission_id: crypto.randomUUID(),
  endpoint,
  DATA: [{ DATA_TYPE: 'delete_item', path: '/never-there' }],
});

describe('a mapped collection without consent', () => {
  it.each([
    { call: 'ls', method: 'GET', path: `operation/endpoint/${ARCHER2}/ls?path=/~/`, body: () => undefined },
    { call: 'stat', method: 'GET', path: `operation/endpoint/${ARCHER2}/stat?path=/archive`, body: () => undefined },
    { call: 'mkdir', method: 'POST', path: `operation/endpoint/${ARCHER2}/mkdir`, body: () => ({ path: '/new' }) },
    { call: 'a transfer', method: 'POST', path: 'transfer', body: () => submission(ARCHER2, PERSONAL) },
    { call: 'a deletion', method: 'POST', path: 'delete', body: () => deletion(ARCHER2) },
  ])('refuses $call with the scope that lacks', async ({ method, path, body }) => {
    const researcher = await harness.login(RESEARCHER_ID);
    const reply = await researcher.call(method, path, body());
    expect(reply.status).toBe(403);
    expect(reply.headers.get('x-transfer-api-error')).toBe('ConsentRequired');
    expect(reply.body).toEqual({
      code: 'ConsentRequired',
      message: MESSAGE,
      request_id: expect.stringMatching(/^\w{9}$/),
      resource: `/${path.split('?')[0]}`,
      required_scopes: [required(ARCHER2)],
      authorization_parameters: { required_scopes: [required(ARCHER2)], session_message: MESSAGE },
    });
  });

  it('names both scopes when both collections lack theirs', async () => {
    const researcher = await harness.login(RESEARCHER_ID);
    const { body } = await researcher.call('POST', 'transfer', submission(ARCHER2, JASMIN));
    expect(body['required_scopes']).toEqual([required(ARCHER2), required(JASMIN)]);
  });

  it('still shows what it is, and other collections need none', async () => {
    const researcher = await harness.login(RESEARCHER_ID);
    expect((await researcher.get(`endpoint/${ARCHER2}`)).status).toBe(200);
    expect((await researcher.get(`operation/endpoint/${PERSONAL}/ls`)).status).toBe(200);
    const service = await harness.login(SERVICE_ID);
    expect((await service.get(`operation/endpoint/${GUEST}/ls?path=/hdc1/`)).status).toBe(200);
  });
});

describe('a consent', () => {
  const lists = async (token: string, collectionId: string) =>
    (await transferClient(harness.url, token).get(`operation/endpoint/${collectionId}/ls`)).status;

  it('that comes later serves the token that was refused, also for two collections at once', async () => {
    const old = await accessToken(harness.url, RESEARCHER_ID, 'researcher-secret');
    const before = await transferClient(harness.url, old).call('POST', 'transfer', submission(ARCHER2, JASMIN));
    const scopes = (before.body['required_scopes'] as string[]).join(' ');
    await accessToken(harness.url, RESEARCHER_ID, 'researcher-secret', scopes);
    expect((await transferClient(harness.url, old).call('POST', 'transfer', submission(ARCHER2, JASMIN))).status).toBe(
      202,
    );
  });

  it('is given on the login page to that application alone', async () => {
    const scope = `openid ${required(ARCHER2)}`;
    const [, transfer] = tokensOf(await exchange(harness.url, await codeFor(harness.url, { scope })));
    expect(transfer?.['scope']).toBe(TRANSFER_SCOPE);
    expect(await lists(String(transfer?.['access_token']), ARCHER2)).toBe(200);
    expect(await lists(String(transfer?.['access_token']), JASMIN)).toBe(403);
    expect(await lists(await accessToken(harness.url, RESEARCHER_ID, 'researcher-secret'), ARCHER2)).toBe(403);
  });

  it('is given and taken back through the control interface', async () => {
    const [, transfer] = tokensOf(await exchange(harness.url, await codeFor(harness.url)));
    const token = String(transfer?.['access_token']);
    const consent = { clientId: DATAVERSE_GLOBUS_CLIENT_ID, identityId: RESEARCHER_ID, collectionId: JASMIN };
    expect((await harness.control('POST', 'consents', consent)).status).toBe(200);
    expect(await lists(token, JASMIN)).toBe(200);
    expect((await withdraw(DATAVERSE_GLOBUS_CLIENT_ID, JASMIN)).status).toBe(200);
    expect(await lists(token, JASMIN)).toBe(403);
    expect((await withdraw(DATAVERSE_GLOBUS_CLIENT_ID, JASMIN)).status).toBe(404);
  });

  it('does not come from data_access that was asked for outside of Transfer', async () => {
    const token = await accessToken(
      harness.url,
      RESEARCHER_ID,
      'researcher-secret',
      `${TRANSFER_SCOPE} ${dataAccess(ARCHER2)}`,
    );
    expect(await lists(token, ARCHER2)).toBe(403);
  });

  it('outlives a restart', async () => {
    await harness.consent(RESEARCHER_ID, ARCHER2);
    await harness.restart();
    expect(await lists(await accessToken(harness.url, RESEARCHER_ID, 'researcher-secret'), ARCHER2)).toBe(200);
  });

  it.each([
    { case: 'a guest collection', collectionId: GUEST },
    { case: 'a personal collection', collectionId: PERSONAL },
    { case: 'a collection nobody knows', collectionId: '00000000-0000-4000-8000-000000000000' },
  ])('cannot be asked for $case', async ({ collectionId }) => {
    const form = formOf({ grant_type: 'client_credentials', scope: required(collectionId) });
    const reply = await send(`${harness.url}/v2/oauth2/token`, 'POST', form, {
      ...FORM,
      ...basicAuth(RESEARCHER_ID, 'researcher-secret'),
    });
    expect(reply).toMatchObject({
      status: 400,
      body: { error: 'invalid_scope', errors: [{ code: 'UNKNOWN_SCOPE_ERROR', status: '400' }] },
    });
    expect(reply.body['error_description']).toContain(dataAccess(collectionId));
    const consent = { clientId: RESEARCHER_ID, identityId: RESEARCHER_ID, collectionId };
    expect((await harness.control('POST', 'consents', consent)).status).toBe(400);
  });
});

describe('the list of consents', () => {
  const VIEW = 'urn:globus:auth:scope:auth.globus.org:view_consents';
  const read = (token: unknown, query = '', identityId = RESEARCHER_ID) =>
    send(`${harness.url}/v2/api/identities/${identityId}/consents${query}`, 'GET', undefined, {
      authorization: `Bearer ${token}`,
    });
  const authToken = async (scope: string) => {
    const [token] = tokensOf(
      await exchange(harness.url, await codeFor(harness.url, { scope, access_type: 'offline' })),
    );
    return token?.['access_token'];
  };

  it('tells what the application that asks was given, each below the one it depends on', async () => {
    await harness.consent(RESEARCHER_ID, JASMIN);
    const { status, body } = await read(await authToken(`${APP_SCOPES}[*${dataAccess(ARCHER2)}]`));
    expect(status).toBe(200);
    const consents = body['consents'] as Json[];
    const parent = consents.find((each) => each['scope_name'] === TRANSFER_SCOPE);
    const child = consents.find((each) => each['scope_name'] === dataAccess(ARCHER2));
    expect(child).toEqual({
      id: expect.any(Number),
      status: 'approved',
      scope: expect.stringMatching(/^[0-9a-f-]{36}$/),
      scope_name: dataAccess(ARCHER2),
      client: DATAVERSE_GLOBUS_CLIENT_ID,
      effective_identity: RESEARCHER_ID,
      dependency_path: [parent?.['id'], child?.['id']],
      allows_refresh: true,
      auto_approved: false,
      atomically_revocable: true,
      created: expect.any(String),
      updated: expect.any(String),
      last_used: expect.any(String),
    });
    expect(parent).toMatchObject({ dependency_path: [parent?.['id']], atomically_revocable: false });
    expect(consents.filter((each) => each['client'] !== DATAVERSE_GLOBUS_CLIENT_ID)).toEqual([]);
  });

  it('tells all of them to who may view consents', async () => {
    await harness.consent(RESEARCHER_ID, JASMIN);
    const { body } = await read(await authToken(`openid ${VIEW}`), '?all=true');
    const clients = (body['consents'] as Json[]).map((each) => each['client']);
    expect(new Set(clients)).toEqual(new Set([RESEARCHER_ID, DATAVERSE_GLOBUS_CLIENT_ID]));
  });

  it.each([
    { case: 'a token that is none', token: async () => 'nonsense', query: '', identityId: RESEARCHER_ID, status: 401 },
    {
      case: 'all of them without the scope',
      token: () => authToken('openid'),
      query: '?all=true',
      identityId: RESEARCHER_ID,
      status: 403,
    },
    { case: "somebody else's", token: () => authToken('openid'), query: '', identityId: SERVICE_ID, status: 403 },
    {
      case: 'a Transfer token',
      token: () => authToken(TRANSFER_SCOPE),
      query: '',
      identityId: RESEARCHER_ID,
      status: 403,
    },
  ])('is refused: $case', async ({ token, query, identityId, status }) => {
    expect((await read(await token(), query, identityId)).status).toBe(status);
  });
});
