import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { UserName } from '../../functions/domain/ids.ts';
import { signUrl, untilAfter } from '../../functions/domain/signed-url.ts';
import { handler as globusDownloadParameters } from '../../functions/http/globus-download-parameters.ts';
import { handler as monitorGlobusDownload } from '../../functions/http/monitor-globus-download.ts';
import { handler as requestGlobusDownload } from '../../functions/http/request-globus-download.ts';
import type { ForwardedRequest } from '../../functions/ports/dataverse.ts';
import type { Application } from '../../functions/wiring.ts';
import { COLLECTION, CURATOR, DATASET, PATH, PRINCIPAL, START_MILLISECONDS, TASK } from '../support/builders.ts';
import { OUTWARDS } from '../support/downloads.ts';
import { CURATOR_BEARER, CURATOR_TOKEN, READER, READER_TOKEN } from '../support/fakes/dataverse-accounts.ts';
import { aStandingFile } from '../support/fakes/fake-dataverse.ts';
import { createWorld, type World } from '../support/world.ts';
import { applicationOf, CONTEXT, SIGNING_KEYS, SITE_URL, seen } from './application-under-test.ts';
import { anEvent, type RequestParts } from './requests.ts';

const running = vi.hoisted(() => ({ application: undefined as Application | undefined }));
vi.mock('../../functions/wiring.ts', () => ({ application: async () => running.application }));

const HANDLERS = { globusDownloadParameters, requestGlobusDownload, monitorGlobusDownload };
type Operation = keyof typeof HANDLERS;

const KEY = { 'x-dataverse-key': CURATOR_TOKEN };
const ORDER = { principal: PRINCIPAL, fileIds: [77] };
const LOCATION = `${COLLECTION}${PATH}1a2b3c4d5e6-00ff11ee22dd`;
const DOWNLOAD_ID = '00000000-0000-4000-8000-000000000001';

let world: World;
let forwarded: ForwardedRequest[];
/** What Dataverse says to whatever is passed on to it. */
let reply: { status: number; body: unknown };

beforeEach(() => {
  world = createWorld();
  world.dataverse.publishedVersion = '1.0';
  world.dataverse.hasDraft = false;
  world.dataverse.standingFiles.push(aStandingFile({ isInDraft: false }));
  running.application = applicationOf(world);
  forwarded = [];
  reply = { status: 500, body: { status: 'ERROR', message: 'Internal server error.' } };
  world.dataverse.forward = async (request) => {
    forwarded.push(request);
    return { status: reply.status, headers: {}, body: Buffer.from(JSON.stringify(reply.body)) };
  };
});

