import { Secret } from '../../functions/domain/secret.ts';
import type { Dataverse } from '../../functions/ports/dataverse.ts';
import { COLLECTION, CURATOR, DATASET } from '../support/builders.ts';
import { CURATOR_TOKEN, READER, READER_TOKEN, SERVICE_ACCOUNT } from '../support/fakes/dataverse-accounts.ts';
import type { FakeDataverse } from '../support/fakes/fake-dataverse.ts';
import type { DataverseUnderContract } from './dataverse-under-contract.ts';

/**
 * A fake under the contract.
 * @param dataverse - the port as it is called
 * @param truth - the state behind it
 */
export function fakeUnderContract(dataverse: Dataverse, truth: FakeDataverse): DataverseUnderContract {
  return {
    dataverse,
    datasetId: DATASET,
    persistentId: 'doi:10.5072/FK2/ILLPXE',
    storeId: 'globusm',
    editor: { userName: CURATOR, token: new Secret(CURATOR_TOKEN) },
    reader: { userName: READER, token: new Secret(READER_TOKEN) },
    serviceUserName: SERVICE_ACCOUNT,
    removeToken: async (userName) => truth.accounts.set(userName, { token: null }),
    async bearerOf(userName) {
      truth.accounts.set(userName, { bearerToken: `oidc-of-${userName}` });
      return new Secret(`oidc-of-${userName}`);
    },
    async privateUrl() {
      truth.accounts.privateUrls.set('a-private-url', DATASET);
      return new Secret('a-private-url');
    },
    lockAs: async (userName, lockType) => void truth.lockList.push({ lockType, userName }),
    publish: async () => truth.publish(),
    async changeFile(fileId, { restricted, downloaders, ...changes }) {
      truth.changeFile(fileId, { ...changes, ...(restricted === undefined ? {} : { isRestricted: restricted }) });
      if (downloaders) truth.downloaders.set(fileId, new Set(downloaders));
    },
    removeFromDraft: async (fileId) => truth.removeFromDraft(fileId),
    async setLimits(limits) {
      truth.limits = limits;
      return limits;
    },
    async referenceDataset() {
      truth.referencePlaces = [`${COLLECTION}/hdc1`];
      return { dataset: { kind: 'database-id', datasetId: DATASET }, places: [`${COLLECTION}/hdc1`] };
    },
    close: async () => undefined,
  };
}
