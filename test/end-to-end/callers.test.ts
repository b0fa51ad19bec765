import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { PRINCIPAL, TASK } from '../support/builders.ts';
import { type StackProcess, startStackProcess } from '../support/local-stack.ts';
import { dataverseControl, expectRegisteredOnce } from '../support/stack-control.ts';
import {
  CURATOR_KEY,
  call,
  DRAFT_PID,
  datasetUrl,
  type GrantedFile,
  listLocks,
  listRules,
  postJson,
  postReport,
  putSourceFile,
  READER_KEY,
  SERVICE_KEY,
} from '../support/upload-client.ts';
import { resume, submitPaused, untilClosed } from '../support/uploads.ts';

let stack: StackProcess;
beforeAll(async () => {
  stack = await startStackProcess();
});
afterAll(() => stack?.remove());

type Operation = 'requestGlobusUploadPaths' | 'addGlobusFiles';
const ORDER = { principal: PRINCIPAL, numberOfFiles: 1 };
const BEARER = { Authorization: 'Bearer an.oidc.token' };

/** A URL that Dataverse signs for somebody, as rdm-integration has it made. */
async function signedByDataverse(operation: Operation, user = 'curator', persistentId?: string): Promise<string> {
  const [dataset, query] = persistentId ? [':persistentId', `?persistentId=${persistentId}`] : ['29', ''];
  const url = `${stack.apiUrl}/api/v1/datasets/${dataset}/${operation}${query}`;
  const order = { url, timeOut: 10, httpMethod: 'POST', user };
  const reply = await postJson(`${stack.apiUrl}/api/admin/requestSignedUrl`, order, { 'X-Dataverse-key': SERVICE_KEY });
  expect(reply.status, JSON.stringify(reply.body)).toBe(200);
  return reply.body.data.signedUrl;
}

/** What the Dataverse beside us would have done by itself: rules, locks and jobs. */
async function effectsAtDataverse(): Promise<unknown> {
  return (await call(`${stack.dataverseUrl}/_control/state`)).body.wouldHave;
}

async function expectNothingLeft(): Promise<void> {
  expect([await effectsAtDataverse(), await listRules(stack), await listLocks(stack)]).toEqual([[], [], []]);
}

function theOnly(reply: { readonly body: { readonly data?: Record<string, string> } }): GrantedFile {
  const [[identifier, path] = ['', '']] = Object.entries(reply.body.data ?? {});
  return { identifier, path };
}

/** The entry that rdm-integration sends for a file (clients.md 4). */
const entryOf = ({ identifier }: GrantedFile, fileName: string) => ({
  storageIdentifier: identifier,
  fileName,
  mimeType: 'application/octet-stream',
  restrict: false,
  categories: null,
  checksum: { '@type': 'SHA-1024', '@value': 'abc' },
});

/** Asks, transfers and reports with whatever credential the requests bring, and waits for the end. */
async function upload(
  name: string,
  ask: () => Promise<{ readonly status: number; readonly body: { readonly data?: Record<string, string> } }>,
  tell: (jsonData: object) => Promise<{ readonly status: number; readonly body: unknown }>,
): Promise<void> {
  await putSourceFile(stack, `/callers/${name}`, name);
  const granted = theOnly(await ask());
  const taskIdentifier = await submitPaused(stack, [[`/callers/${name}`, granted.path]]);
  const report = { taskIdentifier, files: [entryOf(granted, name)] };
  expect((await tell(report)).status).toBe(200);
  expect(await listLocks(stack)).toMatchObject([{ lockType: 'GlobusUpload' }]);
  // The same again, while our own lock stands.
  expect((await tell(report)).status).toBe(200);
  await resume(stack, taskIdentifier);
  await untilClosed(stack, granted);
  await expectRegisteredOnce(stack, name);
}

