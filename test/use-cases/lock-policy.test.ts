import { beforeEach, describe, expect, it } from 'vitest';
import type { TransferId, UserName } from '../../functions/domain/ids.ts';
import { acceptReport } from '../../functions/use-cases/accept-report.ts';
import { endLease } from '../../functions/use-cases/end-lease.ts';
import type { GrantedPaths } from '../../functions/use-cases/grant-upload.ts';
import { lookAtTask } from '../../functions/use-cases/look-at-task.ts';
import { registerFiles } from '../../functions/use-cases/register-files.ts';
import { releaseAfterTask } from '../../functions/use-cases/release-after-task.ts';
import { CURATOR, DATASET, OTHER_TASK, TASK } from '../support/builders.ts';
import { crashingAt } from '../support/crashing-ports.ts';
import { destinations, reportOf } from '../support/reporting.ts';
import { createWorld, followToEnd, grant, SETTINGS, type World } from '../support/world.ts';

const REGISTRATION = { ...SETTINGS, lockPolicy: 'registration' as const };

let world: World;
beforeEach(() => {
  world = createWorld();
});

function report(paths: GrantedPaths, taskId: string, settings: Parameters<typeof acceptReport>[1] = REGISTRATION) {
  return acceptReport(world.ports, settings, {
    datasetId: DATASET,
    datasetAsNamed: '29',
    userName: CURATOR,
    canPublish: true,
    report: reportOf(paths, taskId),
  });
}

/** A reported upload of two files whose task runs. */
async function upload(taskId: string = TASK, settings?: Parameters<typeof report>[2]) {
  world.clock.advance(1_000);
  const paths = await grant(world.ports);
  const { transferId } = world.ports.transfers.records().at(-1) ?? {};
  world.globus.submit(taskId as typeof TASK);
  await report(paths, taskId, settings);
  return { transferId: transferId as TransferId, paths, taskId: taskId as typeof TASK };
}

const lockTypes = () => world.dataverse.lockList.map((lock) => lock.lockType);
const stateOf = async (transferId: TransferId) => (await world.ports.transfers.read(transferId))?.state;

/** Lets the task end, and goes on until the files are to be registered. */
async function letEnd({ transferId, taskId, paths }: Awaited<ReturnType<typeof upload>>): Promise<void> {
  world.globus.finish(taskId, destinations(paths));
  await lookAtTask(world.ports, transferId);
  await releaseAfterTask(world.ports, transferId);
  expect(await stateOf(transferId)).toBe('SETTLING');
}

