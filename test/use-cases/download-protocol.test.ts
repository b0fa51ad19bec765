import { describe, expect, it } from 'vitest';
import { ForbiddenError, UnavailableError } from '../../functions/domain/errors.ts';
import { asUserName, type TransferId } from '../../functions/domain/ids.ts';
import { nextStep } from '../../functions/domain/next-step.ts';
import { COLLECTION, OTHER_TASK, PATH, PRINCIPAL, SECOND_PRINCIPAL, TASK } from '../support/builders.ts';
import { grantOfDownload, OUTWARDS, recordNow, reportDownload } from '../support/downloads.ts';
import { aStandingFile } from '../support/fakes/fake-dataverse.ts';
import { createWorld, followToEnd, grant, runStep, SETTINGS, type World } from '../support/world.ts';

/** Globus says that the task has read what it wanted. */
function finish(world: World, taskId = TASK) {
  world.globus.finish(taskId, []);
}

async function reportedDownload() {
  const world = createWorld();
  const { transferId } = await grantOfDownload(world.ports);
  world.globus.submit(TASK, OUTWARDS);
  await reportDownload(world.ports);
  return { world, transferId };
}

async function runOut(world: World, transferId: TransferId) {
  world.clock.advance(SETTINGS.leaseSeconds * 1000);
  await runStep(world.ports, transferId, 'LEASE');
}

describe('a download', () => {
  it('gives read access, holds it while the task lives and takes it away with its end', async () => {
    const { world, transferId } = await reportedDownload();
    expect(world.globus.rules).toMatchObject([{ path: PATH, principal: PRINCIPAL, permission: 'r' }]);
    world.clock.advance(2 * SETTINGS.leaseSeconds * 1000);
    await runStep(world.ports, transferId, 'FOLLOW');
    expect(world.globus.rules).toHaveLength(1);
    finish(world);
    await followToEnd(world, transferId);
    expect(await recordNow(world.ports, transferId)).toMatchObject({ state: 'CLOSED', registration: null });
    expect(world.globus.rules).toEqual([]);
    expect(world.ports.accessRules.rows()).toEqual([]);
  });

  it('locks nothing and registers nothing', async () => {
    const { world, transferId } = await reportedDownload();
    expect(world.dataverse.lockList).toEqual([]);
    finish(world);
    await followToEnd(world, transferId);
    expect(world.dataverse.lockList).toEqual([]);
    expect(world.dataverse.files).toEqual([]);
  });

  it('that nobody reports loses its access when the lease is over', async () => {
    const world = createWorld();
    const { transferId } = await grantOfDownload(world.ports);
    await followToEnd(world, transferId);
    expect(await recordNow(world.ports, transferId)).toMatchObject({ state: 'EXPIRED' });
    expect(world.globus.rules).toEqual([]);
  });

  it('that nobody reports keeps its access while its task lives, and may be reported then', async () => {
    const world = createWorld();
    const { transferId } = await grantOfDownload(world.ports);
    world.globus.submit(TASK, OUTWARDS);
    await runOut(world, transferId);
    expect(await recordNow(world.ports, transferId)).toMatchObject({ state: 'OBSERVED', observedTaskIds: [TASK] });
    await reportDownload(world.ports);
    expect(await recordNow(world.ports, transferId)).toMatchObject({ state: 'BOUND', bound: { taskId: TASK } });
    finish(world);
    await followToEnd(world, transferId);
    expect(world.globus.rules).toEqual([]);
  });

  it('keeps the list of its files with the record', async () => {
    const world = createWorld();
    const { transferId, download } = await grantOfDownload(world.ports);
    const files = await world.ports.files.readFiles(transferId, download?.listId ?? '');
    expect(files.map((file) => file.fileId)).toEqual(['60', '61']);
  });

  it('asked for again with the same Idempotency-Key is the same grant; with other files it is refused', async () => {
    const world = createWorld();
    const first = await grantOfDownload(world.ports, { idempotencyKey: 'once' });
    const again = await grantOfDownload(world.ports, { idempotencyKey: 'once' });
    expect(again.transferId).toBe(first.transferId);
    const others = [aStandingFile({ fileId: '62' }), aStandingFile({ fileId: '63' })];
    await expect(grantOfDownload(world.ports, { idempotencyKey: 'once', files: others })).rejects.toThrow(
      'This Idempotency-Key was used for another principal or other files.',
    );
    // The same key for an upload stands for something else.
    await grant(world.ports, { idempotencyKey: 'once' });
    expect(world.ports.transfers.records()).toHaveLength(2);
  });
});

