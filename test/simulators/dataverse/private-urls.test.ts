import { describe, expect, it } from 'vitest';
import { FIXTURE_WORLD } from '../../../infra/local/simulators/dataverse/fixture.ts';
import { signUrl } from '../../../infra/local/simulators/dataverse/signed-urls.ts';
import { addFiles, entry, listing } from './adding-files.ts';
import { SITE_URL, startTestDataverse, type TestDataverse } from './running-dataverse.ts';

const ACCOUNT_NEEDED = 'Only authenticated users can perform the requested operation';
const report = { taskIdentifier: '5d0c0000-0000-4000-8000-000000000001', files: [] };

async function makePrivateUrl(dataverse: TestDataverse, more: object = {}): Promise<string> {
  const reply = await dataverse.control('POST', '/private-urls', { datasetId: 29, ...more });
  return (reply.body as { token: string }).token;
}

/** The URL as Dataverse signs it for whoever came by the private URL of dataset 29. */
function signedFor29(dataverse: TestDataverse, path: string, token: string, httpMethod = 'GET'): string {
  const order = { baseUrl: `${SITE_URL}/api/v1${path}`, timeOutMinutes: 5, user: '!29', httpMethod };
  return signUrl(order, FIXTURE_WORLD.signingSecret + token, dataverse.clock.nowMilliseconds());
}

describe('the token of a private URL, sent as a key', () => {
  it('shows the draft of its dataset and of no other', async () => {
    const dataverse = await startTestDataverse();
    const key = await makePrivateUrl(dataverse);
    const draft = await dataverse.call('GET', '/api/datasets/29/versions/:draft', { key });
    expect(draft.body).toMatchObject({ data: { versionState: 'DRAFT' } });
    const other = await dataverse.call('GET', '/api/datasets/31', { key });
    const message = 'User !29 is not permitted to perform requested action.';
    expect(other).toMatchObject({ status: 401, body: { message } });
  });

  it('may look and download, and change nothing', async () => {
    const dataverse = await startTestDataverse();
    const key = await makePrivateUrl(dataverse);
    await addFiles(dataverse, [entry({ restrict: true })]);
    const dataset = await dataverse.call('GET', '/api/datasets/29/userPermissions', { key });
    expect(dataset.body).toMatchObject({ data: { canViewUnpublishedDataset: true, canEditDataset: false } });
    const file = await dataverse.call('GET', '/api/access/datafile/62/userPermissions', { key });
    expect(file.body).toMatchObject({ data: { canDownloadFile: true, canEditOwnerDataset: false } });
  });

  it.each([
    {
      case: 'globusUploadParameters',
      method: 'GET',
      path: '/api/datasets/29/globusUploadParameters',
      options: {},
      status: 401,
      message: ACCOUNT_NEEDED,
    },
    {
      case: 'requestGlobusUploadPaths',
      method: 'POST',
      path: '/api/datasets/29/requestGlobusUploadPaths',
      options: { json: {} },
      status: 401,
      message: ACCOUNT_NEEDED,
    },
    {
      case: 'addGlobusFiles',
      method: 'POST',
      path: '/api/datasets/29/addGlobusFiles',
      options: { jsonData: report },
      status: 403,
      message: 'The API key is invalid.',
    },
    {
      case: 'locking',
      method: 'POST',
      path: '/api/datasets/29/lock/Ingest',
      options: {},
      status: 401,
      message: ACCOUNT_NEEDED,
    },
    {
      case: 'addFiles',
      method: 'POST',
      path: '/api/datasets/29/addFiles',
      options: { jsonData: [entry()] },
      status: 500,
      message: expect.stringContaining('User !29 is not permitted to perform requested action.'),
    },
  ])('is no account: $case answers $status', async ({ method, path, options, status, message }) => {
    const dataverse = await startTestDataverse();
    const key = await makePrivateUrl(dataverse);
    const reply = await dataverse.call(method, path, { ...options, key });
    expect([reply.status, reply.body]).toEqual([status, { status: 'ERROR', message }]);
    expect(await listing(dataverse)).toEqual([]);
  });

  it('is echoed by /users/:me, which knows no such user', async () => {
    const dataverse = await startTestDataverse();
    const key = await makePrivateUrl(dataverse);
    const message = `User with token ${key} not found.`;
    expect(await dataverse.call('GET', '/api/users/:me', { key })).toMatchObject({ status: 400, body: { message } });
  });

  it('gets the launched download of a draft with unsigned URLs, and may request it', async () => {
    const dataverse = await startTestDataverse();
    const key = await makePrivateUrl(dataverse);
    await addFiles(dataverse, [entry()]);
    const launch = await dataverse.control('POST', '/launches', {
      direction: 'download',
      datasetId: 29,
      fileIds: [62],
    });
    const { callbackUrl } = launch.body as { callbackUrl: string };
    const reply = await dataverse.call('GET', callbackUrl, { key });
    const { queryParameters, signedUrls } = (reply.body as { data: Record<string, Record<string, unknown>> }).data;
    expect(queryParameters).toMatchObject({ datasetVersion: ':draft', files: { 62: expect.any(String) } });
    expect(JSON.stringify(signedUrls)).not.toContain('token=');
    const json = { principal: 'd15d4244-fc10-47f3-a790-85bdb6db9a75', fileIds: [62] };
    const path = '/api/datasets/29/requestGlobusDownload';
    expect((await dataverse.call('POST', path, { json })).status).toBe(403);
    expect((await dataverse.call('POST', path, { json, key })).body).toMatchObject({
      message: expect.stringContaining('leaves the transfer itself to the service'),
    });
  });

  it('is worthless after another was made, after it was removed, and after publication', async () => {
    const dataverse = await startTestDataverse();
    const statusWith = async (key: string) => (await dataverse.call('GET', '/api/datasets/29', { key })).status;
    const first = await makePrivateUrl(dataverse);
    const second = await makePrivateUrl(dataverse);
    expect([await statusWith(first), await statusWith(second)]).toEqual([401, 200]);
    await dataverse.control('DELETE', '/private-urls', { datasetId: 29 });
    expect(await statusWith(second)).toBe(401);
    const third = await makePrivateUrl(dataverse);
    await dataverse.control('POST', '/datasets/29/publish');
    expect(await statusWith(third)).toBe(401);
  });
});

