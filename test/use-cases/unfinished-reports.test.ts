import { describe, expect, it } from 'vitest';
import { endLease } from '../../functions/use-cases/end-lease.ts';
import { withTransfer } from '../../functions/use-cases/take-transfer.ts';
import { aLockItem, OTHER_TASK, SECOND_PRINCIPAL, TASK } from '../support/builders.ts';
import { crashingAt } from '../support/crashing-ports.ts';
import { destinations, onlyTransfer, report } from '../support/reporting.ts';
import { createWorld, followToEnd, grant } from '../support/world.ts';

const WORKER = { name: 'tester', limitSeconds: 30, patienceSeconds: 5 };

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
