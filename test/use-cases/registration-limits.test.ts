import { describe, expect, it } from 'vitest';
import type { TransferId } from '../../functions/domain/ids.ts';
import { registerFiles } from '../../functions/use-cases/register-files.ts';
import { CURATOR, TASK } from '../support/builders.ts';
import { crashingAt } from '../support/crashing-ports.ts';
import { destinations, onlyTransfer, report } from '../support/reporting.ts';
import { createWorld, followToEnd, grant, runStep, SETTINGS, type World } from '../support/world.ts';

/** A reported upload of files of these sizes whose task has ended and whose rule is released. */
async function settlingUpload(world: World, ...sizesBytes: readonly number[]): Promise<TransferId> {
  const paths = await grant(world.ports, { numberOfFiles: sizesBytes.length });
  world.globus.submit(TASK);
  await report(world.ports, paths);
  world.globus.finish(TASK, destinations(paths));
  const copied = world.globus.copied.get(TASK) ?? [];
  const sized = copied.map((file, index) => ({ ...file, sizeBytes: sizesBytes[index] ?? 0 }));
  world.globus.copied.set(TASK, sized);
  const transferId = onlyTransfer(world);
  await runStep(world.ports, transferId, 'FOLLOW');
  await runStep(world.ports, transferId, 'RELEASE');
  return transferId;
}

/** What is on record of each file: its reason, or that it is registered. */
async function outcomes(world: World, transferId: TransferId): Promise<Record<string, string>> {
  const results = await world.ports.files.readResults(transferId);
  return Object.fromEntries(results.map(({ fileName, outcome, reason }) => [fileName, reason ?? outcome]));
}

function setLimits(world: World, limits: Partial<World['dataverse']['limits']>): void {
  world.dataverse.limits = { ...world.dataverse.limits, ...limits };
}

describe('files beyond a limit of Dataverse', () => {
  it('are left out by name, and the others are registered', async () => {
    const world = createWorld();
    setLimits(world, { fileSizeLimitBytes: 1_000, remainingQuotaBytes: 100 });
    const transferId = await settlingUpload(world, 1_000, 60, 50, 40);
    await runStep(world.ports, transferId, 'REGISTER');
    setLimits(world, { remainingQuotaBytes: 0 });
    await followToEnd(world, transferId);
    expect(world.dataverse.files.map((file) => file.fileName)).toEqual(['file1.txt', 'file3.txt']);
    expect(await outcomes(world, transferId)).toEqual({
      'file0.txt': 'file0.txt has 1000 bytes; files of this store must have fewer than 1000 bytes.',
      'file1.txt': 'registered',
      'file2.txt': 'file2.txt has 50 bytes; of the storage quota 0 bytes are left.',
      'file3.txt': 'registered',
    });
    const [record] = world.ports.transfers.records();
    expect(record).toMatchObject({ state: 'CLOSED', registration: { registered: 2, failed: 2 } });
    expect(record?.trail.at(-1)?.why).toBe('2 files registered, 2 not');
    expect(world.dataverse.lockList).toEqual([]);
  });

  it('may be all of them: nothing is sent, and the transfer is closed', async () => {
    const world = createWorld();
    setLimits(world, { remainingFiles: 0 });
    const transferId = await settlingUpload(world, 1, 1);
    await followToEnd(world, transferId);
    expect(world.dataverse.files).toEqual([]);
    expect(world.ports.transfers.records()[0]).toMatchObject({
      state: 'CLOSED',
      registration: { batchesSent: 0, registered: 0, failed: 2 },
    });
  });

  it('are judged anew when the step that found them out is cut off, so that a raised limit counts', async () => {
    const world = createWorld();
    setLimits(world, { fileSizeLimitBytes: 10 });
    const transferId = await settlingUpload(world, 10, 9);
    await runStep(world.ports, transferId, 'REGISTER');
    const dying = crashingAt(world.ports, 'files.writeResults', true).ports;
    await expect(registerFiles(dying, SETTINGS, transferId)).rejects.toThrow('files.writeResults');
    expect(await outcomes(world, transferId)).toMatchObject({ 'file0.txt': expect.stringContaining('10 bytes') });
    setLimits(world, { fileSizeLimitBytes: 11 });
    world.clock.advance(180_000);
    await followToEnd(world, transferId);
    expect(await outcomes(world, transferId)).toEqual({ 'file0.txt': 'registered', 'file1.txt': 'registered' });
  });

  it('stay counted once when that step is cut off and the limits are the same', async () => {
    const world = createWorld();
    setLimits(world, { fileSizeLimitBytes: 10 });
    const transferId = await settlingUpload(world, 10, 9);
    await runStep(world.ports, transferId, 'REGISTER');
    const dying = crashingAt(world.ports, 'files.writeResults', true).ports;
    await expect(registerFiles(dying, SETTINGS, transferId)).rejects.toThrow('files.writeResults');
    world.clock.advance(180_000);
    await followToEnd(world, transferId);
    expect(world.ports.transfers.records()[0]?.registration).toMatchObject({ registered: 1, failed: 1 });
    expect(Object.keys(await outcomes(world, transferId))).toHaveLength(2);
  });
});

describe('the limits', () => {
  /** Notes who asks for limits. */
  function watchLimits(world: World): string[] {
    const asked: string[] = [];
    const original = world.dataverse.uploadLimits;
    world.dataverse.uploadLimits = async (datasetId, actingAs) => {
      asked.push(actingAs.kind);
      return original(datasetId, actingAs);
    };
    return asked;
  }

  it('are asked for as the user, and only while something is to be registered', async () => {
    const world = createWorld();
    const transferId = await settlingUpload(world, 1, 1);
    const asked = watchLimits(world);
    await followToEnd(world, transferId);
    expect(asked).toEqual(['user']);
  });

  it.each([
    { policy: 'service-account', expected: ['user', 'service'], registered: 1 },
    { policy: 'attention', expected: ['user'], registered: 0 },
  ] as const)('of a user without a token are asked for as NO_TOKEN_POLICY $policy says', async (row) => {
    const world = createWorld();
    const transferId = await settlingUpload(world, 1);
    world.dataverse.accounts.set(CURATOR, { token: null });
    const asked = watchLimits(world);
    const settings = { ...SETTINGS, noTokenPolicy: row.policy };
    const step = registerFiles(world.ports, settings, transferId).then(
      () => 'done',
      (error: Error) => error.name,
    );
    expect(await step).toBe(row.registered > 0 ? 'done' : 'NoUserTokenError');
    expect(asked).toEqual(row.expected);
    expect(world.dataverse.files).toHaveLength(row.registered);
  });

  it('are no reason to ask an operator when a user who may not edit any more is not told them', async () => {
    const world = createWorld();
    const transferId = await settlingUpload(world, 1);
    const asked = watchLimits(world);
    world.dataverse.canEdit = false;
    expect(await runStep(world.ports, transferId, 'REGISTER')).toEqual({ next: 'REGISTER', waitSeconds: 0 });
    expect(asked).toEqual(['user']);
  });

  it('that Dataverse does not tell now are waited for: nothing is added without them', async () => {
    const world = createWorld();
    const transferId = await settlingUpload(world, 1);
    world.dataverse.down.add('uploadLimits');
    await expect(runStep(world.ports, transferId, 'REGISTER')).rejects.toThrow('uploadLimits');
    expect(world.dataverse.files).toEqual([]);
    world.dataverse.down.clear();
    await followToEnd(world, transferId);
    expect(world.dataverse.files).toHaveLength(1);
  });
});
