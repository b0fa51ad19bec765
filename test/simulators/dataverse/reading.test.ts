import { describe, expect, it } from 'vitest';
import { createLocalClock } from '../../../infra/local/clock.ts';
import { FIXTURE_WORLD } from '../../../infra/local/simulators/dataverse/fixture.ts';
import type { WorldFile } from '../../../infra/local/simulators/dataverse/world.ts';
import { CURATOR, dataOf, READER, SUPERUSER, startTestDataverse } from './running-dataverse.ts';

const NO_PERSISTENT_ID =
  'When accessing a dataset based on Persistent ID, a persistentId query parameter must be present.';

describe('calls that read', () => {
  it.each([
    { target: '/api/datasets/4242', status: 404, message: 'Dataset with ID 4242 not found.' },
    { target: '/api/datasets/abc', status: 400, message: 'Bad dataset ID number: abc.' },
    {
      target: '/api/datasets/doi:10.5072%2FFK2%2FILLPXE',
      status: 400,
      message: 'Bad dataset ID number: doi:10.5072/FK2/ILLPXE.',
    },
    { target: '/api/datasets/:persistentId', status: 400, message: NO_PERSISTENT_ID },
    { target: '/api/datasets/:persistentId?persistentId=doi:10.5072/FK2/NONE', status: 404, message: NO_PERSISTENT_ID },
    { target: '/api/datasets/:persistentId?persistentId=odd', status: 400, message: 'Bad dataset ID number: odd.' },
    { target: '/api/datasets/29', status: 401, message: 'User :guest is not permitted to perform requested action.' },
    {
      target: '/api/datasets/29',
      key: READER,
      status: 401,
      message: 'User @reader is not permitted to perform requested action.',
    },
    { target: '/api/users/:me', status: 400, message: 'User with token null not found.' },
    { target: '/api/files/77', status: 404, message: 'File with ID 77 not found.' },
    { target: '/api/files/x', status: 400, message: 'Bad file ID number: x.' },
    {
      target: '/api/files/:persistentId?persistentId=doi:1/2',
      status: 404,
      message: 'Datafile with Persistent ID doi:1/2 not found.',
    },
    {
      target: '/api/datasets/30/versions/:draft',
      status: 401,
      message: 'User :guest is not permitted to perform requested action.',
    },
    {
      target: '/api/datasets/30/versions/:draft',
      key: CURATOR,
      status: 404,
      message: 'Dataset version :draft of dataset 30 not found',
    },
    {
      target: '/api/datasets/29/versions/:latest',
      key: READER,
      status: 404,
      message: 'Dataset version :latest of dataset 29 not found',
    },
    {
      target: '/api/datasets/29/versions/:latest-published',
      key: CURATOR,
      status: 404,
      message: 'Dataset version :latest-published of dataset 29 not found',
    },
    { target: '/api/datasets/30/versions/2.0', status: 404, message: 'Dataset version 2.0 of dataset 30 not found' },
    { target: '/api/datasets/30/versions/x', status: 400, message: "Illegal version identifier 'x'" },
    {
      target: '/api/datasets/30/versions/1.0/files?orderCriteria=x',
      status: 400,
      message: 'Invalid order criteria: x',
    },
    { target: '/api/datasets/30/versions/1.0/files?accessStatus=x', status: 400, message: 'Invalid access status: x' },
    { target: '/api/datasets/4242/storageDriver', status: 404, message: 'No such dataset' },
    { target: '/api/admin/settings/:Unset', status: 404, message: 'Setting :Unset not found' },
  ])('answer $target with $status', async ({ target, key, status, message }) => {
    const dataverse = await startTestDataverse();
    const reply = await dataverse.call('GET', target, key ? { key } : {});
    expect(reply.status).toBe(status);
    expect(reply.body).toEqual({ status: 'ERROR', message });
  });

  it.each([
    { target: '/api/info/version', data: { version: '6.5', build: null } },
    { target: '/api/v1/info/server', data: { message: 'dataverse.test' } },
    { target: '/api/datasets/29/storageDriver', data: { message: 'globusm' } },
    {
      target: '/api/datasets/:persistentId/storageDriver?persistentId=doi:10.5072/FK2/S3MANA',
      data: { message: 's3g' },
    },
    { target: '/api/admin/settings/:MaxFileUploadSizeInBytes', data: { message: '100000000000' } },
    { target: '/api/datasets/29/locks', data: [] },
  ])('answer anyone $target', async ({ target, data }) => {
    const dataverse = await startTestDataverse();
    expect(await dataverse.call('GET', target)).toMatchObject({ status: 200, body: { status: 'OK', data } });
  });

  it('show who is calling', async () => {
    const dataverse = await startTestDataverse();
    const reply = await dataverse.call('GET', '/api/users/:me', { key: CURATOR });
    const moment = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(reply.body).toEqual({
      status: 'OK',
      data: {
        id: 2,
        identifier: '@curator',
        displayName: 'Data Curator',
        firstName: 'Data',
        lastName: 'Curator',
        email: 'curator@dataverse.example',
        superuser: false,
        deactivated: false,
        persistentUserId: 'curator',
        emailLastConfirmed: moment,
        createdTime: moment,
        lastLoginTime: moment,
        lastApiUseTime: moment,
        authenticationProviderId: 'builtin',
      },
    });
  });

  it('show a draft to those who may see it, and a published version to all', async () => {
    const dataverse = await startTestDataverse();
    const draft = await dataverse.call('GET', '/api/datasets/29', { key: CURATOR });
    expect(draft.body).toMatchObject({
      data: { id: 29, protocol: 'doi', authority: '10.5072', latestVersion: { versionState: 'DRAFT', files: [] } },
    });
    const published = await dataverse.call('GET', '/api/datasets/30/versions/1');
    expect(published.body).toMatchObject({
      data: { datasetId: 30, versionNumber: 1, versionMinorNumber: 0, versionState: 'RELEASED' },
    });
    const bare = await dataverse.call('GET', '/api/datasets/30/versions/:latest?excludeFiles=true');
    expect(dataOf<object>(bare)).not.toHaveProperty('files');
  });

  it('show a public file to all', async () => {
    const dataverse = await startTestDataverse();
    expect((await dataverse.call('GET', '/api/files/61')).body).toMatchObject({
      data: { label: 'readme.txt', dataFile: { id: 61, storageIdentifier: 'globusm://18bf3af9c78-c8d81569305c' } },
    });
  });
});

