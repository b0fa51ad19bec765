import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseDatasetId } from '../../functions/domain/ids.ts';
import type { ActingAs } from '../../functions/ports/dataverse.ts';
import { errorOf } from '../adapters/adapter-parts.ts';
import { describeDataverseCredentials } from './dataverse-credentials.ts';
import { describeDataverseFiles } from './dataverse-files.ts';
import { describeDataverseRegistration } from './dataverse-registration.ts';
import type { DataverseUnderContract } from './dataverse-under-contract.ts';
import { describeDataverseUploadTerms } from './dataverse-upload-terms.ts';

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
      expect((await errorOf(dataverse.describeDataset(byId(), readerKey))).name).toBe('UnauthenticatedError');
    });

    it('does not find a dataset that never was', async () => {
      const { dataverse } = under;
      const datasetId = parseDatasetId('999999');
      const unknownId = { kind: 'database-id', datasetId } as const;
      const unknownPid = { kind: 'persistent-id', persistentId: 'doi:10.5072/FK2/NEVER' } as const;
      for (const unknown of [unknownId, unknownPid]) {
        expect((await errorOf(dataverse.describeDataset(unknown, SERVICE))).name).toBe('NotFoundError');
        expect((await errorOf(dataverse.datasetPermissions(unknown, editorKey))).name).toBe('NotFoundError');
        expect((await errorOf(dataverse.storageDriver(unknown))).name).toBe('NotFoundError');
      }
      expect((await errorOf(dataverse.locks(datasetId))).name).toBe('NotFoundError');
      expect((await errorOf(dataverse.listFiles(datasetId))).name).toBe('NotFoundError');
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

    it('has one lock of a type, whoever placed it, and unlocks that of anybody', async () => {
      const { dataverse, datasetId, reader } = under;
      await under.lockAs(reader.userName, 'GlobusUpload');
      expect(await dataverse.lock(datasetId, 'GlobusUpload')).toBe('already-locked');
      expect(await dataverse.locks(datasetId)).toEqual([{ lockType: 'GlobusUpload', userName: reader.userName }]);
      expect(await dataverse.unlock(datasetId, 'GlobusUpload')).toBe('unlocked');
      expect(await dataverse.locks(datasetId)).toEqual([]);
    });

    describeDataverseCredentials(() => under);
    describeDataverseFiles(() => under);
    describeDataverseUploadTerms(() => under);
    describeDataverseRegistration(() => under);

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
