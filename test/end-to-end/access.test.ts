import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { ABANDONED_AFTER_SECONDS } from '../../functions/domain/access-rule.ts';
import type { TaskId } from '../../functions/domain/ids.ts';
import { httpApi } from '../../functions/manifest.ts';
import { type AccessStage, startAccessStage } from '../support/access-stage.ts';
import { aClaim, COLLECTION, PRINCIPAL } from '../support/builders.ts';
import { createCallRecorder } from '../support/call-recorder.ts';
import { aReport } from '../support/hand-made-transfers.ts';
import { eventuallyInQuietTime, untilReportIsAwaited } from '../support/quiet-time.ts';
import { clearFaults, dataverseControl, shiftClock, transferOf } from '../support/stack-control.ts';
import { readTransfers, shown, steer } from '../support/transfer-calls.ts';
import {
  CURATOR_KEY,
  call,
  datasetUrl,
  type GrantedFile,
  grantOne,
  listRules,
  postJson,
  postReport,
  READER_KEY,
  reportFiles,
  SERVICE_KEY,
} from '../support/upload-client.ts';
import { grantTo, resume } from '../support/uploads.ts';

/**
 * The handlers are made to do all that they can do; `access-of-downloads`, `access-of-steps` and `access-of-monitors` do the same for the
 * others.
 */
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

const ORDER = { principal: PRINCIPAL, numberOfFiles: 1 };
const DENIED = { code: 'PermissionDenied', message: 'no' };
const keyOf = (token: string) => ({ 'X-Dataverse-key': token });
let stage: AccessStage;

beforeAll(async () => {
  stage = await startAccessStage(recorder);
});
afterAll(() => stage?.remove());
afterEach(() => clearFaults(stage));

const untilClosed = (transferId: string) =>
  eventuallyInQuietTime(stage, `${transferId} is closed`, async () => (await stage.stateOf(transferId)) === 'CLOSED');

/** The URL that Dataverse's own answer names for an operation, signed by us. */
async function signedUrl(name: string): Promise<string> {
  const parameters = await call(datasetUrl(stage, 'globusUploadParameters'), { headers: keyOf(CURATOR_KEY) });
  return parameters.body.data.signedUrls.find((each: { name: string }) => each.name === name).signedUrl;
}

describe('by signed URLs', { timeout: 120_000 }, () => {
  it('an upload is asked for twice under one Idempotency-Key, reported, and followed to its end', async () => {
    const url = await signedUrl('requestGlobusTransferPaths');
    const ask = () => postJson(url, ORDER, { 'Idempotency-Key': 'once' });
    const [first, second] = [await ask(), await ask()];
    expect([first.status, second.body]).toEqual([200, first.body]);
    const [[identifier, path] = ['', '']] = Object.entries<string>(first.body.data);
    // Then there is a step to be woken by the report.
    await untilReportIsAwaited(stage, { identifier, path });
    const taskIdentifier = await stage.liveTask(path);
    const files = [{ storageIdentifier: identifier, fileName: 'signed.txt' }];
    expect((await postReport(await signedUrl('addGlobusFiles'), { taskIdentifier, files })).status).toBe(200);
    await resume(stage, taskIdentifier);
    await untilClosed(transferOf(identifier));
    expect(await listRules(stage)).toEqual([]);
  });
});