async function call(operation: Operation, { body, ...parts }: Omit<RequestParts, 'body'> & { body?: unknown } = {}) {
  const isGet = operation === 'globusDownloadParameters';
  const event = anEvent({
    method: isGet ? 'GET' : 'POST',
    path: `/api/v1/datasets/29/${operation}`,
    id: '29',
    ...parts,
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  return seen(await HANDLERS[operation](event, CONTEXT));
}

const signedQuery = (operation: Operation, downloadId: string | null = null, user: string = CURATOR) => {
  const until = untilAfter(START_MILLISECONDS, 10);
  const signedCall = { method: 'POST', operation, datasetId: '29', user, until, downloadId };
  return signUrl(SIGNING_KEYS, '', signedCall).slice(1);
};

const keep = (userName: UserName | null, fileIds: readonly string[], expiresInSeconds = 60) =>
  world.ports.downloadLists.keep({
    downloadId: DOWNLOAD_ID,
    datasetId: DATASET,
    userName,
    fileIds,
    expiresAtEpochSeconds: world.clock.nowEpochSeconds() + expiresInSeconds,
  });

function expectNothingGranted(): void {
  expect(world.globus.rules).toEqual([]);
  expect(world.ports.transfers.records()).toEqual([]);
}

describe('requestGlobusDownload', () => {
  it.each([
    ['a key', { headers: KEY }, CURATOR],
    ['a key in the query', { query: `key=${CURATOR_TOKEN}` }, CURATOR],
    ['an OIDC token', { headers: { Authorization: `Bearer ${CURATOR_BEARER}` } }, CURATOR],
    ['one of our signed URLs', { query: signedQuery('requestGlobusDownload') }, CURATOR],
    ['nothing', {}, ':guest'],
  ])('grants a public file to a caller with %s', async (_what, parts, userName) => {
    const answer = await call('requestGlobusDownload', { ...parts, body: ORDER });
    expect(answer).toEqual({ status: 200, body: { status: 'OK', data: { 77: LOCATION } } });
    expect(world.globus.rules).toMatchObject([{ path: PATH, principal: PRINCIPAL, permission: 'r' }]);
    expect(world.ports.transfers.records()).toMatchObject([{ userName, state: 'GRANTED' }]);
  });

  it('grants a draft file to the visitor of a private URL, under a name of its own', async () => {
    world.dataverse.hasDraft = true;
    world.dataverse.accounts.privateUrls.set('a-preview', DATASET);
    world.dataverse.standingFiles.push(aStandingFile({ fileId: '78', isPublished: false }));
    const body = { principal: PRINCIPAL, fileIds: [78] };
    expect(await call('requestGlobusDownload', { headers: { 'x-dataverse-key': 'a-preview' }, body })).toMatchObject({
      status: 200,
    });
    expect(world.ports.transfers.records()).toMatchObject([{ userName: '!29' }]);
    expect(await call('requestGlobusDownload', { body })).toMatchObject({ status: 403 });
  });

  it('proves a URL that Dataverse signed without passing the request on', async () => {
    reply = {
      status: 400,
      body: { status: 'ERROR', message: 'fileIds JsonArray of file ids/PIDs required in POST body' },
    };
    const query = 'until=2031-02-03T04:05:06.789&user=reader&method=POST&token=ab';
    expect(await call('requestGlobusDownload', { query, body: ORDER })).toMatchObject({ status: 200 });
    expect(forwarded.map((request) => Buffer.from(request.body ?? '').toString())).toEqual(['{}']);
    expect(world.ports.transfers.records()).toMatchObject([{ userName: 'reader' }]);
  });

  it('takes the files of a launch, or those of them that the request names', async () => {
    world.dataverse.standingFiles.push(aStandingFile({ fileId: '78', isInDraft: false }));
    await keep(null, ['77', '78']);
    const query = `downloadId=${DOWNLOAD_ID}`;
    const dataOf = async (body: unknown) =>
      Object.keys(((await call('requestGlobusDownload', { query, body })).body as { data: object }).data);
    expect(await dataOf({ principal: PRINCIPAL })).toEqual(['77', '78']);
    expect(await dataOf({ principal: PRINCIPAL, fileIds: ['78'] })).toEqual(['78']);
  });

  it('finds the launch in a signed URL, and reads nothing that follows the token', async () => {
    await keep(CURATOR, ['77']);
    const body = { principal: PRINCIPAL };
    const query = signedQuery('requestGlobusDownload', DOWNLOAD_ID);
    expect(await call('requestGlobusDownload', { query, body })).toMatchObject({ status: 200 });
    const appended = `${signedQuery('requestGlobusDownload')}&downloadId=${DOWNLOAD_ID}`;
    expect(await call('requestGlobusDownload', { query: appended, body })).toMatchObject({ status: 400 });
  });

  it.each([
    ['that is over', CURATOR, 0, KEY],
    ['of somebody else', READER, 60, KEY],
    ['of a user, for a guest', CURATOR, 60, {}],
  ])('knows no launch %s', async (_which, userName, expiresInSeconds, headers) => {
    await keep(userName, ['77'], expiresInSeconds);
    const answer = await call('requestGlobusDownload', { query: `downloadId=${DOWNLOAD_ID}`, headers, body: ORDER });
    expect(answer).toEqual({
      status: 404,
      body: { status: 'ERROR', message: 'List of files to transfer not found.' },
    });
    expectNothingGranted();
  });

  it('refuses more files than one request may ask for, with how to split them', async () => {
    const fileIds = Array.from({ length: 101 }, (_, index) => index + 1);
    const answer = await call('requestGlobusDownload', { headers: KEY, body: { principal: PRINCIPAL, fileIds } });
    expect(answer).toMatchObject({
      status: 400,
      body: { message: expect.stringContaining('101 files are more than the 100') },
    });
    expectNothingGranted();
  });

  it.each([
    ['an unknown key', { headers: { 'x-dataverse-key': 'unknown' }, body: ORDER }, 401, 'Bad API key'],
    ['an unknown dataset', { id: '99', body: ORDER }, 404, 'Dataset not found.'],
    [
      'an unknown key before an unknown dataset',
      { id: '99', headers: { 'x-dataverse-key': 'unknown' }, body: ORDER },
      401,
      'Bad API key',
    ],
    ['no principal', { body: { fileIds: [77] } }, 400, 'principal: expected a UUID'],
    ['a principal that is no UUID', { body: { principal: 'me', fileIds: [77] } }, 400, 'principal: expected a UUID'],
    ['no JSON', { body: '{' }, 400, 'Error parsing json body'],
    ['an empty key of idempotency', { headers: { 'idempotency-key': '' }, body: ORDER }, 400, 'Idempotency-Key'],
  ])('refuses %s', async (_what, parts, status, message) => {
    const answer = await call('requestGlobusDownload', parts);
    expect(answer).toMatchObject({ status, body: { status: 'ERROR', message: expect.stringContaining(message) } });
    expectNothingGranted();
  });

  it('leaves a dataset of another store to Dataverse: no rule, no grant, no lease', async () => {
    world.dataverse.storageDriver = async () => 'another';
    reply = { status: 200, body: { status: 'OK', data: { 77: 'elsewhere/file' } } };
    for (const operation of ['requestGlobusDownload', 'monitorGlobusDownload'] as const) {
      expect(await call(operation, { headers: KEY, body: ORDER })).toEqual({ status: 200, body: reply.body });
    }
    expect(forwarded).toHaveLength(2);
    expectNothingGranted();
  });
});

describe('monitorGlobusDownload', () => {
  const report = (parts: object = {}) => call('monitorGlobusDownload', { body: { taskIdentifier: TASK }, ...parts });
  const STARTED = { status: 200, body: { status: 'OK', data: { message: 'Async call to Globus Download started' } } };

  it.each([
    ['the key of its request', KEY, ''],
    ['one of our signed URLs', {}, signedQuery('monitorGlobusDownload')],
    ['a URL that Dataverse signed for the user', {}, 'until=2031-02-03T04:05:06.789&user=curator&method=POST&token=ab'],
  ])('binds the task to the grant of a caller with %s', async (_what, headers, query) => {
    await call('requestGlobusDownload', { headers: KEY, body: ORDER });
    world.globus.submit(TASK, OUTWARDS);
    expect(await report({ headers, query })).toEqual(STARTED);
    expect(world.ports.transfers.records()).toMatchObject([{ state: 'BOUND', bound: { taskId: TASK } }]);
    // Any probe would start a job at Dataverse.
    expect(forwarded).toEqual([]);
  });

  it('does not bind it for anybody else', async () => {
    await call('requestGlobusDownload', { headers: KEY, body: ORDER });
    world.globus.submit(TASK, OUTWARDS);
    for (const headers of [{}, { 'x-dataverse-key': READER_TOKEN }]) {
      expect(await report({ headers })).toMatchObject({ status: 404 });
    }
    expect(await report({ query: 'user=curator&token=ab' })).toMatchObject({ status: 401 });
    expect(world.ports.transfers.records()).toMatchObject([{ state: 'GRANTED', bound: null }]);
  });

  it.each([
    ['no task', {}],
    ['a task that is no UUID', { taskIdentifier: 'mine' }],
    ['something else', '[]'],
  ])('refuses %s', async (_what, body) => {
    expect(await call('monitorGlobusDownload', { headers: KEY, body })).toMatchObject({ status: 400 });
  });
});

describe('globusDownloadParameters', () => {
  const dataOf = ({ body }: { body: unknown }) =>
    (body as { data: { queryParameters: object; signedUrls: { name: string; signedUrl: string }[] } }).data;

  it('without a launch tell a guest the public files, with plain URLs', async () => {
    world.dataverse.standingFiles.push(aStandingFile({ fileId: '78', isInDraft: false, isRestricted: true }));
    const answer = await call('globusDownloadParameters', { query: 'locale=en' });
    expect(dataOf(answer)).toEqual({
      queryParameters: {
        datasetId: 29,
        siteUrl: SITE_URL,
        datasetVersion: '1.0',
        dvLocale: 'en',
        datasetPid: 'doi:10.5072/FK2/ILLPXE',
        managed: 'true',
        endpoint: COLLECTION,
        files: { 77: LOCATION },
      },
      signedUrls: [
        ['monitorGlobusDownload', 'POST', 'monitorGlobusDownload', 300],
        ['requestGlobusDownload', 'POST', 'requestGlobusDownload', 300],
        ['getDatasetMetadata', 'GET', 'versions/1.0', 5],
        ['getFileListing', 'GET', 'versions/1.0/files', 5],
      ].map(([name, httpMethod, rest, timeOut]) => {
        return { name, httpMethod, signedUrl: `${SITE_URL}/api/v1/datasets/29/${rest}`, timeOut };
      }),
    });
  });

  it('without a launch give an account URLs that Dataverse and we have signed for it', async () => {
    const signature = '?until=2031-02-03T04:05:06.789&user=reader&method=GET&token=ab';
    const listing = `${SITE_URL}/api/v1/datasets/29/versions/1.0/files${signature}`;
    reply = {
      status: 200,
      body: {
        status: 'OK',
        data: {
          queryParameters: { datasetVersion: '1.0' },
          signedUrls: [{ name: 'getFileListing', httpMethod: 'GET', signedUrl: listing, timeOut: 5 }],
        },
      },
    };
    const { signedUrls } = dataOf(
      await call('globusDownloadParameters', { headers: { 'x-dataverse-key': READER_TOKEN } }),
    );
    const urlOf = (name: string) => signedUrls.find((each) => each.name === name)?.signedUrl;
    expect(urlOf('getFileListing')).toBe(listing);
    expect(urlOf('requestGlobusDownload')).toMatch(/\/requestGlobusDownload\?kid=.+&user=reader&/);
    expect(forwarded).toMatchObject([{ target: '/api/v1/datasets/29/globusUploadParameters' }]);
  });

  it('prove a GET that Dataverse signed by a download id that nobody knows, and then tell what guests may have', async () => {
    const query = 'until=2031-02-03T04:05:06.789&user=reader&method=GET&token=ab';
    reply = { status: 404, body: { status: 'ERROR', message: 'List of files to transfer not found.' } };
    expect(dataOf(await call('globusDownloadParameters', { query })).queryParameters).toMatchObject({
      files: { 77: LOCATION },
    });
    expect(forwarded[0]?.target).toMatch(/&token=ab&downloadId=[0-9a-f-]{36}$/);
    reply = { status: 401, body: { status: 'ERROR', message: 'Bad signed URL' } };
    expect(await call('globusDownloadParameters', { query })).toEqual({ status: 401, body: reply.body });
  });

  it('refuse in Dataverse’s words who may not see the dataset', async () => {
    world.dataverse.publishedVersion = null;
    world.dataverse.hasDraft = true;
    expect(await call('globusDownloadParameters')).toMatchObject({ status: 401 });
  });

  it('of a dataset of references name where each file is, although Dataverse answers with 500', async () => {
    world.dataverse.storageDriver = async () => 'globus';
    const reference = 'globus://18bf8c933f4-ed2661e7d19b//d8c42580-6528-4605-9ad8-116a61982644/hdc1/test1.txt';
    world.dataverse.standingFiles.push(aStandingFile({ fileId: '78', isInDraft: false, storageIdentifier: reference }));
    const { queryParameters } = dataOf(await call('globusDownloadParameters'));
    expect(queryParameters).toMatchObject({
      managed: 'false',
      files: { 78: 'd8c42580-6528-4605-9ad8-116a61982644/hdc1/test1.txt' },
    });
    expect(queryParameters).not.toHaveProperty('endpoint');
  });

  it.each([
    ['a store that is not ours and holds no references', 500, 'Internal server error.'],
    ['a store without Globus', 400, 'File transfer from Dataverse via Globus is not available for this dataset.'],
  ])('leave %s to Dataverse', async (_which, status, message) => {
    world.dataverse.storageDriver = async () => 'another';
    reply = { status, body: { status: 'ERROR', message } };
    expect(await call('globusDownloadParameters')).toEqual({ status, body: reply.body });
  });

  it('after a launch of another store’s dataset pass through untouched, and nothing is kept', async () => {
    world.dataverse.storageDriver = async () => 'another';
    reply = {
      status: 200,
      body: {
        status: 'OK',
        data: { queryParameters: { datasetId: 29, managed: 'true', files: { 77: LOCATION } }, signedUrls: [] },
      },
    };
    expect(await call('globusDownloadParameters', { query: `downloadId=${DOWNLOAD_ID}` })).toEqual({
      status: 200,
      body: reply.body,
    });
    expect(await world.ports.downloadLists.read(DOWNLOAD_ID)).toBeUndefined();
  });
});