describe('the token of an anonymized private URL', () => {
  it.each([
    { path: '/api/datasets/29', status: 401 },
    { path: '/api/users/:me', status: 401 },
    { path: '/api/datasets/30', status: 401 },
    { path: '/api/access/datafile/60/userPermissions', status: 401 },
    { path: '/api/access/datafile/60', status: 404 },
    { path: '/api/v1/access/datafile/60', status: 404 },
  ])('answers $status at $path', async ({ path, status }) => {
    const dataverse = await startTestDataverse();
    const key = await makePrivateUrl(dataverse, { anonymized: true });
    const reply = await dataverse.call('GET', path, { key });
    expect(reply.status).toBe(status);
    if (status === 401) expect(reply.body).toEqual({ status: 'ERROR', message: 'Bad API key' });
  });
});

describe('URLs signed for a private URL', () => {
  it('give its rights, and no account', async () => {
    const dataverse = await startTestDataverse();
    const token = await makePrivateUrl(dataverse);
    const draft = signedFor29(dataverse, '/datasets/29/versions/:draft', token);
    expect((await dataverse.call('GET', draft)).status).toBe(200);
    const parameters = signedFor29(dataverse, '/datasets/29/globusUploadParameters', token);
    const reply = await dataverse.call('GET', parameters);
    expect(reply).toMatchObject({ status: 401, body: { message: ACCOUNT_NEEDED } });
  });

  it('are made by a launch in its name', async () => {
    const dataverse = await startTestDataverse();
    await makePrivateUrl(dataverse);
    const body = { direction: 'download', datasetId: 29, user: '!29', fileIds: [] };
    const { callbackUrl } = (await dataverse.control('POST', '/launches', body)).body as { callbackUrl: string };
    expect(callbackUrl).toContain('&user=!29&method=GET&token=');
    expect((await dataverse.call('GET', callbackUrl)).status).toBe(200);
  });

  it.each([
    { case: 'with another path', change: (url: string) => url.replace('/29/', '/30/') },
    { case: 'in the name of another', change: (url: string) => url.replace('user=!29', 'user=!30') },
    { case: 'in the name of no dataset', change: (url: string) => url.replace('user=!29', 'user=!x') },
  ])('are refused $case', async ({ change }) => {
    const dataverse = await startTestDataverse();
    const token = await makePrivateUrl(dataverse);
    const url = change(signedFor29(dataverse, '/datasets/29/versions/:draft', token));
    expect(await dataverse.call('GET', url)).toMatchObject({ status: 401, body: { message: 'Bad signed URL' } });
  });

  it('end with it', async () => {
    const dataverse = await startTestDataverse();
    const url = signedFor29(dataverse, '/datasets/29/versions/:draft', await makePrivateUrl(dataverse));
    await dataverse.control('DELETE', '/private-urls', { datasetId: 29 });
    expect((await dataverse.call('GET', url)).status).toBe(401);
  });
});
