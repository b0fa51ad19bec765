import { describe, expect, it } from 'vitest';
import { lookAtTask } from '../../functions/use-cases/look-at-task.ts';
import { raiseAttention } from '../../functions/use-cases/raise-attention.ts';
import { registerFiles } from '../../functions/use-cases/register-files.ts';
import { releaseAfterTask } from '../../functions/use-cases/release-after-task.ts';
import { TASK } from '../support/builders.ts';
import { destinations, onlyTransfer, report } from '../support/reporting.ts';
import { createWorld, followToEnd, grant, SETTINGS } from '../support/world.ts';

const _WORKER = { name: 'tester', limitSeconds: 30, patienceSeconds: 5 };

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
