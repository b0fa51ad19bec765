import { describe, expect, it } from 'vitest';
import { UpstreamRefusedError } from '../../functions/domain/errors.ts';
import type { TransferId } from '../../functions/domain/ids.ts';
import type { Ports } from '../../functions/ports/ports.ts';
import { awaitReport } from '../../functions/use-cases/await-report.ts';
import { rescueTransfer } from '../../functions/use-cases/rescue-transfer.ts';
import { sweep } from '../../functions/use-cases/sweep.ts';
import { aRecord, COLLECTION, START_SECONDS, TASK } from '../support/builders.ts';
import { crashingAt } from '../support/crashing-ports.ts';
import { recordOf } from '../support/late-reports.ts';
import { onlyTransfer, report } from '../support/reporting.ts';
import { killWorkflows, SWEEP_SETTINGS, sweepOnce } from '../support/sweeps.ts';
import { createWorld, followToEnd, grant, runStep, STORE, type World } from '../support/world.ts';

const ALWAYS = { hasTime: () => true };

/** A grant that was never reported and whose live task keeps its rule, looked at so often that the next look is hours away. */
async function observedGrant() {
  const world = createWorld();
  const paths = await grant(world.ports);
  const transferId = onlyTransfer(world);
  world.globus.submit(TASK);
  world.clock.advance(300_000);
  for (let look = 0; look < 7; look++) {
    const { waitSeconds } = await runStep(world.ports, transferId, 'LEASE');
    await awaitReport(world.ports, transferId, { taskToken: `token-${look}`, waitSeconds });
    world.clock.advance(60_000);
  }
  return { world, paths, transferId };
}

async function sweepForAnHour(world: World): Promise<void> {
  for (let sweeps = 0; sweeps < 12; sweeps++) {
    world.clock.advance(300_000);
    await sweepOnce(world.ports);
  }
}

describe('a late report whose worker died', () => {
  it('in the middle is finished by the sweep, though the workflow waits for hours yet', async () => {
    const { world, paths, transferId } = await observedGrant();
    await expect(report(crashingAt(world.ports, 'dataverse.lock', true).ports, paths)).rejects.toThrow();
    expect(recordOf(world, transferId)).toMatchObject({ state: 'OBSERVED', report: { taskId: TASK } });
    await sweepForAnHour(world);
    expect(recordOf(world, transferId)).toMatchObject({ report: null, bound: { taskId: TASK } });
  });

  it('when it was bound, before it called the workflow, has that called by the sweep', async () => {
    const { world, paths, transferId } = await observedGrant();
    await expect(report(crashingAt(world.ports, 'workflow.start', false).ports, paths)).rejects.toThrow();
    expect(recordOf(world, transferId).state).toBe('BOUND');
    await sweepForAnHour(world);
    expect(world.woken).toContain('token-6');
  });
});

describe('a sweep that is overtaken while it asks about an execution', () => {
  const askingMeanwhile = (world: World, meanwhile: () => Promise<unknown>): Ports => ({
    ...world.ports,
    workflow: {
      ...world.ports.workflow,
      status: async () => {
        await meanwhile();
        return 'ended' as const;
      },
    },
  });

  it('by another sweep, starts no second successor', async () => {
    const world = createWorld();
    await grant(world.ports);
    const transferId = onlyTransfer(world);
    killWorkflows(world);
    world.clock.advance(301_000);
    const other = () => rescueTransfer(world.ports, SWEEP_SETTINGS, transferId, ALWAYS);
    await rescueTransfer(askingMeanwhile(world, other), SWEEP_SETTINGS, transferId, ALWAYS);
    expect(recordOf(world, transferId)).toMatchObject({ executionNumber: 2, successorsInVain: 1 });
  });

  it('by the end of the transfer, starts none at all', async () => {
    const world = createWorld();
    await grant(world.ports);
    const transferId = onlyTransfer(world);
    world.clock.advance(301_000);
    const end = () => followToEnd(world, transferId);
    await rescueTransfer(askingMeanwhile(world, end), SWEEP_SETTINGS, transferId, ALWAYS);
    expect(recordOf(world, transferId)).toMatchObject({ state: 'EXPIRED', executionNumber: 1 });
  });
});

