import { beforeEach, expect, it } from 'vitest';
import type { TaskId } from '../../functions/domain/ids.ts';
import type { GlobusTask } from '../../functions/ports/globus.ts';
import { errorOf } from '../adapters/adapter-parts.ts';
import type { GlobusUnderContract } from './globus-under-contract.ts';

/** The part of the Globus contract that is about files on a collection. @param current - what is under test in the present test */
export function describeGlobusFiles(current: () => GlobusUnderContract): void {
  let under: GlobusUnderContract;
  let directory: string;
  beforeEach(async () => {
    under = current();
    directory = `${under.directory}stored/`;
    await under.globus.makeDirectory({ collectionId: under.collectionId, path: directory });
  });

  const find = (path: string) => under.globus.findFile(under.collectionId, path);
  const namesIn = async (path: string) => {
    const entries = await under.globus.listDirectory(under.collectionId, path);
    return entries?.map(({ name }) => name).sort();
  };
  const ended = async (taskId: TaskId): Promise<GlobusTask> => {
    let task: GlobusTask | undefined;
    await expect
      .poll(async () => {
        task = await under.globus.findTask(under.collectionId, taskId);
        return task?.status;
      })
      .toMatch(/SUCCEEDED|FAILED/);
    if (!task) throw new Error(`expected the task ${taskId} to be there`);
    return task;
  };

  it('finds a file with its size, tells a directory from one, and what is missing', async () => {
    await under.putFile(`${directory}a b & c.dat`, 'five.');
    expect(await find(`${directory}a b & c.dat`)).toEqual({ kind: 'file', sizeBytes: 5 });
    expect(await find(directory)).toEqual({ kind: 'not-a-file' });
    expect(await find(`${directory}missing`)).toEqual({ kind: 'missing' });
    expect(await find(`${under.directory}nowhere/missing`)).toEqual({ kind: 'missing' });
  });

  it('says that it may not look into a collection of others', async () => {
    expect(await under.globus.findFile(under.unreadableCollectionId, '/a.dat')).toEqual({
      kind: 'unreadable',
      reason: expect.stringContaining('PermissionDenied'),
    });
  });

  it('lists what is in a directory, files and directories', async () => {
    const { globus, collectionId } = under;
    expect(await globus.listDirectory(collectionId, directory)).toEqual([]);
    await under.putFile(`${directory}a.dat`, 'five.');
    await globus.makeDirectory({ collectionId, path: `${directory}below/` });
    const entries = (await globus.listDirectory(collectionId, directory)) ?? [];
    expect(entries.toSorted((a, b) => a.name.localeCompare(b.name))).toEqual([
      { name: 'a.dat', isFile: true, sizeBytes: 5, modifiedAtEpochSeconds: expect.any(Number) },
      expect.objectContaining({ name: 'below', isFile: false }),
    ]);
  });

  it('lists no directory that there is not', async () => {
    expect(await namesIn(`${under.directory}nowhere/`)).toBeUndefined();
  });

  it('deletes files in a task of our own, and minds none that is gone', async () => {
    for (const name of ['a.dat', 'b.dat', 'kept.dat']) await under.putFile(`${directory}${name}`, 'five.');
    const paths = ['a.dat', 'b.dat', 'gone.dat'].map((name) => `${directory}${name}`);
    const taskId = await under.globus.deleteFiles(under.collectionId, paths, 'leftovers');
    expect(await ended(taskId)).toMatchObject({ type: 'DELETE', status: 'SUCCEEDED' });
    expect(await namesIn(directory)).toEqual(['kept.dat']);
  });

  it('takes an asterisk for a name like any other when it deletes', async () => {
    await under.putFile(`${directory}a.dat`, 'five.');
    await ended(await under.globus.deleteFiles(under.collectionId, [`${directory}*`], 'leftovers'));
    expect(await namesIn(directory)).toEqual(['a.dat']);
  });

  it('submits no deletion of nothing', async () => {
    const error = await errorOf(under.globus.deleteFiles(under.collectionId, [], 'leftovers'));
    expect(error.name).toBe('InvalidRequestError');
  });
}
