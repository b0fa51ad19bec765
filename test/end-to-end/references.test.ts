import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { COLLECTION, PRINCIPAL } from '../support/builders.ts';
import { type StackProcess, startStackProcess } from '../support/local-stack.ts';
import { dataverseControl } from '../support/stack-control.ts';
import {
  CURATOR_KEY,
  call,
  datasetUrl,
  type JsonReply,
  listFiles,
  listRules,
  postJson,
  postReport,
  READER_KEY,
} from '../support/upload-client.ts';

/** Dataset 31: its store refers to files below `/hdc1` of the managed collection. */
const REFERS_PID = 'doi:10.5072/FK2/REFERS';
const KEY = { 'X-Dataverse-key': CURATOR_KEY };
/** Bytes of `test1.txt` of the fixture. */
const TEST1_BYTES = Buffer.byteLength('A file that stays on its collection and is only referred to.\n');
let stack: StackProcess;

beforeAll(async () => {
  stack = await startStackProcess();
});
afterAll(() => stack?.remove());

const urlOf = (operation: string) => datasetUrl(stack, operation, REFERS_PID);
const refer = (paths: readonly unknown[], headers: Record<string, string> = KEY): Promise<JsonReply> =>
  postJson(urlOf('requestGlobusUploadPaths'), { referencedFiles: paths }, headers);

/** The URL that an answer about parameters has under a name. */
function urlIn({ body }: JsonReply, name: string): string {
  return body.data.signedUrls.find((each: { name: string }) => each.name === name)?.signedUrl;
}

/** What the app makes of the callback that it is launched with. */
function callbackOf({ callback }: { readonly callback: string }): string {
  return `${Buffer.from(callback, 'base64').toString('utf8')}&dvLocale=en`;
}

/** A reference needs no rule, no lock, no record: nobody transfers anything. */
async function expectNoEffect(): Promise<void> {
  const { body } = await call(`${stack.dataverseUrl}/_control/state`);
  const { locks } = body.datasets.find((dataset: { id: number }) => dataset.id === 31);
  expect([await listRules(stack), locks, body.wouldHave]).toEqual([[], [], []]);
}
afterEach(expectNoEffect);

describe('the app, referring to a file of a collection', () => {
  const reference = `${COLLECTION}/hdc1/test1.txt`;

  it('asks for parameters, gets an identifier, adds the file and finds it listed', async () => {
    const { body: launch } = await dataverseControl(stack, '/launches', {
      direction: 'upload',
      datasetId: 31,
      user: 'curator',
    });
    const parameters = await call(callbackOf(launch));
    expect(parameters.body.data.queryParameters).toMatchObject({
      managed: 'false',
      referenceEndpointsWithPaths: [`${COLLECTION}/hdc1`],
    });

    const minted = await postJson(urlIn(parameters, 'requestGlobusReferencePaths'), { referencedFiles: [reference] });
    expect(minted.status, JSON.stringify(minted.body)).toBe(200);
    const storageIdentifier: string = minted.body.data[reference];
    expect(storageIdentifier).toMatch(new RegExp(`^globus://[0-9a-f]{11}-[0-9a-f]{12}//${reference}$`));
    expect(minted.body.verification).toEqual({ [reference]: { verified: true, sizeBytes: TEST1_BYTES } });

    const entry = {
      description: '',
      directoryLabel: '',
      restrict: 'false',
      storageIdentifier,
      fileName: 'test1.txt',
      mimeType: 'application/octet-stream',
      checksum: { '@type': 'MD5', '@value': 'Not in Dataverse' },
    };
    const added = await postReport(urlIn(parameters, 'addFiles'), [entry]);
    expect(added.status, JSON.stringify(added.body)).toBe(200);
    expect(await listFiles(stack, 31)).toMatchObject([{ label: 'test1.txt', dataFile: { storageIdentifier } }]);
  });

  it('gets the place of the file when it is downloaded, without a rule', async () => {
    const [{ dataFile }] = await listFiles(stack, 31);
    const { body: launch } = await dataverseControl(stack, '/launches', {
      direction: 'download',
      datasetId: 31,
      user: 'curator',
      fileIds: [dataFile.id],
    });
    const parameters = await call(callbackOf(launch));
    expect(parameters.body.data.queryParameters).toMatchObject({
      managed: 'false',
      files: { [dataFile.id]: reference },
    });
    const order = { principal: PRINCIPAL, fileIds: [String(dataFile.id)] };
    const paths = await postJson(urlIn(parameters, 'requestGlobusDownload'), order);
    expect([paths.status, paths.body]).toEqual([200, { status: 'OK', data: { [dataFile.id]: reference } }]);
  });
});

describe('a reference', () => {
  it.each([
    { case: 'a step upwards', path: '/hdc1/../s3/a' },
    { case: 'a place whose name only begins alike', path: '/hdc12/a' },
    { case: 'an empty segment', path: '/hdc1//test1.txt' },
    { case: 'encoded dots', path: '/hdc1/%2e%2e/s3/a' },
    { case: 'fullwidth dots', path: '/hdc1/．．/s3/a' },
    { case: 'backslashes', path: '/hdc1/..\\s3\\a' },
    { case: 'a place that is not there', path: '/elsewhere/a' },
  ])('is refused for $case, in the words of Dataverse', async ({ path }) => {
    const reply = await refer([`${COLLECTION}${path}`]);
    expect([reply.status, reply.body]).toEqual([
      400,
      { status: 'ERROR', message: `Referenced file ${COLLECTION}${path} is not in an allowed endpoint/path` },
    ]);
  });

  it('is refused when its collection has no such file', async () => {
    const reply = await refer([`${COLLECTION}/hdc1/none.txt`]);
    expect([reply.status, reply.body.message]).toEqual([
      400,
      `Referenced file ${COLLECTION}/hdc1/none.txt does not exist on the collection`,
    ]);
  });

  it.each([
    { case: 'no files', paths: [], headers: KEY, status: 400, message: 'No referencedFiles specified' },
    { case: 'a number', paths: [1], headers: KEY, status: 400, message: 'ReferencedFiles must be strings' },
    {
      case: 'no credential',
      paths: ['x'],
      headers: {},
      status: 401,
      message: 'Only authenticated users can perform the requested operation',
    },
    { case: 'an unknown key', paths: ['x'], headers: { 'X-Dataverse-key': 'x' }, status: 401, message: 'Bad API key' },
    {
      case: 'a key without edit right',
      paths: ['x'],
      headers: { 'X-Dataverse-key': READER_KEY },
      status: 403,
      message: "User doesn't have permission to upload to this dataset",
    },
  ])('is refused by Dataverse itself for $case', async ({ paths, headers, status, message }) => {
    const reply = await refer(paths, headers as Record<string, string>);
    expect([reply.status, reply.body.message]).toEqual([status, message]);
  });
});
