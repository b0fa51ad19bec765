import { Secret } from '../../functions/domain/secret.ts';
import { COLLECTION, CURATOR, DATASET } from '../support/builders.ts';
import { CURATOR_TOKEN, READER, READER_TOKEN, SERVICE_ACCOUNT } from '../support/fakes/dataverse-accounts.ts';
import { createFakeDataverse } from '../support/fakes/fake-dataverse.ts';
import { describeDataverseContract } from './dataverse.ts';
import type { DataverseUnderContract } from './dataverse-under-contract.ts';

describeDataverseContract('the fake of unit tests', async (): Promise<DataverseUnderContract> => {
  const dataverse = createFakeDataverse();
  return {
    dataverse,
    datasetId: DATASET,
    persistentId: 'doi:10.5072/FK2/ILLPXE',
    storeId: 'globusm',
    editor: { userName: CURATOR, token: new Secret(CURATOR_TOKEN) },
    reader: { userName: READER, token: new Secret(READER_TOKEN) },
    serviceUserName: SERVICE_ACCOUNT,
    removeToken: async (userName) => dataverse.accounts.set(userName, { token: null }),
    async bearerOf(userName) {
      dataverse.accounts.set(userName, { bearerToken: `oidc-of-${userName}` });
      return new Secret(`oidc-of-${userName}`);
    },
    async privateUrl() {
      dataverse.accounts.privateUrls.set('a-private-url', DATASET);
      return new Secret('a-private-url');
    },
    lockAs: async (userName, lockType) => void dataverse.lockList.push({ lockType, userName }),
    publish: async () => dataverse.publish(),
    async changeFile(fileId, { restricted, downloaders, ...changes }) {
      dataverse.changeFile(fileId, { ...changes, ...(restricted === undefined ? {} : { isRestricted: restricted }) });
      if (downloaders) dataverse.downloaders.set(fileId, new Set(downloaders));
    },
    removeFromDraft: async (fileId) => dataverse.removeFromDraft(fileId),
    async setLimits(limits) {
      dataverse.limits = limits;
      return limits;
    },
    async referenceDataset() {
      dataverse.referencePlaces = [`${COLLECTION}/hdc1`];
      return { dataset: { kind: 'database-id', datasetId: DATASET }, places: [`${COLLECTION}/hdc1`] };
    },
    close: async () => undefined,
  };
});
