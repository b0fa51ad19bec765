import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TaskId } from '../../functions/domain/ids.ts';
import { monitors } from '../../functions/manifest.ts';
import { SECOND_LOOK_AFTER_SECONDS } from '../../functions/use-cases/verify-task.ts';
import { type AccessStage, LEASE_SECONDS, startAccessStage } from '../support/access-stage.ts';
import { aClaim, aLockItem, COLLECTION, DATASET, OTHER_TASK, PRINCIPAL } from '../support/builders.ts';
import { createCallRecorder } from '../support/call-recorder.ts';
import { aReport } from '../support/hand-made-transfers.ts';
import { untilReportIsAwaited } from '../support/quiet-time.ts';
import { globusControl, logLines, readTask, shiftClock, transferOf } from '../support/stack-control.ts';
import {
  eventually,
  grantOne,
  listFiles,
  listLocks,
  listRules,
  reportFiles,
  SERVICE_KEY,
} from '../support/upload-client.ts';
import { resume } from '../support/uploads.ts';

/** Task monitor and sweep are made to do all that they can do. */
const recorder = createCallRecorder(SERVICE_KEY);
const BOUND_TASK = '22222222-6c48-11ee-8428-378be0d9c521' as TaskId;
let stage: AccessStage;

beforeAll(async () => {
  stage = await startAccessStage(recorder);
});
afterAll(() => stage?.remove());

const sweep = () => stage.run('sweep', {});
const pastDue = () => ({ dueAtEpochSeconds: stage.now() - 1 });

describe('the task monitor', { timeout: 120_000 }, () => {
  it('calls the step that waits for a task which has ended', async () => {
    const taskId = await stage.liveTask();
    await stage.endTask(taskId);
    const { transferId } = await stage.put({ state: 'FOLLOWING', taskToken: 'a token', bound: aReport({ taskId }) });
    await stage.run('task-monitor', {});
    // No execution stands behind that token.
    expect((await logLines(stage, 'task-monitor')).at(-1)).toMatchObject({ open: 1, gone: 1 });
    await stage.close(transferId);
  });
});

describe('the sweep', { timeout: 180_000 }, () => {
  it('calls a step that should have woken', async () => {
    const granted = await grantOne(stage);
    await untilReportIsAwaited(stage, granted);
    const transferId = transferOf(granted.identifier);
    await stage.change(transferId, { ...pastDue(), leaseEndsAtEpochSeconds: stage.now() - 1 });
    await sweep();
    // It is over eleven seconds later.
    const isEnding = async () => ['EXPIRING', 'EXPIRED'].includes((await stage.stateOf(transferId)) ?? '');
    await eventually('the lease ends', isEnding);
  });

  it('starts the next execution of a transfer that has lost its own', async () => {
    const { transferId } = await stage.put(pastDue());
    await sweep();
    expect(await stage.read(transferId)).toMatchObject({ executionNumber: 2 });
    await stage.close(transferId);
  });

  it('does all the work of an upload whose executions die', async () => {
    const granted = await grantOne(stage);
    const taskId = await stage.liveTask(granted.path);
    expect((await reportFiles(stage, taskId, [[granted, 'swept.txt']])).status).toBe(200);
    const transferId = transferOf(granted.identifier);
    // No such execution was ever started, and the one that runs does nothing from now on.
    const isDead = { executionNumber: 99, successorsInVain: 2 };
    await stage.change(transferId, isDead);
    await resume(stage, taskId);
    await eventually('the task has ended', async () => (await readTask(stage, taskId)).status === 'SUCCEEDED');
    await eventually('it is closed', async () => {
      await stage.change(transferId, { ...pastDue(), ...isDead });
      await sweep();
      // Before it closes, it looks again.
      await shiftClock(stage, SECOND_LOOK_AFTER_SECONDS);
      return (await stage.stateOf(transferId)) === 'CLOSED';
    });
    expect((await listFiles(stage)).map((file) => file.label)).toEqual(['swept.txt']);
    expect(await listLocks(stage)).toEqual([]);
  });

  it('gives up a claim and a lock without a transfer, and marks a claim that is bound', async () => {
    const { transferId } = await stage.put({ state: 'CLOSED' });
    const bound = await stage.put({ state: 'CLOSED', bound: aReport({ taskId: BOUND_TASK }) });
    const { claims, locks } = stage.stores;
    const check = { checkAtEpochSeconds: stage.now() - 1 };
    await claims.create(aClaim({ taskId: OTHER_TASK, transfers: { [transferId]: 'a hash' }, ...check }));
    await claims.create(aClaim({ taskId: BOUND_TASK, transfers: { [bound.transferId]: 'a hash' }, ...check }));
    await locks.create(aLockItem({ owners: [transferId], ...check }));
    await sweep();
    expect(await claims.read(OTHER_TASK)).toBeUndefined();
    expect(await claims.read(BOUND_TASK)).toMatchObject({ checkAtEpochSeconds: null });
    expect(await locks.read(DATASET)).toBeUndefined();
  });

  it('revokes a rule of nobody, and forgets those of others that are gone', async () => {
    const path = '/hdc1/10.5072/FK2/ORPHAN/';
    await globusControl(stage, '/rules', { collectionId: COLLECTION, principal: PRINCIPAL, path, permissions: 'rw' });
    await stage.stores.accessRules.rememberForeign(COLLECTION, ['a rule that is gone' as never]);
    await shiftClock(stage, 2 * LEASE_SECONDS + 1);
    await sweep();
    expect((await listRules(stage)).map((rule) => rule.path)).not.toContain(path);
    expect(await stage.stores.accessRules.listForeign(COLLECTION)).toEqual([]);
  });
});

describe('in all that,', () => {
  it('no function calls anything that it is not granted', () => {
    expect(recorder.calls.length).toBeGreaterThan(0);
    expect(stage.needsBeyondGrants()).toEqual([]);
  });

  it('the monitors use every one of their grants', () => {
    expect(stage.unusedGrants(monitors.map(({ functionName }) => functionName))).toEqual([]);
  });
});