describe('a grant', { timeout: 120_000 }, () => {
  it('is refused to whoever may not, passed on for a store that is not ours, and unknown under other names', async () => {
    const paths = datasetUrl(stage, 'requestGlobusUploadPaths');
    expect((await postJson(paths, ORDER)).status).toBe(401);
    expect((await postJson(paths, ORDER, keyOf(READER_KEY))).status).toBe(403);
    const foreign = datasetUrl(stage, 'requestGlobusUploadPaths', 'doi:10.5072/FK2/REFERS');
    const answeredBy = recorder.calls.length;
    await postJson(foreign, ORDER, keyOf(CURATOR_KEY));
    const passedOn = recorder.calls.slice(answeredBy).map((each) => ('target' in each ? each.target : each.service));
    expect(passedOn).toEqual([
      expect.stringContaining('/storageDriver'),
      expect.stringContaining('doi:10.5072/FK2/REFERS'),
    ]);
    expect((await call(`${stage.apiUrl}/api/globus/unknown`)).status).toBe(404);
  });

  it('that Globus refuses leaves nothing', async () => {
    await stage.failRules(403, DENIED);
    await expect(grantOne(stage)).rejects.toThrow('paths were refused');
    expect(await stage.stores.accessRules.list(COLLECTION)).toEqual([]);
  });

  it('that Globus does not answer clearly is not undone under a live task', async () => {
    const taskId = await stage.liveTask();
    await stage.failRules(500, {});
    await expect(grantOne(stage)).rejects.toThrow('paths were refused');
    expect(await stage.stores.accessRules.list(COLLECTION)).toMatchObject([{ state: 'CREATING' }]);
    await stage.endTask(taskId);
    // Whoever needs that row next would wait until it counts as abandoned.
    await shiftClock(stage, ABANDONED_AFTER_SECONDS);
  });
});

describe('a report', { timeout: 120_000 }, () => {
  it('whose lock Dataverse refuses is undone, claim and file list included', async () => {
    const granted = await grantOne(stage);
    const taskId = await stage.liveTask(granted.path);
    const reply = { status: 403, body: { status: 'ERROR', message: 'Dataset already locked' } };
    await dataverseControl(stage, '/faults', { match: '/lock/', kind: 'reply', times: null, reply });
    expect((await reportFiles(stage, taskId, [[granted, 'refused.txt']])).status).toBe(403);
    expect(await stage.stores.claims.read(taskId)).toBeUndefined();
    expect(await stage.read(transferOf(granted.identifier))).toMatchObject({ state: 'GRANTED', report: null });
    await stage.endTask(taskId);
  });

  it('of a task that was reported for another dataset is refused', async () => {
    const [first, other] = [
      await grantOne(stage),
      await grantTo(stage, PRINCIPAL, { persistentId: 'doi:10.5072/FK2/7U7YBV' }),
    ];
    const taskId = await stage.liveTask(first.path);
    expect((await reportFiles(stage, taskId, [[first, 'first.txt']])).status).toBe(200);
    expect((await reportFiles(stage, taskId, [[other, 'other.txt']], 'doi:10.5072/FK2/7U7YBV')).status).toBe(409);
    await resume(stage, taskId);
    await untilClosed(transferOf(first.identifier));
  });

  it('that comes after the end of its lease opens a successor, unless Globus refuses it the rule', async () => {
    const ended = await stage.put({ state: 'EXPIRED', path: '/hdc1/10.5072/FK2/LATE/' });
    const granted = stage.fileOf(ended);
    const taskId: TaskId = await stage.liveTask(granted.path);
    await stage.failRules(403, DENIED);
    expect((await reportFiles(stage, taskId, [[granted, 'late.txt']])).status).toBe(502);
    await clearFaults(stage);
    expect((await reportFiles(stage, taskId, [[granted, 'late.txt']])).status).toBe(200);
    await resume(stage, taskId);
    await untilClosed((await stage.read(ended.transferId))?.continuedBy ?? '');
  });
});