describe('one sweep for all', () => {
  it('reaches the others though one transfer can neither be helped nor brought to an operator', async () => {
    const world = createWorld();
    killWorkflows(world);
    const bad = aRecord({
      transferId: '29-000000000aa' as TransferId,
      state: 'FOLLOWING',
      successorsInVain: 2,
      dueAtEpochSeconds: START_SECONDS - 10,
      bound: { taskId: TASK, bodyHash: 'x', fileCount: 1, listId: 'list' },
    });
    await world.ports.transfers.reserve(bad);
    for (let n = 0; n < 300; n++) {
      const transferId = `29-000000${String(n).padStart(4, '0')}b` as TransferId;
      await world.ports.transfers.reserve(aRecord({ transferId, dueAtEpochSeconds: START_SECONDS - 5 }));
    }
    world.globus.findTask = async () => Promise.reject(new UpstreamRefusedError('no'));
    const { write, read } = world.ports.transfers;
    // Somebody else takes it each time that it is given back.
    world.ports.transfers.write = async (record) => {
      const isWritten = await write(record);
      if (record.transferId === bad.transferId && record.takenBy === null) {
        const current = await read(bad.transferId);
        const dueAtEpochSeconds = world.clock.nowEpochSeconds() + 65;
        if (current) await write({ ...current, version: current.version + 1, takenBy: 'other#1', dueAtEpochSeconds });
      }
      return isWritten;
    };
    await sweepOnce(world.ports);
    expect(world.started.filter((name) => name.endsWith('-2'))).toHaveLength(300);
  });

  it('comes to every part in its turn, though a backlog takes all the time there is', async () => {
    const world = createWorld();
    const secondCollection = 'e8c42580-6528-4605-9ad8-116a61982644' as typeof COLLECTION;
    const other = { ...STORE, storeId: 'second', collectionId: secondCollection };
    const listed: string[] = [];
    const { listAccessRules } = world.globus;
    world.globus.listAccessRules = async (collectionId) => {
      listed.push(collectionId);
      return listAccessRules(collectionId);
    };
    const chances = [0.1, 0.9, 0.4, 0.7, 0.2, 0.5];
    for (const [run, chance] of chances.entries()) {
      let acts = 3;
      for (let n = 0; n < 10; n++) {
        const transferId = `29-0000000${run}0${n}b` as TransferId;
        const dueAtEpochSeconds = world.clock.nowEpochSeconds() - 5;
        await world.ports.transfers.reserve(aRecord({ transferId, dueAtEpochSeconds }));
      }
      const ports = { ...world.ports, random: { ...world.ports.random, fraction: () => chance } };
      await sweep(ports, { ...SWEEP_SETTINGS, stores: [STORE, other] }, { hasTime: () => acts-- > 0 });
      world.clock.advance(300_000);
    }
    expect(new Set(listed)).toEqual(new Set([COLLECTION, secondCollection]));
  });

  it('asks seldom for the owners of a lock that is needed for long', async () => {
    const world = createWorld();
    const paths = await grant(world.ports);
    world.globus.submit(TASK);
    await report(world.ports, paths);
    let asked = 0;
    const { read } = world.ports.locks;
    world.ports.locks.read = async (datasetId) => {
      asked += 1;
      return read(datasetId);
    };
    world.ports.workflow.status = async () => 'running';
    await sweepForAnHour(world);
    expect(asked).toBeGreaterThan(0);
    expect(asked).toBeLessThanOrEqual(2);
    expect(world.ports.locks.items()).toHaveLength(1);
  });
});
