import { describe, expect, it } from 'vitest';
import { NotFoundError } from '../../functions/domain/errors.ts';
import { registerFiles } from '../../functions/use-cases/register-files.ts';
import { TASK } from '../support/builders.ts';
import { crashingAt } from '../support/crashing-ports.ts';
import { destinations, onlyTransfer, report } from '../support/reporting.ts';
import { createWorld, followToEnd, grant, runStep, SETTINGS, type World } from '../support/world.ts';

const GONE = 'The dataset does not exist any more.';

/** A reported upload of so many files whose task has ended. */
async function finishedUpload(world: World, numberOfFiles: number) {
  const paths = await grant(world.ports, { numberOfFiles });
  world.globus.submit(TASK);
  await report(world.ports, paths);
  world.globus.finish(TASK, destinations(paths));
  return { transferId: onlyTransfer(world), paths };
}

function destroyDataset(world: World): void {
  const gone = async (): Promise<never> => {
    throw new NotFoundError('Dataset with ID 29 not found.');
  };
  Object.assign(world.dataverse, { lock: gone, locks: gone, unlock: gone, listFiles: gone });
}

describe('what is recorded of each file when its dataset is destroyed', () => {
  it('is that it could not be registered, and why; the audit trail ends with the same reason', async () => {
    const world = createWorld();
    const { transferId } = await finishedUpload(world, 2);
    destroyDataset(world);
    await followToEnd(world, transferId);
    expect(await world.ports.files.readResults(transferId)).toMatchObject([
      { fileName: 'file0.txt', outcome: 'refused', reason: GONE },
      { fileName: 'file1.txt', outcome: 'refused', reason: GONE },
    ]);
    expect(world.ports.transfers.records()[0]?.trail.at(-1)).toMatchObject({
      state: 'CLOSED',
      why: `0 files registered, 2 not: ${GONE}`,
    });
  });

  it('is still recorded when the step that found it out is cut off and repeated', async () => {
    const world = createWorld();
    const { transferId } = await finishedUpload(world, 2);
    await runStep(world.ports, transferId, 'FOLLOW');
    await runStep(world.ports, transferId, 'RELEASE');
    destroyDataset(world);
    const dying = crashingAt(world.ports, 'files.writeResults', true).ports;
    await expect(registerFiles(dying, SETTINGS, transferId)).rejects.toThrow('files.writeResults');
    world.clock.advance(180_000);
    await followToEnd(world, transferId);
    const results = await world.ports.files.readResults(transferId);
    expect(results.map((result) => result.reason)).toEqual([GONE, GONE]);
  });

  it("leaves Dataverse's own reason to a file that was refused before", async () => {
    const world = createWorld();
    const { transferId, paths } = await finishedUpload(world, 30);
    world.dataverse.fileErrors.set(paths[3]?.[0] ?? '', 'Bad Request:No.');
    await runStep(world.ports, transferId, 'FOLLOW');
    await runStep(world.ports, transferId, 'RELEASE');
    // The first batch, 25 of the 30.
    await registerFiles(world.ports, SETTINGS, transferId);
    destroyDataset(world);
    await followToEnd(world, transferId);
    const results = await world.ports.files.readResults(transferId);
    expect(results).toHaveLength(30);
    expect(results.filter((result) => result.reason === 'Bad Request:No.')).toMatchObject([{ fileName: 'file3.txt' }]);
    expect(results.filter((result) => result.reason === GONE)).toHaveLength(29);
    expect(world.ports.transfers.records()[0]?.registration).toMatchObject({ registered: 0, failed: 30 });
  });
});

describe('a dataset that Dataverse once says is not there', () => {
  it.each(['listFiles', 'locks'] as const)('is asked about again: by %s alone nothing is given up', async (method) => {
    const world = createWorld();
    const { transferId } = await finishedUpload(world, 2);
    await runStep(world.ports, transferId, 'FOLLOW');
    await runStep(world.ports, transferId, 'RELEASE');
    const original = world.dataverse[method] as (...args: unknown[]) => Promise<unknown>;
    let calls = 0;
    Object.assign(world.dataverse, {
      // Every other time.
      [method]: async (...args: unknown[]) => {
        calls += 1;
        if (calls % 2 === 1) throw new NotFoundError('Dataset with ID 29 not found.');
        return original(...args);
      },
    });
    await followToEnd(world, transferId);
    expect(calls).toBeGreaterThan(1);
    expect(world.dataverse.files).toHaveLength(2);
    expect(world.dataverse.lockList).toEqual([]);
    expect(world.ports.transfers.records()[0]?.trail.at(-1)?.why).toBe('2 files registered, 0 not');
  });
});
