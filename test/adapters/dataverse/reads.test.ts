import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Dataverse } from '../../../functions/ports/dataverse.ts';
import { errorOf, everythingIn } from '../adapter-parts.ts';
import {
  AS_CALLER,
  AS_GUEST,
  AS_SERVICE,
  CALLER_KEY,
  DATASET,
  type DataverseUnderTest,
  dataverseUnderTest,
  failure,
  ok,
  SUPERUSER_KEY,
} from './dataverse-under-test.ts';

let under: DataverseUnderTest;
beforeEach(async () => {
  under = await dataverseUnderTest();
});
afterEach(() => under.server.close());

const byId = { kind: 'database-id', datasetId: DATASET } as const;
const byPid = { kind: 'persistent-id', persistentId: 'doi:10.5072/FK2/ILL PXE&+' } as const;
const permissions = {
  canViewUnpublishedDataset: true,
  canEditDataset: false,
  canPublishDataset: false,
  canManageDatasetPermissions: false,
  canDeleteDatasetDraft: true,
};
const dataset = {
  id: 4242,
  identifier: 'FK2/ILLPXE',
  protocol: 'doi',
  authority: '10.5072',
  separator: '/',
  latestVersion: {},
};
const file = {
  label: 'a.dat',
  dataFile: { filename: 'a-1.dat', filesize: 12, storageIdentifier: 'globusm://1-2', md5: 'x' },
};

describe('reading from Dataverse', () => {
  it.each<{
    case: string;
    call: (dataverse: Dataverse) => Promise<unknown>;
    target: string;
    key: string | undefined;
    data: unknown;
    expected: unknown;
  }>([
    {
      case: 'who a key belongs to',
      call: (dataverse) => dataverse.whoIs(AS_CALLER),
      target: '/api/v1/users/:me',
      key: CALLER_KEY,
      data: { id: 31, identifier: '@jdoe', displayName: 'Jo', superuser: false },
      expected: { userName: 'jdoe', isSuperuser: false },
    },
    {
      case: 'who the service is',
      call: (dataverse) => dataverse.whoIs(AS_SERVICE),
      target: '/api/v1/users/:me',
      key: SUPERUSER_KEY,
      data: { identifier: '@transfer', superuser: true },
      expected: { userName: 'transfer', isSuperuser: true },
    },
    {
      case: 'permissions by database id',
      call: (dataverse) => dataverse.datasetPermissions(byId, AS_CALLER),
      target: '/api/v1/datasets/4242/userPermissions',
      key: CALLER_KEY,
      data: permissions,
      expected: { canEditDataset: false, canPublishDataset: false, canViewUnpublishedDataset: true },
    },
    {
      case: 'permissions by persistent id',
      call: (dataverse) => dataverse.datasetPermissions(byPid, AS_GUEST),
      target: '/api/v1/datasets/:persistentId/userPermissions?persistentId=doi:10.5072/FK2/ILL%20PXE%26%2B',
      key: undefined,
      data: permissions,
      expected: { canEditDataset: false, canPublishDataset: false, canViewUnpublishedDataset: true },
    },
    {
      case: 'a dataset',
      call: (dataverse) => dataverse.describeDataset(byId, AS_SERVICE),
      target: '/api/v1/datasets/4242',
      key: SUPERUSER_KEY,
      data: dataset,
      expected: { datasetId: '4242', protocol: 'doi', authority: '10.5072', identifier: 'FK2/ILLPXE' },
    },
    {
      case: 'the store as 6.5 tells it',
      call: (dataverse) => dataverse.storageDriver(byId),
      target: '/api/v1/datasets/4242/storageDriver',
      key: undefined,
      data: { message: 'globusm' },
      expected: 'globusm',
    },
    {
      case: 'the store as 6.9 tells it',
      call: (dataverse) => dataverse.storageDriver(byPid),
      target: '/api/v1/datasets/:persistentId/storageDriver?persistentId=doi:10.5072/FK2/ILL%20PXE%26%2B',
      key: undefined,
      data: { name: 'globusm', type: 'globus', label: 'Globus tape', directUpload: false },
      expected: 'globusm',
    },
    {
      case: 'locks',
      call: (dataverse) => dataverse.locks(DATASET),
      target: '/api/v1/datasets/4242/locks',
      key: SUPERUSER_KEY,
      data: [{ lockType: 'GlobusUpload', date: 'Tue Feb 03', user: 'jdoe', dataset: 'doi:x', message: 'm' }],
      expected: [{ lockType: 'GlobusUpload', userName: 'jdoe' }],
    },
    {
      case: 'every file',
      call: (dataverse) => dataverse.listFiles(DATASET),
      target: '/api/v1/datasets/4242/versions/:latest/files',
      key: SUPERUSER_KEY,
      data: [file, { dataFile: { filename: 'b.dat', storageIdentifier: 'globusm://1-3' } }],
      expected: [
        { storageIdentifier: 'globusm://1-2', sizeBytes: 12, label: 'a.dat' },
        { storageIdentifier: 'globusm://1-3', sizeBytes: -1, label: 'b.dat' },
      ],
    },
  ])('asks for $case', async ({ call, target, key, data, expected }) => {
    under.server.plan('GET /', ok(data));
    expect(await call(under.dataverse)).toEqual(expected);
    expect(under.server.requests).toHaveLength(1);
    expect(under.server.requests[0]).toMatchObject({ method: 'GET', target, body: '' });
    expect(under.server.requests[0]?.headers['x-dataverse-key']).toBe(key);
  });

  it('says as whom it speaks to the site on every request', async () => {
    under.server.plan('GET /', ok(dataset));
    await under.dataverse.describeDataset(byId, AS_GUEST);
    expect(under.server.requests[0]?.headers).toMatchObject({
      host: 'dataverse.example.edu',
      'x-forwarded-proto': 'https',
      'x-globus-functions-hop': '1',
    });
  });

  it('remembers the name of the service for five minutes', async () => {
    under.server.plan('GET /', ok({ identifier: '@transfer', superuser: true }));
    expect(await under.dataverse.serviceUserName()).toBe('transfer');
    under.clock.advance(299_000);
    await under.dataverse.serviceUserName();
    expect(under.server.requests).toHaveLength(1);
    under.clock.advance(1_000);
    await under.dataverse.serviceUserName();
    expect(under.server.requests).toHaveLength(2);
  });
});

