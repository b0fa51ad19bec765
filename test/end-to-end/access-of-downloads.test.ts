import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { ABANDONED_AFTER_SECONDS } from '../../functions/domain/access-rule.ts';
import type { UserName } from '../../functions/domain/ids.ts';
import { type AccessStage, LEASE_SECONDS, startAccessStage } from '../support/access-stage.ts';
import { aClaim, COLLECTION, PRINCIPAL, SOURCE_COLLECTION } from '../support/builders.ts';
import { createCallRecorder } from '../support/call-recorder.ts';
import { aReport } from '../support/hand-made-transfers.ts';
import { eventuallyInQuietTime, letAllLeasesEnd, untilAllAreOver } from '../support/quiet-time.ts';
import { clearFaults, dataverseControl, shiftClock, transferOf } from '../support/stack-control.ts';
import {
  call,
  datasetUrl,
  grantOne,
  type JsonReply,
  listRules,
  PUBLISHED_PID,
  postJson,
  READER_KEY,
  SERVICE_KEY,
} from '../support/upload-client.ts';
import { resume, submitPaused } from '../support/uploads.ts';

/** The handlers of downloads and leftovers are made to do all that they can do, as `access` does with the others. */
const FUNCTIONS = [
  'globus-download-parameters',
  'request-globus-download',
  'monitor-globus-download',
  'list-leftovers',
  'delete-leftovers',
];
const recorder = createCallRecorder(SERVICE_KEY);

// Our URLs are signed in the process itself: that a function reads the key for it is seen here only.
vi.mock('../../functions/adapters/secrets/file-secrets.ts', async (importActual) => {
  const actual = await importActual<typeof import('../../functions/adapters/secrets/file-secrets.ts')>();
  const createFileSecrets: typeof actual.createFileSecrets = (path, options) => {
    const secrets = actual.createFileSecrets(path, options);
    const read = (secretName: string) => {
      recorder.note({ service: 'Secrets', secretName });
      return secrets.read(secretName);
    };
    return { ...secrets, read };
  };
  return { ...actual, createFileSecrets };
});

const READER = { 'X-Dataverse-key': READER_KEY };
const DENIED = { code: 'PermissionDenied', message: 'no' };
const DIRECTORY = '/hdc1/10.5072/FK2/7U7YBV/';
const FILES = ['18bf3af9c78-92b8e168090e', '18bf3af9c78-c8d81569305c'];
let stage: AccessStage;

beforeAll(async () => {
  stage = await startAccessStage(recorder);
});
afterAll(() => stage?.remove());
afterEach(() => clearFaults(stage));

const url = (operation: string) => datasetUrl(stage, operation, PUBLISHED_PID);
const request = (fileIds: readonly number[], address = url('requestGlobusDownload'), headers = {}) =>
  postJson(address, { principal: PRINCIPAL, fileIds }, headers);
const monitor = (taskIdentifier: string, address = url('monitorGlobusDownload'), headers = {}) =>
  postJson(address, { taskIdentifier }, headers);

afterEach(() => dataverseControl(stage, '/files/61', { restricted: false }));

/** The URLs of a launch by the reader, signed by us. */
async function launched(): Promise<(name: string) => string> {
  const order = { direction: 'download', datasetId: 30, user: 'reader', fileIds: [60, 61] };
  const { body } = await dataverseControl(stage, '/launches', order);
  const parameters = await call(Buffer.from(body.callback, 'base64').toString('utf8'));
  return (name) => parameters.body.data.signedUrls.find((each: { name: string }) => each.name === name).signedUrl;
}

/** A task of the researcher's that reads from the dataset and lives until it is resumed or ended. */
async function readingTask(): Promise<string> {
  const pairs = FILES.map((name) => [`${DIRECTORY}${name}`, `/read/${name}`] as const);
  return submitPaused(stage, pairs, { source_endpoint: COLLECTION, destination_endpoint: SOURCE_COLLECTION });
}

const noRuleIsLeft = async () => (await listRules(stage)).length === 0;

