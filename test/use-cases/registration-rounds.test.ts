import { describe, expect, it } from 'vitest';
import type { UserName } from '../../functions/domain/ids.ts';
import { nextStep } from '../../functions/domain/next-step.ts';
import { MAX_FRUITLESS_ROUNDS } from '../../functions/domain/registration.ts';
import { registerFiles } from '../../functions/use-cases/register-files.ts';
import { TASK } from '../support/builders.ts';
import { destinations, onlyTransfer, report } from '../support/reporting.ts';
import { createWorld, grant, runStep, SETTINGS, type World } from '../support/world.ts';

const FOREIGN_LOCK = { lockType: 'EditInProgress', userName: 'other' as UserName };

/** An upload of two files whose registration is due. */
async function dueRegistration(world: World) {
  const paths = await grant(world.ports);
  world.globus.submit(TASK);
  await report(world.ports, paths);
  world.globus.finish(TASK, destinations(paths));
  const transferId = onlyTransfer(world);
  await runStep(world.ports, transferId, 'FOLLOW');
  await runStep(world.ports, transferId, 'RELEASE');
  return { transferId };
}

function removeForeignLock({ dataverse }: World): void {
  dataverse.lockList.splice(dataverse.lockList.indexOf(FOREIGN_LOCK), 1);
}

describe('a batch that Dataverse accepts after rounds in vain', () => {
  it.each([{ rounds: 1 }, { rounds: 4 }, { rounds: MAX_FRUITLESS_ROUNDS }])(
    'counts at once when it is listed, with $rounds of them before it',
    async ({ rounds }) => {
      const world = createWorld();
      const { transferId } = await dueRegistration(world);
      world.dataverse.lockList.push(FOREIGN_LOCK);
      for (let round = 1; round <= rounds; round++) {
        const { waitSeconds } = await registerFiles(world.ports, SETTINGS, transferId);
        expect(waitSeconds).toBeGreaterThan(0);
        world.clock.advance(waitSeconds * 1000);
      }
      removeForeignLock(world);
      const results = [
        await registerFiles(world.ports, SETTINGS, transferId),
        await registerFiles(world.ports, SETTINGS, transferId),
      ];
      expect(results).toEqual([
        { next: 'REGISTER', waitSeconds: 0 },
        { next: 'CLOSE', waitSeconds: 0 },
      ]);
      expect(world.dataverse.files).toHaveLength(2);
    },
  );

  it('is waited for when it is not listed, longer each time, until an operator is asked', async () => {
    const world = createWorld();
    const { transferId } = await dueRegistration(world);
    world.dataverse.addFiles = async (_dataset, _actingAs, files) => {
      world.dataverse.lockList.length = 0;
      return {
        kind: 'answered',
        files: files.map(({ storageIdentifier }) => ({ storageIdentifier, error: undefined })),
      };
    };
    const waits: number[] = [];
    const failed = async () => {
      for (let round = 0; round < 20; round++) {
        const { waitSeconds } = await registerFiles(world.ports, SETTINGS, transferId);
        waits.push(waitSeconds);
        world.clock.advance(waitSeconds * 1000);
      }
    };
    await expect(failed()).rejects.toThrow('Dataverse accepts 2 files and does not list them.');
    expect(waits).toEqual([0, 30, 60, 120, 240, 480, 600, 600, 600]);
    const [record] = world.ports.transfers.records();
    if (!record) throw new Error('there is no transfer');
    expect(nextStep(record, world.clock.nowEpochSeconds()).next).toBe('REGISTER');
  });

  it('is looked for again later when the list cannot be read', async () => {
    const world = createWorld();
    const { transferId } = await dueRegistration(world);
    world.dataverse.lockList.push(FOREIGN_LOCK);
    world.clock.advance((await registerFiles(world.ports, SETTINGS, transferId)).waitSeconds * 1000);
    removeForeignLock(world);
    const { addFiles } = world.dataverse;
    world.dataverse.addFiles = async (...call) => {
      const answer = await addFiles(...call);
      world.dataverse.down.add('listFiles');
      return answer;
    };
    const { next, waitSeconds } = await registerFiles(world.ports, SETTINGS, transferId);
    expect([next, waitSeconds]).toEqual(['REGISTER', 30]);
    world.dataverse.down.clear();
    world.clock.advance(waitSeconds * 1000);
    expect(await registerFiles(world.ports, SETTINGS, transferId)).toMatchObject({ next: 'CLOSE' });
    expect(world.dataverse.files).toHaveLength(2);
  });
});
