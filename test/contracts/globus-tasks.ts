import { beforeEach, describe, expect, it } from 'vitest';
import { type PrincipalId, parseTaskId, type TaskId } from '../../functions/domain/ids.ts';
import type { GlobusTask } from '../../functions/ports/globus.ts';
import { errorOf } from '../adapters/adapter-parts.ts';
import type { GlobusUnderContract } from './globus-under-contract.ts';

const FILE_BYTES = 12;

/** The part of the Globus contract that is about tasks. @param current - what is under test in the present test */
export function describeGlobusTasks(current: () => GlobusUnderContract): void {
  let under: GlobusUnderContract;
  let path: string;
  beforeEach(() => {
    under = current();
    path = `${under.directory}file`;
  });

  const unknownTask = parseTaskId('00000000-0000-4000-8000-00000000dead');
  const allow = async (principal: PrincipalId) => {
    const { globus, collectionId, directory } = under;
    await globus.createAccessRule({ collectionId, path: directory, principal, permission: 'rw' });
  };
  const submitAllowed = async (...destinationPaths: readonly string[]) => {
    await allow(under.principal);
    return under.submitTask(destinationPaths);
  };
  const found = async (taskId: TaskId): Promise<GlobusTask> => {
    const task = await under.globus.findTask(under.collectionId, taskId);
    if (!task) throw new Error(`expected the task ${taskId} to be there`);
    return task;
  };
  const idsOf = (tasks: readonly GlobusTask[]) => tasks.map((task) => task.taskId).sort();
  const live = async (principal: PrincipalId) => idsOf(await under.globus.listLiveTasks(under.collectionId, principal));
  const allLive = async () => idsOf(await under.globus.listAllLiveTasks(under.collectionId));

  it('does not know a task that never was', async () => {
    const { globus, collectionId } = under;
    expect(await globus.findTask(collectionId, unknownTask)).toBeUndefined();
    expect((await errorOf(globus.listSuccessfulTransfers(collectionId, unknownTask))).name).toBe(
      'UpstreamRefusedError',
    );
    expect((await errorOf(globus.listSkippedErrors(collectionId, unknownTask))).name).toBe('UpstreamRefusedError');
  });

  it('may not see a task of other collections, nor list it', async () => {
    const taskId = await under.submitTaskElsewhere();
    expect((await errorOf(under.globus.findTask(under.collectionId, taskId))).name).toBe('ForbiddenError');
    const files = under.globus.listSuccessfulTransfers(under.collectionId, taskId);
    expect((await errorOf(files)).name).toBe('UpstreamRefusedError');
    expect(await live(under.principal)).toEqual([]);
    expect(await allLive()).toEqual([]);
  });

  it('lists tasks of everybody, and for one person those of all their identities', async () => {
    const own = await submitAllowed(path);
    await allow(under.otherPrincipal);
    const others = await under.submitTaskOfOther(`${under.directory}other`);
    expect(await allLive()).toEqual([own, others].sort());
    expect(await live(under.principal)).toEqual([own]);
    expect(await live(under.linkedPrincipal)).toEqual([own]);
    expect(await live(under.otherPrincipal)).toEqual([others]);
    expect(await live('00000000-0000-4000-8000-00000000beef' as PrincipalId)).toEqual([]);
  });

  it('lists a task that reads from the collection like one that writes to it', async () => {
    await allow(under.principal);
    const taskId = await under.submitDownload();
    expect(await live(under.principal)).toEqual([taskId]);
    expect(await allLive()).toEqual([taskId]);
    expect(await found(taskId)).toMatchObject({ sourceCollectionId: under.collectionId });
  });

  it('lists all live tasks and all files of a task, however few a page holds', async () => {
    await allow(under.principal);
    await under.setPageSize(1);
    const paths = [1, 2, 3].map((index) => `${under.directory}file-${index}`);
    // Globus refuses a transfer like one that is still going on.
    const taskIds = [await under.submitTask(paths)];
    for (const name of ['second', 'third']) taskIds.push(await under.submitTask([`${under.directory}${name}`]));
    expect(await live(under.principal)).toEqual(taskIds.toSorted());
    expect(await allLive()).toEqual(taskIds.toSorted());
    const [first = unknownTask] = taskIds;
    await under.finishTask(first);
    const files = await under.globus.listSuccessfulTransfers(under.collectionId, first);
    expect(files.map(({ destinationPath }) => destinationPath).sort()).toEqual(paths);
  });

  describe('with a task that runs', () => {
    let taskId: TaskId;
    beforeEach(async () => {
      taskId = await submitAllowed(path);
    });

    it('reads it', async () => {
      const task = await found(taskId);
      expect(task).toMatchObject({
        taskId,
        type: 'TRANSFER',
        status: 'ACTIVE',
        ownerId: under.principal,
        destinationCollectionId: under.collectionId,
        completedAtEpochSeconds: null,
        destinationBasePath: null,
        fatalError: null,
        isPaused: true,
      });
      expect(task.requestedAtEpochSeconds).toBeGreaterThan(1_500_000_000);
      expect(task.requestedAtEpochSeconds).toBeLessThanOrEqual(under.nowEpochSeconds());
    });

    it('lists it as it reads it', async () => {
      const { globus, collectionId, principal } = under;
      const task = { taskId, status: 'ACTIVE', isPaused: true, ownerId: principal };
      expect(await globus.listLiveTasks(collectionId, principal)).toMatchObject([task]);
      expect(await globus.listAllLiveTasks(collectionId)).toMatchObject([task]);
    });

    it('lists it as live also while it is suspended', async () => {
      await under.suspendTask(taskId);
      expect((await found(taskId)).status).toBe('INACTIVE');
      expect(await live(under.principal)).toEqual([taskId]);
      expect(await allLive()).toEqual([taskId]);
    });

    it('refuses to list what it has copied', async () => {
      const error = await errorOf(under.globus.listSuccessfulTransfers(under.collectionId, taskId));
      expect(error.name).toBe('UpstreamRefusedError');
      await under.suspendTask(taskId);
      const again = await errorOf(under.globus.listSuccessfulTransfers(under.collectionId, taskId));
      expect(again.name).toBe('UpstreamRefusedError');
    });

    it.each(['live', 'finished'])('knows whose task it is, %s', async (moment) => {
      if (moment === 'finished') await under.finishTask(taskId);
      const { globus, collectionId } = under;
      const task = await found(taskId);
      expect(await globus.isOwnedBy(collectionId, task, under.principal)).toBe(true);
      expect(await globus.isOwnedBy(collectionId, task, under.linkedPrincipal)).toBe(true);
      expect(await globus.isOwnedBy(collectionId, task, under.otherPrincipal)).toBe(false);
    });

    it('knows the owner of a task that ends between two looks', async () => {
      const { globus, collectionId } = under;
      const seenLive = await found(taskId);
      await under.finishTask(taskId);
      expect(await globus.isOwnedBy(collectionId, seenLive, under.linkedPrincipal)).toBe(true);
      expect(await globus.isOwnedBy(collectionId, seenLive, under.otherPrincipal)).toBe(false);
    });

    it('reads it as finished, with its file, once it has ended', async () => {
      await under.finishTask(taskId);
      const { globus, collectionId } = under;
      const task = await found(taskId);
      expect(task).toMatchObject({
        status: 'SUCCEEDED',
        filesTransferred: 1,
        bytesTransferred: FILE_BYTES,
        fatalError: null,
      });
      expect(task.completedAtEpochSeconds).toBeGreaterThanOrEqual(task.requestedAtEpochSeconds);
      expect(await live(under.principal)).toEqual([]);
      expect(await allLive()).toEqual([]);
      const files = await globus.listSuccessfulTransfers(collectionId, taskId);
      expect(files.map(({ destinationPath, sizeBytes }) => [destinationPath, sizeBytes])).toEqual([[path, FILE_BYTES]]);
      expect(await globus.listSkippedErrors(collectionId, taskId)).toEqual([]);
    });

    it('reads it as failed, with a code of its own and nothing copied, once it was cancelled', async () => {
      await under.cancelTask(taskId);
      const { globus, collectionId } = under;
      expect(await found(taskId)).toMatchObject({ status: 'FAILED', fatalError: { code: 'CANCELED' } });
      expect(await live(under.principal)).toEqual([]);
      expect(await allLive()).toEqual([]);
      expect(await globus.listSuccessfulTransfers(collectionId, taskId)).toEqual([]);
    });
  });

  it('lists what a task has passed over, apart from what it has copied', async () => {
    await allow(under.principal);
    const missing = `${under.directory}missing`;
    const taskId = await under.submitTask([path], [missing]);
    await under.finishTask(taskId);
    const { globus, collectionId } = under;
    expect(await found(taskId)).toMatchObject({ status: 'SUCCEEDED', filesTransferred: 1 });
    const files = await globus.listSuccessfulTransfers(collectionId, taskId);
    expect(files.map(({ destinationPath }) => destinationPath)).toEqual([path]);
    expect(await globus.listSkippedErrors(collectionId, taskId)).toEqual([
      { destinationPath: missing, errorCode: 'FILE_NOT_FOUND' },
    ]);
  });
}
