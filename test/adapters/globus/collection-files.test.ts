import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseCollectionId } from '../../../functions/domain/ids.ts';
import { errorOf, everythingIn } from '../adapter-parts.ts';
import {
  CLIENT_SECRET,
  COLLECTION,
  failure,
  type GlobusUnderTest,
  globusUnderTest,
  SECRET_NAME,
  TOKEN_CALL,
} from './globus-under-test.ts';

const STAT = `GET /v0.10/operation/endpoint/${COLLECTION}/stat`;
const LS = `GET /v0.10/operation/endpoint/${COLLECTION}/ls`;
const FOREIGN = parseCollectionId('0a1b2c3d-0000-4000-8000-00000000c011');

let under: GlobusUnderTest;
beforeEach(async () => {
  under = await globusUnderTest();
});
afterEach(() => under.server.close());

const fileDocument = (changes: object = {}) => ({
  DATA_TYPE: 'file',
  name: 'a.dat',
  type: 'file',
  size: 5,
  ...changes,
});

describe('looking at one path', () => {
  const find = (path = '/hdc1/a.dat') => under.globus.findFile(COLLECTION, path);

  it('asks for the path, whatever characters are in it', async () => {
    under.server.plan(STAT, { status: 200, body: fileDocument() });
    expect(await find('/hdc1/a b&c=é.dat')).toEqual({ kind: 'file', sizeBytes: 5 });
    const [request] = under.server.requestsTo(STAT);
    const query = new URL(request?.target ?? '', under.server.url).searchParams;
    expect([...query]).toEqual([['path', '/hdc1/a b&c=é.dat']]);
  });

  it.each([
    {
      case: 'a directory',
      reply: { status: 200, body: fileDocument({ type: 'dir' }) },
      expected: { kind: 'not-a-file' },
    },
    {
      case: 'a link to nowhere',
      reply: { status: 200, body: fileDocument({ type: 'invalid_symlink' }) },
      expected: { kind: 'not-a-file' },
    },
    { case: 'nothing', reply: failure(404, 'NotFound'), expected: { kind: 'missing' } },
    { case: 'nothing, in other words', reply: failure(404, 'ClientError.NotFound'), expected: { kind: 'missing' } },
    {
      case: 'no collection',
      reply: failure(404, 'EndpointNotFound'),
      expected: { kind: 'unreadable', reason: 'EndpointNotFound' },
    },
    {
      case: 'a denial',
      reply: failure(403, 'EndpointPermissionDenied'),
      expected: { kind: 'unreadable', reason: 'EndpointPermissionDenied' },
    },
    {
      case: 'a lapsed login',
      reply: failure(502, 'ExternalError.StatFailed.LoginFailed'),
      expected: { kind: 'unreadable', reason: 'ExternalError.StatFailed.LoginFailed' },
    },
    {
      case: 'the page of a proxy',
      reply: { status: 404, body: '<html></html>' },
      expected: { kind: 'unreadable', reason: 'status 404' },
    },
    {
      case: 'a file without a size',
      reply: { status: 200, body: fileDocument({ size: null }) },
      expected: { kind: 'unreadable', reason: expect.stringContaining('size') },
    },
    {
      case: 'another document',
      reply: { status: 200, body: { DATA_TYPE: 'task' } },
      expected: { kind: 'unreadable', reason: expect.stringContaining('no file document') },
    },
    { case: 'silence', reply: 'cut' as const, expected: { kind: 'unreadable', reason: expect.any(String) } },
  ])('finds $case', async ({ reply, expected }) => {
    under.server.plan(STAT, reply);
    expect(await find()).toEqual(expected);
  });

  it('finds nothing readable while no token can be had, and shows no secret', async () => {
    under.server.plan(TOKEN_CALL, failure(401, 'invalid_client', `not ${CLIENT_SECRET}`));
    const found = await find();
    expect(found).toEqual({ kind: 'unreadable', reason: expect.any(String) });
    expect(everythingIn(JSON.stringify(found)) + under.logged()).not.toContain('canary');
  });

  it('looks at a collection of no store with the credential that is named for it', async () => {
    const other = await globusUnderTest({ foreignCredential: SECRET_NAME });
    other.server.plan('GET /v0.10/operation', { status: 200, body: fileDocument() });
    expect(await other.globus.findFile(FOREIGN, '/a.dat')).toEqual({ kind: 'file', sizeBytes: 5 });
    expect(other.server.requests.at(-1)?.target).toContain(`/endpoint/${FOREIGN}/stat?`);
    await other.server.close();
  });

  it('does nothing else on a collection of no store', async () => {
    const other = await globusUnderTest({ foreignCredential: SECRET_NAME });
    for (const call of [
      () => other.globus.listDirectory(FOREIGN, '/'),
      () => other.globus.deleteFiles(FOREIGN, ['/a'], 'label'),
      () => other.globus.listAccessRules(FOREIGN),
    ]) {
      expect((await errorOf(call())).name).toBe('UpstreamRefusedError');
    }
    expect(other.server.requests).toEqual([]);
    await other.server.close();
  });
});

