import { describe, expect, it } from 'vitest';
import { raiseAttention } from '../../functions/use-cases/raise-attention.ts';
import { releaseTransfer } from '../../functions/use-cases/release-transfer.ts';
import { aRecord, CURATOR, OTHER_TASK, TASK, TRANSFER } from '../support/builders.ts';
import { expectNothingLeft, recordOf, registered } from '../support/late-reports.ts';
import { destinations, onlyTransfer, report } from '../support/reporting.ts';
import { asked, followedTransfer, OPERATOR, reasonsInTrail, retry, settlingTransfer } from '../support/steering.ts';
import { createWorld, followToEnd, grant, runStep, type World } from '../support/world.ts';

async function expectGivenUp(world: World, transferId: Parameters<typeof asked>[1], by = CURATOR): Promise<void> {
  await followToEnd(world, transferId);
  expect(recordOf(world, transferId)).toMatchObject({ state: 'CLOSED', givenUp: { by } });
  expectNothingLeft(world);
}

describe('giving up a transfer under a task that lives', () => {
  it('is refused, and leaves everything as it is', async () => {
    const { world, transferId } = await followedTransfer();
    const before = recordOf(world, transferId);
    const refused = releaseTransfer(world.ports, asked(world, transferId));
    await expect(refused).rejects.toThrow(`Task ${TASK} is live (ACTIVE): cancel it first.`);
    expect(recordOf(world, transferId)).toEqual(before);
    expect(world.globus.rules).toHaveLength(1);
  });

  it.each(['INACTIVE', 'UNKNOWN'] as const)('is refused as well while Globus says %s', async (status) => {
    const { world, transferId } = await followedTransfer();
    world.globus.submit(TASK, { status });
    await expect(releaseTransfer(world.ports, asked(world, transferId))).rejects.toMatchObject({ kind: 'conflict' });
  });

  it('is refused when only the list of live tasks still shows it', async () => {
    const { world, transferId } = await followedTransfer();
    world.globus.findTask = async () => undefined;
    await expect(releaseTransfer(world.ports, asked(world, transferId))).rejects.toMatchObject({ kind: 'conflict' });
  });

  it.each(['findTask', 'listLiveTasks'] as const)('waits while Globus does not answer %s', async (method) => {
    const { world, transferId } = await followedTransfer();
    world.globus.cancel(TASK);
    world.globus.down.add(method);
    await expect(releaseTransfer(world.ports, asked(world, transferId))).rejects.toMatchObject({ kind: 'unavailable' });
    expect(recordOf(world, transferId)).toMatchObject({ state: 'FOLLOWING', givenUp: null });
  });

  it('keeps the rule all the same when Globus has told wrongly that the task has ended', async () => {
    const { world, transferId } = await followedTransfer();
    const { findTask, listLiveTasks } = world.globus;
    world.globus.findTask = async () => undefined;
    world.globus.listLiveTasks = async () => [];
    world.clock.advance(30_000);
    await releaseTransfer(world.ports, asked(world, transferId));
    Object.assign(world.globus, { findTask, listLiveTasks });
    await runStep(world.ports, transferId, 'RELEASE');
    expect(world.globus.rules).toHaveLength(1);
    const { observedAs } = recordOf(world, transferId);
    expect(recordOf(world, observedAs)).toMatchObject({ state: 'OBSERVED', observedTaskIds: [TASK] });
  });
});

