import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { TaskId } from '../../functions/domain/ids.ts';
import { NOTHING_REGISTERED } from '../../functions/domain/registration.ts';
import type { TransferRecord } from '../../functions/domain/transfer.ts';
import { steps } from '../../functions/manifest.ts';
import { type AccessStage, startAccessStage } from '../support/access-stage.ts';
import { aClaim, aLockItem, DATASET, SECOND_PRINCIPAL } from '../support/builders.ts';
import { createCallRecorder } from '../support/call-recorder.ts';
import { aReport } from '../support/hand-made-transfers.ts';
import { eventuallyInQuietTime } from '../support/quiet-time.ts';
import { clearFaults, globusControl, transferOf } from '../support/stack-control.ts';
import {
  grantOne,
  listLocks,
  listRules,
  reportFiles,
  SERVICE_KEY,
  submitOthersTask,
} from '../support/upload-client.ts';
import { resume } from '../support/uploads.ts';

/** The steps of the workflow are made to do all that they can do, most of it on records as a dead worker leaves them. */
const recorder = createCallRecorder(SERVICE_KEY);
const HALF_REPORTED_TASK = '22222222-6c48-11ee-8428-378be0d9c521' as TaskId;
const WAIT = { taskToken: 'a token', waitSeconds: 3_600 };
const RELEASED = { state: 'SETTLING', ruleReleased: true } as const;
/** Everything has its result, and nothing was registered. */
const NONE_REGISTERED = { ...NOTHING_REGISTERED, failed: 1, isComplete: true };
/** Each wait in here has a limit of its own. */
const PATIENT = { timeout: 120_000 };
let stage: AccessStage;

beforeAll(async () => {
  stage = await startAccessStage(recorder);
});
afterAll(() => stage?.remove());
afterEach(() => clearFaults(stage));

/** Has a transfer that is bound and locked closed by its step. */
async function closeBound(transferId: string): Promise<void> {
  await stage.change(transferId, { ...RELEASED, registration: NONE_REGISTERED });
  await stage.runStep('close-transfer', transferId);
  expect(await stage.stateOf(transferId)).toBe('CLOSED');
  expect(await listLocks(stage)).toEqual([]);
  expect(await stage.stores.locks.read(DATASET)).toBeUndefined();
}

/** A grant whose report a worker that died has noted, with a list of one file. */
async function halfReported(changes: Parameters<typeof aReport>[0] = {}): Promise<TransferRecord> {
  const report = aReport(changes);
  const record = await stage.put({ report });
  const file = { storageIdentifier: stage.fileOf(record).identifier, fileName: 'half.txt' };
  await stage.stores.files.writeFiles(record.transferId, report.listId, [file]);
  return record;
}

describe('an upload', PATIENT, () => {
  it('is followed to its end', async () => {
    const granted = await grantOne(stage);
    const taskId = await stage.liveTask(granted.path);
    expect((await reportFiles(stage, taskId, [[granted, 'whole.txt']])).status).toBe(200);
    await resume(stage, taskId);
    const isClosed = async () => (await stage.stateOf(transferOf(granted.identifier))) === 'CLOSED';
    await eventuallyInQuietTime(stage, 'it is closed', isClosed);
  });
});

describe('a report that a dead worker has left', PATIENT, () => {
  it('is bound as the lease ends, and gives the lock back as it closes', async () => {
    const { transferId } = await halfReported();
    await stage.runStep('end-lease', transferId);
    expect(await stage.stateOf(transferId)).toBe('BOUND');
    expect(await listLocks(stage)).toHaveLength(1);
    await closeBound(transferId);
  });

  it('cut off is undone as the lease ends', async () => {
    const { transferId } = await halfReported({ taskId: HALF_REPORTED_TASK, fileCount: 2 });
    const claim = aClaim({ taskId: HALF_REPORTED_TASK, transfers: { [transferId]: 'a hash' } });
    await stage.stores.claims.create(claim);
    await stage.stores.locks.create(aLockItem({ owners: [transferId], taskId: HALF_REPORTED_TASK }));
    await stage.runStep('end-lease', transferId);
    expect(await stage.read(transferId)).toMatchObject({ state: 'GRANTED', report: null });
    expect(await stage.stores.claims.read(HALF_REPORTED_TASK)).toBeUndefined();
    expect(await stage.stores.locks.read(DATASET)).toBeUndefined();
    await stage.close(transferId);
  });
});