describe('an answer that is no success', () => {
  it.each([
    { status: 400, message: 'Bad dataset ID number: x.', name: 'InvalidRequestError' },
    { status: 401, message: 'User @jdoe is not permitted to perform requested action.', name: 'UnauthenticatedError' },
    { status: 403, message: 'Superusers only.', name: 'ForbiddenError' },
    { status: 404, message: 'Dataset with ID 4242 not found.', name: 'NotFoundError' },
    { status: 409, message: 'terms of use', name: 'ConflictError' },
    { status: 405, message: 'API endpoint does not support this method.', name: 'UpstreamRefusedError' },
  ])('becomes $name with the words of Dataverse on $status', async ({ status, message, name }) => {
    under.server.plan('GET /', failure(status, message));
    const error = await errorOf(under.dataverse.describeDataset(byId, AS_CALLER));
    expect(error.name).toBe(name);
    expect(error.message).toContain(message);
    expect(under.server.requests).toHaveLength(1);
  });

  it.each([
    { case: '500', reply: failure(500, 'Internal server error.') },
    { case: '403 as HTML', reply: { status: 403, body: '<html>Forbidden</html>' } },
    { case: '404 as HTML', reply: { status: 404, body: '<html>Not found</html>' } },
    { case: '200 as HTML', reply: { status: 200, body: '<html>maintenance</html>' } },
    { case: 'truncated JSON', reply: { status: 200, body: '{"status":"OK","data":{"id":42' } },
    { case: 'data of another shape', reply: ok({ id: 'x' }) },
    { case: 'a redirect', reply: { status: 302, headers: { location: '/elsewhere' }, body: '' } },
  ])('becomes UnavailableError on $case', async ({ reply }) => {
    under.server.plan('GET /', reply);
    expect((await errorOf(under.dataverse.describeDataset(byId, AS_CALLER))).name).toBe('UnavailableError');
    expect(under.server.requests).toHaveLength(1);
  });

  it.each([
    { case: 'no credential', message: 'User with token null not found.', actingAs: AS_GUEST },
    {
      case: 'a preview token, which Dataverse echoes',
      message: `User with token ${CALLER_KEY} not found.`,
      actingAs: AS_CALLER,
    },
  ])('means that no account is behind $case', async ({ message, actingAs }) => {
    under.server.plan('GET /', failure(400, message));
    const error = await errorOf(under.dataverse.whoIs(actingAs));
    expect(error.name).toBe('NoAccountError');
    expect(everythingIn(error) + under.logged()).not.toContain('canary');
  });

  it.each([
    { case: 'the key itself', message: `token ${CALLER_KEY} is bad` },
    { case: 'another key', message: 'User with token canary-of-someone not found.' },
    { case: 'a signed URL', message: `GET ${'https://x/y?until=2031&user=a&token=canary0123'} failed` },
  ])('never passes $case on', async ({ message }) => {
    under.server.plan('GET /', failure(400, message));
    const error = await errorOf(under.dataverse.describeDataset(byId, AS_CALLER));
    expect(error.message).toContain('[masked]');
    expect(everythingIn(error) + under.logged()).not.toContain('canary');
  });

  it('is Dataverse’s 401 for a key that cannot be one, without a call', async () => {
    const { Secret } = await import('../../../functions/domain/secret.ts');
    const error = await errorOf(under.dataverse.whoIs({ kind: 'key', token: new Secret('a\r\nb') }));
    expect(error.name).toBe('UnauthenticatedError');
    expect(under.server.requests).toHaveLength(0);
  });
});