describe('giving up a transfer whose task is over', () => {
  it('whose report was never proven ends the matter: another report is not put off for ever', async () => {
    const world = createWorld();
    const paths = await grant(world.ports);
    const transferId = onlyTransfer(world);
    world.globus.submit(TASK);
    world.globus.down.add('findTask');
    await report(world.ports, paths);
    world.globus.down.clear();
    world.globus.cancel(TASK);
    await releaseTransfer(world.ports, asked(world, transferId));
    await followToEnd(world, transferId);
    expect(recordOf(world, transferId)).toMatchObject({ state: 'CLOSED', admission: 'UNVERIFIED' });
    world.globus.submit(OTHER_TASK);
    await expect(report(world.ports, paths, OTHER_TASK)).rejects.toMatchObject({ kind: 'conflict' });
  });

  it('registers nothing, and lets rule, lock and claim go by the usual steps', async () => {
    const { world, paths, transferId } = await followedTransfer();
    world.globus.finish(TASK, destinations(paths));
    expect(await releaseTransfer(world.ports, asked(world, transferId))).toMatchObject({
      transferId,
      state: 'SETTLING',
    });
    expect(world.started).toEqual([`${transferId}-1`]);
    await expectGivenUp(world, transferId);
    expect(registered(world)).toEqual([]);
    expect(world.ports.claims.items()).toEqual([]);
    expect(await world.ports.files.readResults(transferId)).toMatchObject([
      { outcome: 'refused', reason: 'given up by curator' },
      { outcome: 'refused', reason: 'given up by curator' },
    ]);
    expect(reasonsInTrail(world, transferId)).toContain('curator gives the transfer up');
  });

  it('works for one that Globus does not know any more, once it has had the time to list it', async () => {
    const { world, transferId } = await followedTransfer();
    world.globus.tasks.clear();
    await expect(releaseTransfer(world.ports, asked(world, transferId))).rejects.toThrow(/so new a task/);
    world.clock.advance(11_000);
    await releaseTransfer(world.ports, asked(world, transferId));
    await expectGivenUp(world, transferId);
  });

  it('gets one in ATTENTION going again, in its next execution', async () => {
    const { world, transferId } = await followedTransfer();
    world.globus.cancel(TASK);
    await raiseAttention(world.ports, transferId, 'a step keeps failing');
    await releaseTransfer(world.ports, asked(world, transferId, OPERATOR));
    expect(world.started).toContain(`${transferId}-2`);
    await expectGivenUp(world, transferId, OPERATOR);
  });

  it('is answered alike when it is asked for again, and refused for one that came to its end', async () => {
    const { world, transferId } = await followedTransfer();
    world.globus.cancel(TASK);
    await releaseTransfer(world.ports, asked(world, transferId));
    const again = await releaseTransfer(world.ports, asked(world, transferId));
    expect(again).toMatchObject({ state: 'SETTLING', message: 'It was given up by curator.' });
    await expectGivenUp(world, transferId);
    expect(await releaseTransfer(world.ports, asked(world, transferId))).toMatchObject({ state: 'CLOSED' });

    const other = await settlingTransfer();
    await followToEnd(other.world, other.transferId);
    const refused = releaseTransfer(other.world.ports, asked(other.world, other.transferId));
    await expect(refused).rejects.toMatchObject({ kind: 'conflict' });
  });
});

describe('giving up a transfer that is being registered', () => {
  it('counts what Dataverse lists as registered, and no more', async () => {
    const { world, paths, transferId } = await settlingTransfer();
    const [[identifier = ''] = [], [lost = ''] = []] = paths;
    await runStep(world.ports, transferId, 'REGISTER');
    world.dataverse.files.splice(1);
    await releaseTransfer(world.ports, asked(world, transferId));
    await expectGivenUp(world, transferId);
    expect(registered(world)).toEqual([identifier]);
    const results = await world.ports.files.readResults(transferId);
    expect(results.map(({ storageIdentifier, outcome }) => [storageIdentifier, outcome])).toEqual([
      [identifier, 'registered'],
      [lost, 'refused'],
    ]);
  });

  it('waits for a batch that Dataverse may still be at work on', async () => {
    const { world, transferId } = await settlingTransfer();
    world.dataverse.addFaults.push('silent');
    await runStep(world.ports, transferId, 'REGISTER');
    await releaseTransfer(world.ports, asked(world, transferId));
    const due = await runStep(world.ports, transferId, 'REGISTER');
    expect(due.next).toBe('REGISTER');
    expect(due.waitSeconds).toBeGreaterThan(0);
    await expectGivenUp(world, transferId);
  });

  it.each([
    { what: 'Globus has forgotten which files it copied', changes: { historyDeleted: true } },
    { what: 'Globus does not know the task any more', changes: undefined },
  ])('ends also when $what', async ({ changes }) => {
    const { world, paths, transferId } = await followedTransfer();
    world.globus.finish(TASK, destinations(paths), changes ?? {});
    await runStep(world.ports, transferId, 'FOLLOW');
    await runStep(world.ports, transferId, 'RELEASE');
    if (!changes) world.globus.tasks.clear();
    await expect(runStep(world.ports, transferId, 'REGISTER')).rejects.toThrow();
    await raiseAttention(world.ports, transferId, 'files cannot be registered');
    await releaseTransfer(world.ports, asked(world, transferId));
    await expectGivenUp(world, transferId);
    expect(recordOf(world, transferId).registration).toMatchObject({ registered: 0, failed: 2 });
  });

  it('ends also when the dataset is gone', async () => {
    const { world, transferId } = await settlingTransfer();
    world.dataverse.datasets.splice(0);
    await releaseTransfer(world.ports, asked(world, transferId));
    await followToEnd(world, transferId);
    expect(recordOf(world, transferId)).toMatchObject({ state: 'CLOSED', registration: { registered: 0, failed: 2 } });
  });
});