describe('a download', { timeout: 120_000 }, () => {
  it('is launched, asked for twice under one Idempotency-Key, reported while that is awaited, and followed to its end', async () => {
    const urlOf = await launched();
    const ask = () => request([60], urlOf('requestGlobusDownload'), { 'Idempotency-Key': 'once' });
    const [first, second]: JsonReply[] = [await ask(), await ask()];
    expect([first?.status, second?.body]).toEqual([200, first?.body]);
    await eventuallyInQuietTime(stage, 'the report is awaited', async () =>
      (await newest()).some(({ state, taskToken }) => state === 'GRANTED' && taskToken !== null),
    );
    const task = await readingTask();
    expect((await monitor(task, urlOf('monitorGlobusDownload'))).status).toBe(200);
    await resume(stage, task);
    await eventuallyInQuietTime(stage, 'no rule is left', noRuleIsLeft);
  });

  it('of a restricted file that was given to a person is judged in their name, and again when it is reported late', async () => {
    await dataverseControl(stage, '/files/61', { restricted: true, downloaders: ['reader'] });
    const urlOf = await launched();
    expect((await request([61], urlOf('requestGlobusDownload'))).status).toBe(200);
    await letAllLeasesEnd(stage, LEASE_SECONDS);
    await eventuallyInQuietTime(stage, 'no rule is left', noRuleIsLeft);
    await untilAllAreOver(stage);
    const task = await readingTask();
    const late = await launched();
    await stage.failRules(403, DENIED);
    expect((await monitor(task, late('monitorGlobusDownload'))).status).toBe(502);
    await clearFaults(stage);
    expect((await monitor(task, late('monitorGlobusDownload'))).status).toBe(200);
    await resume(stage, task);
    await eventuallyInQuietTime(stage, 'no rule is left', noRuleIsLeft);
  });

  it('that Globus refuses leaves nothing, and one that it does not answer clearly is not undone under a live task', async () => {
    await stage.failRules(403, DENIED);
    expect((await request([60])).status).toBe(502);
    await clearFaults(stage);
    expect(await stage.stores.accessRules.list(COLLECTION)).toEqual([]);
    const task = await readingTask();
    await stage.failRules(500, {});
    expect((await request([60])).status).toBe(503);
    expect(await stage.stores.accessRules.list(COLLECTION)).toMatchObject([{ state: 'CREATING' }]);
    await stage.endTask(task);
    await shiftClock(stage, ABANDONED_AFTER_SECONDS);
  });

  it('whose report a dead worker has left, cut off, is rid of it', async () => {
    const record = await stage.put({
      datasetId: '30' as never,
      transferId: `30-18b49d36fff` as never,
      identifiersOf: `30-18b49d36fff` as never,
      userName: 'reader' as UserName,
      permission: 'r',
      path: DIRECTORY,
      download: { listId: 'files', fileCount: 1 },
      report: aReport({ fileCount: 2 }),
    });
    const { transferId, datasetId, userName, report } = record;
    await stage.stores.files.writeFiles(transferId, report?.listId ?? '', []);
    const claim = { taskId: report?.taskId as never, datasetId, userName, transfers: { [transferId]: 'a hash' } };
    await stage.stores.claims.create(aClaim(claim));
    const task = await readingTask();
    expect((await monitor(task, url('monitorGlobusDownload'), READER)).status).toBe(200);
    expect(await stage.stores.claims.read(claim.taskId)).toBeUndefined();
    await stage.endTask(task);
    await eventuallyInQuietTime(stage, 'it is over', async () => (await stage.stateOf(transferId)) === 'CLOSED');
  });
});

describe('leftovers', { timeout: 120_000 }, () => {
  it('are listed to an operator other than the service, and deleted', async () => {
    const { identifier, path } = await grantOne(stage);
    const task = await stage.liveTask(path);
    await resume(stage, task);
    await letAllLeasesEnd(stage, LEASE_SECONDS);
    await eventuallyInQuietTime(stage, 'no rule is left', noRuleIsLeft);
    await untilAllAreOver(stage);
    // As if it had been reported: its results may say why the file was left.
    await stage.change(transferOf(identifier), { state: 'CLOSED', bound: aReport() });
    await dataverseControl(stage, '/users', { name: 'reader', superuser: true });
    const listed = await call(`${stage.apiUrl}/api/globus/leftovers?datasetId=29`, { headers: READER });
    expect(listed.body.data).toMatchObject([{ storageIdentifier: identifier }]);
    const order = { datasetId: 29, storageIdentifiers: [identifier], dryRun: false };
    const deleted = await postJson(`${stage.apiUrl}/api/globus/leftovers/delete`, order, READER);
    expect(deleted.body.data).toMatchObject({ storageIdentifiers: [identifier], refused: [] });
    await dataverseControl(stage, '/users', { name: 'reader', superuser: false });
  });
});

describe('in all that,', () => {
  it('no function calls anything that it is not granted', () => {
    expect(recorder.calls.length).toBeGreaterThan(0);
    expect(stage.needsBeyondGrants()).toEqual([]);
  });

  it('the handlers of downloads and leftovers use every one of their grants', () => {
    expect(stage.unusedGrants(FUNCTIONS)).toEqual([]);
  });
});

/** The newest transfers of the published dataset. */
function newest() {
  return stage.stores.transfers.listByDataset('30' as never, { limit: 5 });
}
