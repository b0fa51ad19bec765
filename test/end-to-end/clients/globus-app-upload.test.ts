import { afterAll, beforeAll, expect, it } from 'vitest';
import { COLLECTION, PRINCIPAL, SOURCE_COLLECTION } from '../../support/builders.ts';
import { bytesAt, expectNothingHeld } from '../../support/clients/end-of-transfer.ts';
import { type GlobusApp, launchApp, transferDocument } from '../../support/clients/globus-app.ts';
import { type StackProcess, startStackProcess } from '../../support/local-stack.ts';
import { listFiles, listLocks, listRules, putSourceFile } from '../../support/upload-client.ts';

/* The dataverse-globus app uploads (clients.md 1): each test is one of its requests, in its order, with its very body. */

let stack: StackProcess;
let app: GlobusApp;
let principal: string;
let taskIdentifier: string;
/** What a person chose in the app: folder for the dataset, path at Globus, name. */
let chosen: { readonly directoryLabel: string; readonly sourcePath: string; readonly fileName: string }[];
let paths: (readonly [identifier: string, path: string])[];

beforeAll(async () => {
  stack = await startStackProcess();
  await putSourceFile(stack, '/model/u-aa001/notes of the run.txt', 'All years are there.\n');
});
afterAll(() => stack?.remove());

it('logs in by authorization code with PKCE, and reads the callback with its language appended behind the token', async () => {
  app = await launchApp(stack, { direction: 'upload', datasetId: 29, user: 'curator' });

  expect(app.parameters).toMatchObject({ managed: 'true', datasetPid: 'doi:10.5072/FK2/ILLPXE', endpoint: COLLECTION });
  expect(app.parameters.siteUrl).toBe(stack.apiUrl);
});

it('finds the collections of the person', async () => {
  const { status, body } = await app.transfer('endpoint_search?filter_scope=my-gcp-endpoints');

  expect(status).toBe(200);
  expect(body.DATA).toMatchObject([{ id: SOURCE_COLLECTION, gcp_connected: true, display_name: expect.any(String) }]);
});

it('lists folders, whose paths end in a slash as far as it goes', async () => {
  const top = await app.transfer(`operation/endpoint/${SOURCE_COLLECTION}/ls`);
  const below = await app.transfer(`operation/endpoint/${SOURCE_COLLECTION}/ls?path=/~/model/u-aa001`);

  expect([top.body.path, below.body.path]).toEqual(['/~/', '/~/model/u-aa001/']);
  expect(top.body.DATA).toContainEqual(expect.objectContaining({ name: 'rainfall.csv', type: 'file' }));
  expect(below.body.DATA).toContainEqual(expect.objectContaining({ name: 'notes of the run.txt', type: 'file' }));
  chosen = [
    { directoryLabel: '', sourcePath: `${top.body.path}rainfall.csv`, fileName: 'rainfall.csv' },
    {
      directoryLabel: 'model/u-aa001',
      sourcePath: `${below.body.path}notes of the run.txt`,
      fileName: 'notes of the run.txt',
    },
  ];
});

it('learns who is logged in', async () => {
  const { body } = await app.userInfo();

  expect(body.sub).toBe(PRINCIPAL);
  principal = body.sub;
});

it('asks for paths, the n-th for the n-th file', async () => {
  const { status, body } = await app.post('requestGlobusTransferPaths', { principal, numberOfFiles: chosen.length });

  expect(status).toBe(200);
  paths = Object.entries<string>(body.data);
  expect(paths).toHaveLength(2);
  expect(await listRules(stack)).toMatchObject([{ principal: PRINCIPAL, permissions: 'rw' }]);
});

it('submits the transfer', async () => {
  const submission = await app.transfer('submission_id');
  const pairs = chosen.map(({ sourcePath }, index) => [sourcePath, paths[index]?.[1] ?? ''] as const);
  const collections = [SOURCE_COLLECTION, app.parameters.endpoint] as const;
  const { status, body } = await app.transfer('transfer', transferDocument(submission.body.value, collections, pairs));

  expect([200, 202]).toContain(status);
  expect(body.task_id).toMatch(/^[0-9a-f-]{36}$/);
  taskIdentifier = body.task_id;
});

it('reports the task with the files, without checksums and types', async () => {
  const files = chosen.map(({ directoryLabel, fileName }, index) => ({
    description: '',
    directoryLabel,
    restrict: 'false',
    storageIdentifier: paths[index]?.[0],
    fileName,
  }));
  const { status, body } = await app.postForm('addGlobusFiles', { taskIdentifier, files });

  expect([status, body.status]).toEqual([200, 'OK']);
  expect(await listLocks(stack)).toMatchObject([{ lockType: 'GlobusUpload' }]);
});

it('ends with the files in the dataset, and with no rule and no lock', async () => {
  await expectNothingHeld(stack, 29);

  const listed = await listFiles(stack);
  expect(listed.map((file) => [file.directoryLabel ?? '', file.label, file.restricted])).toEqual([
    ['model/u-aa001', 'notes of the run.txt', false],
    ['', 'rainfall.csv', false],
  ]);
  for (const [index, { fileName, sourcePath }] of chosen.entries()) {
    const [identifier, path] = paths[index] ?? ['', ''];
    const original = await bytesAt(stack, SOURCE_COLLECTION, sourcePath.replace('/~/', '/'));
    const { dataFile } = listed.find((file) => file.label === fileName);
    expect(dataFile).toMatchObject({ storageIdentifier: identifier, filesize: original.length });
    expect(await bytesAt(stack, COLLECTION, path)).toEqual(original);
  }
  const types = listed.map((file) => file.dataFile.contentType);
  expect(types).toEqual(['text/plain', 'text/csv']);
});

it('was asked first by the browser for calls of Globus and JSON posts, not for the token, signed GETs and forms', () => {
  expect([...new Set(app.browser.preflights.map((line) => line.replace(SOURCE_COLLECTION, '<collection>')))]).toEqual([
    'GET /v0.10/endpoint_search',
    'GET /v0.10/operation/endpoint/<collection>/ls',
    'GET /v2/oauth2/userinfo',
    'POST /api/v1/datasets/29/requestGlobusUploadPaths',
    'GET /v0.10/submission_id',
    'POST /v0.10/transfer',
  ]);
});

it('may read also the refusals that it gets', async () => {
  const refused = await app.post('requestGlobusTransferPaths', { principal, numberOfFiles: 0 });
  const forged = await app.browser.fetch(`${app.url('addGlobusFiles').slice(0, -1)}x`, {
    method: 'POST',
    body: new URLSearchParams(),
  });
  const nowhere = await app.transfer(`operation/endpoint/${SOURCE_COLLECTION}/ls?path=/~/nowhere`);

  expect([refused.status, forged.status, nowhere.status]).toEqual([400, 401, 404]);
});
