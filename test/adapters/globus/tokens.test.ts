import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseCollectionId } from '../../../functions/domain/ids.ts';
import { errorOf, everythingIn } from '../adapter-parts.ts';
import {
  ACCESS_TOKEN,
  CLIENT_ID,
  CLIENT_SECRET,
  COLLECTION,
  failure,
  type GlobusUnderTest,
  globusUnderTest,
  PRINCIPAL,
  SECRET_NAME,
  TOKEN_CALL,
  tokenDocument,
} from './globus-under-test.ts';

const LIST = `GET /v0.10/endpoint/${COLLECTION}/access_list`;
const CREATE = `POST /v0.10/endpoint/${COLLECTION}/access`;
const empty = { status: 200, body: { DATA_TYPE: 'access_list', length: 0, DATA: [] } };
const basic = (secret: string) => `Basic ${Buffer.from(`${CLIENT_ID}:${secret}`).toString('base64')}`;

let under: GlobusUnderTest;
beforeEach(async () => {
  under = await globusUnderTest();
  under.server.plan(LIST, empty);
});
afterEach(() => under.server.close());

const list = () => under.globus.listAccessRules(COLLECTION);
const bearers = () => under.server.requestsTo(LIST).map(({ headers }) => headers['authorization']);

describe('the access token', () => {
  it('is asked for with the client credential and the Transfer scope', async () => {
    await list();
    const [request] = under.server.requestsTo(TOKEN_CALL);
    expect(request?.headers['authorization']).toBe(basic(CLIENT_SECRET));
    expect(Object.fromEntries(new URLSearchParams(request?.body))).toEqual({
      grant_type: 'client_credentials',
      scope: 'urn:globus:auth:scope:transfer.api.globus.org:all',
    });
  });

  it("may come from Dataverse's own form of the credential", async () => {
    under.secrets.rotate(SECRET_NAME, `${Buffer.from(`${CLIENT_ID}:other-secret`).toString('base64')}\n`);
    await list();
    expect(under.server.requestsTo(TOKEN_CALL)[0]?.headers['authorization']).toBe(basic('other-secret'));
  });

  it('is used until a minute before it ends', async () => {
    under.server.plan(
      TOKEN_CALL,
      { status: 200, body: tokenDocument('first-token', 3600) },
      { status: 200, body: tokenDocument('second-token', 3600) },
    );
    await list();
    under.clock.advance(3539_000);
    await list();
    under.clock.advance(1_000);
    await list();
    expect(bearers()).toEqual(['Bearer first-token', 'Bearer first-token', 'Bearer second-token']);
  });

  it('is asked for once by calls of the same moment', async () => {
    await Promise.all([list(), list(), list()]);
    expect(under.server.requestsTo(TOKEN_CALL)).toHaveLength(1);
  });

  it.each(['AuthenticationFailed', 'ClientError.AuthenticationFailed'])(
    'is renewed once from a newly read secret when Globus answers 401 %s',
    async (code) => {
      await list();
      under.secrets.rotate(SECRET_NAME, JSON.stringify({ clientId: CLIENT_ID, clientSecret: 'rotated-secret' }));
      under.server.plan(TOKEN_CALL, { status: 200, body: tokenDocument('second-token') });
      under.server.plan(LIST, failure(401, code), empty);
      await list();
      expect(bearers().slice(1)).toEqual([`Bearer ${ACCESS_TOKEN}`, 'Bearer second-token']);
      expect(under.server.requestsTo(TOKEN_CALL)[1]?.headers['authorization']).toBe(basic('rotated-secret'));
    },
  );

  it('is renewed for the creation of a rule too, since a 401 had no effect', async () => {
    under.server.plan(CREATE, failure(401, 'AuthenticationFailed'), { status: 201, body: { access_id: 'r1' } });
    const rule = { collectionId: COLLECTION, path: '/a/', principal: PRINCIPAL, permission: 'r' } as const;
    expect(await under.globus.createAccessRule(rule)).toEqual({ kind: 'created', ruleId: 'r1' });
  });

  it('is given up after one renewal', async () => {
    under.server.plan(LIST, failure(401, 'AuthenticationFailed'));
    expect((await errorOf(list())).name).toBe('UpstreamRefusedError');
    expect(under.server.requestsTo(LIST)).toHaveLength(2);
    expect(under.server.requestsTo(TOKEN_CALL)).toHaveLength(2);
  });
});

describe('a failing token request', () => {
  it('reads the secret anew once when the credential is refused', async () => {
    await under.secrets.read(SECRET_NAME);
    under.secrets.rotate(SECRET_NAME, JSON.stringify({ clientId: CLIENT_ID, clientSecret: 'rotated-secret' }));
    const token = { status: 200, body: tokenDocument(ACCESS_TOKEN) };
    under.server.plan(TOKEN_CALL, { status: 401, body: { error: 'invalid_client' } }, token);
    await list();
    expect(under.server.requestsTo(TOKEN_CALL).map(({ headers }) => headers['authorization'])).toEqual([
      basic(CLIENT_SECRET),
      basic('rotated-secret'),
    ]);
  });

  it.each([
    {
      case: 'the credential stays refused',
      replies: [{ status: 401, body: { error: 'invalid_client' } }],
      name: 'UpstreamRefusedError',
      calls: 2,
    },
    { case: 'Auth is down', replies: [{ status: 503, body: '<html></html>' }], name: 'UnavailableError', calls: 4 },
    { case: 'the connection is cut', replies: ['cut' as const], name: 'UnavailableError', calls: 4 },
    {
      case: 'the answer is HTML',
      replies: [{ status: 200, body: '<html></html>' }],
      name: 'UnavailableError',
      calls: 1,
    },
    { case: 'a proxy refuses', replies: [{ status: 403, body: '<html></html>' }], name: 'UnavailableError', calls: 1 },
    {
      case: 'there is no Transfer token',
      replies: [{ status: 200, body: { ...tokenDocument('x'), other_tokens: [{}] } }],
      name: 'UnavailableError',
      calls: 1,
    },
  ])('ends as $name after $calls calls when $case', async ({ replies, name, calls }) => {
    under.server.plan(TOKEN_CALL, ...replies);
    const error = await errorOf(list());
    expect(error.name).toBe(name);
    expect(under.server.requestsTo(TOKEN_CALL)).toHaveLength(calls);
    expect(under.server.requestsTo(LIST)).toHaveLength(0);
    expect(everythingIn(error) + under.logged()).not.toContain('canary');
  });

  it.each([
    { case: 'plain text', value: 'canary-not-a-credential' },
    { case: 'JSON without a secret', value: JSON.stringify({ clientId: CLIENT_ID, token: 'canary' }) },
    { case: 'Base64 without a colon', value: Buffer.from('canary-only').toString('base64') },
  ])('names the secret and not its value when it holds $case', async ({ value }) => {
    under.secrets.rotate(SECRET_NAME, value);
    const error = await errorOf(list());
    expect(error.message).toContain(SECRET_NAME);
    expect(everythingIn(error)).not.toMatch(/canary|Y2FuYXJ5/);
  });

  it('tells a collection without a credential', async () => {
    const other = parseCollectionId('3e90d018-0d05-461a-bbaf-aab605283d21');
    const error = await errorOf(under.globus.listAccessRules(other));
    expect(error.message).toContain(other);
    expect(under.server.requests).toHaveLength(0);
  });
});
