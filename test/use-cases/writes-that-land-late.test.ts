/** A write of a table without an answer may land after its worker gave up: whoever goes on and relies on what it reads writes it once more first. */
import { describe, expect, it } from 'vitest';
import { ConflictError, UnavailableError } from '../../functions/domain/errors.ts';
import type { TransferId } from '../../functions/domain/ids.ts';
import type { Ports } from '../../functions/ports/ports.ts';
import { endLease } from '../../functions/use-cases/end-lease.ts';
import { OTHER_TASK, TASK } from '../support/builders.ts';
import { crashingAt } from '../support/crashing-ports.ts';
import { onlyTransfer, report } from '../support/reporting.ts';
import { createWorld, grant, type World } from '../support/world.ts';

/** A call that is given up, and lands when it is told to. */
interface Hanging {
  readonly ports: Ports;
  land(): Promise<unknown>;
}

/** Ports on which the first write of a rule's row that lets the transfer go hangs. */
function hangingRelease({ ports }: World, transferId: () => TransferId | undefined): Hanging {
  let landing: (() => Promise<unknown>) | undefined;
  const write: Ports['accessRules']['write'] = async (row) => {
    const lets = transferId();
    if (landing || !lets || row.holders[lets] !== undefined) return ports.accessRules.write(row);
    landing = () => ports.accessRules.write(row);
    throw new UnavailableError('The transfer records cannot be reached.');
  };
  return { ports: { ...ports, accessRules: { ...ports.accessRules, write } }, land: async () => landing?.() };
}

function holdersOf({ ports }: World): string[] {
  return ports.accessRules.rows().flatMap((row) => Object.keys(row.holders));
}

describe('a write that lets go of a rule and lands late', () => {
  it('does not land after the lease has given the rule back to a live task', async () => {
    const world = createWorld();
    await grant(world.ports);
    const transferId = onlyTransfer(world);
    world.clock.advance(301_000);
    const hanging = hangingRelease(world, () => transferId);
    await expect(endLease(hanging.ports, transferId)).rejects.toThrow('cannot be reached');
    world.globus.submit(TASK);
    await endLease(world.ports, transferId);
    expect(world.ports.transfers.records()).toMatchObject([{ state: 'OBSERVED' }]);

    expect(await hanging.land()).toBe(false);
    expect(holdersOf(world)).toEqual([transferId]);
  });

  it('does not land after a repeated request was granted', async () => {
    const world = createWorld();
    await grant(world.ports);
    world.clock.advance(1_000);
    const changes = { idempotencyKey: 'once' };
    const second = () => world.ports.transfers.records()[1]?.transferId;
    const hanging = hangingRelease(world, second);
    world.globus.down.add('listAccessRules');
    await expect(grant(hanging.ports, changes)).rejects.toThrow('Globus is down');
    world.globus.down.delete('listAccessRules');
    await grant(world.ports, changes);
    expect(world.ports.transfers.records()[1]).toMatchObject({ state: 'GRANTED' });

    expect(await hanging.land()).toBe(false);
    expect(holdersOf(world)).toContain(second());
  });
});

describe('a write that gives up a claim and lands late', () => {
  it('does not land after the same report was accepted', async () => {
    const world = createWorld();
    const paths = await grant(world.ports);
    world.globus.submit(TASK);
    const { claims } = world.ports;
    let landing: (() => Promise<unknown>) | undefined;
    const remove: Ports['claims']['remove'] = async (claim) => {
      landing = () => claims.remove(claim);
      throw new UnavailableError('The transfer records cannot be reached.');
    };
    const lockedForAMoment: Ports['dataverse']['lock'] = async () => 'already-locked';
    const hanging: Ports = {
      ...world.ports,
      claims: { ...claims, remove },
      dataverse: { ...world.dataverse, lock: lockedForAMoment },
    };
    await expect(report(hanging, paths)).rejects.toThrow('cannot be reached');
    await report(world.ports, paths);
    expect(world.ports.transfers.records()).toMatchObject([{ state: 'BOUND' }]);

    expect(await landing?.()).toBe(false);
    expect(claims.items()).toMatchObject([{ taskId: TASK }]);
  });
});

/** The same ports, on which each removal of a file list hangs. */
function hangingRemoval(ports: Ports): Hanging {
  let landing: (() => Promise<unknown>) | undefined;
  const removeFiles: Ports['files']['removeFiles'] = async (...list) => {
    landing = () => ports.files.removeFiles(...list);
    throw new UnavailableError('The transfer records cannot be reached.');
  };
  return { ports: { ...ports, files: { ...ports.files, removeFiles } }, land: async () => landing?.() };
}

async function expectAcceptedFiles(world: World, count: number): Promise<void> {
  const [record] = world.ports.transfers.records();
  expect(record?.state).toBe('BOUND');
  expect(await world.ports.files.readFiles(onlyTransfer(world), record?.bound?.listId ?? '')).toHaveLength(count);
}

describe('a removal of a file list that stands still', () => {
  it('takes nothing from a report that somebody else finishes meanwhile', async () => {
    const world = createWorld();
    const paths = await grant(world.ports);
    world.globus.submit(TASK);
    world.globus.submit(OTHER_TASK);
    await expect(report(crashingAt(world.ports, 'claims.create', true).ports, paths)).rejects.toThrow('claims.create');
    world.clock.advance(60_000);
    const { ports, land } = hangingRemoval(world.ports);
    await expect(report(ports, paths)).rejects.toThrow('cannot be reached');
    world.clock.advance(60_000);
    // Finishes what was noted first: bound or undone, and then this one.
    await report(world.ports, paths, OTHER_TASK).catch(() => undefined);
    await land();
    await expectAcceptedFiles(world, 2);
  });

  it('takes nothing from a refused report that is accepted after all', async () => {
    const world = createWorld();
    const paths = await grant(world.ports);
    world.globus.submit(TASK);
    world.globus.submit(OTHER_TASK);
    const { ports, land } = hangingRemoval(world.ports);
    const lock: Ports['dataverse']['lock'] = async () => {
      throw new ConflictError('The dataset is locked.');
    };
    await expect(report({ ...ports, dataverse: { ...world.dataverse, lock } }, paths)).rejects.toThrow('be reached');
    world.clock.advance(60_000);
    await report(world.ports, paths, OTHER_TASK).catch(() => undefined);
    await land();
    await expectAcceptedFiles(world, 2);
  });
});
