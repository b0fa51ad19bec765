import { describe, expect, it } from 'vitest';
import { UpstreamRefusedError } from '../../functions/domain/errors.ts';
import type { TransferId } from '../../functions/domain/ids.ts';
import { parseUploadReport } from '../../functions/domain/report.ts';
import { acceptReport } from '../../functions/use-cases/accept-report.ts';
import { raiseAttention } from '../../functions/use-cases/raise-attention.ts';
import { CURATOR, DATASET, TASK } from '../support/builders.ts';
import { onlyTransfer } from '../support/reporting.ts';
import { createWorld, followToEnd, grant, runStep, SETTINGS, STORE, type World } from '../support/world.ts';

const MD5 = '0cc175b9c0f1b6a831c399e269772661';
const OTHER_MD5 = '92eb5ffee6ae2fec3ad71c777531578f';
const S3_STORE = { ...STORE, storeId: 's3g', bucket: 'dv-bucket' };

interface UploadedFile {
  readonly declared?: string;
  readonly computed?: string;
}

/** A reported upload whose task has ended and whose rule is released; sums are MD5s. */
async function settlingUpload(world: World, store: typeof STORE, files: readonly UploadedFile[]): Promise<TransferId> {
  const paths = await grant(world.ports, { store, numberOfFiles: files.length });
  world.globus.submit(TASK);
  const entries = files.map(({ declared }, index) => ({
    storageIdentifier: paths[index]?.[0],
    fileName: `file${index}.txt`,
    ...(declared ? { checksum: { '@type': 'MD5', '@value': declared } } : {}),
  }));
  const report = parseUploadReport(JSON.stringify({ taskIdentifier: TASK, files: entries }));
  const order = { datasetId: DATASET, datasetAsNamed: '29', userName: CURATOR, canPublish: true, report };
  await acceptReport(world.ports, SETTINGS, order);
  world.globus.finish(
    TASK,
    paths.map(([, path]) => path),
  );
  setGlobusSums(
    world,
    files.map((file) => file.computed),
  );
  const transferId = onlyTransfer(world);
  await runStep(world.ports, transferId, 'FOLLOW');
  await runStep(world.ports, transferId, 'RELEASE');
  return transferId;
}

function setGlobusSums(world: World, sums: readonly (string | undefined)[]): void {
  const copied = (world.globus.copied.get(TASK) ?? []).map((file, index) => {
    const value = sums[index];
    return { ...file, checksum: value === undefined ? null : { algorithm: 'MD5', value } };
  });
  world.globus.copied.set(TASK, copied);
}

const registeredSums = (world: World) =>
  Object.fromEntries(world.dataverse.files.map((file) => [file.fileName, file.checksum['@value']]));

describe('a file whose checksum is not the declared one', () => {
  it('fails alone, with both sums in the reason', async () => {
    const world = createWorld();
    const transferId = await settlingUpload(world, STORE, [
      { declared: MD5, computed: OTHER_MD5 },
      { declared: MD5.toUpperCase(), computed: MD5 },
      { declared: OTHER_MD5 },
    ]);
    await followToEnd(world, transferId);
    expect(registeredSums(world)).toEqual({ 'file1.txt': MD5.toUpperCase(), 'file2.txt': OTHER_MD5 });
    const [first] = (await world.ports.files.readResults(transferId)).filter(({ outcome }) => outcome === 'refused');
    expect(first).toMatchObject({ fileName: 'file0.txt', reason: expect.stringMatching(/0cc175b9.*92eb5ffe/) });
    const [record] = world.ports.transfers.records();
    expect(record).toMatchObject({ state: 'CLOSED', registration: { registered: 2, failed: 1 } });
  });

  it('counts as registered when somebody has registered it by hand', async () => {
    const world = createWorld();
    const transferId = await settlingUpload(world, STORE, [{ declared: MD5, computed: OTHER_MD5 }]);
    const [[storageIdentifier = '']] = [[...(await identifiersOf(world, transferId))]];
    const checksum = { '@type': 'MD5', '@value': OTHER_MD5 };
    world.dataverse.files.push({ storageIdentifier, fileName: 'file0.txt', mimeType: 'text/plain', checksum });
    await followToEnd(world, transferId);
    expect(world.ports.transfers.records()[0]?.registration).toMatchObject({ registered: 1, failed: 0 });
    expect(await world.ports.files.readResults(transferId)).toMatchObject([{ outcome: 'registered' }]);
  });
});

