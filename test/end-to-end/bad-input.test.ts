import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PRINCIPAL, TASK } from '../support/builders.ts';
import { type StackProcess, startStackProcess } from '../support/local-stack.ts';
import { untilReportIsAwaited } from '../support/quiet-time.ts';
import {
  CURATOR_KEY,
  call,
  datasetUrl,
  eventually,
  grantOne,
  listLocks,
  listRules,
  postJson,
  postReport,
} from '../support/upload-client.ts';

const KEY = { 'X-Dataverse-key': CURATOR_KEY };
const ORDER = { principal: PRINCIPAL, numberOfFiles: 2 };
/** What is left beside the tables of Dataverse's own checks, which are in bad-input/. */
let stack: StackProcess;

beforeAll(async () => {
  stack = await startStackProcess({ LEASE_SECONDS: '600' });
});
afterAll(() => stack?.remove());

async function expectNothingLeft(): Promise<void> {
  expect(await listRules(stack)).toEqual([]);
  expect(await listLocks(stack)).toEqual([]);
}

describe('requestGlobusUploadPaths', () => {
  it.each([
    {
      case: 'the document’s JSON as it stands, with backslashes',
      body: '{ \\\n "principal":"x" }',
      status: 400,
      message: /expected JSON/,
    },
    { case: 'an empty body', body: '', status: 400, message: /expected JSON/ },
    { case: 'a list', body: [], status: 400, message: /expected \{"principal"/ },
    {
      case: 'more files than one request may ask for',
      body: { ...ORDER, numberOfFiles: 10_001 },
      status: 400,
      message: /Ask several times/,
    },
    {
      case: 'a number beyond all bounds',
      body: '{"principal":"x","numberOfFiles":1e400}',
      status: 400,
      message: /numberOfFiles/,
    },
  ])('answers $status to $case', async ({ body, status, message }) => {
    const reply = await postJson(datasetUrl(stack, 'requestGlobusUploadPaths'), body, KEY);
    expect([reply.status, reply.body.status]).toEqual([status, 'ERROR']);
    expect(reply.body.message).toMatch(message);
    expect(reply.headers.get('access-control-allow-origin')).toBe('*');
    await expectNothingLeft();
  });

  it('points to :persistentId when a persistent id stands in the path', async () => {
    const reply = await postJson(
      `${stack.apiUrl}/api/datasets/doi:10.5072/FK2/ILLPXE/requestGlobusUploadPaths`,
      ORDER,
      KEY,
    );
    expect(reply.status).toBe(400);
    expect(reply.body.message).toContain(':persistentId');
  });

  it('is not served for another method', async () => {
    const reply = await call(datasetUrl(stack, 'requestGlobusUploadPaths'), { headers: KEY });
    expect([reply.status, reply.body.status]).toEqual([405, 'ERROR']);
  });
});

describe('our signed URLs', () => {
  async function signedUrl(name: string): Promise<string> {
    const parameters = await call(datasetUrl(stack, 'globusUploadParameters'), { headers: KEY });
    return parameters.body.data.signedUrls.find((each: { name: string }) => each.name === name).signedUrl;
  }

  it.each([
    { case: 'another user', alter: (url: string) => url.replace('user=curator', 'user=dataverseAdmin') },
    { case: 'another dataset', alter: (url: string) => url.replace('/datasets/29/', '/datasets/30/') },
    { case: 'another operation', alter: (url: string) => url.replace('requestGlobusUploadPaths', 'addGlobusFiles') },
    { case: 'a later end', alter: (url: string) => url.replace(/until=\d{4}/, 'until=2099') },
    { case: 'another method', alter: (url: string) => url.replace('method=POST', 'method=GET') },
    { case: 'another token', alter: (url: string) => url.replace(/token=.{8}/, 'token=00000000') },
    { case: 'an unknown key id', alter: (url: string) => url.replace(/kid=[0-9a-f]+/, 'kid=00000000') },
    { case: 'no token', alter: (url: string) => url.replace(/&token=.*/, '') },
    { case: 'a user given twice', alter: (url: string) => url.replace('user=curator', 'user=curator&user=curator') },
    {
      case: 'a parameter of no meaning before the token',
      alter: (url: string) => url.replace('kid=', 'extra=1&kid='),
    },
  ])('are refused with $case', async ({ alter }) => {
    const url = await signedUrl('requestGlobusTransferPaths');
    const altered = alter(url);
    expect(altered).not.toBe(url);
    const reply = await postJson(altered, ORDER);
    expect([reply.status, reply.body]).toEqual([401, { status: 'ERROR', message: 'Bad signed URL' }]);
    await expectNothingLeft();
  });

  it('are refused when their time is over', async () => {
    const url = await signedUrl('requestGlobusTransferPaths');
    const shift = (shiftSeconds: number) => postJson(`${stack.apiUrl}/_control/clock`, { shiftSeconds });
    await shift(302 * 60);
    try {
      expect((await postJson(url, ORDER)).body.message).toBe('Bad signed URL');
    } finally {
      await shift(-302 * 60);
    }
    await expectNothingLeft();
  });
});

describe('addGlobusFiles', () => {
  const files = [{ storageIdentifier: 'globusm://18b3972213f-f6b5c2221423', fileName: 'file1.txt' }];

  it.each([
    { case: 'text that is no JSON', jsonData: '{ \\\n "taskIdentifier": 1', message: /^Error parsing json body/ },
    {
      case: 'a task that is no UUID',
      jsonData: { taskIdentifier: 'abc', files },
      message: /taskIdentifier: expected a UUID/,
    },
  ])('answers 400 to $case', async ({ jsonData, message }) => {
    const reply = await postReport(datasetUrl(stack, 'addGlobusFiles'), jsonData, KEY);
    expect([reply.status, reply.body.status]).toEqual([400, 'ERROR']);
    expect(reply.body.message).toMatch(message);
    await expectNothingLeft();
  });

  it('answers 400 to a body that is no form, and 413 to one that is too large', async () => {
    const url = datasetUrl(stack, 'addGlobusFiles');
    expect((await postJson(url, { taskIdentifier: TASK, files }, KEY)).status).toBe(400);
    expect((await postReport(url, 'x'.repeat(4_600_000), KEY)).status).toBe(413);
    await expectNothingLeft();
  });
});

describe('requests that are not ours', () => {
  it('reach Dataverse untouched', async () => {
    expect((await call(`${stack.apiUrl}/api/info/version`)).body).toMatchObject({ status: 'OK' });
    expect((await call(`${stack.apiUrl}/api/users/:me`, { headers: KEY })).body.data.identifier).toBe('@curator');
  });

  it('of a store that is not ours are answered by Dataverse itself', async () => {
    const url = datasetUrl(stack, 'globusUploadParameters', 'doi:10.5072/FK2/REFERS');
    const reply = await call(url, { headers: KEY });
    expect(reply.body.data.queryParameters.managed).toBe('false');
    expect(reply.body.data.signedUrls[0].signedUrl).not.toContain('kid=');
  });

  it('get a preflight answer that names our headers', async () => {
    const reply = await call(datasetUrl(stack, 'requestGlobusUploadPaths'), {
      method: 'OPTIONS',
      headers: {
        origin: 'http://localhost:4200',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'content-type',
      },
    });
    expect(reply.status).toBeLessThan(300);
    expect(reply.headers.get('access-control-allow-headers')).toContain('content-type');
  });
});

describe('an unreported grant', { timeout: 120_000 }, () => {
  it('keeps its rule until the lease ends, then loses it', async () => {
    const granted = await grantOne(stack);
    expect(await listRules(stack)).toHaveLength(1);
    await untilReportIsAwaited(stack, granted);
    await postJson(`${stack.apiUrl}/_control/clock`, { shiftSeconds: 601 });
    await eventually('the rule is gone', async () => (await listRules(stack)).length === 0);
    await expectNothingLeft();
  });
});