describe('file listings', () => {
  const extra = (id: number, label: string, more: Partial<WorldFile> = {}): WorldFile => ({
    id,
    label,
    storageIdentifier: `globusm://18bf3af9c78-0000000000${id}`,
    contentType: 'text/plain',
    sizeBytes: 1000 - id,
    checksum: { type: 'MD5', value: String(id) },
    ...more,
  });
  const files = [
    extra(71, 'b.txt', { categories: ['Data'], description: 'Winter run' }),
    extra(72, 'a.txt', { restricted: true, contentType: 'application/pdf' }),
    extra(73, 'c.txt', { embargo: { dateAvailable: '9999-01-01' } }),
    extra(74, 'd.txt', { restricted: true, embargo: { dateAvailable: '9999-01-01' } }),
    extra(75, 'e.txt', { retention: { dateUnavailable: '2000-01-01' }, embargo: { dateAvailable: '2000-01-01' } }),
  ];
  const world = {
    ...FIXTURE_WORLD,
    datasets: FIXTURE_WORLD.datasets.map((dataset) =>
      dataset.id === 30 ? { ...dataset, versions: [{ state: 'RELEASED', number: [1, 0], files }] as const } : dataset,
    ),
  };

  it.each([
    { query: '', ids: [72, 71, 73, 74, 75], total: 5 },
    { query: '?orderCriteria=NameZA', ids: [75, 74, 73, 71, 72], total: 5 },
    { query: '?orderCriteria=Size', ids: [75, 74, 73, 72, 71], total: 5 },
    { query: '?orderCriteria=Type', ids: [72, 71, 73, 74, 75], total: 5 },
    { query: '?limit=2', ids: [72, 71], total: 5 },
    { query: '?limit=2&offset=4', ids: [75], total: 5 },
    { query: '?offset=3', ids: [74, 75], total: 5 },
    { query: '?accessStatus=Public', ids: [71], total: 1 },
    { query: '?accessStatus=Restricted', ids: [72], total: 1 },
    { query: '?accessStatus=EmbargoedThenPublic', ids: [73], total: 1 },
    { query: '?accessStatus=EmbargoedThenRestricted', ids: [74], total: 1 },
    { query: '?accessStatus=RetentionPeriodExpired', ids: [75], total: 1 },
    { query: '?contentType=application/pdf', ids: [72], total: 1 },
    { query: '?categoryName=Data', ids: [71], total: 1 },
    { query: '?searchText=winter', ids: [71], total: 1 },
  ])('with "$query" hold $ids', async ({ query, ids, total }) => {
    const dataverse = await startTestDataverse({ world });
    const reply = await dataverse.call('GET', `/api/datasets/30/versions/1.0/files${query}`);
    expect(dataOf<{ dataFile: { id: number } }[]>(reply).map((file) => file.dataFile.id)).toEqual(ids);
    expect(reply.body).toMatchObject({ totalCount: total });
  });

  it('count the last day of an embargo as over and the last day of a retention period as inside', async () => {
    const today = '2031-02-03';
    const clock = createLocalClock();
    clock.shift(Date.parse(`${today}T12:00:00Z`) - clock.nowMilliseconds());
    const dataverse = await startTestDataverse({ clock });
    await dataverse.control('POST', '/files/60', { embargo: { dateAvailable: today } });
    await dataverse.control('POST', '/files/61', { retention: { dateUnavailable: today } });
    const reply = await dataverse.call('GET', '/api/datasets/30/versions/1.0/files?accessStatus=Public');
    expect(reply.body).toMatchObject({ totalCount: 2 });
  });

  it('leave out what is empty and show embargoes', async () => {
    const dataverse = await startTestDataverse({ world });
    const reply = await dataverse.call('GET', '/api/datasets/30/versions/1.0/files?searchText=c.txt');
    const [file] = dataOf<[{ dataFile: object }]>(reply);
    expect(file).not.toHaveProperty('directoryLabel');
    expect(file.dataFile).not.toHaveProperty('retention');
    expect(file.dataFile).toMatchObject({ md5: '73', embargo: { dateAvailable: '9999-01-01' }, rootDataFileId: -1 });
  });
});