async function identifiersOf(world: World, transferId: TransferId): Promise<readonly string[]> {
  const record = await world.ports.transfers.read(transferId);
  const files = await world.ports.files.readFiles(transferId, record?.bound?.listId ?? '');
  return files.map((file) => file.storageIdentifier);
}

describe('files of an S3 store without a checksum', () => {
  const files = [{ computed: MD5 }, {}, { declared: 'Not in Dataverse' }, { declared: OTHER_MD5 }];

  it('wait in ATTENTION, named, once all others are registered', async () => {
    const world = createWorld();
    const transferId = await settlingUpload(world, S3_STORE, files);
    expect(await runStep(world.ports, transferId, 'REGISTER')).toMatchObject({ next: 'REGISTER' });
    const failure = await runStep(world.ports, transferId, 'REGISTER').catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(UpstreamRefusedError);
    expect(String(failure)).toContain('file1.txt, file2.txt.');
    expect(registeredSums(world)).toEqual({ 'file0.txt': MD5, 'file3.txt': OTHER_MD5 });
    await raiseAttention(world.ports, transferId, String(failure));
    const record = await world.ports.transfers.read(transferId);
    expect(record).toMatchObject({ state: 'ATTENTION', registration: { registered: 2, isComplete: false } });
    expect(record?.attention?.reason).toContain('file1.txt, file2.txt');
  });

  it('are never registered with a placeholder, however often it is tried, and nothing is added twice', async () => {
    const world = createWorld();
    const transferId = await settlingUpload(world, S3_STORE, files);
    let adds = 0;
    const original = world.dataverse.addFiles;
    world.dataverse.addFiles = async (...order) => {
      adds += 1;
      return original(...order);
    };
    await runStep(world.ports, transferId, 'REGISTER');
    for (let round = 0; round < 5; round++) {
      await expect(runStep(world.ports, transferId, 'REGISTER')).rejects.toThrow('wait for a checksum');
    }
    expect(adds).toBe(1);
    expect(Object.keys(registeredSums(world))).toEqual(['file0.txt', 'file3.txt']);
  });

  it('are registered when Globus lists their sums by the next try', async () => {
    const world = createWorld();
    const transferId = await settlingUpload(world, S3_STORE, files);
    await runStep(world.ports, transferId, 'REGISTER');
    await expect(runStep(world.ports, transferId, 'REGISTER')).rejects.toThrow('wait for a checksum');
    await raiseAttention(world.ports, transferId, 'waiting');
    setGlobusSums(world, [MD5, 'a'.repeat(32), 'b'.repeat(32), undefined]);
    await followToEnd(world, transferId);
    expect(Object.keys(registeredSums(world)).sort()).toEqual(['file0.txt', 'file1.txt', 'file2.txt', 'file3.txt']);
    expect(world.ports.transfers.records()[0]).toMatchObject({ state: 'CLOSED', registration: { failed: 0 } });
  });

  it('count as registered when an operator has registered them by hand', async () => {
    const world = createWorld();
    const transferId = await settlingUpload(world, S3_STORE, [{}]);
    await expect(runStep(world.ports, transferId, 'REGISTER')).rejects.toThrow('wait for a checksum');
    const [storageIdentifier = ''] = await identifiersOf(world, transferId);
    const checksum = { '@type': 'MD5', '@value': MD5 };
    world.dataverse.files.push({ storageIdentifier, fileName: 'file0.txt', mimeType: 'text/plain', checksum });
    await followToEnd(world, transferId);
    expect(world.ports.transfers.records()[0]).toMatchObject({ state: 'CLOSED', registration: { registered: 1 } });
  });

  it('of which there is no dataset any more are lost like all others', async () => {
    const world = createWorld();
    const transferId = await settlingUpload(world, S3_STORE, [{}]);
    world.dataverse.datasets.length = 0;
    await followToEnd(world, transferId);
    expect(await world.ports.files.readResults(transferId)).toMatchObject([
      { fileName: 'file0.txt', outcome: 'refused', reason: 'The dataset does not exist any more.' },
    ]);
  });
});