describe('a transfer', { timeout: 180_000 }, () => {
  const filesOf = ({ identifier }: GrantedFile, fileName: string) => [{ storageIdentifier: identifier, fileName }];

  it('is listed and shown, given up only when its task is over, and cancelled', async () => {
    const granted = await grantOne(stage);
    const transferId = transferOf(granted.identifier);
    await untilReportIsAwaited(stage, granted);
    const taskId = await stage.liveTask(granted.path);
    expect((await reportFiles(stage, taskId, [[granted, 'steered.txt']])).status).toBe(200);
    expect((await readTransfers(stage, '?datasetId=29')).status).toBe(200);
    // Another operator than the service itself, whose key the service has as well.
    await dataverseControl(stage, '/users', { name: 'reader', superuser: true });
    expect((await readTransfers(stage, '', READER_KEY)).body.data).toContainEqual(
      expect.objectContaining({ transferId }),
    );
    await dataverseControl(stage, '/users', { name: 'reader', superuser: false });
    expect(await shown(stage, transferId)).toMatchObject({ globus: 'answered' });
    expect((await steer(stage, transferId, 'release')).status).toBe(409);
    expect((await steer(stage, transferId, 'cancel')).status).toBe(200);
    await untilClosed(transferId);
  });

  it('that nobody reported keeps its rule under a live task, whoever wants it ended', async () => {
    const observed = await stage.put({ state: 'OBSERVED', path: '/hdc1/10.5072/FK2/OBSERVED/' });
    const taskId = await stage.liveTask(stage.fileOf(observed).path);
    for (const action of ['cancel', 'release'] as const) {
      expect((await steer(stage, observed.transferId, action)).status).toBe(409);
    }
    await stage.endTask(taskId);
    await stage.close(observed.transferId);
  });

  it('that is given up takes itself out of the claim on its task, the last one with it', async () => {
    const taskId = await stage.liveTask();
    await stage.endTask(taskId);
    const bound = aReport({ taskId });
    const path = '/hdc1/10.5072/FK2/GIVENUP/';
    const [one, other] = [
      await stage.put({ state: 'FOLLOWING', bound, path }),
      await stage.put({ state: 'FOLLOWING', bound, path }),
    ];
    const transfers = { [one.transferId]: bound.bodyHash, [other.transferId]: bound.bodyHash };
    await stage.stores.claims.create(aClaim({ taskId, transfers }));
    for (const { transferId } of [one, other]) {
      expect((await steer(stage, transferId, 'release')).status).toBe(200);
      await untilClosed(transferId);
    }
    expect(await stage.stores.claims.read(taskId)).toBeUndefined();
    // A step that waits is called: here nobody waits.
    const waiting = await stage.put({ state: 'GRANTED', taskToken: 'spent' });
    expect((await steer(stage, waiting.transferId, 'release')).status).toBe(200);
    await stage.close(waiting.transferId);
  });

  it('is reported late by its task, unless Globus refuses the rule or Dataverse the lock', async () => {
    const ended = await stage.put({ state: 'EXPIRED', path: '/hdc1/10.5072/FK2/ADOPTED/' });
    const file = stage.fileOf(ended);
    const taskId = await stage.liveTask(file.path);
    const body = { taskIdentifier: taskId, files: filesOf(file, 'adopted.txt') };
    await stage.failRules(403, DENIED);
    expect((await steer(stage, ended.transferId, 'retry', { body })).status).toBe(502);
    await clearFaults(stage);
    const reply = { status: 403, body: { status: 'ERROR', message: 'Dataset already locked' } };
    await dataverseControl(stage, '/faults', { match: '/lock/', kind: 'reply', times: null, reply });
    expect((await steer(stage, ended.transferId, 'retry', { body })).status).toBe(403);
    await clearFaults(stage);
    expect((await steer(stage, ended.transferId, 'retry', { body })).status).toBe(200);
    await resume(stage, taskId);
    await untilClosed((await stage.read(ended.transferId))?.continuedBy ?? '');
  });

  it('is reported by its task while the report is awaited', async () => {
    const granted = await grantOne(stage);
    const transferId = transferOf(granted.identifier);
    await untilReportIsAwaited(stage, granted);
    const taskIdentifier = await stage.liveTask(granted.path);
    const body = { taskIdentifier, files: filesOf(granted, 'awaited.txt') };
    expect((await steer(stage, transferId, 'retry', { body })).status).toBe(200);
    await resume(stage, taskIdentifier);
    await untilClosed(transferId);
  });
});

describe('in all that,', () => {
  it('no function calls anything that it is not granted', () => {
    expect(recorder.calls.length).toBeGreaterThan(0);
    expect(stage.needsBeyondGrants()).toEqual([]);
  });

  it('the handlers of uploads and transfers use every one of their grants', () => {
    const handlers = [...httpApi.routes, httpApi.notFound].map(({ functionName }) => functionName);
    const here = handlers.filter((functionName) => !/download|leftovers/.test(functionName));
    expect(stage.unusedGrants(here)).toEqual([]);
  });
});
