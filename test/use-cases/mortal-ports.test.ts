import { describe, expect, it } from 'vitest';
import { mortalPorts } from '../../functions/use-cases/mortal-ports.ts';
import { sweepHolds } from '../../functions/use-cases/sweep-holds.ts';
import { withTransfer } from '../../functions/use-cases/take-transfer.ts';
import { aLockItem, aRecord, aRow, COLLECTION, TRANSFER } from '../support/builders.ts';
import { SERVICE_ACCOUNT } from '../support/fakes/fake-dataverse.ts';
import { sweep } from '../support/sweeping.ts';
import { createWorld, type World } from '../support/world.ts';

const WORKER = { name: 'tester', limitSeconds: 30, patienceSeconds: 0 };

describe('a worker whose time is limited', () => {
  it('acts as any other while it has time', async () => {
    const world = createWorld();
    const ports = mortalPorts(world.ports, 30_000);
    world.clock.advance(29_999);
    expect(await ports.globus.listAccessRules(COLLECTION)).toEqual([]);
  });

  it('reaches nothing outside once its time is over, and its clock and log still', async () => {
    const world = createWorld();
    const ports = mortalPorts(world.ports, 30_000);
    world.clock.advance(30_000);
    const calls = [
      ports.globus.listAccessRules(COLLECTION),
      ports.dataverse.serviceUserName(),
      ports.transfers.read(TRANSFER),
      ports.accessRules.list(COLLECTION),
      ports.locks.read('29' as never),
      ports.claims.read('x' as never),
      ports.files.readResults(TRANSFER),
      ports.open.listTransfers(COLLECTION),
      ports.workflow.start(TRANSFER, 1),
    ];
    for (const outcome of await Promise.allSettled(calls)) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { kind: 'unavailable' } });
    }
    expect(world.started).toEqual([]);
    ports.log.info('still-there');
    expect(world.logged.at(-1)?.event).toBe('still-there');
  });

  it('thawed after somebody else took its record neither acts nor gives the record back', async () => {
    const world = createWorld();
    await world.ports.transfers.reserve(aRecord());
    const frozen = mortalPorts(world.ports, 35_000);
    const late = withTransfer(frozen, TRANSFER, WORKER, async () => {
      world.clock.advance(50_000);
      await withTransfer(world.ports, TRANSFER, WORKER, (taken) => taken.giveBack({ dueAtEpochSeconds: 1 }));
      await frozen.globus.deleteAccessRule({ collectionId: COLLECTION, ruleId: 'rule-1' as never });
    });
    await expect(late).rejects.toMatchObject({ kind: 'unavailable' });
    expect(await world.ports.transfers.read(TRANSFER)).toMatchObject({ version: 4, dueAtEpochSeconds: 1 });
  });
});

describe('a sweep that stood still for minutes in the middle of one thing', () => {
  /** A stall right after a write, as of a machine that stops a process. */
  const stallAfter = <Port extends object>(world: World, port: Port, method: keyof Port): Port => {
    const original = port[method] as (...args: unknown[]) => Promise<unknown>;
    const stalling = async (...args: unknown[]) => {
      const result = await original(...args);
      world.clock.advance(400_000);
      return result;
    };
    return { ...port, [method]: stalling };
  };

  it('makes no rule that its note does not cover any more', async () => {
    const world = createWorld();
    await world.ports.transfers.reserve(aRecord());
    await world.ports.accessRules.create(aRow({ state: 'CREATING', ruleId: null, provenPermission: null }));
    world.clock.advance(20_000);
    await sweep({ ...world.ports, accessRules: stallAfter(world, world.ports.accessRules, 'write') });
    expect(world.globus.rules).toEqual([]);
    await sweep(world.ports);
    expect(world.globus.rules).toHaveLength(1);
  });

  it('takes no lock off that its note does not cover any more', async () => {
    const world = createWorld();
    await world.ports.locks.create(aLockItem());
    world.dataverse.lockList.push({ lockType: 'GlobusUpload', userName: SERVICE_ACCOUNT });
    world.clock.advance(700_000);
    const stalled = { ...world.ports, locks: stallAfter(world, world.ports.locks, 'write') };
    await sweepHolds(stalled, COLLECTION, { hasTime: () => true });
    expect(world.dataverse.lockList).toHaveLength(1);
    await sweepHolds(world.ports, COLLECTION, { hasTime: () => true });
    expect(world.dataverse.lockList).toEqual([]);
  });
});
