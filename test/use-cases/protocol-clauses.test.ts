import { describe, expect, it } from 'vitest';
import type { TransferId } from '../../functions/domain/ids.ts';
import { awaitReport } from '../../functions/use-cases/await-report.ts';
import { endLease } from '../../functions/use-cases/end-lease.ts';
import { lockDataset, unlockDataset } from '../../functions/use-cases/lock-dataset.ts';
import { lookAtTask } from '../../functions/use-cases/look-at-task.ts';
import { raiseAttention } from '../../functions/use-cases/raise-attention.ts';
import { registerFiles } from '../../functions/use-cases/register-files.ts';
import { releaseAfterTask } from '../../functions/use-cases/release-after-task.ts';
import { withTransfer } from '../../functions/use-cases/take-transfer.ts';
import {
  aClaim,
  aLockItem,
  aRecord,
  aTask,
  COLLECTION,
  DATASET,
  OTHER_TASK,
  PATH,
  PRINCIPAL,
  SECOND_PRINCIPAL,
  TASK,
  TRANSFER,
} from '../support/builders.ts';
import { crashingAt } from '../support/crashing-ports.ts';
import { destinations, onlyTransfer, report } from '../support/reporting.ts';
import { createWorld, followToEnd, grant, SETTINGS } from '../support/world.ts';

const WORKER = { name: 'tester', limitSeconds: 30, patienceSeconds: 5 };

describe('taking a record', () => {
  it('waits while somebody else has it, and gives up with a time to come back', async () => {
    const { ports } = createWorld();
    await ports.transfers.reserve(
      aRecord({ takenBy: 'other#1', dueAtEpochSeconds: ports.clock.nowEpochSeconds() + 60 }),
    );
    await expect(withTransfer(ports, TRANSFER, WORKER, async () => 'worked')).rejects.toMatchObject({
      name: 'RecordTakenError',
      kind: 'unavailable',
    });
  });

  it('goes on once the other is past its due time', async () => {
    const { ports } = createWorld();
    await ports.transfers.reserve(
      aRecord({ takenBy: 'other#1', dueAtEpochSeconds: ports.clock.nowEpochSeconds() + 3 }),
    );
    expect(await withTransfer(ports, TRANSFER, WORKER, async () => 'worked')).toBe('worked');
    expect(await ports.transfers.read(TRANSFER)).toMatchObject({ takenBy: null });
  });

  it('loses the record to a worker that took it over, and then writes nothing', async () => {
    const { ports, clock } = createWorld();
    await ports.transfers.reserve(aRecord());
    const slow = withTransfer(ports, TRANSFER, WORKER, async (taken) => {
      clock.advance(120_000);
      await withTransfer(ports, TRANSFER, { ...WORKER, name: 'successor' }, (other) =>
        other.giveBack({ state: 'EXPIRING' }),
      );
      return taken.write({ state: 'BOUND' });
    });
    await expect(slow).rejects.toMatchObject({ name: 'RecordTakenError' });
    expect((await ports.transfers.read(TRANSFER))?.state).toBe('EXPIRING');
  });

  it('gives the record back when the work fails, so that the next worker need not wait', async () => {
    const { ports } = createWorld();
    await ports.transfers.reserve(aRecord());
    const failing = withTransfer(ports, TRANSFER, WORKER, async () => Promise.reject(new Error('broken')));
    await expect(failing).rejects.toThrow('broken');
    expect(await ports.transfers.read(TRANSFER)).toMatchObject({ takenBy: null, state: 'GRANTED' });
  });
});

