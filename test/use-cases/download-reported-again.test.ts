import { describe, expect, it } from 'vitest';
import type { TransferId } from '../../functions/domain/ids.ts';
import { acceptDownload } from '../../functions/use-cases/accept-download.ts';
import { releaseTransfer } from '../../functions/use-cases/release-transfer.ts';
import { CURATOR, DATASET, OTHER_TASK, TASK } from '../support/builders.ts';
import { crashingAt } from '../support/crashing-ports.ts';
import { grantOfDownload, OUTWARDS, recordNow, reportDownload } from '../support/downloads.ts';
import { asked } from '../support/steering.ts';
import { createWorld, followToEnd, runStep, SETTINGS, type World } from '../support/world.ts';

async function twoDownloads(world: World) {
  const first = await grantOfDownload(world.ports);
  world.clock.advance(1_000);
  return [first.transferId, (await grantOfDownload(world.ports)).transferId] as const;
}

const tasksOf = (world: World) => world.ports.transfers.records().map((record) => record.bound?.taskId ?? null);

describe('the report of a download that comes again', () => {
  it('takes no other grant when its own was given up', async () => {
    const world = createWorld();
    const [, second] = await twoDownloads(world);
    world.globus.submit(TASK, OUTWARDS);
    await reportDownload(world.ports);
    world.globus.finish(TASK, []);
    await releaseTransfer(world.ports, asked(world, second));
    await reportDownload(world.ports);
    expect(tasksOf(world)).toEqual([null, TASK]);
  });

  it('finds the grant that a dead worker had claimed the task for, also when there is a newer one', async () => {
    const world = createWorld();
    const first = await grantOfDownload(world.ports);
    world.globus.submit(TASK, OUTWARDS);
    const { ports } = crashingAt(world.ports, 'claims.create', true);
    await expect(reportDownload(ports)).rejects.toThrow('claims.create');
    world.clock.advance(60_000);
    await grantOfDownload(world.ports);
    await reportDownload(world.ports);
    expect(await recordNow(world.ports, first.transferId)).toMatchObject({ state: 'BOUND', bound: { taskId: TASK } });
    expect(tasksOf(world)).toEqual([TASK, null]);
  });
});

describe('a download that observes a task which nobody had reported', () => {
  it('judges a late report by the files of the download that it came from', async () => {
    const world = createWorld();
    const { transferId } = await grantOfDownload(world.ports);
    world.globus.submit(TASK, OUTWARDS);
    world.globus.submit(OTHER_TASK, OUTWARDS);
    await reportDownload(world.ports);
    world.globus.finish(TASK, []);
    await followToEnd(world, transferId);
    const { observedAs } = await recordNow(world.ports, transferId);
    await runStep(world.ports, observedAs as TransferId, 'LEASE');
    world.globus.finish(OTHER_TASK, []);
    await followToEnd(world, observedAs as TransferId);
    expect(await recordNow(world.ports, observedAs as TransferId)).toMatchObject({ state: 'EXPIRED' });

    const judged: unknown[] = [];
    await acceptDownload(world.ports, SETTINGS, {
      datasetId: DATASET,
      userName: CURATOR,
      taskId: OTHER_TASK,
      authoriseAgain: async (files) => void judged.push(...files),
    });
    expect(judged).toMatchObject([{ fileId: '60' }, { fileId: '61' }]);
  });
});
