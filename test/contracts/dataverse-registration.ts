import { beforeEach, expect, it } from 'vitest';
import { asUserName } from '../../functions/domain/ids.ts';
import type { RegistrableFile } from '../../functions/domain/registration.ts';
import type { ActingAs } from '../../functions/ports/dataverse.ts';
import { errorOf } from '../adapters/adapter-parts.ts';
import type { DataverseUnderContract } from './dataverse-under-contract.ts';

const SERVICE: ActingAs = { kind: 'service' };

/** The part of the Dataverse contract that is about registering files. @param current - what is under test in the present test */
export function describeDataverseRegistration(current: () => DataverseUnderContract): void {
  let under: DataverseUnderContract;
  let editorKey: ActingAs;
  let editorUser: ActingAs;
  beforeEach(() => {
    under = current();
    editorKey = { kind: 'key', token: under.editor.token };
    editorUser = { kind: 'user', userName: under.editor.userName };
  });

  const newFile = (random: string, changes: Partial<RegistrableFile> = {}): RegistrableFile => ({
    storageIdentifier: `${under.storeId}://1a2b3c4d5e6-${random}`,
    fileName: `${random} größe.dat`,
    mimeType: 'application/octet-stream',
    checksum: { '@type': 'MD5', '@value': random },
    ...changes,
  });
  const registered = async () =>
    (await under.dataverse.listFiles(under.datasetId)).map(({ storageIdentifier }) => storageIdentifier).sort();

  it('registers files in the name of a user and lists them', async () => {
    const { dataverse, datasetId } = under;
    expect(await dataverse.listFiles(datasetId)).toEqual([]);
    const files = [newFile('00ff11ee22d1'), newFile('00ff11ee22d2')];
    expect(await dataverse.addFiles(datasetId, editorUser, files)).toEqual({
      kind: 'answered',
      files: files.map(({ storageIdentifier }) => ({ storageIdentifier, error: undefined })),
    });
    expect(await registered()).toEqual(files.map(({ storageIdentifier }) => storageIdentifier));
    expect((await dataverse.listFiles(datasetId)).map(({ label }) => label).sort()).toEqual([
      '00ff11ee22d1 größe.dat',
      '00ff11ee22d2 größe.dat',
    ]);
  });

  it('tells which file of several was not added', async () => {
    const good = newFile('00ff11ee22d1');
    const bad = newFile('00ff11ee22d2', { storageIdentifier: 'globusm://not-an-identifier' });
    const outcome = await under.dataverse.addFiles(under.datasetId, editorKey, [good, bad]);
    if (outcome.kind !== 'answered') throw new Error(`expected an answer, got ${JSON.stringify(outcome)}`);
    expect(outcome.files.map(({ error }) => error === undefined)).toEqual([true, false]);
    expect(await registered()).toEqual([good.storageIdentifier]);
  });

  it('adds nothing when the whole call is refused', async () => {
    const file = newFile('00ff11ee22d1', { checksum: { '@type': 'CRC32', '@value': '1' } });
    const outcome = await under.dataverse.addFiles(under.datasetId, editorKey, [file]);
    expect(outcome).toMatchObject({ kind: 'refused', status: 400 });
    expect(await registered()).toEqual([]);
  });

  it('cannot tell what became of files that meet a lock, but that the call is over', async () => {
    await under.dataverse.lock(under.datasetId, 'GlobusUpload');
    const outcome = await under.dataverse.addFiles(under.datasetId, editorKey, [newFile('00ff11ee22d1')]);
    expect(outcome).toMatchObject({ kind: 'unknown', mayStillRun: false });
    expect(await registered()).toEqual([]);
  });

  it('registers nothing for a user who has no token, nor for one nobody knows', async () => {
    const { dataverse, datasetId, editor } = under;
    const nobody: ActingAs = { kind: 'user', userName: asUserName('nobody') };
    const adding = (actingAs: ActingAs) => dataverse.addFiles(datasetId, actingAs, [newFile('00ff11ee22d1')]);
    expect((await errorOf(adding(nobody))).name).toBe('UpstreamRefusedError');
    await under.removeToken(editor.userName);
    expect((await errorOf(adding(editorUser))).name).toBe('NoUserTokenError');
    expect(await registered()).toEqual([]);
  });

  it('registers nothing for who may not edit the dataset', async () => {
    const reader: ActingAs = { kind: 'user', userName: under.reader.userName };
    const outcome = await under.dataverse.addFiles(under.datasetId, reader, [newFile('00ff11ee22d1')]);
    expect(outcome).toMatchObject({ kind: 'unknown', mayStillRun: false });
    expect(await registered()).toEqual([]);
  });

  it('registers files in the name of the service', async () => {
    const file = newFile('00ff11ee22d1');
    expect(await under.dataverse.addFiles(under.datasetId, SERVICE, [file])).toMatchObject({ kind: 'answered' });
    expect(await registered()).toEqual([file.storageIdentifier]);
  });

  it('adds none of several when one of their identifiers is there already, and cannot tell so', async () => {
    const { dataverse, datasetId } = under;
    const [first, second] = [newFile('00ff11ee22d1'), newFile('00ff11ee22d2')] as const;
    await dataverse.addFiles(datasetId, editorUser, [first]);
    const outcome = await dataverse.addFiles(datasetId, editorUser, [second, first]);
    expect(outcome).toMatchObject({ kind: 'unknown', mayStillRun: false });
    expect(await registered()).toEqual([first.storageIdentifier]);
  });

  it.each(['service', 'reader'] as const)(
    'takes an EditInProgress lock away when it registers, that of the %s too',
    async (who) => {
      const { dataverse, datasetId } = under;
      await under.lockAs(who === 'service' ? under.serviceUserName : under.reader.userName, 'EditInProgress');
      const outcome = await dataverse.addFiles(datasetId, editorUser, [newFile('00ff11ee22d1')]);
      expect(outcome).toMatchObject({ kind: 'answered' });
      expect(await dataverse.locks(datasetId)).toEqual([]);
    },
  );

  it('registers in spite of an ingest that is going on', async () => {
    const { dataverse, datasetId } = under;
    await under.lockAs(under.reader.userName, 'Ingest');
    const outcome = await dataverse.addFiles(datasetId, editorUser, [newFile('00ff11ee22d1')]);
    expect(outcome).toMatchObject({ kind: 'answered' });
    expect(await dataverse.locks(datasetId)).toEqual([{ lockType: 'Ingest', userName: under.reader.userName }]);
  });
}