describe('a download', () => {
  it('is given up, closed and not to be retried like an upload without files', async () => {
    const world = createWorld();
    const bound = { taskId: TASK, bodyHash: 'a hash', fileCount: 0, listId: 'a list' };
    const record = aRecord({ state: 'FOLLOWING', bound, download: { listId: 'files', fileCount: 2 }, permission: 'r' });
    await world.ports.transfers.reserve(record);
    world.globus.submit(TASK);
    await expect(releaseTransfer(world.ports, asked(world, TRANSFER))).rejects.toMatchObject({ kind: 'conflict' });
    world.globus.cancel(TASK);
    expect(await releaseTransfer(world.ports, asked(world, TRANSFER))).toMatchObject({ state: 'SETTLING' });
    await expectGivenUp(world, TRANSFER);
    await expect(retry(world.ports, asked(world, TRANSFER))).rejects.toThrow(/A download can be retried only/);
  });
});

describe('giving up a grant that was not reported', () => {
  it('ends its lease; once it is over the answer is the same', async () => {
    const world = createWorld();
    await grant(world.ports);
    const transferId = onlyTransfer(world);
    expect(await releaseTransfer(world.ports, asked(world, transferId))).toMatchObject({ state: 'GRANTED' });
    await followToEnd(world, transferId);
    expect(recordOf(world, transferId).state).toBe('EXPIRED');
    expect(await releaseTransfer(world.ports, asked(world, transferId))).toMatchObject({ state: 'EXPIRED' });
    expectNothingLeft(world);
  });

  it('does not interrupt a report', async () => {
    const world = createWorld();
    const paths = await grant(world.ports);
    const transferId = onlyTransfer(world);
    const noted = { taskId: TASK, bodyHash: 'a hash', fileCount: 2, listId: 'a list' };
    const record = recordOf(world, transferId);
    await world.ports.transfers.write({ ...record, report: noted, version: record.version + 1 });
    await expect(releaseTransfer(world.ports, asked(world, transferId))).rejects.toMatchObject({ kind: 'unavailable' });
    expect(paths).toHaveLength(2);
    expect(recordOf(world, transferId)).toMatchObject({ report: noted });
  });

  it('that has turned into a report meanwhile tells the caller to look again', async () => {
    const world = createWorld();
    const paths = await grant(world.ports);
    const transferId = onlyTransfer(world);
    const seen = asked(world, transferId);
    world.globus.submit(TASK);
    await report(world.ports, paths);
    await expect(releaseTransfer(world.ports, seen)).rejects.toMatchObject({ kind: 'unavailable' });
    expect(recordOf(world, transferId)).toMatchObject({ state: 'BOUND', givenUp: null });
  });

  it('goes on once the unreported task that kept it has ended', async () => {
    const world = createWorld();
    await grant(world.ports);
    const transferId = onlyTransfer(world);
    world.globus.submit(OTHER_TASK);
    world.clock.advance(301_000);
    await runStep(world.ports, transferId, 'LEASE');
    await expect(releaseTransfer(world.ports, asked(world, transferId))).rejects.toThrow(/was never reported/);
    world.globus.cancel(OTHER_TASK);
    expect(await releaseTransfer(world.ports, asked(world, transferId))).toMatchObject({ state: 'OBSERVED' });
    await followToEnd(world, transferId);
    expectNothingLeft(world);
  });
});
