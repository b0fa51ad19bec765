import { describe, expect, it } from 'vitest';
import type { TransferId } from '../../functions/domain/ids.ts';
import { lockDataset, unlockDataset } from '../../functions/use-cases/lock-dataset.ts';
import { COLLECTION, DATASET, OTHER_TASK, TASK, TRANSFER } from '../support/builders.ts';
import { destinations, onlyTransfer, report } from '../support/reporting.ts';
import { createWorld, followToEnd, grant } from '../support/world.ts';

const _WORKER = { name: 'tester', limitSeconds: 30, patienceSeconds: 5 };

describe('the lock item', () => {
  const request = { datasetId: DATASET, transferId: TRANSFER, taskId: TASK, collectionId: COLLECTION };
  const other = { ...request, transferId: '29-18b49d3688d' as TransferId, taskId: OTHER_TASK };

  it('decides between two uploads before either has asked Dataverse', async () => {
    const world = createWorld();
    const { lock } = world.dataverse;
    world.dataverse.lock = async (datasetId, lockType) => {
      world.dataverse.lock = lock;
      await expect(lockDataset(world.ports, other)).rejects.toMatchObject({ kind: 'unavailable' });
      return lock(datasetId, lockType);
    };
    await lockDataset(world.ports, request);
    expect(world.dataverse.lockList).toHaveLength(1);
    expect(world.ports.locks.items()).toMatchObject([{ taskId: TASK, owners: [TRANSFER] }]);
  });

  it('is shared by the transfers of one task and goes with the last', async () => {
    const world = createWorld();
    const sameTask = { ...other, taskId: TASK };
    await lockDataset(world.ports, request);
    await lockDataset(world.ports, sameTask);
    await unlockDataset(world.ports, DATASET, request.transferId);
    expect(world.dataverse.lockList).toHaveLength(1);
    await unlockDataset(world.ports, DATASET, sameTask.transferId);
    expect(world.dataverse.lockList).toEqual([]);
    expect(world.ports.locks.items()).toEqual([]);
  });

  it('stays while a lock call without an answer may still land, and finds that lock when it does', async () => {
    const world = createWorld();
    world.dataverse.down.add('lock');
    await expect(lockDataset(world.ports, request)).rejects.toMatchObject({ kind: 'unavailable' });
    world.dataverse.down.clear();
    expect(await unlockDataset(world.ports, DATASET, TRANSFER)).toMatchObject({ kind: 'pending' });
    await world.dataverse.lock(DATASET, 'GlobusUpload');
    world.clock.advance(301_000);
    expect(await unlockDataset(world.ports, DATASET, TRANSFER)).toEqual({ kind: 'unlocked' });
    expect(world.dataverse.lockList).toEqual([]);
  });

  it('stays unsettled for an unanswered call, no longer and no shorter, when a later one is answered', async () => {
    const world = createWorld();
    world.dataverse.down.add('lock');
    await expect(lockDataset(world.ports, request)).rejects.toMatchObject({ kind: 'unavailable' });
    world.dataverse.down.clear();
    world.clock.advance(20_000);
    await lockDataset(world.ports, request);
    const [until, ...others] = Object.values(world.ports.locks.items()[0]?.openCalls ?? {});
    expect([until, others]).toEqual([world.clock.nowEpochSeconds() + 280, []]);
  });

  it('is settled by the answers of its calls though owners come and go while they are under way', async () => {
    const world = createWorld();
    const sameTask = { ...other, taskId: TASK };
    const { lock } = world.dataverse;
    world.dataverse.lock = async (...args) => {
      world.dataverse.lock = lock;
      await lockDataset(world.ports, sameTask);
      return lock(...args);
    };
    await lockDataset(world.ports, request);
    expect(world.ports.locks.items()).toMatchObject([{ owners: expect.arrayContaining([TRANSFER]), openCalls: {} }]);
  });

  it('is joined by nobody while its last owner gives it up, and free for them after that', async () => {
    const world = createWorld();
    const sameTask = { ...other, taskId: TASK };
    await lockDataset(world.ports, request);
    const { unlock } = world.dataverse;
    world.dataverse.unlock = async (...args) => {
      world.dataverse.unlock = unlock;
      await expect(lockDataset(world.ports, sameTask)).rejects.toMatchObject({ kind: 'unavailable' });
      return unlock(...args);
    };
    expect(await unlockDataset(world.ports, DATASET, TRANSFER)).toEqual({ kind: 'unlocked' });
    expect([world.dataverse.lockList, world.ports.locks.items()]).toEqual([[], []]);
    await lockDataset(world.ports, sameTask);
    expect(world.dataverse.lockList).toHaveLength(1);
    expect(world.ports.locks.items()).toMatchObject([{ owners: [sameTask.transferId], isEnding: false }]);
  });

  it("leaves a lock alone that somebody else's account placed", async () => {
    const world = createWorld();
    world.dataverse.lockList.push({ lockType: 'GlobusUpload', userName: 'somebody' as never });
    await expect(lockDataset(world.ports, request)).rejects.toThrow(/is locked/);
    await unlockDataset(world.ports, DATASET, TRANSFER);
    expect(world.dataverse.lockList).toHaveLength(1);
    expect(world.ports.locks.items()).toEqual([]);
  });
});

describe('a report while another upload into the dataset is just ending', () => {
  it('is told to come again, stays noted, and is finished when the other is over, whether its client comes again or not', async () => {
    const world = createWorld();
    const paths = await grant(world.ports);
    world.globus.submit(TASK);
    const ending = {
      datasetId: DATASET,
      transferId: '29-18b49d3688d' as TransferId,
      taskId: OTHER_TASK,
      collectionId: COLLECTION,
    };
    await lockDataset(world.ports, ending);
    // Its lock is gone in Dataverse, its item not yet.
    world.dataverse.lockList.length = 0;
    await expect(report(world.ports, paths)).rejects.toMatchObject({ kind: 'unavailable', retryAfterSeconds: 15 });
    await unlockDataset(world.ports, DATASET, ending.transferId);
    world.globus.finish(TASK, destinations(paths));
    world.clock.advance(400_000);
    await followToEnd(world, onlyTransfer(world));
    expect(world.dataverse.files).toHaveLength(2);
    expect(world.ports.locks.items()).toEqual([]);
  });
});