describe('foreign rules', () => {
  it('noted when the row is born stay foreign when a later call of ours is unclear', async () => {
    const world = createWorld();
    const ruleId = world.globus.addRuleByHand(PATH, PRINCIPAL, 'rw');
    world.globus.createFaults.push('never');
    await grant(world.ports);
    world.clock.advance(600_000);
    await followToEnd(world, onlyTransfer(world));
    expect(world.globus.rules.map((rule) => rule.ruleId)).toEqual([ruleId]);
  });

  it('made by hand while the directories are being made are told from ours by the answer "exists"', async () => {
    const world = createWorld();
    const { makeDirectory } = world.globus;
    world.globus.makeDirectory = async (directory) => {
      if (directory.path === PATH) world.globus.addRuleByHand(PATH, PRINCIPAL, 'rw');
      return makeDirectory(directory);
    };
    await grant(world.ports);
    await followToEnd(world, onlyTransfer(world));
    expect(world.globus.rules).toHaveLength(1);
    expect(world.ports.accessRules.rows()).toEqual([]);
  });
});

describe('an unclear create call', () => {
  it('keeps a settled transfer from closing before that call can no longer land', async () => {
    const world = createWorld();
    world.globus.createFaults.push('late');
    const paths = await grant(world.ports);
    const unsettledUntil = world.ports.accessRules.rows()[0]?.createUnsettledUntilEpochSeconds ?? 0;
    world.globus.submit(TASK);
    await report(world.ports, paths);
    world.globus.finish(TASK, destinations(paths));
    await followToEnd(world, onlyTransfer(world));
    const closed = (await world.ports.transfers.read(onlyTransfer(world)))?.trail.at(-1);
    expect(closed?.state).toBe('CLOSED');
    expect(closed?.atEpochSeconds).toBeGreaterThanOrEqual(unsettledUntil);
    expect(world.ports.accessRules.rows()).toEqual([]);
  });
});

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

describe('a claim', () => {
  it('keeps a task from being reported for two principals', async () => {
    const world = createWorld();
    const first = await grant(world.ports);
    world.clock.advance(1_000);
    const second = await grant(world.ports, { principal: SECOND_PRINCIPAL });
    world.globus.submit(TASK);
    world.globus.isOwnedBy = async () => true;
    await report(world.ports, first);
    world.dataverse.lockList.length = 0;
    await expect(report(world.ports, second)).rejects.toThrow(/was reported for another dataset or by another user/);
    expect(world.ports.transfers.records()).toMatchObject([{ state: 'BOUND' }, { state: 'GRANTED', report: null }]);
  });
});

describe('a report that is refused after it was noted', () => {
  it('is undone: claim, file list and note go, the grant can be reported again', async () => {
    const world = createWorld();
    const paths = await grant(world.ports);
    world.globus.submit(TASK);
    const { lock } = world.dataverse;
    world.dataverse.lock = async (...call) => {
      // Somebody else was faster, between our look at the locks and this call.
      world.dataverse.lockList.push({ lockType: 'GlobusUpload', userName: 'somebody' as never });
      world.dataverse.lock = lock;
      return lock(...call);
    };
    await expect(report(world.ports, paths)).rejects.toThrow(/is locked/);
    const record = world.ports.transfers.records()[0];
    expect(record).toMatchObject({ state: 'GRANTED', report: null, takenBy: null });
    expect(world.ports.claims.items()).toEqual([]);
    expect(world.ports.locks.items()).toEqual([]);
    world.dataverse.lockList.length = 0;
    await report(world.ports, paths);
    expect(world.ports.transfers.records()[0]?.state).toBe('BOUND');
  });
});

