import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  COLLECTION_OWNER_ID,
  MANAGED_COLLECTION_ID,
  PERSONAL_COLLECTION_ID,
  RESEARCHER_ID,
  SECOND_RESEARCHER_ID,
} from '../../../infra/local/simulators/globus/fixture.ts';
import { type Harness, startHarness, TRANSFER_SCOPE } from './globus-harness.ts';
import { authorizeUrl, exchange, open, REDIRECT_URI } from './login-client.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness.close());

/** Addresses behind the links of a page, as a browser reads them. */
const linksOf = (html: string) =>
  [...html.matchAll(/href="([^"]*)"/g)].map(([, address]) => address?.replaceAll('&#38;', '&') ?? '');
const dataAccess = (collectionId: string) =>
  `${TRANSFER_SCOPE}[*https://auth.globus.org/scopes/${collectionId}/data_access]`;

describe('the login page', () => {
  it('lists the people and logs in whoever is clicked on', async () => {
    const { status, html, headers } = await open(authorizeUrl(harness.url));
    expect({ status, type: headers.get('content-type') }).toEqual({ status: 200, type: 'text/html; charset=utf-8' });
    expect(html).toContain('Dataverse Globus transfer app');
    const links = linksOf(html);
    for (const id of [RESEARCHER_ID, SECOND_RESEARCHER_ID, COLLECTION_OWNER_ID])
      expect(links.filter((link) => link.includes(`login=${id}`))).toHaveLength(1);
    const clicked = await open(`${harness.url}${links.find((link) => link.includes(`login=${RESEARCHER_ID}`))}`);
    expect(clicked.status).toBe(302);
    // The state goes back as it came, with nothing but percent signs for what an address may not hold.
    expect(clicked.location).toMatch(
      /^http:\/\/127\.0\.0\.1:4200\/upload\?dvLocale=en&code=[\w-]{32}&state=a%20b%2Fc%3D%252F$/,
    );
  });

  it('shows those who were made through the control interface, with their names made safe', async () => {
    const made = { username: 'kim@example.org', name: '<i>Kim</i>', email: 'kim@example.org' };
    const { status, body } = await harness.control('POST', 'identities', made);
    expect(status).toBe(201);
    const { html } = await open(authorizeUrl(harness.url));
    expect(html).toContain('&#60;i&#62;Kim&#60;/i&#62;</a> (kim@example.org)');
    expect(linksOf(html).filter((link) => link.includes(`login=${body['id']}`))).toHaveLength(1);
  });

  it('is passed over while somebody is signed in', async () => {
    await harness.control('POST', 'signed-in', { identityId: SECOND_RESEARCHER_ID });
    const { status, location } = await open(authorizeUrl(harness.url));
    expect(status).toBe(302);
    const { body } = await exchange(harness.url, new URL(location).searchParams.get('code') ?? '');
    const [, claims = ''] = String(body['id_token']).split('.');
    expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toMatchObject({ sub: SECOND_RESEARCHER_ID });
    await harness.control('POST', 'signed-in', { identityId: null });
    expect((await open(authorizeUrl(harness.url))).status).toBe(200);
  });

  it('gives the code to copy to programs that cannot be sent to', async () => {
    const redirect = `${harness.url}/v2/web/auth-code`;
    const { location } = await open(authorizeUrl(harness.url, { redirect_uri: redirect, login: RESEARCHER_ID }));
    expect(location).toContain(`${redirect}?code=`);
    const { status, html } = await open(location);
    expect(status).toBe(200);
    expect(html).toContain(`<code id="auth-code">${new URL(location).searchParams.get('code')}</code>`);
  });

  it.each([
    { case: 'who says no', changes: { login: 'none' }, error: 'access_denied' },
    { case: 'nobody by that id', changes: { login: 'nobody' }, error: 'access_denied' },
    { case: 'nobody signed in where no page may be shown', changes: { prompt: 'none' }, error: 'login_required' },
    { case: 'another response type', changes: { response_type: 'token' }, error: 'unsupported_response_type' },
    { case: 'an unknown access type', changes: { access_type: 'forever' }, error: 'invalid_request' },
    {
      case: 'no challenge',
      changes: { code_challenge: undefined, code_challenge_method: undefined },
      error: 'invalid_request',
    },
    { case: 'a plain challenge', changes: { code_challenge_method: 'plain' }, error: 'invalid_request' },
    { case: 'a challenge that is no hash', changes: { code_challenge: 'short' }, error: 'invalid_request' },
    { case: 'an unknown scope', changes: { scope: 'nonsense' }, error: 'invalid_scope' },
    { case: 'brackets that do not fit', changes: { scope: `${TRANSFER_SCOPE}[` }, error: 'invalid_scope' },
    {
      case: 'data_access of a guest collection',
      changes: { scope: dataAccess(MANAGED_COLLECTION_ID) },
      error: 'invalid_scope',
    },
    {
      case: 'data_access of a personal one',
      changes: { scope: dataAccess(PERSONAL_COLLECTION_ID) },
      error: 'invalid_scope',
    },
  ])('sends an error back for $case', async ({ changes, error }) => {
    const { status, location } = await open(authorizeUrl(harness.url, changes));
    expect(status).toBe(302);
    expect(location.startsWith(`${REDIRECT_URI}&`)).toBe(true);
    const { searchParams } = new URL(location);
    expect({
      error: searchParams.get('error'),
      state: searchParams.get('state'),
      code: searchParams.get('code'),
    }).toEqual({
      error,
      state: 'a b/c=%2F',
      code: null,
    });
    expect(searchParams.get('error_description')).toMatch(/\w/);
  });

  it.each([
    { case: 'an unknown application', changes: { client_id: '0a1b2c3d-0000-4000-8000-00000000dead' } },
    { case: 'no application', changes: { client_id: undefined } },
    { case: 'no address to go back to', changes: { redirect_uri: undefined } },
    { case: 'an address that is none', changes: { redirect_uri: 'javascript:alert(1)' } },
  ])('goes nowhere for $case', async ({ changes }) => {
    const { status, location } = await open(authorizeUrl(harness.url, { login: RESEARCHER_ID, ...changes }));
    expect({ status, location }).toEqual({ status: 400, location: '' });
  });
});
