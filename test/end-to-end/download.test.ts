import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COLLECTION, PRINCIPAL, SOURCE_COLLECTION } from '../support/builders.ts';
import { type StackProcess, startStackProcess } from '../support/local-stack.ts';
import { letAllLeasesEnd, untilAllAreOver } from '../support/quiet-time.ts';
import { dataverseControl } from '../support/stack-control.ts';
import {
  CURATOR_KEY,
  call,
  datasetUrl,
  eventually,
  type JsonReply,
  listLocks,
  listRules,
  PUBLISHED_PID,
  postJson,
  READER_KEY,
  RESEARCHER,
  SECOND_RESEARCHER,
  submit,
} from '../support/upload-client.ts';

const DIRECTORY = '/hdc1/10.5072/FK2/7U7YBV/';
const NAMES: Readonly<Record<string, string>> = { 60: '18bf3af9c78-92b8e168090e', 61: '18bf3af9c78-c8d81569305c' };
const READER = { 'X-Dataverse-key': READER_KEY };
const LEASE_SECONDS = 300;
/** Where the second researcher may write. */
const ARCHER2 = '3e90d018-0d05-461a-bbaf-aab605283d21';
let stack: StackProcess;

beforeAll(async () => {
  stack = await startStackProcess({ LEASE_SECONDS: String(LEASE_SECONDS) });
});
afterAll(() => stack?.remove());

const url = (operation: string) => datasetUrl(stack, operation, PUBLISHED_PID);
const locations = (fileIds: readonly number[]) =>
  Object.fromEntries(fileIds.map((id) => [String(id), `${COLLECTION}${DIRECTORY}${NAMES[id]}`]));

function request(fileIds: unknown, headers: Record<string, string> = READER, address = url('requestGlobusDownload')) {
  return postJson(address, { principal: PRINCIPAL, ...(fileIds === undefined ? {} : { fileIds }) }, headers);
}

function monitor(
  taskIdentifier: string,
  headers: Record<string, string> = READER,
  address = url('monitorGlobusDownload'),
) {
  return postJson(address, { taskIdentifier }, headers);
}

/** Copies files to the researcher's own collection, as the client does that was told where they are. @returns the task id */
function fetchFiles(
  granted: JsonReply,
  folder: string,
  { client = RESEARCHER, into = SOURCE_COLLECTION } = {},
): Promise<string> {
  const DATA = Object.entries<string>(granted.body.data).map(([id, location]) => ({
    DATA_TYPE: 'transfer_item',
    source_path: location.slice(COLLECTION.length),
    destination_path: `${folder}/${id}`,
    recursive: false,
  }));
  return submit(stack, 'transfer', { source_endpoint: COLLECTION, destination_endpoint: into, DATA }, client);
}

const bytesOf = (collection: string, path: string) =>
  readFile(join(stack.stateDirectory, 'globus', 'collections', collection, path));

async function expectFetched(folder: string, fileIds: readonly number[]): Promise<void> {
  for (const id of fileIds) {
    const arrived = await bytesOf(SOURCE_COLLECTION, `${folder}/${id}`);
    expect(arrived.equals(await bytesOf(COLLECTION, `${DIRECTORY}${NAMES[id]}`))).toBe(true);
  }
}

async function untilNoRuleIsLeft(): Promise<void> {
  await eventually('no access rule is left', async () => (await listRules(stack)).length === 0);
  await untilAllAreOver(stack);
}

/** A launch from Dataverse's page. @returns the address that the app is to ask, which it is given as Base64 */
async function launch(user: string | null, fileIds: readonly number[] = [60, 61]): Promise<string> {
  const reply = await dataverseControl(stack, '/launches', { direction: 'download', datasetId: 30, user, fileIds });
  return Buffer.from(reply.body.callback, 'base64').toString('utf8');
}

const signedUrl = (parameters: JsonReply, name: string): string =>
  parameters.body.data.signedUrls.find((each: { name: string }) => each.name === name)?.signedUrl;

describe('the commands of the document, download part', { timeout: 120_000 }, () => {
  it('run one after the other, from parameters to the end of the permission', async () => {
    const parameters = await call(`${url('globusDownloadParameters')}&locale=en-US`, { headers: READER });
    expect(parameters.status).toBe(200);
    expect(parameters.body.data.queryParameters).toEqual({
      datasetId: 30,
      siteUrl: stack.apiUrl,
      datasetVersion: '1.0',
      dvLocale: 'en-US',
      datasetPid: PUBLISHED_PID,
      managed: 'true',
      endpoint: COLLECTION,
      files: locations([60, 61]),
    });
    expect(parameters.body.data.signedUrls.map((each: { name: string }) => each.name)).toEqual([
      'monitorGlobusDownload',
      'requestGlobusDownload',
      'getDatasetMetadata',
      'getFileListing',
    ]);
    const listing = await call(signedUrl(parameters, 'getFileListing'));
    expect(listing.body.data.map((file: { dataFile: { id: number } }) => file.dataFile.id).sort()).toEqual([60, 61]);

    const granted = await request([60, 61]);
    expect([granted.status, granted.body]).toEqual([200, { status: 'OK', data: locations([60, 61]) }]);
    expect(await listRules(stack)).toMatchObject([{ path: DIRECTORY, principal: PRINCIPAL, permissions: 'r' }]);

    const task = await fetchFiles(granted, '/fetched/first');
    const accepted = await monitor(task);
    expect([accepted.status, accepted.body]).toEqual([
      200,
      { status: 'OK', data: { message: 'Async call to Globus Download started' } },
    ]);
    expect((await monitor(task)).status).toBe(200);
    await untilNoRuleIsLeft();
    await expectFetched('/fetched/first', [60, 61]);
    expect(await listLocks(stack, 30)).toEqual([]);
  });

  it('serve guests as well, for public files', async () => {
    const parameters = await call(url('globusDownloadParameters'));
    expect(parameters.body.data.queryParameters.files).toEqual(locations([60, 61]));
    expect(signedUrl(parameters, 'requestGlobusDownload')).toBe(
      `${stack.apiUrl}/api/v1/datasets/30/requestGlobusDownload`,
    );
    const granted = await request(['60'], {}, signedUrl(parameters, 'requestGlobusDownload'));
    expect(granted.body).toEqual({ status: 'OK', data: locations([60]) });
    const task = await fetchFiles(granted, '/fetched/guest');
    expect((await monitor(task, {}, signedUrl(parameters, 'monitorGlobusDownload'))).status).toBe(200);
    await untilNoRuleIsLeft();
    await expectFetched('/fetched/guest', [60]);
  });
});

