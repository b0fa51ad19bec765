import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  MANAGED_COLLECTION_ID as GUEST,
  PERSONAL_COLLECTION_ID as PERSONAL,
  PUBLISHED_FILES,
  RESEARCHER_ID,
  SECOND_RESEARCHER_ID,
  SERVICE_ID,
} from '../../../infra/local/simulators/globus/fixture.ts';
import { type Harness, startHarness, type TransferClient } from './globus-harness.ts';

let harness: Harness;
let service: TransferClient;
let researcher: TransferClient;
let second: TransferClient;
beforeAll(async () => {
  harness = await startHarness();
  [service, researcher, second] = await Promise.all([
    harness.login(SERVICE_ID),
    harness.login(RESEARCHER_ID),
    harness.login(SECOND_RESEARCHER_ID),
  ]);
  await harness.grant(RESEARCHER_ID, '/hdc1/read/', 'r');
  await harness.grant(RESEARCHER_ID, '/hdc1/write/', 'rw');
  for (const name of ['read', 'write', 'with space & ünicode'])
    mkdirSync(join(harness.stateDirectory, 'collections', GUEST, 'hdc1', name));
});
afterAll(() => harness.close());

const clientOf = (who: string) => (who === 'service' ? service : who === 'second' ? second : researcher);
const names = (data: readonly Record<string, unknown>[]) => data.map((each) => each['name']);

describe('mkdir', () => {
  const mkdir = (who: string, path: unknown, collection = GUEST) =>
    clientOf(who).call('POST', `operation/endpoint/${collection}/mkdir`, { DATA_TYPE: 'mkdir', path });

  it('makes a directory and answers 202', async () => {
    expect(await mkdir('researcher', '/hdc1/write/new/')).toMatchObject({
      status: 202,
      body: { DATA_TYPE: 'mkdir_result', code: 'DirectoryCreated', message: 'The directory was created successfully' },
    });
    expect((await service.get(`operation/endpoint/${GUEST}/stat?path=/hdc1/write/new`)).body).toMatchObject({
      type: 'dir',
      name: 'new',
    });
  });

  it.each([
    {
      case: 'a directory that exists',
      who: 'service',
      path: '/hdc1/',
      status: 502,
      code: 'ExternalError.MkdirFailed.Exists',
    },
    { case: 'a missing parent', who: 'service', path: '/hdc1/x/y/', status: 502, code: 'ExternalError.MkdirFailed' },
    {
      case: 'a path outside the rules',
      who: 'researcher',
      path: '/s3/a/',
      status: 403,
      code: 'EndpointPermissionDenied',
    },
    {
      case: 'a path with a rule to read only',
      who: 'researcher',
      path: '/hdc1/read/a/',
      status: 403,
      code: 'EndpointPermissionDenied',
    },
    { case: 'someone without any rule', who: 'second', path: '/hdc1/a/', status: 403, code: 'PermissionDenied' },
    { case: 'a path with ..', who: 'service', path: '/hdc1/../../x/', status: 400, code: 'InvalidPath' },
    { case: 'no path', who: 'service', path: undefined, status: 400, code: 'ClientError.BadRequest' },
  ])('refuses $case with $status $code', async ({ who, path, status, code }) => {
    const reply = await mkdir(who, path);
    expect(reply).toMatchObject({ status, body: { code } });
    expect(reply.headers.get('x-transfer-api-error')).toBe(code);
  });

  it('says what the refusals of the reference say', async () => {
    expect((await mkdir('second', '/hdc1/a/')).body['message']).toMatch(/^No effective ACL rules on the endpoint/);
    expect((await mkdir('service', '/hdc1/')).body['message']).toContain("Error Path '/hdc1/' already exists");
    expect((await mkdir('service', '/no/such/')).body['message']).toContain('No such file or directory');
  });
});

