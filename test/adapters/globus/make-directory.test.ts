import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { errorOf } from '../adapter-parts.ts';
import { COLLECTION, failure, type GlobusUnderTest, globusUnderTest } from './globus-under-test.ts';

const MKDIR = `POST /v0.10/operation/endpoint/${COLLECTION}/mkdir`;
const directory = { collectionId: COLLECTION, path: '/hdc1/10.5072/' };
const made = { status: 202, body: { DATA_TYPE: 'mkdir_result', code: 'DirectoryCreated' } };

let under: GlobusUnderTest;
beforeEach(async () => {
  under = await globusUnderTest();
});
afterEach(() => under.server.close());

describe('making a directory', () => {
  it('posts the path', async () => {
    under.server.plan(MKDIR, made);
    expect(await under.globus.makeDirectory(directory)).toBe('created');
    expect(JSON.parse(under.server.requestsTo(MKDIR)[0]?.body ?? '')).toEqual({
      DATA_TYPE: 'mkdir',
      path: '/hdc1/10.5072/',
    });
  });

  it('takes the code Exists, and only it, for a directory that is there', async () => {
    under.server.plan(MKDIR, failure(502, 'ExternalError.MkdirFailed.Exists', 'Path already exists'));
    expect(await under.globus.makeDirectory(directory)).toBe('exists');
    expect(under.server.requestsTo(MKDIR)).toHaveLength(1);
  });

  it.each([
    { case: '502 for want of rights', reply: failure(502, 'ExternalError.MkdirFailed.PermissionDenied') },
    { case: '403 for want of rights', reply: failure(403, 'ExternalError.MkdirFailed.PermissionDenied') },
    { case: '403 for a path outside the rules', reply: failure(403, 'EndpointPermissionDenied') },
    { case: '502 for a login that lapsed', reply: failure(502, 'ExternalError.MkdirFailed.LoginFailed') },
    { case: '502 for a missing parent', reply: failure(502, 'ExternalError.MkdirFailed', 'No such file or directory') },
  ])('is refused by $case, without a repeat', async ({ reply }) => {
    under.server.plan(MKDIR, reply);
    const error = await errorOf(under.globus.makeDirectory(directory));
    expect(error.name).toBe('UpstreamRefusedError');
    expect(error.message).toContain(reply.body.code);
    expect(under.server.requestsTo(MKDIR)).toHaveLength(1);
  });

  it.each([
    {
      case: 'the collection is not connected',
      reply: failure(502, 'ExternalError.MkdirFailed.GCDisconnected'),
      tries: 1,
    },
    { case: 'the collection fails', reply: failure(502, 'EndpointError'), tries: 1 },
    { case: 'Globus is down', reply: failure(503, 'ServiceUnavailable'), tries: 4 },
    { case: 'a proxy answers 502', reply: { status: 502, body: '<html>Path already exists</html>' }, tries: 4 },
  ])('is unavailable after $tries tries when $case', async ({ reply, tries }) => {
    under.server.plan(MKDIR, reply);
    expect((await errorOf(under.globus.makeDirectory(directory))).name).toBe('UnavailableError');
    expect(under.server.requestsTo(MKDIR)).toHaveLength(tries);
  });

  it('repeats after a lost answer, and takes the directory it finds then', async () => {
    under.server.plan(MKDIR, 'cut', failure(502, 'ExternalError.MkdirFailed.Exists'));
    expect(await under.globus.makeDirectory(directory)).toBe('exists');
  });
});
