import { describe, expect, it } from 'vitest';
import { FIXTURE_WORLD } from '../../../infra/local/simulators/dataverse/fixture.ts';
import { CURATOR, READER, SITE_URL, SUPERUSER, startTestDataverse } from './running-dataverse.ts';

describe('the exception mappers', () => {
  it.each([
    {
      method: 'GET',
      target: '/api/datasetz/1?x=1',
      status: 404,
      text: 'API endpoint does not exist on this server.',
      path: '/datasetz/1',
    },
    {
      method: 'GET',
      target: '/api/datasets/29/uploadlimits',
      status: 404,
      text: 'API endpoint does not exist on this server.',
      path: '/datasets/29/uploadlimits',
    },
    {
      method: 'PUT',
      target: '/api/v1/datasets/29',
      status: 405,
      text: 'API endpoint does not support this method.',
      path: '/datasets/29',
    },
    {
      method: 'GET',
      target: '/api/datasets/29/addGlobusFiles',
      status: 405,
      text: 'API endpoint does not support this method.',
      path: '/datasets/29/addGlobusFiles',
    },
  ])('answer $method $target with $status', async ({ method, target, status, text, path }) => {
    const dataverse = await startTestDataverse();
    const reply = await dataverse.call(method, target);
    expect(reply.status).toBe(status);
    expect(reply.body).toEqual({
      status: 'ERROR',
      code: status,
      message: expect.stringContaining(text),
      requestUrl: `${SITE_URL}/api/v1${path}`,
      requestMethod: method,
    });
  });

  it.each([
    { path: '/api/datasets/29/addFiles', type: 'application/json' },
    { path: '/api/datasets/29/addGlobusFiles', type: 'application/json' },
    { path: '/api/datasets/29/requestGlobusUploadPaths', type: 'text/plain' },
    { path: '/api/admin/requestSignedUrl', type: 'text/plain' },
  ])('answer $path with 415 to $type', async ({ path, type }) => {
    const dataverse = await startTestDataverse();
    const reply = await dataverse.call('POST', path, { key: CURATOR, text: '{}', headers: { 'content-type': type } });
    expect(reply).toMatchObject({ status: 415, body: { code: 415 } });
  });
});

describe('CORS', () => {
  it.each([
    { case: 'an answer', method: 'GET', target: '/api/info/version', status: 200 },
    { case: 'a refusal', method: 'GET', target: '/api/datasets/29', status: 401 },
    { case: 'an unknown path', method: 'GET', target: '/api/x', status: 404 },
    { case: 'a preflight', method: 'OPTIONS', target: '/api/datasets/29/requestGlobusUploadPaths', status: 204 },
  ])('headers are on $case', async ({ method, target, status }) => {
    const dataverse = await startTestDataverse();
    const reply = await dataverse.call(method, target);
    expect(reply.status).toBe(status);
    expect(reply.headers).toMatchObject({
      'access-control-allow-origin': '*',
      'access-control-allow-methods': 'PUT, GET, POST, DELETE, OPTIONS',
      'access-control-allow-headers': 'Accept, Content-Type, X-Dataverse-Key, Range',
      'access-control-expose-headers': 'Accept-Ranges, Content-Range, Content-Encoding',
    });
  });
});

describe('the admin API', () => {
  it('is closed to those without the unblock key, when there is one', async () => {
    const dataverse = await startTestDataverse({ world: { ...FIXTURE_WORLD, unblockKey: 'open-sesame' } });
    const target = '/api/admin/settings/:UploadMethods';
    for (const closed of [target, `${target}?unblock-key=wrong`]) {
      expect(await dataverse.call('GET', closed, { key: SUPERUSER })).toMatchObject({
        status: 503,
        body: { status: 'error', message: expect.stringContaining('using API key only') },
      });
    }
    expect((await dataverse.call('GET', `${target}?unblock-key=open-sesame`)).status).toBe(200);
  });
});

describe('later forms', () => {
  it('of storageDriver can be switched on', async () => {
    const dataverse = await startTestDataverse();
    await dataverse.control('POST', '/storage-driver-form', { form: '6.9' });
    const reply = await dataverse.call('GET', '/api/datasets/31/storageDriver');
    expect(reply.body).toMatchObject({ data: { name: 'globus', type: 'globus', label: 'Globus references' } });
  });

  it.each([
    { who: 'a guest', dataset: 29, key: undefined, status: 400 },
    { who: 'a reader', dataset: 29, key: READER, status: 403 },
    { who: 'an editor of no dataset', dataset: 4242, key: CURATOR, status: 404 },
    { who: 'an editor', dataset: 29, key: CURATOR, status: 200 },
  ])('of uploadlimits answer $who with $status', async ({ dataset, key, status }) => {
    const dataverse = await startTestDataverse();
    await dataverse.control('POST', '/upload-limits', { enabled: true });
    const reply = await dataverse.call('GET', `/api/datasets/${dataset}/uploadlimits`, key ? { key } : {});
    expect(reply.status).toBe(status);
  });
});
