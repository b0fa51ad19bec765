import { describe, expect, it } from 'vitest';
import { CURATOR, READER, startTestDataverse } from './running-dataverse.ts';

const PERSISTENT_ID = 'doi:10.5072/FK2/7U7YBV/RAIN';
const NO_PERSISTENT_ID =
  'When accessing a dataset based on Persistent ID, a persistentId query parameter must be present.';
const NEVER = { dateUnavailable: '2000-01-01' };
const NOT_YET = { dateAvailable: '9999-01-01' };

describe('persistent ids of files', () => {
  it('find the file, and are shown with it', async () => {
    const dataverse = await startTestDataverse();
    await dataverse.control('POST', '/files/60', { persistentId: PERSISTENT_ID });
    const query = `persistentId=${PERSISTENT_ID}`;
    expect((await dataverse.call('GET', `/api/files/:persistentId?${query}`)).body).toMatchObject({
      data: {
        label: 'rainfall.csv',
        dataFile: { id: 60, persistentId: PERSISTENT_ID, pidURL: 'https://doi.org/10.5072/FK2/7U7YBV/RAIN' },
      },
    });
    const permissions = await dataverse.call('GET', `/api/access/datafile/:persistentId/userPermissions?${query}`);
    expect(permissions.body).toMatchObject({ data: { canDownloadFile: true } });
  });

  it('are an empty text where there is none', async () => {
    const dataverse = await startTestDataverse();
    const { body } = await dataverse.call('GET', '/api/files/61');
    expect(body).toMatchObject({ data: { dataFile: { persistentId: '' } } });
    expect((body as { data: { dataFile: object } }).data.dataFile).not.toHaveProperty('pidURL');
  });

  it.each([
    { query: '?persistentId=doi:1/2', status: 404, message: 'Datafile with Persistent ID doi:1/2 not found.' },
    { query: '', status: 400, message: NO_PERSISTENT_ID },
  ])('with "$query" answer $status', async ({ query, status, message }) => {
    const dataverse = await startTestDataverse();
    const reply = await dataverse.call('GET', `/api/files/:persistentId${query}`);
    expect([reply.status, reply.body]).toEqual([status, { status: 'ERROR', message }]);
  });

  it('belong to one file only', async () => {
    const dataverse = await startTestDataverse();
    await dataverse.control('POST', '/files/60', { persistentId: PERSISTENT_ID });
    const reply = await dataverse.control('POST', '/files/61', { persistentId: PERSISTENT_ID, restricted: true });
    expect(reply.status).toBe(400);
    expect((await dataverse.call('GET', '/api/files/61')).body).toMatchObject({ data: { restricted: false } });
  });
});

describe('a role on one restricted file', () => {
  it('lets its holder download that file alone, and is no right to manage or edit', async () => {
    const dataverse = await startTestDataverse();
    await dataverse.control('POST', '/files/60', { restricted: true, downloaders: ['reader'] });
    await dataverse.control('POST', '/files/61', { restricted: true });
    const permissions = async (fileId: number, key?: string) => {
      const target = `/api/access/datafile/${fileId}/userPermissions`;
      return (await dataverse.call('GET', target, key ? { key } : {})).body;
    };
    expect(await permissions(60, READER)).toEqual({
      status: 'OK',
      data: { canDownloadFile: true, canManageFilePermissions: false, canEditOwnerDataset: false },
    });
    expect(await permissions(61, READER)).toMatchObject({ data: { canDownloadFile: false } });
    expect(await permissions(60)).toMatchObject({ data: { canDownloadFile: false } });
    await dataverse.control('POST', '/files/60', { downloaders: [] });
    expect(await permissions(60, READER)).toMatchObject({ data: { canDownloadFile: false } });
  });

  it('is enough for requestGlobusDownload', async () => {
    const dataverse = await startTestDataverse();
    await dataverse.control('POST', '/files/60', { restricted: true, downloaders: ['reader'] });
    const json = { principal: 'd15d4244-fc10-47f3-a790-85bdb6db9a75', fileIds: [60] };
    const path = '/api/datasets/30/requestGlobusDownload';
    expect((await dataverse.call('POST', path, { key: READER, json })).status).toBe(500);
    expect((await dataverse.call('POST', path, { json })).status).toBe(403);
  });

  it.each([
    { path: '/files/77', body: { restricted: true }, message: 'there is no file 77' },
    { path: '/files/60', body: { downloaders: 'reader' }, message: 'downloaders: expected a list of texts' },
  ])('is refused by $path with $body', async ({ path, body, message }) => {
    const dataverse = await startTestDataverse();
    expect(await dataverse.control('POST', path, body)).toMatchObject({ status: 400, body: { message } });
  });
});

describe('the content of a file', () => {
  it.each([
    { case: 'public, to a guest', change: {}, key: undefined, status: 404 },
    { case: 'restricted, to a reader', change: { restricted: true }, key: READER, status: 403 },
    { case: 'restricted, to its curator', change: { restricted: true }, key: CURATOR, status: 404 },
    { case: 'under embargo, to a reader', change: { embargo: NOT_YET }, key: READER, status: 403 },
    { case: 'under embargo, to its curator', change: { embargo: NOT_YET }, key: CURATOR, status: 404 },
    { case: 'after its retention, even to its curator', change: { retention: NEVER }, key: CURATOR, status: 403 },
  ])('that is $case answers $status', async ({ change, key, status }) => {
    const dataverse = await startTestDataverse();
    await dataverse.control('POST', '/files/60', change);
    const reply = await dataverse.call('GET', '/api/access/datafile/60', key ? { key } : {});
    const message =
      status === 403
        ? expect.stringMatching(/^Not authorized to access this object via this API endpoint\./)
        : 'Datafile 60: Failed to locate and/or open physical file.';
    expect(reply).toMatchObject({ status, body: { status: 'ERROR', message } });
  });

  it('is public by userPermissions also under embargo and after its retention', async () => {
    const dataverse = await startTestDataverse();
    await dataverse.control('POST', '/files/60', { embargo: NOT_YET, retention: NEVER });
    const reply = await dataverse.call('GET', '/api/access/datafile/60/userPermissions');
    expect(reply.body).toMatchObject({ data: { canDownloadFile: true } });
  });
});