describe('listing a directory', () => {
  const list = () => under.globus.listDirectory(COLLECTION, '/hdc1/x/');
  const answer = (entries: readonly object[], more: object = {}) => ({
    status: 200,
    body: {
      DATA_TYPE: 'file_list',
      path: '/hdc1/x/',
      length: entries.length,
      total: entries.length,
      DATA: entries,
      ...more,
    },
  });

  it('asks for all entries at once and reads what they are', async () => {
    const modified = '2025-01-02 03:04:05+00:00';
    under.server.plan(
      LS,
      answer([
        fileDocument({ last_modified: modified }),
        fileDocument({ name: 'b', type: 'dir', size: 4096, last_modified: null }),
      ]),
    );
    expect(await list()).toEqual([
      {
        name: 'a.dat',
        isFile: true,
        sizeBytes: 5,
        modifiedAtEpochSeconds: Date.parse('2025-01-02T03:04:05Z') / 1000,
      },
      { name: 'b', isFile: false, sizeBytes: 4096, modifiedAtEpochSeconds: null },
    ]);
    const [request] = under.server.requestsTo(LS);
    const query = new URL(request?.target ?? '', under.server.url).searchParams;
    expect(Object.fromEntries(query)).toEqual({ path: '/hdc1/x/', limit: '100000' });
  });

  it('finds no directory only where Globus says that of the path', async () => {
    under.server.plan(LS, failure(404, 'ClientError.NotFound'));
    expect(await list()).toBeUndefined();
    under.server.plan(LS, failure(404, 'EndpointNotFound'));
    expect((await errorOf(list())).name).toBe('UpstreamRefusedError');
    under.server.plan(LS, { status: 404, body: '<html></html>' });
    expect((await errorOf(list())).name).toBe('UnavailableError');
  });

  it.each([
    { case: 'a part', reply: answer([fileDocument()], { total: 2 }), name: 'UnavailableError' },
    { case: 'another document', reply: { status: 200, body: { DATA: [{}] } }, name: 'UnavailableError' },
    {
      case: 'a directory that is too large',
      reply: failure(400, 'ExternalError.DirListingFailed.SizeLimit', 'Directory limit of 100000 reached'),
      name: 'UpstreamRefusedError',
    },
    {
      case: 'a denial by the collection',
      reply: failure(502, 'ExternalError.DirListingFailed.PermissionDenied'),
      name: 'UpstreamRefusedError',
    },
    {
      case: 'a file',
      reply: failure(502, 'ExternalError.DirListingFailed.NotDirectory'),
      name: 'UpstreamRefusedError',
    },
    {
      case: 'a collection that is not connected',
      reply: failure(502, 'ExternalError.DirListingFailed.GCDisconnected'),
      name: 'UnavailableError',
    },
  ])('throws on $case', async ({ reply, name }) => {
    under.server.plan(LS, reply);
    expect((await errorOf(list())).name).toBe(name);
    expect(under.server.requestsTo(LS)).toHaveLength(1);
  });
});
