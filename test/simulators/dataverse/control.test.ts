import { describe, expect, it } from 'vitest';
import { CURATOR, READER, startTestDataverse } from './running-dataverse.ts';

describe('the control interface', () => {
  it('shows datasets with files and locks, and no API token', async () => {
    const dataverse = await startTestDataverse();
    const lock = { datasetId: 30, lockType: 'Ingest', user: 'reader' };
    expect((await dataverse.control('POST', '/locks', lock)).body).toEqual({ placed: true });
    expect((await dataverse.control('POST', '/locks', lock)).body).toEqual({ placed: false });
    const state = await dataverse.control('GET', '/state');
    expect(state.body).toMatchObject({
      datasets: [
        { id: 29, persistentId: 'doi:10.5072/FK2/ILLPXE', storeId: 'globusm', locks: [], files: [] },
        { id: 30, locks: [{ lockType: 'Ingest', userName: 'reader' }], files: [{ id: 60 }, { id: 61 }] },
        { id: 31, storeId: 'globus' },
        { id: 32, storeId: 's3g' },
      ],
    });
    expect(JSON.stringify(state.body)).not.toContain(CURATOR);
    expect((await dataverse.control('DELETE', '/locks', lock)).body).toEqual({ removed: 1 });
  });

  it('gives and takes permissions', async () => {
    const dataverse = await startTestDataverse();
    const mayEdit = async (key: string) =>
      (await dataverse.call('GET', '/api/datasets/29/userPermissions', { key })).body;
    await dataverse.control('POST', '/users', { name: 'reader', permissions: { 29: ['EditDataset'] } });
    await dataverse.control('POST', '/users', { name: 'curator', permissions: { 29: [] } });
    expect(await mayEdit(READER)).toMatchObject({ data: { canEditDataset: true, canPublishDataset: false } });
    expect(await mayEdit(CURATOR)).toMatchObject({ data: { canEditDataset: false } });
  });

  it('makes superusers', async () => {
    const dataverse = await startTestDataverse();
    await dataverse.control('POST', '/users', { name: 'reader', superuser: true });
    expect((await dataverse.call('POST', '/api/datasets/29/lock/Ingest', { key: READER })).status).toBe(200);
  });

  it('deletes a dataset with all that belongs to it', async () => {
    const dataverse = await startTestDataverse();
    await dataverse.control('POST', '/locks', { datasetId: 30, lockType: 'Ingest', user: 'reader' });
    await dataverse.control('POST', '/datasets/30/delete');
    expect((await dataverse.call('GET', '/api/datasets/30')).status).toBe(404);
    expect((await dataverse.call('GET', '/api/files/60')).status).toBe(404);
    expect((await dataverse.call('GET', '/api/datasets/30/storageDriver')).status).toBe(404);
  });

  it.each([
    {
      path: '/locks',
      body: { datasetId: 4242, lockType: 'Ingest', user: 'reader' },
      message: 'datasetId: there is no dataset 4242',
    },
    {
      path: '/locks',
      body: { datasetId: 29, lockType: 'ingest', user: 'reader' },
      message: 'lockType: there is no lock type ingest',
    },
    { path: '/locks', body: { datasetId: 29, lockType: 'Ingest', user: 'x' }, message: 'user: nobody is called x' },
    { path: '/users', body: { name: 'x' }, message: 'name: nobody is called x' },
    {
      path: '/users',
      body: { name: 'reader', tokenExpiresAt: 'soon' },
      message: 'tokenExpiresAt: expected a moment such as 2026-02-03T04:05:06Z',
    },
    { path: '/add-files', body: { mode: 'x' }, message: 'mode: expected one of normal, fail-after-effect' },
    { path: '/storage-driver-form', body: { form: '7' }, message: 'form: expected one of 6.5, 6.9' },
    { path: '/register-delay', body: {}, message: 'millisecondsPerFile: expected a number' },
    { path: '/launches', body: { direction: 'up' }, message: 'direction: expected one of upload, download' },
  ])('refuses $path with $body', async ({ path, body, message }) => {
    const dataverse = await startTestDataverse();
    expect(await dataverse.control('POST', path, body)).toMatchObject({ status: 400, body: { message } });
  });

  it('injects faults into ordinary calls', async () => {
    const dataverse = await startTestDataverse();
    const reply = { status: 502, body: { status: 'ERROR', message: 'Bad gateway' } };
    await dataverse.control('POST', '/faults', { match: '/info/version', kind: 'reply', reply });
    expect(await dataverse.call('GET', '/api/info/version')).toMatchObject(reply);
    expect((await dataverse.call('GET', '/api/info/version')).status).toBe(200);
  });
});