describe('rdm-integration', { timeout: 90_000 }, () => {
  it('uploads with URLs that Dataverse signed, which does nothing itself at any of them', async () => {
    await upload(
      'signed.txt',
      async () => postJson(await signedByDataverse('requestGlobusUploadPaths'), ORDER),
      async (jsonData) => postReport(await signedByDataverse('addGlobusFiles'), jsonData),
    );
    await expectNothingLeft();
  });

  it('comes with URLs that Dataverse signed for a persistent id as well', async () => {
    const url = await signedByDataverse('requestGlobusUploadPaths', 'curator', DRAFT_PID);
    const { body } = await postJson(url, { ...ORDER, numberOfFiles: 0 });
    expect(body.message).toBe('numberOfFiles must be positive');
    await expectNothingLeft();
  });
});

describe('a URL that Dataverse signed', () => {
  afterEach(expectNothingLeft);

  it.each<{ case: string; alter: (url: string) => string }>([
    { case: 'for somebody else than it says', alter: (url) => url.replace('user=curator', 'user=dataverseAdmin') },
    { case: 'with a second user in front', alter: (url) => url.replace('?until', '?user=dataverseAdmin&until') },
    { case: 'with an encoded user in front', alter: (url) => url.replace('?until', '?us%65r=dataverseAdmin&until') },
    { case: 'for another dataset', alter: (url) => url.replace('/29/', '/30/') },
    { case: 'for another call', alter: (url) => url.replace('requestGlobusUploadPaths', 'addGlobusFiles') },
    { case: 'until later', alter: (url) => url.replace(/until=\d{4}/, 'until=2099') },
    { case: 'with another token', alter: (url) => url.replace(/token=.{8}/, 'token=00000000') },
    { case: 'with a workflow beside it', alter: (url) => `${url}&invocationID=1` },
  ])('is refused $case', async ({ alter }) => {
    const url = await signedByDataverse('requestGlobusUploadPaths');
    const altered = alter(url);
    expect(altered).not.toBe(url);
    const reply = await postJson(altered, ORDER);
    expect([reply.status, reply.body.message]).toEqual([401, 'Bad signed URL']);
  });

  it.each<Operation>(['requestGlobusUploadPaths', 'addGlobusFiles'])(
    'for %s is refused to who may not edit the dataset',
    async (operation) => {
      const url = await signedByDataverse(operation, 'reader');
      const report = {
        taskIdentifier: TASK,
        files: [entryOf({ identifier: 'globusm://18b3972213f-f6b5c2221423', path: '' }, 'a')],
      };
      const reply = operation === 'addGlobusFiles' ? await postReport(url, report) : await postJson(url, ORDER);
      expect([reply.status, reply.body.message]).toEqual([
        403,
        "User doesn't have permission to upload to this dataset",
      ]);
    },
  );

  it('does not help beside a key that nobody knows', async () => {
    const headers = { 'X-Dataverse-key': '00000000-0000-4000-8000-000000000000' };
    const reply = await postJson(await signedByDataverse('requestGlobusUploadPaths'), ORDER, headers);
    expect([reply.status, reply.body.message]).toEqual([401, 'Bad API key']);
  });

  it("is that of the key's owner beside a good key, which goes before it", async () => {
    const headers = { 'X-Dataverse-key': READER_KEY };
    expect((await postJson(await signedByDataverse('requestGlobusUploadPaths'), ORDER, headers)).status).toBe(403);
  });

  it('has a body that is wrong judged by us, once it is proven', async () => {
    const reply = await postJson(await signedByDataverse('requestGlobusUploadPaths'), { ...ORDER, numberOfFiles: 0 });
    expect([reply.status, reply.body.message]).toEqual([400, 'numberOfFiles must be positive']);
  });
});

