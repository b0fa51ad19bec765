import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COLLECTION, PRINCIPAL, SOURCE_COLLECTION } from '../../support/builders.ts';
import { type StackAtRoot, startStackAtRoot } from '../../support/clients/empty-base-path.ts';
import { bytesAt, expectNothingHeld } from '../../support/clients/end-of-transfer.ts';
import { type GlobusApp, launchApp, transferDocument } from '../../support/clients/globus-app.ts';
import { eventually, listRules } from '../../support/upload-client.ts';

/*
 * The dataverse-globus app downloads (clients.md 1): each test is one of its requests, in its order, with its very body. It makes up the paths of
 * the files itself, without any base path, so that it works with stores at the root of their collection alone; this stack has such a store.
 */

let stack: StackAtRoot;

beforeAll(async () => {
  stack = await startStackAtRoot();
});
afterAll(() => stack?.remove());

/** As the app makes it: of the PID what follows the first colon, of the identifier what follows the last. */
function sourcePathOf(persistentId: string, storageIdentifier: string): string {
  const ofDataset = persistentId.slice(persistentId.indexOf(':') + 1);
  return `/${ofDataset}/${storageIdentifier.slice(storageIdentifier.lastIndexOf(':') + 1)}`;
}

describe.each([
  { who: 'a user', user: 'reader' },
  { who: 'a guest', user: null },
])('for $who, the app', ({ user }) => {
  let app: GlobusApp;
  let principal: string;
  let folder: string;
  let taskIdentifier: string;
  let files: { readonly id: number; readonly label: string; readonly path: string }[];

  it('logs in, and learns from the callback which files were chosen on the page', async () => {
    app = await launchApp(stack, { direction: 'download', datasetId: 30, user, fileIds: [60, 61] });

    expect(app.parameters).toMatchObject({
      managed: 'true',
      datasetPid: 'doi:10.5072/FK2/7U7YBV',
      endpoint: COLLECTION,
    });
    expect(Object.keys(app.parameters.files)).toEqual(['60', '61']);
  });

  it('finds the collections of the person', async () => {
    const { body } = await app.transfer('endpoint_search?filter_scope=my-gcp-endpoints');

    expect(body.DATA).toMatchObject([{ id: SOURCE_COLLECTION, gcp_connected: true }]);
  });

  it('reads the list of files', async () => {
    const { status, body } = await app.browser.fetch(app.url('getFileListing'));

    expect(status).toBe(200);
    // biome-ignore lint/suspicious/noExplicitAny: as Dataverse lists them
    files = body.data.map(({ label, dataFile }: any) => ({
      id: dataFile.id,
      label,
      path: sourcePathOf(app.parameters.datasetPid, dataFile.storageIdentifier),
    }));
    expect(files.map(({ label }) => label)).toEqual(['rainfall.csv', 'readme.txt']);
  });

  it('lists the folder to download to', async () => {
    const { body } = await app.transfer(`operation/endpoint/${SOURCE_COLLECTION}/ls?path=/~/`);

    expect(body.path).toBe('/~/');
    folder = `${body.path}of ${user ?? 'a guest'}/`;
  });

  it('learns who is logged in, and asks for access to the files', async () => {
    principal = (await app.userInfo()).body.sub;
    const { status } = await app.post('requestGlobusDownload', { principal, fileIds: files.map(({ id }) => id) });

    // All that the app looks at.
    expect(status).toBe(200);
    expect(await listRules(stack)).toMatchObject([
      { path: '/10.5072/FK2/7U7YBV/', principal: PRINCIPAL, permissions: 'r' },
    ]);
  });

  it('submits the transfer, with paths of its own making', async () => {
    const submission = await app.transfer('submission_id');
    const pairs = files.map(({ label, path }) => [path, `${folder}${label}`] as const);
    const collections = [app.parameters.endpoint, SOURCE_COLLECTION] as const;
    const { status, body } = await app.transfer(
      'transfer',
      transferDocument(submission.body.value, collections, pairs),
    );

    expect([200, 202]).toContain(status);
    taskIdentifier = body.task_id;
  });

  it('reports the task', async () => {
    const { status, body } = await app.post('monitorGlobusDownload', { taskIdentifier });

    expect([status, body.status]).toEqual([200, 'OK']);
  });

  it('ends with the bytes on the own collection, and with no rule', async () => {
    const hasEnded = async () => (await app.transfer(`task/${taskIdentifier}`)).body.status === 'SUCCEEDED';
    await eventually('Globus has copied the files', hasEnded);
    await expectNothingHeld(stack, 30);

    for (const { label, path } of files) {
      const copy = await bytesAt(stack, SOURCE_COLLECTION, `${folder}${label}`.replace('/~/', '/'));
      expect(copy).toEqual(await bytesAt(stack, COLLECTION, path));
      expect(copy.length).toBeGreaterThan(0);
    }
  });

  it('was asked first by the browser for calls of Globus and JSON posts only', () => {
    const preflights = app.browser.preflights.map((line) => line.replace(SOURCE_COLLECTION, '<collection>'));
    expect([...new Set(preflights)].filter((line) => !line.includes('/task/'))).toEqual([
      'GET /v0.10/endpoint_search',
      'GET /v0.10/operation/endpoint/<collection>/ls',
      'GET /v2/oauth2/userinfo',
      'POST /api/v1/datasets/30/requestGlobusDownload',
      'GET /v0.10/submission_id',
      'POST /v0.10/transfer',
      'POST /api/v1/datasets/30/monitorGlobusDownload',
    ]);
  });
});