describe('locking only while files are registered', () => {
  it('takes no lock with a report, nor while its task runs', async () => {
    const { transferId } = await upload();
    await lookAtTask(world.ports, transferId);
    expect(await stateOf(transferId)).toBe('FOLLOWING');
    expect([lockTypes(), world.ports.locks.items()]).toEqual([[], []]);
  });

  it('lets uploads into one dataset run side by side, and both are registered whole', async () => {
    const one = await upload();
    const other = await upload(OTHER_TASK);
    for (const { taskId, paths } of [one, other]) world.globus.finish(taskId, destinations(paths));
    await followToEnd(world, one.transferId);
    await followToEnd(world, other.transferId);
    expect([await stateOf(one.transferId), await stateOf(other.transferId)]).toEqual(['CLOSED', 'CLOSED']);
    expect(world.dataverse.files).toHaveLength(4);
    expect([lockTypes(), world.ports.locks.items()]).toEqual([[], []]);
  });

  it('holds EditInProgress and the lock item from the first batch on, and no GlobusUpload at any time', async () => {
    const one = await upload();
    await letEnd(one);
    const { addFiles, lock } = world.dataverse;
    const asked: string[] = [];
    world.dataverse.lock = async (datasetId, lockType) => {
      asked.push(lockType);
      return lock(datasetId, lockType);
    };
    let during: unknown;
    world.dataverse.addFiles = async (...args) => {
      during = [lockTypes(), world.ports.locks.items().map((item) => item.owners)];
      return addFiles(...args);
    };
    await followToEnd(world, one.transferId);
    expect(during).toEqual([['EditInProgress'], [[one.transferId]]]);
    expect(asked).toEqual(['EditInProgress']);
    expect([lockTypes(), world.ports.locks.items()]).toEqual([[], []]);
  });

  it('makes the second of two uploads that end at once wait for the first, and asks no operator however long that takes', async () => {
    const first = await upload();
    const second = await upload(OTHER_TASK);
    await letEnd(first);
    await letEnd(second);
    await registerFiles(world.ports, REGISTRATION, first.transferId);
    expect(world.dataverse.files).toHaveLength(2);

    let waited = 0;
    for (let round = 0; round < 40; round++) {
      const { next, waitSeconds } = await registerFiles(world.ports, REGISTRATION, second.transferId);
      expect([next, waitSeconds > 0, waitSeconds <= 240]).toEqual(['REGISTER', true, true]);
      world.clock.advance(waitSeconds * 1000);
      waited += waitSeconds;
    }
    expect(waited).toBeGreaterThan(2 * 3_600);
    expect(await stateOf(second.transferId)).toBe('SETTLING');
    expect(world.dataverse.files).toHaveLength(2);

    await followToEnd(world, first.transferId);
    await followToEnd(world, second.transferId);
    expect(await stateOf(second.transferId)).toBe('CLOSED');
    expect(world.dataverse.files).toHaveLength(4);
    expect([lockTypes(), world.ports.locks.items()]).toEqual([[], []]);
  });

  it.each([
    { case: 'under our name', userName: undefined },
    { case: 'under the name of who registers, as Dataverse has it while it adds files', userName: CURATOR },
  ])(
    'does not refuse a report for the lock of another upload of ours that is being registered, $case',
    async (lock) => {
      const first = await upload();
      await letEnd(first);
      const { addFiles } = world.dataverse;
      let isReported = false;
      world.dataverse.addFiles = async (...args) => {
        if (!isReported && lock.userName)
          world.dataverse.lockList.splice(0, 1, { lockType: 'EditInProgress', userName: lock.userName });
        if (!isReported) await upload(OTHER_TASK);
        isReported = true;
        return addFiles(...args);
      };
      await registerFiles(world.ports, REGISTRATION, first.transferId);
      expect(world.ports.transfers.records().map(({ state }) => state)).toContain('BOUND');
    },
  );

  it.each(['GlobusUpload', 'EditInProgress', 'Ingest'])(
    "refuses a report for somebody else's lock of type %s",
    async (lockType) => {
      const paths = await grant(world.ports);
      world.globus.submit(TASK);
      world.dataverse.lockList.push({ lockType, userName: 'somebody' as UserName });
      await expect(report(paths, TASK)).rejects.toThrow(
        'Dataset 29 is locked: Dataset cannot be edited due to dataset lock.',
      );
      expect(world.ports.transfers.records()).toMatchObject([{ state: 'GRANTED', report: null }]);
    },
  );

  it('holds for a report as it was when it came, whoever finishes it and whatever is set later', async () => {
    const paths = await grant(world.ports);
    world.globus.submit(TASK);
    const dying = crashingAt(world.ports, 'claims.create', false).ports;
    await expect(
      acceptReport(dying, REGISTRATION, {
        datasetId: DATASET,
        datasetAsNamed: '29',
        userName: CURATOR,
        canPublish: true,
        report: reportOf(paths),
      }),
    ).rejects.toThrow();
    world.clock.advance(400_000);
    const [record] = world.ports.transfers.records();
    await endLease(world.ports, record?.transferId as TransferId);
    expect(world.ports.transfers.records()).toMatchObject([{ state: 'BOUND', bound: { lockPolicy: 'registration' } }]);
    expect(lockTypes()).toEqual([]);
  });

  it('takes no lock when a report is proven that came while Globus was down', async () => {
    world.globus.down.add('findTask');
    const { transferId } = await upload();
    expect(await world.ports.transfers.read(transferId)).toMatchObject({ admission: 'UNVERIFIED' });
    world.globus.down.clear();
    await lookAtTask(world.ports, transferId);
    expect(await world.ports.transfers.read(transferId)).toMatchObject({ state: 'FOLLOWING', admission: 'FULL' });
    expect(lockTypes()).toEqual([]);
  });

  it('waits with registering while an upload that was reported under the other policy has the dataset locked', async () => {
    const locked = await upload(TASK, SETTINGS);
    expect(lockTypes()).toEqual(['GlobusUpload']);
    const other = await upload(OTHER_TASK);
    await letEnd(other);
    const { next, waitSeconds } = await registerFiles(world.ports, REGISTRATION, other.transferId);
    expect([next, waitSeconds]).toEqual(['REGISTER', 15]);
    expect(lockTypes()).toEqual(['GlobusUpload']);
    world.globus.finish(locked.taskId, destinations(locked.paths));
    await followToEnd(world, locked.transferId);
    await followToEnd(world, other.transferId);
    expect(world.dataverse.files).toHaveLength(4);
  });
});

describe('locking for the whole transfer', () => {
  it('refuses the report of a second upload, as Dataverse does', async () => {
    await upload(TASK, SETTINGS);
    await expect(upload(OTHER_TASK, SETTINGS)).rejects.toThrow(/is locked/);
    expect(lockTypes()).toEqual(['GlobusUpload']);
  });
});
