import { beforeEach, expect, it } from 'vitest';
import type { ActingAs } from '../../functions/ports/dataverse.ts';
import { errorOf } from '../adapters/adapter-parts.ts';
import type { DataverseUnderContract } from './dataverse-under-contract.ts';

/** The part of the Dataverse contract that is about what holds for uploads. @param current - what is under test in the present test */
export function describeDataverseUploadTerms(current: () => DataverseUnderContract): void {
  let under: DataverseUnderContract;
  let editor: ActingAs;
  beforeEach(() => {
    under = current();
    editor = { kind: 'user', userName: under.editor.userName };
  });

  it('tells the limits of an upload, none where there is none', async () => {
    const { dataverse, datasetId } = under;
    const none = { fileSizeLimitBytes: null, remainingQuotaBytes: null, remainingFiles: null };
    const toldOfNone = await under.setLimits(none);
    expect(await dataverse.uploadLimits(datasetId, editor)).toEqual(toldOfNone);
    const some = { fileSizeLimitBytes: 5_000, remainingQuotaBytes: 7_000, remainingFiles: 9 };
    const toldOfSome = await under.setLimits(some);
    expect(await dataverse.uploadLimits(datasetId, editor)).toEqual(toldOfSome);
    const key: ActingAs = { kind: 'key', token: under.editor.token };
    expect(await dataverse.uploadLimits(datasetId, key)).toMatchObject({ fileSizeLimitBytes: 5_000 });
  });

  it('tells no limits to a guest, nor to a user without a token', async () => {
    const { dataverse, datasetId } = under;
    const guest = await errorOf(dataverse.uploadLimits(datasetId, { kind: 'guest' }));
    expect(['UnauthenticatedError', 'NoAccountError']).toContain(guest.name);
    await under.removeToken(under.editor.userName);
    expect((await errorOf(dataverse.uploadLimits(datasetId, editor))).name).toBe('NoUserTokenError');
  });

  it('tells where files may be referenced, and nothing for a managed store', async () => {
    const { dataverse, datasetId, persistentId } = under;
    expect(await dataverse.referenceEndpoints({ kind: 'database-id', datasetId })).toBeUndefined();
    expect(await dataverse.referenceEndpoints({ kind: 'persistent-id', persistentId })).toBeUndefined();
    const { dataset, places } = await under.referenceDataset();
    expect(await dataverse.referenceEndpoints(dataset)).toEqual(places);
  });
}
