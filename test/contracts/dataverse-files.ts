import { beforeEach, expect, it } from 'vitest';
import { parseDatasetId } from '../../functions/domain/ids.ts';
import type { ActingAs, VersionFile } from '../../functions/ports/dataverse.ts';
import { errorOf } from '../adapters/adapter-parts.ts';
import type { DataverseUnderContract } from './dataverse-under-contract.ts';

const GUEST: ActingAs = { kind: 'guest' };
const SERVICE: ActingAs = { kind: 'service' };
const NEVER = parseDatasetId('999999');
const PERSISTENT_ID = 'doi:10.5072/FK2/ILLPXE/F1LE';

/** The part of the Dataverse contract that is about files and versions. @param current - what is under test in the present test */
export function describeDataverseFiles(current: () => DataverseUnderContract): void {
  let under: DataverseUnderContract;
  let editorKey: ActingAs;
  let readerKey: ActingAs;
  beforeEach(() => {
    under = current();
    editorKey = { kind: 'key', token: under.editor.token };
    readerKey = { kind: 'key', token: under.reader.token };
  });

  const dataset = () => ({ kind: 'database-id', datasetId: under.datasetId }) as const;
  const identifier = (random: string) => `${under.storeId}://1a2b3c4d5e6-${random}`;
  const register = async (random: string): Promise<VersionFile> => {
    const storageIdentifier = identifier(random);
    const file = { storageIdentifier, fileName: `${random}.dat`, mimeType: 'application/octet-stream' };
    const checksum = { '@type': 'MD5', '@value': random };
    await under.dataverse.addFiles(under.datasetId, editorKey, [{ ...file, checksum }]);
    const files = (await under.dataverse.listVersionFiles(under.datasetId, ':draft', editorKey)) ?? [];
    const registered = files.find((each) => each.storageIdentifier === storageIdentifier);
    if (!registered) throw new Error(`expected ${storageIdentifier} in the draft`);
    return registered;
  };
  const publishedFiles = () => under.dataverse.listVersionFiles(under.datasetId, ':latest-published', GUEST);

  it('lists the files of draft and published version apart, and no version that there is not', async () => {
    const { dataverse, datasetId } = under;
    expect(await dataverse.listVersionFiles(datasetId, ':draft', editorKey)).toEqual([]);
    expect(await publishedFiles()).toBeUndefined();
    const first = await register('00ff11ee22d1');
    await under.publish();
    expect(await dataverse.listVersionFiles(datasetId, ':draft', editorKey)).toBeUndefined();
    expect(await publishedFiles()).toEqual([first]);
    await register('00ff11ee22d2');
    const draft = (await dataverse.listVersionFiles(datasetId, ':draft', editorKey)) ?? [];
    expect(draft.map(({ label }) => label).sort()).toEqual(['00ff11ee22d1.dat', '00ff11ee22d2.dat']);
    expect(await publishedFiles()).toEqual([first]);
  });

  it('shows the files of a draft to those who may see it', async () => {
    const { dataverse, datasetId } = under;
    const file = await register('00ff11ee22d1');
    const visitor: ActingAs = { kind: 'key', token: await under.privateUrl() };
    for (const viewer of [SERVICE, visitor]) {
      expect(await dataverse.listVersionFiles(datasetId, ':draft', viewer)).toEqual([file]);
    }
    for (const outsider of [GUEST, readerKey]) {
      const error = await errorOf(dataverse.listVersionFiles(datasetId, ':draft', outsider));
      expect(error.name).toBe('UnauthenticatedError');
    }
  });

  it('says of a file what it takes to judge who may have it', async () => {
    const { dataverse, datasetId } = under;
    const file = await register('00ff11ee22d1');
    expect(file).toEqual({
      fileId: expect.stringMatching(/^[0-9]+$/),
      persistentId: null,
      storageIdentifier: identifier('00ff11ee22d1'),
      label: '00ff11ee22d1.dat',
      sizeBytes: expect.any(Number),
      isRestricted: false,
      embargoEndsOn: null,
      retentionEndsOn: null,
    });
    await under.changeFile(file.fileId, {
      restricted: true,
      embargoEndsOn: '2031-01-01',
      retentionEndsOn: '2041-01-01',
      persistentId: PERSISTENT_ID,
    });
    expect(await dataverse.listVersionFiles(datasetId, ':draft', editorKey)).toEqual([
      {
        ...file,
        isRestricted: true,
        embargoEndsOn: '2031-01-01',
        retentionEndsOn: '2041-01-01',
        persistentId: PERSISTENT_ID,
      },
    ]);
  });

  it('finds a file by either id, with its dataset, and whether it was published', async () => {
    const { dataverse, datasetId } = under;
    const { fileId } = await register('00ff11ee22d1');
    expect(await dataverse.findFile({ fileId })).toMatchObject({ fileId, datasetId, isPublished: false });
    await under.changeFile(fileId, { persistentId: PERSISTENT_ID });
    await under.publish();
    const found = await dataverse.findFile({ persistentId: PERSISTENT_ID });
    expect(found).toMatchObject({ fileId, persistentId: PERSISTENT_ID, datasetId, isPublished: true });
    expect(await dataverse.findFile({ fileId })).toEqual(found);
  });

  it('finds no file that never was, and takes nothing else for an id', async () => {
    const { dataverse } = under;
    expect(await dataverse.findFile({ fileId: '999999' })).toBeUndefined();
    expect(await dataverse.findFile({ persistentId: 'doi:10.5072/FK2/NEVER/F1LE' })).toBeUndefined();
    expect((await errorOf(dataverse.findFile({ fileId: '..' }))).name).toBe('InvalidRequestError');
    expect((await errorOf(dataverse.filePermissions('..', GUEST))).name).toBe('InvalidRequestError');
    expect((await errorOf(dataverse.filePermissions('999999', GUEST))).name).toBe('NotFoundError');
  });

  it('collects the storage identifiers of every version', async () => {
    const { dataverse, datasetId } = under;
    await register('00ff11ee22d1');
    await under.publish();
    await register('00ff11ee22d2');
    expect(await dataverse.listAllStorageIdentifiers(datasetId)).toEqual(
      new Set([identifier('00ff11ee22d1'), identifier('00ff11ee22d2')]),
    );
  });

  it('lists files that stand in older versions only, published or not any more', async () => {
    const { dataverse, datasetId } = under;
    const kept = await register('00ff11ee22d1');
    const removed = await register('00ff11ee22d2');
    await under.publish();
    expect(await dataverse.listOlderFiles(datasetId)).toEqual([]);
    await under.removeFromDraft(removed.fileId);
    expect((await publishedFiles())?.length).toBe(2);
    await under.publish();
    expect(await publishedFiles()).toEqual([kept]);
    const older = (await dataverse.listOlderFiles(datasetId)).filter((file) => file.fileId !== kept.fileId);
    expect(older).toEqual([{ ...removed, isPublished: true }]);
  });

  it('knows whether the dataset holds a package file', async () => {
    const { dataverse, datasetId } = under;
    await register('00ff11ee22d1');
    expect(await dataverse.hasPackageFile(datasetId)).toBe(false);
    const storageIdentifier = identifier('00ff11ee22d2');
    const mimeType = 'application/vnd.dataverse.file-package';
    const checksum = { '@type': 'MD5', '@value': 'a package' };
    await dataverse.addFiles(datasetId, editorKey, [
      { storageIdentifier, fileName: 'package.zip', mimeType, checksum },
    ]);
    expect(await dataverse.hasPackageFile(datasetId)).toBe(true);
  });

  it('lists nothing of a dataset that never was', async () => {
    const { dataverse } = under;
    const never = { kind: 'database-id', datasetId: NEVER } as const;
    for (const call of [
      () => dataverse.listVersionFiles(NEVER, ':draft', SERVICE),
      () => dataverse.listOlderFiles(NEVER),
      () => dataverse.hasPackageFile(NEVER),
      () => dataverse.listAllStorageIdentifiers(NEVER),
      () => dataverse.latestVersionName(never, SERVICE),
      () => dataverse.uploadLimits(NEVER, SERVICE),
      () => dataverse.referenceEndpoints(never),
    ]) {
      expect((await errorOf(call())).name).toBe('NotFoundError');
    }
  });

  it('says what each may do with a file: of a draft, published, and restricted', async () => {
    const { dataverse, reader } = under;
    const visitor: ActingAs = { kind: 'key', token: await under.privateUrl() };
    const { fileId } = await register('00ff11ee22d1');
    const may = async (actingAs: ActingAs) => (await dataverse.filePermissions(fileId, actingAs)).canDownloadFile;
    expect(await dataverse.filePermissions(fileId, editorKey)).toEqual({
      canDownloadFile: true,
      canEditOwnerDataset: true,
    });
    expect([await may(visitor), await may(readerKey), await may(GUEST)]).toEqual([true, false, false]);
    await under.publish();
    expect([await may(readerKey), await may(GUEST)]).toEqual([true, true]);
    await under.changeFile(fileId, { restricted: true });
    expect([await may(SERVICE), await may(readerKey), await may(GUEST)]).toEqual([true, false, false]);
    await under.changeFile(fileId, { downloaders: [reader.userName] });
    expect([await may(readerKey), await may(GUEST)]).toEqual([true, false]);
    expect(await dataverse.filePermissions(fileId, readerKey)).toMatchObject({ canEditOwnerDataset: false });
  });

  it('lets everybody download what is published under embargo or kept too long, as far as this call goes', async () => {
    const { fileId } = await register('00ff11ee22d1');
    await under.publish();
    await under.changeFile(fileId, { embargoEndsOn: '2999-01-01', retentionEndsOn: '2001-01-01' });
    expect(await under.dataverse.filePermissions(fileId, GUEST)).toMatchObject({ canDownloadFile: true });
  });

  it('names the latest version that a caller may see', async () => {
    const { dataverse, persistentId } = under;
    const named = (actingAs: ActingAs) => dataverse.latestVersionName(dataset(), actingAs);
    expect(await named(editorKey)).toBe(':draft');
    await register('00ff11ee22d1');
    await under.publish();
    expect([await named(editorKey), await named(GUEST)]).toEqual(['1.0', '1.0']);
    await register('00ff11ee22d2');
    expect([await named(SERVICE), await named(readerKey)]).toEqual([':draft', '1.0']);
    expect(await dataverse.latestVersionName({ kind: 'persistent-id', persistentId }, GUEST)).toBe('1.0');
  });

  it('names no version to those who may see none', async () => {
    expect((await errorOf(under.dataverse.latestVersionName(dataset(), readerKey))).name).toBe('NotFoundError');
  });
}
