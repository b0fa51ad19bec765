import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { httpApi } from '../../../functions/manifest.ts';
import { ask } from '../../support/checks-of-dataverse.ts';
import { expectNothingLeft } from '../../support/nothing-left.ts';
import { untilAllAreOver } from '../../support/quiet-time.ts';
import { globusControl, logLines, setSpeed, shiftClock, transferOf } from '../../support/stack-control.ts';
import { type StackWithMoreDatasets, startStackWithMoreDatasets } from '../../support/stack-with-more-datasets.ts';
import { begin, PARTIES, type Party } from '../../support/two-parties.ts';
import {
  call,
  eventually,
  type JsonReply,
  listLocks,
  listRules,
  postJson,
  putSourceFile,
  SERVICE_KEY,
} from '../../support/upload-client.ts';

/** T-02: two users with a dataset, an upload and a download each, who try every route of the manifest on what is the other's. */
const LEASE_SECONDS = 3_000;
const OPERATOR = { 'X-Dataverse-key': SERVICE_KEY };
let stack: StackWithMoreDatasets;

beforeAll(async () => {
  stack = await startStackWithMoreDatasets({ LEASE_SECONDS: String(LEASE_SECONDS) });
  await putSourceFile(stack, '/crossed/a.txt', 'a'.repeat(600));
  for (const party of PARTIES) await begin(stack, party);
  const awaited = async () => (await logLines(stack, 'step')).filter(({ step }) => step === 'await-report').length;
  await eventually('all four reports are awaited', async () => (await awaited()) >= 4);
}, 90_000);
afterAll(async () => {
  await setSpeed(stack, null);
  await stack.remove();
});

type Attempt = (key: Record<string, string>, whose: Party) => Promise<JsonReply>;

const onDataset =
  (operation: string, parts: (whose: Party) => object = () => ({})): Attempt =>
  (key, whose) =>
    ask(stack.apiUrl, operation, { as: key, dataset: whose.dataset.datasetId, ...parts(whose) });

const transferIdOf = ({ identifier, dataset }: Party) => transferOf(identifier, String(dataset.datasetId));
const own = (path: string) => `${stack.apiUrl}/api/globus/${path}`;
const steer =
  (action: string): Attempt =>
  (key, whose) =>
    postJson(own(`transfers/${transferIdOf(whose)}/${action}`), '', key);

/** For each function a request that is right in every way but who sends it; what others are answered; what the owner is. */
const ROUTES: Readonly<Record<string, { send: Attempt; others: number; owner: number | readonly number[] }>> = {
  // Dataverse tells these to any account (dataverse-api.md 2.1); what the URLs in the answer are good for is asked when they are used.
  'globus-upload-parameters': { send: onDataset('globusUploadParameters'), others: 200, owner: 200 },
  'request-globus-upload-paths': {
    send: onDataset('requestGlobusUploadPaths', ({ client }) => ({ json: { principal: client.id, numberOfFiles: 1 } })),
    others: 403,
    owner: 200,
  },
  'add-globus-files': {
    send: onDataset('addGlobusFiles', ({ identifier, uploadTask }) => {
      const files = [{ storageIdentifier: identifier, fileName: 'a.txt' }];
      return { form: { jsonData: JSON.stringify({ taskIdentifier: uploadTask, files }) } };
    }),
    others: 403,
    owner: 200,
  },
  'globus-download-parameters': { send: onDataset('globusDownloadParameters'), others: 401, owner: 200 },
  'request-globus-download': {
    send: onDataset('requestGlobusDownload', ({ client, dataset }) => ({
      json: { principal: client.id, fileIds: [dataset.fileId] },
    })),
    others: 403,
    owner: 200,
  },
  'monitor-globus-download': {
    send: onDataset('monitorGlobusDownload', ({ downloadTask }) => ({ json: { taskIdentifier: downloadTask } })),
    others: 404,
    owner: 200,
  },
  'list-leftovers': {
    send: (headers, { dataset }) => call(own(`leftovers?datasetId=${dataset.datasetId}`), { headers }),
    others: 403,
    owner: 200,
  },
  'delete-leftovers': {
    send: (key, { dataset }) => postJson(own('leftovers/delete'), { datasetId: dataset.datasetId, dryRun: false }, key),
    others: 403,
    owner: 403,
  },
  'list-transfers': {
    send: (headers, { dataset }) => call(own(`transfers?persistentId=doi:10.5072/${dataset.identifier}`), { headers }),
    others: 403,
    owner: 200,
  },
  'show-transfer': {
    send: (headers, whose) => call(own(`transfers/${transferIdOf(whose)}`), { headers }),
    others: 403,
    owner: 200,
  },
  'cancel-transfer': { send: steer('cancel'), others: 403, owner: 200 },
  // Once it is cancelled it goes on by itself, so that what the two others meet depends on the moment.
  'retry-transfer': { send: steer('retry'), others: 403, owner: [200, 409, 503] },
  'release-transfer': { send: steer('release'), others: 403, owner: [200, 409, 503] },
};

