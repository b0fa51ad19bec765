import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { asUserName, type DatasetId, parseDatasetId, type UserName } from '../../functions/domain/ids.ts';
import type { RegistrableFile } from '../../functions/domain/registration.ts';
import { Secret } from '../../functions/domain/secret.ts';
import type { ActingAs, Dataverse } from '../../functions/ports/dataverse.ts';
import { errorOf } from '../adapters/adapter-parts.ts';

/** Dataverse under test: one draft dataset without files and locks, an editor, a reader and our own account. */
export interface DataverseUnderContract {
  readonly dataverse: Dataverse;
  readonly datasetId: DatasetId;
  readonly persistentId: string;
  /** Where its new files go; a managed Globus store. */
  readonly storeId: string;
  readonly editor: { readonly userName: UserName; readonly token: Secret };
  readonly reader: { readonly userName: UserName; readonly token: Secret };
  readonly serviceUserName: UserName;
  /** Takes the API token of a user away. */
  removeToken(userName: UserName): Promise<void>;
  close(): Promise<void>;
}

const GUEST: ActingAs = { kind: 'guest' };
const SERVICE: ActingAs = { kind: 'service' };

/** What every adapter of the port `Dataverse` does. */
export function describeDataverseContract(name: string, makeAdapter: () => Promise<DataverseUnderContract>): void {
  describe(`the Dataverse contract, kept by ${name}`, () => {
    let under: DataverseUnderContract;
    let editorKey: ActingAs;
    let editorUser: ActingAs;
    let readerKey: ActingAs;
    beforeEach(async () => {
      under = await makeAdapter();
      editorKey = { kind: 'key', token: under.editor.token };
      editorUser = { kind: 'user', userName: under.editor.userName };
      readerKey = { kind: 'key', token: under.reader.token };
    });
    afterEach(() => under.close());

    const byId = () => ({ kind: 'database-id', datasetId: under.datasetId }) as const;
    const byPid = () => ({ kind: 'persistent-id', persistentId: under.persistentId }) as const;
    const newFile = (random: string, changes: Partial<RegistrableFile> = {}): RegistrableFile => ({
      storageIdentifier: `${under.storeId}://1a2b3c4d5e6-${random}`,
      fileName: `${random} größe.dat`,
      mimeType: 'application/octet-stream',
      checksum: { '@type': 'MD5', '@value': random },
      ...changes,
    });
    const registered = async () =>
      (await under.dataverse.listFiles(under.datasetId)).map(({ storageIdentifier }) => storageIdentifier).sort();

    it('tells who a key belongs to, and who the service is', async () => {
      const { dataverse, editor, serviceUserName } = under;
      expect(await dataverse.whoIs(editorKey)).toEqual({ userName: editor.userName, isSuperuser: false });
      expect(await dataverse.whoIs(SERVICE)).toEqual({ userName: serviceUserName, isSuperuser: true });
      expect(await dataverse.serviceUserName()).toBe(serviceUserName);
    });

    it('knows neither a guest nor a wrong key', async () => {
      const wrong: ActingAs = { kind: 'key', token: new Secret('00000000-0000-4000-8000-00000000dead') };
      expect((await errorOf(under.dataverse.whoIs(GUEST))).name).toBe('UnauthenticatedError');
      expect((await errorOf(under.dataverse.whoIs(wrong))).name).toBe('UnauthenticatedError');
    });

    it('tells what each caller may do with a draft, by key, by signed URL and by either reference', async () => {
      const all = { canEditDataset: true, canPublishDataset: true, canViewUnpublishedDataset: true };
      const none = { canEditDataset: false, canPublishDataset: false, canViewUnpublishedDataset: false };
      const { dataverse } = under;
      expect(await dataverse.datasetPermissions(byId(), editorKey)).toMatchObject({ canEditDataset: true });
      expect(await dataverse.datasetPermissions(byId(), editorUser)).toMatchObject({ canEditDataset: true });
      expect(await dataverse.datasetPermissions(byPid(), editorUser)).toMatchObject({ canEditDataset: true });
      expect(await dataverse.datasetPermissions(byPid(), SERVICE)).toEqual(all);
      expect(await dataverse.datasetPermissions(byId(), readerKey)).toEqual(none);
      expect(await dataverse.datasetPermissions(byPid(), GUEST)).toEqual(none);
    });

    it('describes a dataset by either reference, to those who may see it', async () => {
      const { dataverse, datasetId, persistentId } = under;
      const described = await dataverse.describeDataset(byId(), editorUser);
      expect(described.datasetId).toBe(datasetId);
      expect(`${described.protocol}:${described.authority}/${described.identifier}`).toBe(persistentId);
      expect(await dataverse.describeDataset(byPid(), SERVICE)).toEqual(described);
      expect((await errorOf(dataverse.describeDataset(byId(), GUEST))).name).toBe('UnauthenticatedError');
    });

    it('does not find a dataset that never was', async () => {
      const unknown = { kind: 'database-id', datasetId: parseDatasetId('999999') } as const;
      expect((await errorOf(under.dataverse.describeDataset(unknown, SERVICE))).name).toBe('NotFoundError');
      expect((await errorOf(under.dataverse.storageDriver(unknown))).name).toBe('NotFoundError');
    });

    it('tells the store by either reference', async () => {
      expect(await under.dataverse.storageDriver(byId())).toBe(under.storeId);
      expect(await under.dataverse.storageDriver(byPid())).toBe(under.storeId);
    });

    it('locks once, tells whose lock it is, and unlocks that type alone', async () => {
      const { dataverse, datasetId, serviceUserName: userName } = under;
      expect(await dataverse.locks(datasetId)).toEqual([]);
      expect(await dataverse.lock(datasetId, 'GlobusUpload')).toBe('locked');
      expect(await dataverse.lock(datasetId, 'GlobusUpload')).toBe('already-locked');
      expect(await dataverse.lock(datasetId, 'EditInProgress')).toBe('locked');
      expect(await dataverse.unlock(datasetId, 'GlobusUpload')).toBe('unlocked');
      expect(await dataverse.unlock(datasetId, 'GlobusUpload')).toBe('not-locked');
      expect(await dataverse.locks(datasetId)).toEqual([{ lockType: 'EditInProgress', userName }]);
    });

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

    it('cannot act as a user who has no token', async () => {
      const { dataverse, datasetId, editor } = under;
      await under.removeToken(editor.userName);
      expect((await errorOf(dataverse.datasetPermissions(byId(), editorUser))).name).toBe('NoUserTokenError');
      const adding = dataverse.addFiles(datasetId, editorUser, [newFile('00ff11ee22d1')]);
      expect((await errorOf(adding)).name).toBe('NoUserTokenError');
    });

    it('does not act as the superuser for a user nobody knows', async () => {
      const nobody: ActingAs = { kind: 'user', userName: asUserName('nobody') };
      const { dataverse, datasetId } = under;
      expect((await errorOf(dataverse.datasetPermissions(byId(), nobody))).name).toBe('UpstreamRefusedError');
      const adding = dataverse.addFiles(datasetId, nobody, [newFile('00ff11ee22d1')]);
      expect((await errorOf(adding)).name).toBe('UpstreamRefusedError');
      expect(await registered()).toEqual([]);
    });

    it("passes the caller's own request on and gives Dataverse's answer, good or bad", async () => {
      const target = `/api/v1/datasets/${under.datasetId}/globusUploadParameters?locale=en`;
      const headers = { 'x-dataverse-key': under.editor.token.reveal() };
      const reply = await under.dataverse.forward({ method: 'GET', target, headers });
      expect(reply.status).toBe(200);
      expect(JSON.parse(Buffer.from(reply.body).toString('utf8'))).toMatchObject({
        status: 'OK',
        data: { queryParameters: { datasetPid: under.persistentId, managed: 'true' } },
      });
      expect((await under.dataverse.forward({ method: 'GET', target, headers: {} })).status).toBe(401);
    });

    it('passes a URL on that Dataverse itself has signed', async () => {
      const target = `/api/v1/datasets/${under.datasetId}/globusUploadParameters`;
      const headers = { 'x-dataverse-key': under.editor.token.reveal() };
      const reply = await under.dataverse.forward({ method: 'GET', target, headers });
      const { data } = JSON.parse(Buffer.from(reply.body).toString('utf8')) as {
        data: { signedUrls: { name: string; signedUrl: string }[] };
      };
      const signed = data.signedUrls.find((each) => each.name === 'getDatasetMetadata')?.signedUrl ?? '';
      const { pathname, search } = new URL(signed);
      const version = await under.dataverse.forward({ method: 'GET', target: `${pathname}${search}`, headers: {} });
      expect(version.status).toBe(200);
      const broken = await under.dataverse.forward({ method: 'GET', target: `${pathname}${search}0`, headers: {} });
      expect(broken.status).toBe(401);
    });
  });
}