describe.each(['look-at-task', 'await-completion'])('of a report that nobody could verify, %s', PATIENT, (step) => {
  it('locks the dataset when its task is proven', async () => {
    const taskId = await stage.liveTask();
    const { transferId } = await stage.put({ state: 'BOUND', admission: 'UNVERIFIED', bound: aReport({ taskId }) });
    await stage.runStep(step, transferId, WAIT);
    expect(await stage.read(transferId)).toMatchObject({ state: 'FOLLOWING', admission: 'FULL' });
    await stage.endTask(taskId);
    await closeBound(transferId);
  });

  it('gives up the claim when its task is proven to be another', async () => {
    const taskId = (await submitOthersTask(stage)) as TaskId;
    const doubted = { admission: 'UNVERIFIED', doubtedSinceEpochSeconds: stage.now() - 60 } as const;
    const { transferId } = await stage.put({ state: 'BOUND', ...doubted, bound: aReport({ taskId }) });
    await stage.stores.claims.create(aClaim({ taskId, transfers: { [transferId]: 'a hash' } }));
    await stage.runStep(step, transferId, WAIT);
    expect(await stage.read(transferId)).toMatchObject({ state: 'SETTLING', rejection: expect.any(String) });
    expect(await stage.stores.claims.read(taskId)).toBeUndefined();
    await stage.endTask(taskId);
    await stage.close(transferId);
  });
});

describe('a live task that nobody reported', PATIENT, () => {
  let taskId: string;
  beforeAll(async () => {
    taskId = await stage.liveTask();
  });
  afterAll(() => stage.endTask(taskId));

  it('keeps its rule as the lease ends; without it the rule goes', async () => {
    const path = '/hdc1/10.5072/FK2/LEASE/';
    const { transferId } = await stage.put({ path, leaseEndsAtEpochSeconds: stage.now() });
    await stage.putRule([transferId], { path });
    await stage.runStep('end-lease', transferId);
    expect(await stage.stateOf(transferId)).toBe('OBSERVED');

    const body = { DATA_TYPE: 'task_list', DATA: [], has_next_page: false };
    await globusControl(stage, '/faults', {
      match: 'task_list',
      kind: 'reply',
      times: null,
      reply: { status: 200, body },
    });
    await stage.runStep('end-lease', transferId);
    expect(await stage.stateOf(transferId)).toBe('EXPIRING');
    expect((await listRules(stage)).map((rule) => rule.path)).not.toContain(path);
    await stage.close(transferId);
  });

  it('gets a transfer of its own as the rule is released', async () => {
    const path = '/hdc1/10.5072/FK2/RELEASE/';
    const { transferId } = await stage.put({ path, state: 'SETTLING', bound: aReport() });
    await stage.putRule([transferId], { path });
    await stage.runStep('release-access-rule', transferId);
    expect(await stage.read(transferId)).toMatchObject({ ruleReleased: true, observedAs: expect.any(String) });
    expect((await listRules(stage)).map((rule) => rule.path)).toContain(path);
    await stage.close(transferId);
  });

  it.each([
    { step: 'register-files', registration: null },
    { step: 'close-transfer', registration: NONE_REGISTERED },
  ])('gets its rule back by $step, which makes room for it on a full collection', async ({ step, registration }) => {
    const path = `/hdc1/10.5072/FK2/ROOM/${step}/`;
    const bound = aReport({ fileCount: 0 });
    const secondLookAtEpochSeconds = stage.now() - 1;
    const { transferId } = await stage.put({
      ...RELEASED,
      path,
      bound,
      rejection: 'the task is another one',
      secondLookAtEpochSeconds,
      registration,
    });
    const left = { path: `${path}left/`, principal: SECOND_PRINCIPAL };
    await stage.putRule([], { ...left, state: 'DELETING', stateSinceEpochSeconds: stage.now() - 60 });
    await globusControl(stage, '/rule-limit', { value: (await listRules(stage)).length });
    await stage.runStep(step, transferId);
    await globusControl(stage, '/rule-limit', { value: 1_000 });
    const paths = (await listRules(stage)).map((rule) => rule.path);
    expect(paths).toContain(path);
    expect(paths).not.toContain(left.path);
    await stage.close(transferId);
  });
});

describe('an execution', PATIENT, () => {
  it.each(['await-report', 'await-completion'])(
    'of 300 days hands over in %s, and is told by it to end',
    async (step) => {
      const { transferId } = await stage.put({});
      const executionStartedAt = new Date(stage.clock.nowMilliseconds() - 301 * 86_400_000).toISOString();
      await stage.runStep(step, transferId, { ...WAIT, executionStartedAt });
      expect(await stage.read(transferId)).toMatchObject({ executionNumber: 2 });
      expect(await stage.runStep(step, transferId, WAIT)).toMatchObject({ next: 'DONE' });
      await stage.close(transferId);
    },
  );

  it('that keeps failing asks for an operator', async () => {
    const { transferId } = await stage.put({ state: 'FOLLOWING' });
    await stage.runStep('raise-attention', transferId, { reason: 'it fails' });
    expect(await stage.stateOf(transferId)).toBe('ATTENTION');
    await stage.close(transferId);
  });
});

describe('in all that,', () => {
  it('no function calls anything that it is not granted', () => {
    expect(recorder.calls.length).toBeGreaterThan(0);
    expect(stage.needsBeyondGrants()).toEqual([]);
  });

  it('the steps use every one of their grants', () => {
    expect(stage.unusedGrants(steps.map(({ functionName }) => functionName))).toEqual([]);
  });
});