describe('ls', () => {
  const ls = (who: string, collection: string, query: string) =>
    clientOf(who).get(`operation/endpoint/${collection}/ls${query}`);

  it('describes files as the reference does', async () => {
    const { body, data } = await ls('researcher', PERSONAL, '?path=/&filter=name:rainfall.csv');
    expect(body).toMatchObject({
      DATA_TYPE: 'file_list',
      endpoint: PERSONAL,
      path: '/',
      absolute_path: null,
      length: 1,
      total: 1,
    });
    expect(data[0]).toMatchObject({
      DATA_TYPE: 'file',
      name: 'rainfall.csv',
      type: 'file',
      size: 35,
      link_target: null,
    });
    expect(data[0]?.['last_modified']).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\+00:00$/);
    expect(data[0]?.['permissions']).toMatch(/^0[0-7]{3}$/);
  });

  it.each([
    { query: '', path: '/~/' },
    { query: '?path=/', path: '/' },
    { query: '?path=/~/', path: '/~/' },
    { query: '?path=/~/model', path: '/~/model/' },
    { query: '?path=/model/u-aa001', path: '/model/u-aa001/' },
  ])('answers the path $path to "$query"', async ({ query, path }) => {
    expect((await ls('researcher', PERSONAL, query)).body['path']).toBe(path);
  });

  it.each([
    {
      query: '?path=/',
      expected: ['empty.dat', 'hollow', 'model', 'notes.txt', 'rainfall.csv', 'Übersicht-température-日本.txt'],
    },
    { query: '?path=/&filter=type:dir', expected: ['hollow', 'model'] },
    { query: '?path=/&filter=name:~*.txt', expected: ['notes.txt', 'Übersicht-température-日本.txt'] },
    { query: '?path=/&filter=name:!~*.*', expected: ['hollow', 'model'] },
    {
      query: `?path=/&filter=name:${encodeURIComponent('Übersicht-température-日本.txt')}`,
      expected: ['Übersicht-température-日本.txt'],
    },
    { query: '?path=/&orderby=name%20DESC&limit=2', expected: ['Übersicht-température-日本.txt', 'rainfall.csv'] },
    { query: '?path=/&limit=2&offset=1', expected: ['hollow', 'model'] },
    { query: '?path=/hollow/', expected: [] },
  ])('lists $expected for $query', async ({ query, expected }) => {
    expect(names((await ls('researcher', PERSONAL, query)).data)).toEqual(expected);
  });

  it('lists names with blanks and umlauts', async () => {
    const path = encodeURIComponent('/hdc1/with space & ünicode');
    expect((await ls('service', GUEST, `?path=${path}`)).body['path']).toBe('/hdc1/with space & ünicode/');
  });

  it('hides dot files on demand, and files under copy always', async () => {
    const directory = join(harness.stateDirectory, 'collections', GUEST, 'hdc1', 'read');
    for (const name of ['.hidden', '.globus-partial-x-1', 'shown']) writeFileSync(join(directory, name), '');
    expect(names((await ls('researcher', GUEST, '?path=/hdc1/read/')).data)).toEqual(['.hidden', 'shown']);
    expect(names((await ls('researcher', GUEST, '?path=/hdc1/read/&show_hidden=0')).data)).toEqual(['shown']);
  });

  it.each([
    {
      case: 'a missing directory',
      who: 'service',
      collection: GUEST,
      path: '/none/',
      status: 404,
      code: 'ClientError.NotFound',
    },
    {
      case: 'a file',
      who: 'researcher',
      collection: PERSONAL,
      path: '/notes.txt',
      status: 502,
      code: 'ExternalError.DirListingFailed.NotDirectory',
    },
    {
      case: 'a path outside the rules',
      who: 'researcher',
      collection: GUEST,
      path: '/',
      status: 403,
      code: 'EndpointPermissionDenied',
    },
    {
      case: 'someone without any rule',
      who: 'second',
      collection: GUEST,
      path: '/',
      status: 403,
      code: 'PermissionDenied',
    },
    {
      case: "someone else's personal collection",
      who: 'second',
      collection: PERSONAL,
      path: '/',
      status: 403,
      code: 'PermissionDenied',
    },
    { case: 'a relative path', who: 'service', collection: GUEST, path: 'hdc1', status: 400, code: 'InvalidPath' },
    {
      case: 'a path with a line break',
      who: 'service',
      collection: GUEST,
      path: '/a%0D%0Ab',
      status: 400,
      code: 'InvalidPath',
    },
    {
      case: 'an unknown collection',
      who: 'service',
      collection: RESEARCHER_ID,
      path: '/',
      status: 404,
      code: 'EndpointNotFound',
    },
  ])('refuses $case with $status $code', async ({ who, collection, path, status, code }) => {
    expect(await ls(who, collection, `?path=${path}`)).toMatchObject({ status, body: { code } });
  });

  it('refuses a limit above 100000', async () => {
    expect((await ls('service', GUEST, '?path=/&limit=100001')).status).toBe(400);
  });

  it('does not take a rule on a path for a rule on a longer name', async () => {
    await harness.grant(SECOND_RESEARCHER_ID, '/hdc1/re/', 'r');
    expect((await ls('second', GUEST, '?path=/hdc1/read/')).status).toBe(403);
  });
});

describe('stat', () => {
  it.each(PUBLISHED_FILES)('finds the published file $path', async ({ path, text }) => {
    const { status, body } = await service.get(`operation/endpoint/${GUEST}/stat?path=${path}`);
    expect({ status, size: body['size'] }).toEqual({ status: 200, size: Buffer.byteLength(text) });
  });

  it('answers NotFound, without a prefix, for what is missing', async () => {
    const reply = await service.get(`operation/endpoint/${GUEST}/stat?path=/none`);
    expect(reply).toMatchObject({ status: 404, body: { code: 'NotFound' } });
  });
});

describe('an operation under a delay', () => {
  it('is answered when the clock has passed the delay', async () => {
    await harness.control('POST', 'operation-delay', { milliseconds: 3_600_000 });
    const waits = vi.spyOn(harness.clock, 'waitUntil');
    const reply = service.get(`operation/endpoint/${GUEST}/ls?path=/`);
    // It must have come to its wait before the clock is moved.
    await expect.poll(() => waits.mock.calls.length, { timeout: 15_000 }).toBe(1);
    waits.mockRestore();
    expect(await Promise.race([reply, service.get('submission_id').then(() => 'others are not held up')])).toBe(
      'others are not held up',
    );
    harness.clock.shift(3_600_000);
    expect((await reply).status).toBe(200);
    await harness.control('POST', 'operation-delay', { milliseconds: 0 });
  });
});
