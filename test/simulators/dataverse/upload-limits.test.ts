import { describe, expect, it } from 'vitest';
import { FIXTURE_WORLD } from '../../../infra/local/simulators/dataverse/fixture.ts';
import { addFiles, entry } from './adding-files.ts';
import { serveGlobusListing } from './globus-listing.ts';
import { CURATOR, dataOf, startTestDataverse, type TestDataverse } from './running-dataverse.ts';

const ID = '18bf3af9c78-aaaaaaaaaaaa';
const NOT_SAVED = 'Bad Request:Failed to save the content of the uploaded file.';

async function uploadLimits(dataverse: TestDataverse): Promise<object> {
  const reply = await dataverse.call('GET', '/api/datasets/29/uploadlimits', { key: CURATOR });
  return dataOf<{ uploadLimits: object }>(reply).uploadLimits;
}

async function remainingQuota(dataverse: TestDataverse): Promise<unknown> {
  const reply = await dataverse.call('GET', '/api/datasets/29/globusUploadParameters', { key: CURATOR });
  return dataOf<{ queryParameters: Record<string, unknown> }>(reply).queryParameters['remainingQuota'];
}

/** A stand-in whose next file, named by `ID`, has that many bytes. */
async function withFileOf(sizeBytes: number, remainingBytes = 1000): Promise<TestDataverse> {
  const globus = await serveGlobusListing({ [`/hdc1/10.5072/FK2/ILLPXE/${ID}`]: sizeBytes });
  return startTestDataverse({ globus, world: { ...FIXTURE_WORLD, quota: { remainingBytes } } });
}

describe('uploadlimits', () => {
  it('tell nothing while nothing is limited', async () => {
    const dataverse = await startTestDataverse();
    await dataverse.control('POST', '/upload-limits', { enabled: true });
    expect(await uploadLimits(dataverse)).toEqual({});
  });

  it('tell the quota that remains only while it is enforced', async () => {
    const dataverse = await startTestDataverse();
    await dataverse.control('POST', '/upload-limits', { enabled: true });
    await dataverse.control('POST', '/quota', { remainingBytes: 1_048_576 });
    expect(await uploadLimits(dataverse)).toEqual({});
    await dataverse.control('POST', '/settings', { name: ':UseStorageQuotas', value: 'true' });
    expect(await uploadLimits(dataverse)).toEqual({ storageQuotaRemaining: 1_048_576 });
  });

  it('count the files of the latest version, and never go below none', async () => {
    const dataverse = await startTestDataverse();
    await dataverse.control('POST', '/upload-limits', { enabled: true, datasetFileCountLimit: 2 });
    expect(await uploadLimits(dataverse)).toEqual({ numberOfFilesRemaining: 2 });
    await addFiles(dataverse, [entry(), entry(), entry()]);
    expect(await uploadLimits(dataverse)).toEqual({ numberOfFilesRemaining: 0 });
    await dataverse.control('POST', '/upload-limits', { datasetFileCountLimit: null });
    expect(await uploadLimits(dataverse)).toEqual({});
  });
});

describe('the quota', () => {
  it('goes down by what is registered, also while it is not enforced, to 0 at least', async () => {
    const dataverse = await withFileOf(1001);
    expect(await remainingQuota(dataverse)).toBe(1000);
    await addFiles(dataverse, [entry({ storageIdentifier: `globusm://${ID}` })]);
    expect(await remainingQuota(dataverse)).toBe(0);
  });

  it('is not used up by files of unknown size', async () => {
    const dataverse = await startTestDataverse();
    await addFiles(dataverse, [entry()]);
    expect(await remainingQuota(dataverse)).toBe(1_000_000_000_000);
  });

  it('comes back when a file or its dataset is deleted', async () => {
    const dataverse = await withFileOf(400);
    await addFiles(dataverse, [entry({ storageIdentifier: `globusm://${ID}` })]);
    expect(await remainingQuota(dataverse)).toBe(600);
    await dataverse.control('POST', '/datasets/29/files/62/delete');
    expect(await remainingQuota(dataverse)).toBe(1000);
    await dataverse.control('POST', '/datasets/30/delete');
    expect(await remainingQuota(dataverse)).toBe(1178);
  });

  it('can be set and removed', async () => {
    const dataverse = await startTestDataverse();
    await dataverse.control('POST', '/quota', { remainingBytes: 7 });
    expect(await remainingQuota(dataverse)).toBe(7);
    await dataverse.control('POST', '/quota', { remainingBytes: null });
    expect(await remainingQuota(dataverse)).toBeUndefined();
  });

  it.each([
    { sizeBytes: 1000, errorMessage: undefined, left: 0 },
    { sizeBytes: 1001, errorMessage: NOT_SAVED, left: 1000 },
  ])('of 1000 bytes, enforced, leaves $left after a file of $sizeBytes', async ({ sizeBytes, errorMessage, left }) => {
    const dataverse = await withFileOf(sizeBytes);
    await dataverse.control('POST', '/settings', { name: ':UseStorageQuotas', value: 'true' });
    const reply = await addFiles(dataverse, [entry({ storageIdentifier: `globusm://${ID}` })]);
    expect(dataOf<{ Files: [{ errorMessage?: string }] }>(reply).Files[0].errorMessage).toBe(errorMessage);
    expect(await remainingQuota(dataverse)).toBe(left);
  });
});