describe('a report whose worker died', () => {
  it.each(['files.writeFiles', 'claims.create', 'locks.create', 'dataverse.lock'])(
    'after %s is finished by whoever ends the lease, also when its client never comes back',
    async (call) => {
      const world = createWorld();
      const paths = await grant(world.ports);
      world.globus.submit(TASK);
      await expect(report(crashingAt(world.ports, call, true).ports, paths)).rejects.toThrow(call);
      expect(world.ports.transfers.records()[0]).toMatchObject({ state: 'GRANTED', report: { taskId: TASK } });
      world.globus.finish(TASK, destinations(paths));
      world.clock.advance(400_000);
      await followToEnd(world, onlyTransfer(world));
      expect(world.dataverse.files).toHaveLength(2);
      expect(world.ports.transfers.records()[0]?.state).toBe('CLOSED');
    },
  );
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

describe('a rule deleted by hand', () => {
  it('is made again for the next grant that would share it, and goes with the last holder', async () => {
    const world = createWorld();
    await grant(world.ports);
    world.globus.rules.length = 0;
    world.clock.advance(1_000);
    await grant(world.ports);
    expect(world.globus.rules).toMatchObject([{ path: PATH, principal: PRINCIPAL, permission: 'rw' }]);
    expect(world.ports.accessRules.rows()).toMatchObject([{ state: 'PRESENT', foreignRuleIds: [] }]);
    for (const { transferId } of world.ports.transfers.records()) await followToEnd(world, transferId);
    expect(world.globus.rules).toEqual([]);
  });

  it('is still known as ours when only the list was wrong', async () => {
    const world = createWorld();
    await grant(world.ports);
    const { listAccessRules } = world.globus;
    world.globus.listAccessRules = async () => {
      world.globus.listAccessRules = listAccessRules;
      return [];
    };
    world.clock.advance(1_000);
    await grant(world.ports);
    expect(world.ports.accessRules.rows()).toMatchObject([{ state: 'PRESENT', foreignRuleIds: [] }]);
    for (const { transferId } of world.ports.transfers.records()) await followToEnd(world, transferId);
    expect(world.globus.rules).toEqual([]);
    expect(world.ports.accessRules.rows()).toEqual([]);
  });
});

describe('a lease end beside a task of the same person', () => {
  it('is not held up by one that was accepted for another dataset', async () => {
    const world = createWorld();
    await grant(world.ports);
    world.globus.submit(OTHER_TASK);
    await world.ports.claims.create(aClaim({ taskId: OTHER_TASK, datasetId: '30' as never, transfers: {} }));
    await followToEnd(world, onlyTransfer(world));
    expect(world.ports.transfers.records()).toMatchObject([{ state: 'EXPIRED', breaches: 0 }]);
    expect(world.globus.rules).toEqual([]);
  });
});

describe('another report than the one a dead worker left noted', () => {
  it('comes second when that one can be finished', async () => {
    const world = createWorld();
    const paths = await grant(world.ports);
    world.globus.submit(TASK);
    world.globus.submit(OTHER_TASK);
    const dying = crashingAt(world.ports, 'claims.create', true).ports;
    await expect(report(dying, paths)).rejects.toThrow('claims.create');
    world.clock.advance(60_000);
    await expect(report(world.ports, paths, OTHER_TASK)).rejects.toThrow(/were reported before/);
    expect(world.ports.transfers.records()).toMatchObject([{ state: 'BOUND', bound: { taskId: TASK } }]);
  });

  it('takes its place when that one was cut off', async () => {
    const world = createWorld();
    const paths = await grant(world.ports);
    world.globus.submit(TASK);
    world.globus.submit(OTHER_TASK);
    const dying = crashingAt(world.ports, 'files.writeFiles', false).ports;
    await expect(report(dying, paths)).rejects.toThrow('files.writeFiles');
    world.clock.advance(60_000);
    await report(world.ports, paths, OTHER_TASK);
    expect(world.ports.transfers.records()).toMatchObject([{ state: 'BOUND', bound: { taskId: OTHER_TASK } }]);
    expect(world.ports.claims.items().map((claim) => claim.taskId)).toEqual([OTHER_TASK]);
  });
});

describe('a lease end that meets an unfinished report', () => {
  it('does not expire the transfer while the report cannot be decided', async () => {
    const world = createWorld();
    await grant(world.ports);
    const transferId = onlyTransfer(world);
    await withTransfer(world.ports, transferId, WORKER, (taken) =>
      taken.giveBack({ report: { taskId: TASK, bodyHash: 'hash', fileCount: 2, listId: 'list' } }),
    );
    world.clock.advance(400_000);
    world.dataverse.down.add('locks');
    await world.ports.locks.create(aLockItem({ owners: [transferId] }));
    await expect(endLease(world.ports, transferId)).rejects.toMatchObject({ kind: 'unavailable' });
    expect(world.ports.transfers.records()[0]).toMatchObject({ state: 'GRANTED', report: { taskId: TASK } });
    expect(world.globus.rules).toHaveLength(1);
    world.dataverse.down.clear();
    await followToEnd(world, transferId);
    expect(world.ports.transfers.records()[0]?.state).toBe('EXPIRED');
    expect(world.ports.locks.items()).toEqual([]);
  });
});

describe('the step that waits for the report', () => {
  it('wakes itself when the report came before the token was saved', async () => {
    const world = createWorld();
    await world.ports.transfers.reserve(aRecord({ state: 'BOUND' }));
    await awaitReport(world.ports, TRANSFER, { taskToken: 'token-1', waitSeconds: 300 });
    expect(world.woken).toEqual(['token-1']);
  });

  it('saves the token and sleeps on while there is no report', async () => {
    const world = createWorld();
    await world.ports.transfers.reserve(aRecord({ state: 'GRANTED' }));
    await awaitReport(world.ports, TRANSFER, { taskToken: 'token-1', waitSeconds: 300 });
    expect(world.woken).toEqual([]);
    expect(await world.ports.transfers.read(TRANSFER)).toMatchObject({ taskToken: 'token-1', takenBy: null });
  });

  it('is woken by a report that finds its token', async () => {
    const world = createWorld();
    const paths = await grant(world.ports);
    await awaitReport(world.ports, onlyTransfer(world), { taskToken: 'token-1', waitSeconds: 300 });
    world.globus.submit(TASK);
    await report(world.ports, paths);
    expect(world.woken).toEqual(['token-1']);
  });
});

describe('a look at the task', () => {
  const bound = { taskId: TASK, bodyHash: 'hash', fileCount: 2, listId: 'list' };

  it.each([
    { case: 'ACTIVE', second: aTask({ status: 'ACTIVE' }) },
    { case: 'FAILED', second: aTask({ status: 'FAILED' }) },
    { case: 'nothing', second: undefined },
  ])('does not believe SUCCEEDED when the second read says $case', async ({ second }) => {
    const world = createWorld();
    await world.ports.transfers.reserve(aRecord({ state: 'BOUND', bound }));
    const answers = [aTask({ status: 'SUCCEEDED' }), second];
    world.globus.findTask = async () => answers.shift();
    expect(await lookAtTask(world.ports, TRANSFER)).toMatchObject({ next: 'FOLLOW' });
    expect((await world.ports.transfers.read(TRANSFER))?.state).toBe('FOLLOWING');
  });

  it.each(['INACTIVE', 'UNKNOWN', 'ACTIVE'] as const)('takes %s for a live task', async (status) => {
    const world = createWorld();
    await world.ports.transfers.reserve(aRecord({ state: 'BOUND', bound }));
    world.globus.tasks.set(TASK, aTask({ status, fatalError: { code: 'X', description: 'x' } }));
    expect(await lookAtTask(world.ports, TRANSFER)).toMatchObject({ next: 'FOLLOW' });
  });

  it('takes a task that Globus does not find for a live one', async () => {
    const world = createWorld();
    await world.ports.transfers.reserve(aRecord({ state: 'FOLLOWING', bound, looks: 3 }));
    expect(await lookAtTask(world.ports, TRANSFER)).toEqual({ next: 'FOLLOW', waitSeconds: 4 });
  });
});

describe('a batch of files without an answer', () => {
  it('is not sent again while Dataverse may still be at work on it', async () => {
    const world = createWorld();
    const paths = await grant(world.ports);
    world.globus.submit(TASK);
    await report(world.ports, paths);
    world.globus.finish(TASK, destinations(paths));
    world.dataverse.addFaults.push('silent');
    const sentAt: number[] = [];
    const { addFiles } = world.dataverse;
    world.dataverse.addFiles = (...order) => {
      sentAt.push(world.clock.nowEpochSeconds());
      return addFiles(...order);
    };
    await followToEnd(world, onlyTransfer(world));
    expect(sentAt).toHaveLength(2);
    expect((sentAt[1] ?? 0) - (sentAt[0] ?? 0)).toBeGreaterThanOrEqual(120);
    expect(world.dataverse.files).toHaveLength(2);
  });
});

describe('registering that gets nowhere', () => {
  it('waits longer from round to round, asks an operator in the end, and begins anew after that', async () => {
    const world = createWorld();
    const paths = await grant(world.ports);
    world.globus.submit(TASK);
    await report(world.ports, paths);
    world.globus.finish(TASK, destinations(paths));
    const transferId = onlyTransfer(world);
    await lookAtTask(world.ports, transferId);
    await releaseAfterTask(world.ports, transferId);
    world.dataverse.lockList.push({ lockType: 'EditInProgress', userName: 'other' as never });

    const waits: number[] = [];
    const round = async () => {
      const { waitSeconds } = await registerFiles(world.ports, SETTINGS, transferId);
      waits.push(waitSeconds);
      world.clock.advance(waitSeconds * 1000);
    };
    for (let rounds = 0; rounds < 9; rounds++) await round();
    expect(waits).toEqual([15, 30, 60, 120, 240, 480, 600, 600, 600]);
    await expect(round()).rejects.toMatchObject({ name: 'UpstreamRefusedError', message: /is locked/ });

    await raiseAttention(world.ports, transferId, 'Files cannot be registered');
    expect((await world.ports.transfers.read(transferId))?.state).toBe('ATTENTION');
    world.dataverse.lockList.splice(1);
    await followToEnd(world, transferId);
    expect((await world.ports.transfers.read(transferId))?.state).toBe('CLOSED');
    expect(world.dataverse.files).toHaveLength(2);
  });
});

describe('an operator asked for attention', () => {
  it('finds rule, lock and claim as they were', async () => {
    const world = createWorld();
    const paths = await grant(world.ports);
    world.globus.submit(TASK);
    await report(world.ports, paths);
    await raiseAttention(world.ports, onlyTransfer(world), 'Error: something');
    expect(world.globus.rules).toHaveLength(1);
    expect(world.dataverse.lockList).toHaveLength(1);
    expect(world.ports.claims.items()).toHaveLength(1);
    expect(await world.ports.transfers.read(onlyTransfer(world))).toMatchObject({
      state: 'ATTENTION',
      attention: { reason: 'Error: something', resumes: 'BOUND' },
    });
  });

  it('does not stretch a lease that still runs', async () => {
    const world = createWorld();
    await grant(world.ports);
    world.clock.advance(270_000);
    expect(await raiseAttention(world.ports, onlyTransfer(world), 'x')).toEqual({ next: 'REPORT', waitSeconds: 30 });
  });

  it('is told the message alone, and a short one, whatever the platform wrapped around it', async () => {
    const world = createWorld();
    await grant(world.ports);
    const { ports } = world;
    const record = await ports.transfers.read(onlyTransfer(world));
    await ports.transfers.write({ ...record, version: (record?.version ?? 0) + 1, state: 'FOLLOWING' } as never);
    const cause = `UpstreamRefusedError: ${JSON.stringify({ errorMessage: `no ${'x'.repeat(2_000)}`, trace: ['a', 'b'] })}`;
    await raiseAttention(ports, onlyTransfer(world), cause);
    const reason = (await ports.transfers.read(onlyTransfer(world)))?.attention?.reason ?? '';
    expect(reason).toMatch(/^UpstreamRefusedError: no x+$/);
    expect(reason).toHaveLength(500);
  });

  it('is not asked about a lease: it goes on being tried', async () => {
    const world = createWorld();
    await grant(world.ports);
    world.clock.advance(400_000);
    const result = await raiseAttention(world.ports, onlyTransfer(world), 'Globus is down');
    expect(result).toEqual({ next: 'LEASE', waitSeconds: 600 });
    expect((await world.ports.transfers.read(onlyTransfer(world)))?.state).toBe('GRANTED');
  });
});
