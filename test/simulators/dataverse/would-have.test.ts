import { describe, expect, it } from 'vitest';
import { CURATOR, READER, startTestDataverse, type TestDataverse } from './running-dataverse.ts';

const COLLECTION = 'd8c42580-6528-4605-9ad8-116a61982644';
const PRINCIPAL = 'd15d4244-fc10-47f3-a790-85bdb6db9a75';
const TASK = '5d0c0000-0000-4000-8000-000000000001';

async function wouldHave(dataverse: TestDataverse): Promise<unknown> {
  return ((await dataverse.control('GET', '/state')).body as { wouldHave: unknown }).wouldHave;
}

const path = (datasetId: number, name: string) => `/api/datasets/${datasetId}/${name}`;

describe('what the real one would have done', () => {
  it('after requestGlobusUploadPaths is a rule to write on the directory of the dataset', async () => {
    const dataverse = await startTestDataverse();
    const json = { principal: PRINCIPAL, numberOfFiles: 2 };
    await dataverse.call('POST', path(29, 'requestGlobusUploadPaths'), { key: CURATOR, json });
    await dataverse.call('POST', path(32, 'requestGlobusUploadPaths'), { key: CURATOR, json });
    const rule = { call: 'requestGlobusUploadPaths', kind: 'access-rule', collectionId: COLLECTION };
    expect(await wouldHave(dataverse)).toEqual([
      { ...rule, datasetId: 29, path: '/hdc1/10.5072/FK2/ILLPXE/', principal: PRINCIPAL, permissions: 'rw' },
      { ...rule, datasetId: 32, path: '/s3/10.5072/FK2/S3MANA/', principal: PRINCIPAL, permissions: 'rw' },
    ]);
  });

  it('after addGlobusFiles is a lock and a job, for any account, even without a task', async () => {
    const dataverse = await startTestDataverse();
    const report = (jsonData: object) => dataverse.call('POST', path(29, 'addGlobusFiles'), { key: READER, jsonData });
    await report({ taskIdentifier: TASK, files: [] });
    await report({});
    const effect = { call: 'addGlobusFiles', datasetId: 29 };
    const lock = { ...effect, kind: 'lock', lockType: 'GlobusUpload', user: 'reader' };
    expect(await wouldHave(dataverse)).toEqual([
      { ...lock, message: 'Globus Upload API started ' },
      { ...effect, kind: 'job', taskIdentifier: TASK },
      { ...lock, message: 'Globus Upload API started ' },
      { ...effect, kind: 'job', taskIdentifier: null },
    ]);
    expect((await dataverse.call('GET', path(29, 'locks'))).body).toMatchObject({ data: [] });
  });

  it('after requestGlobusDownload is a rule to read, with the paths it would have told', async () => {
    const dataverse = await startTestDataverse();
    const json = { principal: PRINCIPAL, fileIds: [60] };
    await dataverse.call('POST', path(30, 'requestGlobusDownload'), { json });
    expect(await wouldHave(dataverse)).toEqual([
      {
        call: 'requestGlobusDownload',
        datasetId: 30,
        kind: 'access-rule',
        collectionId: COLLECTION,
        path: '/hdc1/10.5072/FK2/7U7YBV/',
        principal: PRINCIPAL,
        permissions: 'r',
        files: { 60: `${COLLECTION}/hdc1/10.5072/FK2/7U7YBV/18bf3af9c78-92b8e168090e` },
      },
    ]);
  });

  it('names paths of an S3 store with the bucket', async () => {
    const dataverse = await startTestDataverse();
    const storageIdentifier = 's3g://dv-bucket:18bf3af9c78-aaaaaaaaaaaa';
    const jsonData = [{ storageIdentifier, fileName: 'a', mimeType: 'text/plain', md5Hash: 'aa' }];
    await dataverse.call('POST', path(32, 'addFiles'), { key: CURATOR, jsonData });
    const json = { principal: PRINCIPAL, fileIds: [62] };
    await dataverse.call('POST', path(32, 'requestGlobusDownload'), { key: CURATOR, json });
    const files = { 62: `${COLLECTION}/s3/10.5072/FK2/S3MANA/dv-bucket:18bf3af9c78-aaaaaaaaaaaa` };
    expect(await wouldHave(dataverse)).toMatchObject([{ path: '/s3/10.5072/FK2/S3MANA/', files }]);
  });

  it.each([
    {
      case: 'an empty order of paths',
      name: 'requestGlobusUploadPaths',
      options: { key: CURATOR, json: {} },
      status: 400,
    },
    { case: 'the same of a reader', name: 'requestGlobusUploadPaths', options: { key: READER, json: {} }, status: 403 },
    { case: 'the same of a guest', name: 'requestGlobusUploadPaths', options: { json: {} }, status: 401 },
    { case: 'a report without its part', name: 'addGlobusFiles', options: { key: CURATOR }, status: 400 },
    { case: 'an empty request of files', name: 'requestGlobusDownload', options: { json: {} }, status: 400 },
    {
      case: 'references',
      dataset: 31,
      name: 'requestGlobusUploadPaths',
      options: { key: CURATOR, json: {} },
      status: 400,
    },
  ])('is nothing after a probe: $case', async ({ dataset = 29, name, options, status }) => {
    const dataverse = await startTestDataverse();
    expect((await dataverse.call('POST', path(dataset, name), options)).status).toBe(status);
    expect(await wouldHave(dataverse)).toEqual([]);
  });

  it('is nothing after a probe of a locked dataset', async () => {
    const dataverse = await startTestDataverse();
    await dataverse.control('POST', '/locks', { datasetId: 29, lockType: 'Ingest', user: 'reader' });
    expect((await dataverse.call('POST', path(29, 'addGlobusFiles'), { key: CURATOR })).status).toBe(403);
    expect(await wouldHave(dataverse)).toEqual([]);
  });

  it('can be forgotten', async () => {
    const dataverse = await startTestDataverse();
    await dataverse.call('POST', path(30, 'monitorGlobusDownload'), { json: { taskIdentifier: TASK } });
    await dataverse.control('POST', '/would-have/forget');
    expect(await wouldHave(dataverse)).toEqual([]);
  });
});

