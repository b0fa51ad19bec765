import { describe, expect, it } from 'vitest';
import { FIXTURE_WORLD } from '../../../infra/local/simulators/dataverse/fixture.ts';
import { CURATOR, dataOf, READER, SITE_URL, startTestDataverse, type TestDataverse } from './running-dataverse.ts';

const COLLECTION = 'd8c42580-6528-4605-9ad8-116a61982644';

interface Parameters {
  readonly queryParameters: Record<string, unknown>;
  readonly signedUrls: { name: string; httpMethod: string; signedUrl: string; timeOut: number }[];
}

const inFileStore = {
  ...FIXTURE_WORLD,
  datasets: FIXTURE_WORLD.datasets.map((dataset) => ({ ...dataset, storeId: 'file' })),
};

async function launch(dataverse: TestDataverse, body: object) {
  const reply = await dataverse.control('POST', '/launches', body);
  return reply.body as { callbackUrl: string; callback: string; downloadId: string };
}

describe('globusUploadParameters', () => {
  it('of a managed store tell endpoint, limit and quota, and sign every call', async () => {
    const dataverse = await startTestDataverse();
    const target = '/api/datasets/:persistentId/globusUploadParameters?persistentId=doi:10.5072/FK2/ILLPXE&locale=en';
    const reply = await dataverse.call('GET', target, { key: CURATOR });
    const { queryParameters, signedUrls } = dataOf<Parameters>(reply);
    expect(queryParameters).toEqual({
      datasetId: 29,
      siteUrl: SITE_URL,
      datasetVersion: ':draft',
      dvLocale: 'en',
      datasetPid: 'doi:10.5072/FK2/ILLPXE',
      managed: 'true',
      fileSizeLimit: 100_000_000_000,
      remainingQuota: 1_000_000_000_000,
      endpoint: COLLECTION,
    });
    expect(signedUrls.map(({ name, httpMethod, timeOut }) => [name, httpMethod, timeOut])).toEqual([
      ['requestGlobusTransferPaths', 'POST', 5],
      ['addGlobusFiles', 'POST', 5],
      ['getDatasetMetadata', 'GET', 5],
      ['getFileListing', 'GET', 5],
    ]);
    const paths = signedUrls.map(({ signedUrl }) => signedUrl.split('?')[0]);
    expect(paths).toEqual(
      ['requestGlobusUploadPaths', 'addGlobusFiles', 'versions/:draft', 'versions/:draft/files'].map(
        (path) => `${SITE_URL}/api/v1/datasets/29/${path}`,
      ),
    );
    for (const { httpMethod, signedUrl } of signedUrls.slice(2)) {
      expect((await dataverse.call(httpMethod, signedUrl)).status).toBe(200);
    }
    const act = await dataverse.call('POST', signedUrls[0]?.signedUrl ?? '', { json: {} });
    expect(act).toMatchObject({ status: 400 });
  });

  it('of a reference store name the allowed places and the calls for references', async () => {
    const dataverse = await startTestDataverse();
    const reply = await dataverse.call('GET', '/api/datasets/31/globusUploadParameters', { key: CURATOR });
    const { queryParameters, signedUrls } = dataOf<Parameters>(reply);
    expect(queryParameters).toEqual({
      datasetId: 31,
      siteUrl: SITE_URL,
      datasetVersion: ':draft',
      datasetPid: 'doi:10.5072/FK2/REFERS',
      managed: 'false',
      referenceEndpointsWithPaths: [`${COLLECTION}/hdc1`],
    });
    expect(signedUrls.map(({ name }) => name).slice(0, 2)).toEqual(['requestGlobusReferencePaths', 'addFiles']);
  });

  it('leave out what is not defined, use the configured minutes and make numbers of numbers', async () => {
    const world = { ...FIXTURE_WORLD, quota: null, globusCacheMaxAgeMinutes: 60 };
    const dataverse = await startTestDataverse({ world });
    await dataverse.control('POST', '/settings', { name: ':MaxFileUploadSizeInBytes', value: null });
    const reply = await dataverse.call('GET', '/api/datasets/29/globusUploadParameters?locale=7', { key: CURATOR });
    const { queryParameters, signedUrls } = dataOf<Parameters>(reply);
    expect(queryParameters).toMatchObject({ dvLocale: 7 });
    expect(queryParameters).not.toHaveProperty('fileSizeLimit');
    expect(queryParameters).not.toHaveProperty('remainingQuota');
    expect(signedUrls.map(({ timeOut }) => timeOut)).toEqual([60, 60, 5, 5]);
  });

  it('check no permission: any account gets them', async () => {
    const dataverse = await startTestDataverse();
    const reply = await dataverse.call('GET', '/api/datasets/29/globusUploadParameters', { key: READER });
    expect(reply.status).toBe(200);
  });

  it.each([
    {
      case: 'a guest',
      target: '29',
      key: undefined,
      world: FIXTURE_WORLD,
      status: 401,
      message: 'Only authenticated users can perform the requested operation',
    },
    {
      case: 'a guest, for an unknown dataset',
      target: '4242',
      key: undefined,
      world: FIXTURE_WORLD,
      status: 401,
      message: 'Only authenticated users can perform the requested operation',
    },
    {
      case: 'an account, for an unknown dataset',
      target: '4242',
      key: CURATOR,
      world: FIXTURE_WORLD,
      status: 404,
      message: 'Dataset with ID 4242 not found.',
    },
    {
      case: 'an account, for a store without Globus',
      target: '29',
      key: CURATOR,
      world: inFileStore,
      status: 400,
      message: 'File transfer to Dataverse via Globus is not available for this dataset.',
    },
  ])('are refused with $status to $case', async ({ target, key, world, status, message }) => {
    const dataverse = await startTestDataverse({ world });
    const path = `/api/datasets/${target}/globusUploadParameters`;
    const reply = await dataverse.call('GET', path, key ? { key } : {});
    expect([reply.status, reply.body]).toEqual([status, { status: 'ERROR', message }]);
  });
});