describe('an upload and a download of one Globus identity in one dataset', () => {
  it('share a rule that allows both, until the last of them has ended', async () => {
    const { world, transferId } = await reportedDownload();
    world.clock.advance(1_000);
    await grant(world.ports);
    expect(world.globus.rules).toMatchObject([{ permission: 'rw' }]);
    const upload = world.ports.transfers.records().find((record) => record.transferId !== transferId);
    await followToEnd(world, upload?.transferId as TransferId);
    expect(world.globus.rules).toHaveLength(1);
    finish(world);
    await followToEnd(world, transferId);
    expect(world.globus.rules).toEqual([]);
  });

  it('keep the rule for a download that rests on the upload’s and was never reported', async () => {
    const world = createWorld();
    await grant(world.ports);
    const [upload] = world.ports.transfers.records();
    world.globus.submit(TASK, OUTWARDS);
    await runOut(world, upload?.transferId as TransferId);
    expect(await recordNow(world.ports, upload?.transferId as TransferId)).toMatchObject({ state: 'OBSERVED' });
    expect(world.globus.rules).toHaveLength(1);
  });
});

describe('the report of a download', () => {
  it('given twice changes nothing', async () => {
    const { world, transferId } = await reportedDownload();
    const before = await recordNow(world.ports, transferId);
    await reportDownload(world.ports);
    expect(await recordNow(world.ports, transferId)).toEqual(before);
  });

  it('given again after the end changes nothing either', async () => {
    const { world, transferId } = await reportedDownload();
    finish(world);
    await followToEnd(world, transferId);
    const before = await recordNow(world.ports, transferId);
    await reportDownload(world.ports);
    expect(await recordNow(world.ports, transferId)).toEqual(before);
    expect(world.globus.rules).toEqual([]);
  });

  it('binds one grant only, so that two grants serve two tasks', async () => {
    const world = createWorld();
    const first = await grantOfDownload(world.ports);
    world.clock.advance(1_000);
    const second = await grantOfDownload(world.ports);
    for (const taskId of [TASK, OTHER_TASK]) world.globus.submit(taskId, OUTWARDS);
    await Promise.all([reportDownload(world.ports), reportDownload(world.ports)]);
    await reportDownload(world.ports, { taskId: OTHER_TASK });
    const bound = [first, second].map(
      async ({ transferId }) => (await recordNow(world.ports, transferId)).bound?.taskId,
    );
    expect(new Set(await Promise.all(bound))).toEqual(new Set([TASK, OTHER_TASK]));
    finish(world, TASK);
    await followToEnd(world, second.transferId);
    expect(world.globus.rules).toHaveLength(1);
    finish(world, OTHER_TASK);
    await followToEnd(world, first.transferId);
    expect(world.globus.rules).toEqual([]);
  });

  it('needs a grant of the same user for the same dataset', async () => {
    const world = createWorld();
    await grantOfDownload(world.ports);
    world.globus.submit(TASK, OUTWARDS);
    const nothingWaits = 'There is no download of this dataset that waits for a task.';
    await expect(reportDownload(world.ports, { userName: asUserName('reader') })).rejects.toThrow(nothingWaits);
    await expect(reportDownload(world.ports, { datasetId: '30' as never })).rejects.toThrow(nothingWaits);
  });

  it.each([
    ['somebody else’s', { ownerId: SECOND_PRINCIPAL }, 'it does not belong to the Globus identity'],
    [
      'one that does not read from the collection',
      { sourceCollectionId: 'elsewhere', destinationCollectionId: COLLECTION },
      'its source is not',
    ],
    [
      'one from before the request',
      { requestedAtEpochSeconds: 0 },
      'it was submitted before the download was requested',
    ],
    [
      'one that reads elsewhere',
      { sourceBasePath: '/hdc1/10.5072/FK2/OTHER/' },
      "it reads outside the dataset's directory",
    ],
    ['a deletion', { type: 'DELETE' as const }, 'it is not a transfer'],
  ])('is refused for a task that is %s', async (_whose, changes, why) => {
    const world = createWorld();
    const { transferId } = await grantOfDownload(world.ports);
    world.clock.advance(20_000);
    world.globus.submit(TASK, { ...OUTWARDS, requestedAtEpochSeconds: world.clock.nowEpochSeconds() - 15, ...changes });
    await expect(reportDownload(world.ports)).rejects.toThrow(why);
    expect(await recordNow(world.ports, transferId)).toMatchObject({ state: 'GRANTED', report: null, bound: null });
    expect(await world.ports.claims.read(TASK)).toBeUndefined();
  });

  it('is refused for a task that Globus does not know', async () => {
    const world = createWorld();
    await grantOfDownload(world.ports);
    await expect(reportDownload(world.ports)).rejects.toThrow(`Globus has no task ${TASK}`);
  });

  it('is put off while Globus does not answer; the rule is kept all the same', async () => {
    const world = createWorld();
    const { transferId } = await grantOfDownload(world.ports);
    world.globus.submit(TASK, OUTWARDS);
    world.globus.down.add('findTask');
    await expect(reportDownload(world.ports)).rejects.toThrow(UnavailableError);
    world.globus.down.delete('findTask');
    await runOut(world, transferId);
    expect(world.globus.rules).toHaveLength(1);
  });

  it('of a guest is bound by the Globus identity that owns the task', async () => {
    const world = createWorld();
    const guest = asUserName(':guest');
    const theirs = await grantOfDownload(world.ports, { userName: guest, principal: SECOND_PRINCIPAL });
    world.clock.advance(1_000);
    const ours = await grantOfDownload(world.ports, { userName: guest });
    world.globus.submit(TASK, { ...OUTWARDS, ownerId: SECOND_PRINCIPAL });
    await reportDownload(world.ports, { userName: guest });
    expect(await recordNow(world.ports, theirs.transferId)).toMatchObject({ bound: { taskId: TASK } });
    expect(await recordNow(world.ports, ours.transferId)).toMatchObject({ bound: null });
  });

  it('that comes after the lease gives access again, once the caller is asked about', async () => {
    const world = createWorld();
    const { transferId } = await grantOfDownload(world.ports);
    await followToEnd(world, transferId);
    world.globus.submit(TASK, OUTWARDS);
    const refuse = async () => {
      throw new ForbiddenError("User doesn't have permission to download file: 60");
    };
    await expect(reportDownload(world.ports, { authoriseAgain: refuse })).rejects.toThrow("doesn't have permission");
    expect(world.globus.rules).toEqual([]);

    const asked: unknown[] = [];
    await reportDownload(world.ports, { authoriseAgain: async (files) => void asked.push(...files) });
    expect(asked).toMatchObject([{ fileId: '60' }, { fileId: '61' }]);
    const { continuedBy } = await recordNow(world.ports, transferId);
    const successor = await recordNow(world.ports, continuedBy as TransferId);
    expect(successor).toMatchObject({ state: 'BOUND', permission: 'r', bound: { taskId: TASK } });
    expect(world.globus.rules).toMatchObject([{ permission: 'r' }]);
    finish(world);
    await followToEnd(world, successor.transferId);
    expect(world.globus.rules).toEqual([]);
  });

  it('that comes after the lease is taken up again when Globus refused the rule the first time', async () => {
    const world = createWorld();
    const { transferId } = await grantOfDownload(world.ports);
    await followToEnd(world, transferId);
    world.globus.submit(TASK, OUTWARDS);
    world.globus.ruleLimit = 0;
    await expect(reportDownload(world.ports)).rejects.toThrow(UnavailableError);
    world.globus.ruleLimit = 10;
    await reportDownload(world.ports);
    const { continuedBy } = await recordNow(world.ports, transferId);
    expect(await recordNow(world.ports, continuedBy as TransferId)).toMatchObject({ state: 'BOUND' });
  });

  it('that was noted by a worker which died is finished by the next', async () => {
    const world = createWorld();
    const { transferId } = await grantOfDownload(world.ports);
    world.globus.submit(TASK, OUTWARDS);
    const { ports } = world;
    let writes = 0;
    const dying = {
      ...ports,
      claims: {
        ...ports.claims,
        create: async () => {
          writes += 1;
          throw new UnavailableError('dead');
        },
      },
    };
    await expect(reportDownload(dying)).rejects.toThrow('dead');
    expect(writes).toBe(1);
    expect(await recordNow(ports, transferId)).toMatchObject({ report: { taskId: TASK } });
    world.clock.advance(SETTINGS.leaseSeconds * 1000);
    await runStep(ports, transferId, 'LEASE');
    const record = await recordNow(ports, transferId);
    expect(record).toMatchObject({ state: 'BOUND', bound: { taskId: TASK } });
    expect(nextStep(record, world.clock.nowEpochSeconds()).next).toBe('FOLLOW');
    expect(world.dataverse.lockList).toEqual([]);
  });
});
