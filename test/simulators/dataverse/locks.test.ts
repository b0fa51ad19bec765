import { describe, expect, it } from 'vitest';
import { createLocalClock } from '../../../infra/local/clock.ts';
import { CURATOR, SUPERUSER, startTestDataverse } from './running-dataverse.ts';

const key = SUPERUSER;

describe('locks', () => {
  it('are listed to anyone, with Java’s date, whatever key is sent', async () => {
    const clock = createLocalClock();
    clock.shift(Date.parse('2026-02-03T04:05:06.500Z') - clock.nowMilliseconds());
    const dataverse = await startTestDataverse({ clock });
    await dataverse.control('POST', '/locks', {
      datasetId: 29,
      lockType: 'GlobusUpload',
      user: 'curator',
      message: 'Globus Upload API started ',
    });
    await dataverse.call('POST', '/api/datasets/29/lock/EditInProgress', { key });
    const reply = await dataverse.call('GET', '/api/datasets/29/locks', { key: 'wrong' });
    const shared = {
      dataset: 'doi:10.5072/FK2/ILLPXE',
      date: expect.stringMatching(/^Tue Feb 03 04:05:\d\d UTC 2026$/),
    };
    expect(reply.body).toEqual({
      status: 'OK',
      data: [
        { ...shared, lockType: 'GlobusUpload', user: 'curator', message: 'Globus Upload API started ' },
        { ...shared, lockType: 'EditInProgress', user: 'dataverseAdmin' },
      ],
    });
    const one = await dataverse.call('GET', '/api/datasets/29/locks?type=EditInProgress');
    expect(one.body).toMatchObject({ data: [{ lockType: 'EditInProgress' }] });
  });

  it('stand once per type, and go one by one or all together', async () => {
    const dataverse = await startTestDataverse();
    const steps = [
      ['POST', '/lock/Ingest', 200, 'dataset locked with lock type Ingest'],
      ['POST', '/lock/Ingest', 403, 'dataset already locked with lock type Ingest'],
      ['POST', '/lock/InReview', 200, 'dataset locked with lock type InReview'],
      ['DELETE', '/locks?type=Workflow', 200, 'no lock type Workflow on the dataset'],
      ['DELETE', '/locks?type=Ingest', 200, 'lock type Ingest removed'],
      ['DELETE', '/locks?type=Ingest', 200, 'no lock type Ingest on the dataset'],
      ['DELETE', '/locks', 200, 'locks removed'],
      ['DELETE', '/locks', 200, 'dataset not locked'],
    ] as const;
    for (const [method, path, status, message] of steps) {
      const reply = await dataverse.call(method, `/api/datasets/29${path}`, { key });
      const body = status === 200 ? { status: 'OK', data: { message } } : { status: 'ERROR', message };
      expect([path, reply.status, reply.body]).toEqual([path, status, body]);
    }
  });

  it.each([
    {
      method: 'POST',
      path: '/29/lock/Ingest',
      caller: undefined,
      status: 401,
      message: 'Only authenticated users can perform the requested operation',
    },
    {
      method: 'POST',
      path: '/29/lock/Ingest',
      caller: CURATOR,
      status: 403,
      message: 'This API end point can be used by superusers only.',
    },
    {
      method: 'DELETE',
      path: '/29/locks',
      caller: undefined,
      status: 401,
      message: 'Only authenticated users can perform the requested operation',
    },
    {
      method: 'DELETE',
      path: '/29/locks',
      caller: CURATOR,
      status: 403,
      message: 'This API end point can be used by superusers only.',
    },
    { method: 'POST', path: '/4242/lock/Ingest', caller: key, status: 404, message: 'Dataset with ID 4242 not found.' },
    {
      method: 'POST',
      path: '/29/lock/ingest',
      caller: key,
      status: 404,
      message: expect.stringMatching(/^API endpoint does not exist/),
    },
    {
      method: 'POST',
      path: '/29/locks/Ingest',
      caller: key,
      status: 404,
      message: expect.stringMatching(/^API endpoint does not exist/),
    },
    {
      method: 'DELETE',
      path: '/29/locks?type=x',
      caller: key,
      status: 404,
      message: expect.stringMatching(/^API endpoint does not exist/),
    },
    {
      method: 'GET',
      path: '/29/locks?type=x',
      caller: undefined,
      status: 404,
      message: expect.stringMatching(/^API endpoint does not exist/),
    },
    { method: 'GET', path: '/locks', caller: undefined, status: 401, message: 'Authentication is required.' },
    { method: 'GET', path: '/locks', caller: CURATOR, status: 403, message: 'Superusers only.' },
    {
      method: 'GET',
      path: '/locks?type=x',
      caller: key,
      status: 400,
      message: expect.stringMatching(/^Invalid lock type value: x; valid lock types: Ingest, /),
    },
    { method: 'GET', path: '/locks?userIdentifier=x', caller: key, status: 400, message: 'Unknown user identifier: x' },
  ])('answer $method $path with $status', async ({ method, path, caller, status, message }) => {
    const dataverse = await startTestDataverse();
    const reply = await dataverse.call(method, `/api/datasets${path}`, caller ? { key: caller } : {});
    expect(reply).toMatchObject({ status, body: { status: 'ERROR', message } });
  });

  it('of all datasets are listed to superusers, by type and user', async () => {
    const dataverse = await startTestDataverse();
    await dataverse.call('POST', '/api/datasets/29/lock/Ingest', { key });
    await dataverse.control('POST', '/locks', { datasetId: 30, lockType: 'InReview', user: 'reader' });
    const types = async (query: string) =>
      (await dataverse.call('GET', `/api/datasets/locks${query}`, { key })).body as { data: { lockType: string }[] };
    expect((await types('')).data.map((lock) => lock.lockType)).toEqual(['Ingest', 'InReview']);
    expect((await types('?type=InReview')).data.map((lock) => lock.lockType)).toEqual(['InReview']);
    expect((await types('?userIdentifier=dataverseAdmin')).data.map((lock) => lock.lockType)).toEqual(['Ingest']);
  });
});