describe('a launch from Dataverse’s page', { timeout: 120_000 }, () => {
  it.each([
    ['reader', true],
    [null, false],
  ])('of %s is carried through by the URLs of the answer alone', async (user, isSigned) => {
    // The app appends its language after the token.
    const parameters = await call(`${await launch(user)}&dvLocale=en`);
    expect(parameters.status).toBe(200);
    expect(parameters.body.data.queryParameters.files).toEqual(locations([60, 61]));
    const address = signedUrl(parameters, 'requestGlobusDownload');
    expect(address.includes('&token=')).toBe(isSigned);

    // Only one of the files that were chosen on the page.
    const granted = await request([61], {}, address);
    expect(granted.body).toEqual({ status: 'OK', data: locations([61]) });
    const task = await fetchFiles(granted, `/fetched/launched-${user}`);
    expect((await monitor(task, {}, signedUrl(parameters, 'monitorGlobusDownload'))).status).toBe(200);
    await untilNoRuleIsLeft();
  });

  it('needs no list of files in the request, and survives a restart', async () => {
    const parameters = await call(await launch('reader'));
    await stack.killAndRestart();
    const granted = await request(undefined, {}, signedUrl(parameters, 'requestGlobusDownload'));
    expect(granted.body).toEqual({ status: 'OK', data: locations([60, 61]) });
    await letAllLeasesEnd(stack, LEASE_SECONDS);
    await untilNoRuleIsLeft();
  });

  it('is refused for files that were not chosen, for a download id that nobody knows, and for somebody else’s', async () => {
    const parameters = await call(await launch('reader', [60]));
    const address = signedUrl(parameters, 'requestGlobusDownload');
    expect((await request([61], {}, address)).body.message).toBe(
      'File 61 is not among the files that were chosen for this download.',
    );
    const { searchParams } = new URL(address);
    const withId = (id: string | null) => `${url('requestGlobusDownload')}&downloadId=${id}`;
    const notFound = { status: 'ERROR', message: 'List of files to transfer not found.' };
    const unknown = '00000000-0000-4000-8000-000000000001';
    for (const refused of [
      await request(undefined, READER, withId(unknown)),
      await request(undefined, { 'X-Dataverse-key': CURATOR_KEY }, withId(searchParams.get('downloadId'))),
      await call(`${url('globusDownloadParameters')}&downloadId=${unknown}`, { headers: READER }),
    ]) {
      expect([refused.status, refused.body]).toEqual([404, notFound]);
    }
    expect(await listRules(stack)).toEqual([]);
  });
});

describe('a download that is not to be', { timeout: 120_000 }, () => {
  it('is refused for a restricted or embargoed file, and for a public one beside it', async () => {
    const closed = [
      { restricted: true },
      { restricted: false, embargo: { dateAvailable: '2999-01-01' } },
      { embargo: null, retention: { dateUnavailable: '2020-01-01' } },
    ];
    for (const changes of closed) {
      await dataverseControl(stack, '/files/61', changes);
      expect((await request([60, 61])).body.message).toBe("User doesn't have permission to download file: 61");
      const beside = await request([60]);
      expect([beside.status, beside.body.message]).toEqual([
        403,
        expect.stringContaining('also has files that you may not'),
      ]);
      const parameters = await call(url('globusDownloadParameters'), { headers: READER });
      expect(parameters.body.data.queryParameters.files).toEqual(locations([60]));
    }
    await dataverseControl(stack, '/files/61', { restricted: false, embargo: null, retention: null });
    expect(await listRules(stack)).toEqual([]);
  });

  it('leaves nothing when its report never comes', async () => {
    expect((await request([60])).status).toBe(200);
    expect(await listRules(stack)).toHaveLength(1);
    await letAllLeasesEnd(stack, LEASE_SECONDS);
    await untilNoRuleIsLeft();
  });

  it('is not followed for a task that is somebody else’s', async () => {
    const granted = await request([60]);
    const theirs = await fetchFiles(granted, '/fetched/theirs', { client: SECOND_RESEARCHER, into: ARCHER2 });
    const refused = await monitor(theirs);
    expect([refused.status, refused.body.message]).toEqual([403, expect.stringContaining('does not belong to')]);
    expect((await monitor(theirs, { 'X-Dataverse-key': CURATOR_KEY })).status).toBe(404);
    await letAllLeasesEnd(stack, LEASE_SECONDS);
    await untilNoRuleIsLeft();
  });
});