describe('globusDownloadParameters', () => {
  it('give guests plain URLs and the files of the launch', async () => {
    const dataverse = await startTestDataverse();
    const { callbackUrl, callback, downloadId } = await launch(dataverse, {
      direction: 'download',
      datasetId: 30,
      fileIds: [60, 61],
    });
    expect(Buffer.from(callback, 'base64').toString()).toBe(callbackUrl);
    const { queryParameters, signedUrls } = dataOf<Parameters>(await dataverse.call('GET', callbackUrl));
    const directory = `${COLLECTION}/hdc1/10.5072/FK2/7U7YBV`;
    expect(queryParameters).toEqual({
      datasetId: 30,
      siteUrl: SITE_URL,
      datasetVersion: '1.0',
      dvLocale: 'en',
      datasetPid: 'doi:10.5072/FK2/7U7YBV',
      managed: 'true',
      endpoint: COLLECTION,
      files: { 60: `${directory}/18bf3af9c78-92b8e168090e`, 61: `${directory}/18bf3af9c78-c8d81569305c` },
    });
    const base = `${SITE_URL}/api/v1/datasets/30`;
    expect(signedUrls.map(({ name, signedUrl }) => [name, signedUrl])).toEqual([
      ['monitorGlobusDownload', `${base}/monitorGlobusDownload`],
      ['requestGlobusDownload', `${base}/requestGlobusDownload?downloadId=${downloadId}`],
      ['getDatasetMetadata', `${base}/versions/1.0`],
      ['getFileListing', `${base}/versions/1.0/files`],
    ]);
  });

  it('give an account signed URLs, with the query of the call before the signature', async () => {
    const dataverse = await startTestDataverse();
    const started = await launch(dataverse, { direction: 'download', datasetId: 30, user: 'reader', fileIds: [60] });
    const { signedUrls } = dataOf<Parameters>(await dataverse.call('GET', `${started.callbackUrl}&dvLocale=en`));
    expect(signedUrls[1]?.signedUrl).toMatch(/\?downloadId=[^&]+&until=[^&]+&user=reader&method=POST&token=[0-9a-f]+$/);
  });

  it('put the bucket into paths of an S3 store', async () => {
    const dataverse = await startTestDataverse();
    const storageIdentifier = 's3g://dv-bucket:18bf3af9c78-aaaaaaaaaaaa';
    const file = { storageIdentifier, fileName: 'a', mimeType: 'text/plain', md5Hash: 'aa' };
    await dataverse.call('POST', '/api/datasets/32/addFiles', { key: CURATOR, jsonData: [file] });
    const { callbackUrl } = await launch(dataverse, { direction: 'download', datasetId: 32, fileIds: [62] });
    const { queryParameters } = dataOf<Parameters>(await dataverse.call('GET', callbackUrl));
    expect(queryParameters['files']).toEqual({
      62: `${COLLECTION}/s3/10.5072/FK2/S3MANA/dv-bucket:18bf3af9c78-aaaaaaaaaaaa`,
    });
  });

  it.each([
    {
      case: 'no download id',
      world: FIXTURE_WORLD,
      query: '',
      status: 500,
      message: expect.stringMatching(/^Internal/),
    },
    {
      case: 'an unknown download id',
      world: FIXTURE_WORLD,
      query: '?downloadId=x',
      status: 404,
      message: 'List of files to transfer not found.',
    },
    {
      case: 'a store without Globus',
      world: inFileStore,
      query: '',
      status: 400,
      message: 'File transfer from Dataverse via Globus is not available for this dataset.',
    },
  ])('are refused with $status for $case', async ({ world, query, status, message }) => {
    const dataverse = await startTestDataverse({ world });
    const reply = await dataverse.call('GET', `/api/datasets/30/globusDownloadParameters${query}`);
    expect(reply).toMatchObject({ status, body: { message } });
  });

  it('forget a launch ten minutes later', async () => {
    const dataverse = await startTestDataverse();
    const { callbackUrl } = await launch(dataverse, { direction: 'download', datasetId: 30, fileIds: [60] });
    // The clock goes on by itself as well.
    dataverse.clock.shift(600_000 - 60_000);
    expect((await dataverse.call('GET', callbackUrl)).status).toBe(200);
    dataverse.clock.shift(61_000);
    expect((await dataverse.call('GET', callbackUrl)).status).toBe(404);
  });
});

describe('the launch of an upload', () => {
  it('signs its callback for five minutes', async () => {
    const dataverse = await startTestDataverse();
    const { callbackUrl } = await launch(dataverse, { direction: 'upload', datasetId: 29, user: 'curator' });
    expect((await dataverse.call('GET', `${callbackUrl}&dvLocale=en`)).status).toBe(200);
    dataverse.clock.shift(301_000);
    expect((await dataverse.call('GET', callbackUrl)).status).toBe(401);
  });
});
