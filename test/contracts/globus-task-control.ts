import { beforeEach, describe, expect, it } from 'vitest';
import { parseTaskId, type TaskId } from '../../functions/domain/ids.ts';
import { errorOf } from '../adapters/adapter-parts.ts';
import type { GlobusUnderContract } from './globus-under-contract.ts';

const NEVER = parseTaskId('00000000-0000-4000-8000-00000000dead');

/** The part of the Globus contract that is about a task's troubles and its end. @param current - what is under test in the present test */
export function describeGlobusTaskControl(current: () => GlobusUnderContract): void {
  let under: GlobusUnderContract;
  beforeEach(() => {
    under = current();
  });
  const cancel = (taskId: TaskId) => under.globus.cancelTask(under.collectionId, taskId, 'asked for by curator');

  describe('with a task that runs under a rule', () => {
    let taskId: TaskId;
    beforeEach(async () => {
      const { globus, collectionId, directory, principal } = under;
      await globus.createAccessRule({ collectionId, path: directory, principal, permission: 'rw' });
      taskId = await under.submitTask([`${directory}file`]);
    });
    const events = () => under.globus.listErrorEvents(under.collectionId, taskId);

    it('lists its errors, the newest first, and no other events', async () => {
      expect(await events()).toEqual([]);
      const before = under.nowEpochSeconds();
      await under.noteError(taskId, 'PERMISSION_DENIED', 'denied by path');
      await under.noteError(taskId, 'ENDPOINT_TOO_BUSY', '');
      const after = under.nowEpochSeconds();
      const listed = await events();
      expect(listed.map(({ code, details }) => [code, details])).toEqual([
        ['ENDPOINT_TOO_BUSY', null],
        ['PERMISSION_DENIED', 'denied by path'],
      ]);
      for (const { description, atEpochSeconds } of listed) {
        expect(description).not.toBe('');
        expect(atEpochSeconds).toBeGreaterThanOrEqual(before);
        expect(atEpochSeconds).toBeLessThanOrEqual(after);
      }
    });

    it('lists twenty errors at most', async () => {
      for (let index = 0; index < 21; index += 1) await under.noteError(taskId, 'TIMEOUT', `number ${index}`);
      const details = (await events()).map((event) => event.details);
      expect(details).toEqual(Array.from({ length: 20 }, (_, index) => `number ${20 - index}`));
    });

    it('cancels it as a manager of the collection, once and again', async () => {
      const { globus, collectionId } = under;
      await cancel(taskId);
      await expect.poll(async () => (await globus.findTask(collectionId, taskId))?.status).toBe('FAILED');
      expect(await globus.findTask(collectionId, taskId)).toMatchObject({
        fatalError: { code: 'CANCELED' },
        canceledByAdmin: expect.stringMatching(/^(SOURCE|DESTINATION|BOTH)$/),
      });
      expect(await globus.listLiveTasks(collectionId, under.principal)).toEqual([]);
      await cancel(taskId);
    });

    it('leaves one that has succeeded as it is', async () => {
      await under.finishTask(taskId);
      await cancel(taskId);
      const task = await under.globus.findTask(under.collectionId, taskId);
      expect(task).toMatchObject({ status: 'SUCCEEDED', canceledByAdmin: null });
    });
  });

  it('can neither cancel nor tell the troubles of a task that never was', async () => {
    const { globus, collectionId } = under;
    expect((await errorOf(cancel(NEVER))).name).toBe('UpstreamRefusedError');
    expect((await errorOf(globus.listErrorEvents(collectionId, NEVER))).name).toBe('UpstreamRefusedError');
  });

  it('cannot cancel a task of other collections, nor tell its troubles', async () => {
    const taskId = await under.submitTaskElsewhere();
    expect((await errorOf(cancel(taskId))).name).toBe('UpstreamRefusedError');
    const events = under.globus.listErrorEvents(under.collectionId, taskId);
    expect((await errorOf(events)).name).toBe('UpstreamRefusedError');
  });
}