const PAIRS = PARTIES.flatMap((caller) => PARTIES.map((whose) => ({ caller, whose })));
const CROSSED = PAIRS.filter(({ caller, whose }) => caller !== whose);

/** Everything that an attempt could have changed. */
async function state(): Promise<unknown> {
  const records = await Promise.all(
    PARTIES.map(async ({ dataset }) => {
      const { datasetId } = dataset;
      const transfers = await call(own(`transfers?datasetId=${datasetId}`), { headers: OPERATOR });
      const leftovers = await call(own(`leftovers?datasetId=${datasetId}`), { headers: OPERATOR });
      return [transfers.body, leftovers.body, await listLocks(stack, datasetId)];
    }),
  );
  return [records, await listRules(stack)];
}

it('has an attempt for every route of the manifest', () => {
  expect(Object.keys(ROUTES)).toEqual(httpApi.routes.map(({ functionName }) => functionName));
});

describe('what is another user’s', { timeout: 90_000 }, () => {
  const attempts = CROSSED.flatMap(({ caller, whose }) =>
    Object.keys(ROUTES).map((route) => ({ route, caller, whose, who: caller.name, of: whose.name })),
  );

  it.each(attempts)('is not reached by $route: $who tries that of the $of', async ({ route, caller, whose }) => {
    const before = await state();
    const reply = await ROUTES[route]?.send(caller.key, whose);
    expect(reply?.status, JSON.stringify(reply?.body)).toBe(ROUTES[route]?.others);
    expect(await state()).toEqual(before);
  });

  it.each(CROSSED)('is not listed by its number either', async ({ caller, whose }) => {
    const { body } = await call(own(`transfers?datasetId=${whose.dataset.datasetId}`), { headers: caller.key });
    expect(body).toMatchObject({ status: 'OK', data: [] });
  });

  it.each(CROSSED)('is not reached with one’s own grant and task either', async ({ caller, whose }) => {
    const before = await state();
    const { identifier, uploadTask, downloadTask, key } = caller;
    const files = [{ storageIdentifier: identifier, fileName: 'a.txt' }];
    const form = { jsonData: JSON.stringify({ taskIdentifier: uploadTask, files }) };
    const at = { as: key, dataset: whose.dataset.datasetId };
    expect((await ask(stack.apiUrl, 'addGlobusFiles', { ...at, form })).status).toBe(403);
    const json = { taskIdentifier: downloadTask };
    expect((await ask(stack.apiUrl, 'monitorGlobusDownload', { ...at, json })).status).toBe(404);
    expect(await state()).toEqual(before);
  });

  it.each(CROSSED)('is not reached by URLs that are signed for who may only look', async ({ caller, whose }) => {
    const parameters = await ROUTES['globus-upload-parameters']?.send(caller.key, whose);
    const urls: readonly { name: string; signedUrl: string }[] = parameters?.body.data.signedUrls;
    const paths = urls.find(({ name }) => name === 'requestGlobusTransferPaths')?.signedUrl ?? '';
    const reply = await postJson(paths, { principal: caller.client.id, numberOfFiles: 1 });
    expect([reply.status, reply.body.message]).toEqual([403, "User doesn't have permission to upload to this dataset"]);
  });
});

describe('what is one’s own', { timeout: 120_000 }, () => {
  const attempts = Object.keys(ROUTES).flatMap((route) => PARTIES.map((whose) => ({ route, whose, who: whose.name })));

  it.each(attempts)('is served by $route to the $who', async ({ route, whose }) => {
    const reply = await ROUTES[route]?.send(whose.key, whose);
    expect([ROUTES[route]?.owner].flat(), JSON.stringify(reply?.body)).toContain(reply?.status);
  });

  it.each(CROSSED)('is not the other’s to report again, once it is reported', async ({ caller, whose }) => {
    expect((await ROUTES['monitor-globus-download']?.send(caller.key, whose))?.status).toBe(404);
    expect((await ROUTES['add-globus-files']?.send(caller.key, whose))?.status).toBe(403);
  });

  it('comes to its end, and leaves nothing', async () => {
    for (const { downloadTask } of PARTIES) {
      await globusControl(stack, `/tasks/${downloadTask}/fail`, { code: 'CANCELED', description: 'enough' });
    }
    await shiftClock(stack, LEASE_SECONDS);
    await untilAllAreOver(stack);
    await expectNothingLeft(
      stack,
      PARTIES.map(({ dataset }) => dataset.datasetId),
    );
  });
});