describe('permissions', () => {
  const all = { canViewUnpublishedDataset: true, canEditDataset: true, canPublishDataset: true };
  const none = { canViewUnpublishedDataset: false, canEditDataset: false, canPublishDataset: false };

  it.each([
    { who: 'the curator', key: CURATOR, permissions: all },
    { who: 'the superuser', key: SUPERUSER, permissions: all },
    { who: 'the reader', key: READER, permissions: none },
    { who: 'a guest', key: undefined, permissions: none },
  ])('on a dataset are told to $who', async ({ key, permissions }) => {
    const dataverse = await startTestDataverse();
    const reply = await dataverse.call('GET', '/api/datasets/29/userPermissions', key ? { key } : {});
    expect(reply.body).toMatchObject({ data: permissions });
  });

  it.each([
    { case: 'a public file', change: {}, key: undefined, canDownloadFile: true },
    {
      case: 'an embargoed file (the defect of 4.10)',
      change: { embargo: { dateAvailable: '9999-01-01' } },
      key: undefined,
      canDownloadFile: true,
    },
    { case: 'a restricted file', change: { restricted: true }, key: READER, canDownloadFile: false },
    { case: 'a restricted file, to its curator', change: { restricted: true }, key: CURATOR, canDownloadFile: true },
  ])('on $case say $canDownloadFile', async ({ change, key, canDownloadFile }) => {
    const dataverse = await startTestDataverse();
    await dataverse.control('POST', '/files/60', change);
    const reply = await dataverse.call('GET', '/api/access/datafile/60/userPermissions', key ? { key } : {});
    const isCurator = key === CURATOR;
    expect(reply.body).toEqual({
      status: 'OK',
      data: { canDownloadFile, canManageFilePermissions: isCurator, canEditOwnerDataset: isCurator },
    });
  });
});