describe('monitorGlobusDownload', () => {
  const effect = { call: 'monitorGlobusDownload', datasetId: 30, kind: 'job' };

  it.each([
    {
      form: '6.5',
      text: JSON.stringify({ taskIdentifier: TASK }),
      status: 500,
      jobs: [{ ...effect, taskIdentifier: TASK }],
    },
    { form: '6.5', text: '{', status: 500, jobs: [{ ...effect, taskIdentifier: null }] },
    { form: '6.5', text: '', status: 500, jobs: [{ ...effect, taskIdentifier: null }] },
    {
      form: '6.6',
      text: JSON.stringify({ taskIdentifier: TASK }),
      status: 500,
      jobs: [{ ...effect, taskIdentifier: TASK }],
    },
    { form: '6.6', text: '{', status: 400, jobs: [] },
    { form: '6.6', text: '', status: 400, jobs: [] },
  ])('in the form of $form answers "$text" with $status', async ({ form, text, status, jobs }) => {
    const dataverse = await startTestDataverse();
    await dataverse.control('POST', '/monitor-download-form', { form });
    const reply = await dataverse.call('POST', path(30, 'monitorGlobusDownload'), { text });
    expect(reply.status).toBe(status);
    if (status === 400) expect(reply.body).toEqual({ status: 'ERROR', message: 'Error parsing json body' });
    expect(await wouldHave(dataverse)).toEqual(jobs);
  });

  it('starts nothing for an unknown dataset, or where the installation has no such downloads', async () => {
    const dataverse = await startTestDataverse();
    await dataverse.call('POST', path(4242, 'monitorGlobusDownload'), { json: { taskIdentifier: TASK } });
    await dataverse.control('POST', '/settings', { name: ':DownloadMethods', value: null });
    await dataverse.call('POST', path(30, 'monitorGlobusDownload'), { json: { taskIdentifier: TASK } });
    expect(await wouldHave(dataverse)).toEqual([]);
  });
});
