import { describe, expect, it } from 'vitest';
import { CURATOR, READER, startTestDataverse } from './running-dataverse.ts';

const COLLECTION = 'd8c42580-6528-4605-9ad8-116a61982644';
const LEFT_TO_SERVICE = expect.stringContaining('leaves the transfer itself to the service');
const INTERNAL = expect.stringMatching(/^Internal server error/);
const NO_DOWNLOAD = 'File transfer from Dataverse via Globus is not available for this dataset.';
const PRINCIPAL = 'd15d4244-fc10-47f3-a790-85bdb6db9a75';
const TASK = '5d0c0000-0000-4000-8000-000000000001';

describe('requestGlobusDownload', () => {
  const path = '/api/datasets/30/requestGlobusDownload';
  const good = { principal: PRINCIPAL, fileIds: [60, '61'] };

  it.each([
    { case: 'a good request of a guest', json: good, status: 500, message: LEFT_TO_SERVICE },
    { case: 'no fileIds', json: {}, status: 400, message: 'fileIds JsonArray of file ids/PIDs required in POST body' },
    {
      case: 'fileIds of another type',
      json: { fileIds: [true] },
      status: 400,
      message: 'fileIds must be numeric or string (ids/PIDs)',
    },
    { case: 'a persistent id', json: { fileIds: ['doi:1/2'] }, status: 400, message: 'Bad file ID number: doi:1/2.' },
    { case: 'an empty list', json: { fileIds: [] }, status: 404, message: 'List of files to transfer not found.' },
    {
      case: 'an unknown file',
      json: { ...good, fileIds: [60, 77] },
      status: 404,
      message: 'File with ID 77 not found.',
    },
    { case: 'no principal', json: { fileIds: [60] }, status: 500, message: INTERNAL },
  ])('answers $case with $status', async ({ json, status, message }) => {
    const dataverse = await startTestDataverse();
    expect(await dataverse.call('POST', path, { json })).toMatchObject({ status, body: { message } });
  });

  it.each([
    { case: 'restricted, for a reader', change: { restricted: true }, key: READER, status: 403 },
    { case: 'restricted, for its curator', change: { restricted: true }, key: CURATOR, status: 500 },
    {
      case: 'embargoed only, for anyone (the defect of 7 B1)',
      change: { embargo: { dateAvailable: '9999-01-01' } },
      key: READER,
      status: 500,
    },
  ])('looks at a file that is $case', async ({ change, key, status }) => {
    const dataverse = await startTestDataverse();
    await dataverse.control('POST', '/files/61', change);
    const message = status === 403 ? "User doesn't have permission to download file: 61" : LEFT_TO_SERVICE;
    expect(await dataverse.call('POST', path, { key, json: good })).toMatchObject({ status, body: { message } });
  });

  it('refuses files of other datasets and of drafts', async () => {
    const dataverse = await startTestDataverse();
    const storageIdentifier = 'globusm://18bf3af9c78-aaaaaaaaaaaa';
    const jsonData = [{ storageIdentifier, fileName: 'a', mimeType: 'text/plain', md5Hash: 'aa' }];
    await dataverse.call('POST', '/api/datasets/29/addFiles', { key: CURATOR, jsonData });
    const json = { ...good, fileIds: [62] };
    expect(await dataverse.call('POST', path, { json })).toMatchObject({
      status: 400,
      body: { message: 'All files must be in the dataset' },
    });
    expect((await dataverse.call('POST', path.replace('30', '29'), { json, key: READER })).status).toBe(403);
    expect((await dataverse.call('POST', path.replace('30', '29'), { json, key: CURATOR })).status).toBe(500);
  });

  it('takes the files of the launch instead of the body’s', async () => {
    const dataverse = await startTestDataverse();
    const launch = await dataverse.control('POST', '/launches', { direction: 'download', datasetId: 30, fileIds: [] });
    const { downloadId } = launch.body as { downloadId: string };
    const reply = await dataverse.call('POST', `${path}?downloadId=${downloadId}`, { json: good });
    expect(reply).toMatchObject({ status: 404, body: { message: 'List of files to transfer not found.' } });
    const unknown = await dataverse.call('POST', `${path}?downloadId=x`, { json: good });
    expect(unknown).toMatchObject({ status: 500, body: { message: INTERNAL } });
    dataverse.clock.shift(601_000);
    const forgotten = await dataverse.call('POST', `${path}?downloadId=${downloadId}`, { json: good });
    expect(forgotten).toMatchObject({ status: 500, body: { message: INTERNAL } });
  });

  it('answers for references with their places', async () => {
    const dataverse = await startTestDataverse();
    const reference = `${COLLECTION}/hdc1/test1.txt`;
    const storageIdentifier = `globus://18bf3af9c78-aaaaaaaaaaaa//${reference}`;
    const jsonData = [{ storageIdentifier, fileName: 'a', mimeType: 'text/plain', md5Hash: 'aa' }];
    await dataverse.call('POST', '/api/datasets/31/addFiles', { key: CURATOR, jsonData });
    const json = { fileIds: [62] };
    const reply = await dataverse.call('POST', path.replace('30', '31'), { key: CURATOR, json });
    expect(reply).toMatchObject({ status: 200, body: { status: 'OK', data: { 62: reference } } });
  });

  it('and monitorGlobusDownload are 503 without the download method', async () => {
    const dataverse = await startTestDataverse();
    await dataverse.control('POST', '/settings', { name: ':DownloadMethods', value: 'native/http' });
    for (const target of [path, '/api/datasets/30/monitorGlobusDownload']) {
      const reply = await dataverse.call('POST', target, { json: good });
      expect(reply).toMatchObject({ status: 503, body: { message: NO_DOWNLOAD } });
    }
  });
});

describe('monitorGlobusDownload', () => {
  it.each([
    { case: 'any dataset, for a guest', dataset: 30, status: 500, message: LEFT_TO_SERVICE },
    { case: 'an unknown dataset', dataset: 4242, status: 404, message: 'Dataset with ID 4242 not found.' },
  ])('answers $case with $status', async ({ dataset, status, message }) => {
    const dataverse = await startTestDataverse();
    const json = { taskIdentifier: TASK };
    const reply = await dataverse.call('POST', `/api/datasets/${dataset}/monitorGlobusDownload`, { json });
    expect(reply).toMatchObject({ status, body: { message } });
  });
});
