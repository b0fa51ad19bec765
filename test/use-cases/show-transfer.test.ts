import { describe, expect, it } from 'vitest';
import { ForbiddenError, UpstreamRefusedError } from '../../functions/domain/errors.ts';
import type { TransferId } from '../../functions/domain/ids.ts';
import { showTransfer } from '../../functions/use-cases/show-transfer.ts';
import { OTHER_TASK, START_SECONDS, TASK } from '../support/builders.ts';
import { recordOf } from '../support/late-reports.ts';
import { onlyTransfer } from '../support/reporting.ts';
import { followedTransfer, settlingTransfer } from '../support/steering.ts';
import { createWorld, followToEnd, grant, runStep, type World } from '../support/world.ts';

const show = (world: World, transferId: TransferId, page = { start: 0, limit: 100 }) =>
  showTransfer(world.ports, recordOf(world, transferId), 'doi:10.5072/FK2/ILLPXE', page);

describe('a transfer whose task runs', () => {
  it('is shown with how far the task is and why it does not get on', async () => {
    const { world, transferId } = await followedTransfer();
    world.globus.submit(TASK, {
      niceStatus: 'PERMISSION_DENIED',
      faults: 3,
      files: 2,
      filesTransferred: 1,
      filesSkipped: 0,
      bytesTransferred: 12,
      bytesPerSecond: 4,
    });
    const event = {
      code: 'PERMISSION_DENIED',
      description: 'permission denied',
      details: '/hdc1/x\r\n',
      atEpochSeconds: START_SECONDS + 60,
    };
    world.globus.errorEvents.set(TASK, [event]);
    expect(await show(world, transferId)).toMatchObject({
      transferId,
      direction: 'upload',
      state: 'FOLLOWING',
      taskIdentifier: TASK,
      persistentId: 'doi:10.5072/FK2/ILLPXE',
      grantedAt: '2026-03-01T00:00:00Z',
      stage: 'It waits for the end of the Globus task.',
      globus: 'answered',
      task: {
        status: 'ACTIVE',
        bytesTransferred: 12,
        bytesPerSecond: 4,
        files: 2,
        filesTransferred: 1,
        filesSkipped: 0,
        faults: 3,
        isPaused: false,
        endedAt: null,
      },
      reasons: [
        {
          code: 'PERMISSION_DENIED',
          words: expect.stringContaining('may not be read'),
          details: '/hdc1/x',
          at: '2026-03-01T00:01:00Z',
        },
      ],
      outcome: null,
      reason: null,
      files: { total: 2, results: [{ outcome: 'waiting', fileName: 'file0.txt' }, { outcome: 'waiting' }] },
    });
  });

  it.each([
    { down: ['findTask'], globus: 'did not answer', hasTask: false },
    { down: ['listErrorEvents'], globus: 'answered in part', hasTask: true },
    { down: ['findTask', 'listErrorEvents'], globus: 'did not answer', hasTask: false },
  ] as const)('is shown also when Globus does not answer $down', async ({ down, globus, hasTask }) => {
    const { world, transferId } = await followedTransfer();
    for (const method of down) world.globus.down.add(method);
    const shown = await show(world, transferId);
    expect(shown).toMatchObject({ state: 'FOLLOWING', globus });
    expect(shown.task !== null).toBe(hasTask);
  });

  it.each([
    { error: new ForbiddenError('no'), globus: 'refuses to tell' },
    { error: new UpstreamRefusedError('no'), globus: 'refuses to tell' },
    { error: undefined, globus: 'knows no such task' },
  ])('is shown also when Globus $globus', async ({ error, globus }) => {
    const { world, transferId } = await followedTransfer();
    world.globus.findTask = async () => {
      if (error) throw error;
      return undefined;
    };
    expect(await show(world, transferId)).toMatchObject({ task: null, globus, reasons: [] });
  });

  it('asks Globus for no longer than five seconds, and behind grants and releases', async () => {
    const { world, transferId } = await followedTransfer();
    const limits: unknown[] = [];
    const { findTask, listErrorEvents } = world.globus;
    world.globus.findTask = (collectionId, taskId, within, urgency) => {
      limits.push(within, urgency);
      return findTask(collectionId, taskId);
    };
    world.globus.listErrorEvents = (collectionId, taskId, within) => {
      limits.push(within);
      return listErrorEvents(collectionId, taskId);
    };
    await show(world, transferId);
    expect(limits).toEqual([5_000, 'can-wait', 5_000]);
  });
});

describe('a transfer without a report', () => {
  it('asks Globus nothing, and shows what may be moved', async () => {
    const world = createWorld();
    await grant(world.ports);
    const shown = await show(world, onlyTransfer(world), { start: 1, limit: 5 });
    expect(shown).toMatchObject({ task: null, globus: null, taskIdentifier: null });
    expect(shown.files).toMatchObject({
      total: 2,
      start: 1,
      limit: 5,
      results: [{ outcome: 'granted', fileName: null }],
    });
  });

  it('shows the live task that was seen', async () => {
    const world = createWorld();
    await grant(world.ports);
    const transferId = onlyTransfer(world);
    world.globus.submit(OTHER_TASK);
    world.clock.advance(301_000);
    await runStep(world.ports, transferId, 'LEASE');
    expect(await show(world, transferId)).toMatchObject({ taskIdentifier: OTHER_TASK, task: { status: 'ACTIVE' } });
  });
});

describe('a transfer that is over', () => {
  it('shows what became of each file, and why it ended so, without asking Globus', async () => {
    const { world, paths, transferId } = await settlingTransfer();
    world.dataverse.fileErrors.set(paths[1]?.[0] ?? '', 'The checksum is wrong.');
    await followToEnd(world, transferId);
    world.globus.down.add('findTask');
    expect(await show(world, transferId)).toMatchObject({
      state: 'CLOSED',
      globus: null,
      outcome: { status: 'SUCCEEDED', cancelled: false, reason: null, words: null },
      reason: '1 files registered, 1 not',
      results: { registered: 1, notRegistered: 1 },
      files: { results: [{ outcome: 'registered' }, { outcome: 'refused', reason: 'The checksum is wrong.' }] },
    });
  });

  it('tells how its task failed in words', async () => {
    const { world, transferId } = await followedTransfer();
    world.globus.cancel(TASK);
    await followToEnd(world, transferId);
    const shown = await show(world, transferId);
    expect(shown.outcome).toMatchObject({ status: 'FAILED', cancelled: true, words: 'The transfer was cancelled.' });
    expect(shown.trail.at(-1)).toMatchObject({
      state: 'CLOSED',
      by: 'close-transfer',
      at: expect.stringMatching(/Z$/),
    });
  });
});