describe('an OIDC token', { timeout: 90_000 }, () => {
  beforeAll(async () => {
    await dataverseControl(stack, '/bearer-auth', { enabled: true });
    await dataverseControl(stack, '/bearer-tokens', { token: 'an.oidc.token', user: 'curator' });
  });

  it('gets the parameters, and uploads', async () => {
    const parameters = await call(datasetUrl(stack, 'globusUploadParameters'), { headers: BEARER });
    expect([parameters.status, parameters.body.data.queryParameters.managed]).toEqual([200, 'true']);
    await upload(
      'bearer.txt',
      () => postJson(datasetUrl(stack, 'requestGlobusUploadPaths'), ORDER, BEARER),
      (jsonData) => postReport(datasetUrl(stack, 'addGlobusFiles'), jsonData, BEARER),
    );
    await expectNothingLeft();
  });

  it('of a user without an API token gets URLs that nobody signed, which work with the same token', async () => {
    await dataverseControl(stack, '/users', { name: 'curator', apiToken: null });
    try {
      const { body } = await call(datasetUrl(stack, 'globusUploadParameters'), { headers: BEARER });
      const { signedUrl } = body.data.signedUrls.find(
        (each: { name: string }) => each.name === 'requestGlobusTransferPaths',
      );
      expect(signedUrl).not.toMatch(/token=|kid=/);
      expect((await postJson(signedUrl, { ...ORDER, numberOfFiles: 0 }, BEARER)).body.message).toBe(
        'numberOfFiles must be positive',
      );
      expect((await postJson(signedUrl, ORDER)).status).toBe(401);
    } finally {
      await dataverseControl(stack, '/users', { name: 'curator', apiToken: CURATOR_KEY });
    }
    await expectNothingLeft();
  });

  it.each([
    { case: 'that nobody knows', headers: { Authorization: 'Bearer unknown' } },
    { case: 'beside a key that nobody knows', headers: { ...BEARER, 'X-Dataverse-key': 'x' } },
  ])('$case is refused', async ({ headers }) => {
    expect((await postJson(datasetUrl(stack, 'requestGlobusUploadPaths'), ORDER, headers)).status).toBe(401);
    await expectNothingLeft();
  });

  it('of somebody without an account here is refused in the words of Dataverse', async () => {
    await dataverseControl(stack, '/bearer-tokens', { token: 'of.nobody', user: null });
    const headers = { Authorization: 'Bearer of.nobody' };
    const reply = await postJson(datasetUrl(stack, 'requestGlobusUploadPaths'), ORDER, headers);
    expect([reply.status, reply.body.message]).toEqual([
      403,
      'Bearer token is validated, but there is no linked user account.',
    ]);
  });

  it('may be sent by a browser from another site', async () => {
    const reply = await call(datasetUrl(stack, 'requestGlobusUploadPaths'), {
      method: 'OPTIONS',
      headers: {
        origin: 'http://localhost:4200',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type',
      },
    });
    expect(reply.status).toBeLessThan(300);
    expect(reply.headers.get('access-control-allow-headers')).toContain('authorization');
  });
});

describe('the visitor of a private URL', () => {
  const headers = { 'X-Dataverse-key': '' };
  beforeAll(async () => {
    const { body } = await dataverseControl(stack, '/private-urls', { datasetId: 29, anonymized: false });
    headers['X-Dataverse-key'] = body.token;
    expect(body.token).toMatch(/\S{8}/);
  });
  afterEach(expectNothingLeft);

  it('is told in the words of Dataverse that an account is needed to ask for paths', async () => {
    const reply = await postJson(datasetUrl(stack, 'requestGlobusUploadPaths'), ORDER, headers);
    expect([reply.status, reply.body.message]).toEqual([
      401,
      'Only authenticated users can perform the requested operation',
    ]);
  });

  it('is told in the words of Dataverse that an account is needed to report', async () => {
    const reply = await postReport(datasetUrl(stack, 'addGlobusFiles'), { taskIdentifier: TASK, files: [] }, headers);
    expect([reply.status, reply.body.message]).toEqual([403, 'The API key is invalid.']);
  });

  it('is answered by Dataverse about parameters', async () => {
    const path = '/api/datasets/29/globusUploadParameters';
    const ours = await call(`${stack.apiUrl}${path}`, { headers });
    const theirs = await call(`${stack.dataverseUrl}${path}`, { headers });
    expect([ours.status, ours.body]).toEqual([theirs.status, theirs.body]);
  });
});
