import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ARCHER2_COLLECTION_ID as ARCHER2,
  MANAGED_COLLECTION_ID as GUEST,
  RESEARCHER_ID,
  SERVICE_ID,
} from '../../../infra/local/simulators/globus/fixture.ts';
import { accessToken, type Harness, startHarness } from './globus-harness.ts';
import { authorizeUrl } from './login-client.ts';

let harness: Harness;
let bearer = '';
beforeAll(async () => {
  harness = await startHarness();
  bearer = await accessToken(harness.url, RESEARCHER_ID, 'researcher-secret');
});
afterAll(() => harness.close());

/** Routes that a page from anywhere may call, with what the researcher gets there. */
const ROUTES = [
  { method: 'GET', path: '/.well-known/openid-configuration', status: 200 },
  { method: 'GET', path: '/jwk.json', status: 200 },
  { method: 'GET', path: '/v2/oauth2/authorize', status: 400 },
  { method: 'GET', path: '/v2/web/auth-code?code=x', status: 200 },
  { method: 'POST', path: '/v2/oauth2/token', status: 401 },
  { method: 'POST', path: '/v2/oauth2/token/introspect', status: 401 },
  { method: 'POST', path: '/v2/oauth2/token/validate', status: 401 },
  { method: 'POST', path: '/v2/oauth2/token/revoke', status: 401 },
  { method: 'POST', path: '/v2/api/clients', status: 400 },
  { method: 'GET', path: `/v2/api/identities/${RESEARCHER_ID}/consents`, status: 403 },
  { method: 'GET', path: '/v0.10/endpoint_search?filter_scope=my-gcp-endpoints', status: 200 },
  { method: 'GET', path: '/v0.10/endpoint_search', status: 400 },
  { method: 'GET', path: `/v0.10/endpoint/${GUEST}/role_list`, status: 403 },
  { method: 'GET', path: `/v0.10/operation/endpoint/${ARCHER2}/ls`, status: 403 },
  { method: 'POST', path: '/v0.10/delete', status: 400 },
];

describe('a page of any origin', () => {
  it.each(ROUTES)('may read what $method $path answers', async ({ method, path, status }) => {
    const reply = await fetch(`${harness.url}${path}`, { method, headers: { authorization: `Bearer ${bearer}` } });
    await reply.arrayBuffer();
    expect({ status: reply.status, origin: reply.headers.get('access-control-allow-origin') }).toEqual({
      status,
      origin: '*',
    });
  });

  it.each(ROUTES)('may ask before $method $path', async ({ method, path }) => {
    const reply = await fetch(`${harness.url}${path}`, {
      method: 'OPTIONS',
      headers: {
        origin: 'https://app.example.org',
        'access-control-request-method': method,
        'access-control-request-headers': 'authorization,content-type',
      },
    });
    expect(reply.status).toBe(204);
    expect(reply.headers.get('access-control-allow-origin')).toBe('*');
    expect(reply.headers.get('access-control-allow-methods')).toContain(method);
    expect(reply.headers.get('access-control-allow-headers')).toBe('authorization,content-type');
  });

  it('may be sent on from the login page', async () => {
    const reply = await fetch(authorizeUrl(harness.url, { login: RESEARCHER_ID }), { redirect: 'manual' });
    expect({ status: reply.status, origin: reply.headers.get('access-control-allow-origin') }).toEqual({
      status: 302,
      origin: '*',
    });
  });

  it('finds no code or secret in the memory of requests', async () => {
    await fetch(
      `${harness.url}/v2/oauth2/token?code=abc1&code_verifier=abc2&refresh_token=abc3&client_id=${SERVICE_ID}`,
      {
        method: 'POST',
      },
    );
    const seen = await (await fetch(`${harness.url}/_control/requests`)).text();
    expect(seen).toContain(`client_id=${SERVICE_ID}`);
    expect(seen).not.toMatch(/abc[123]/);
  });
});
