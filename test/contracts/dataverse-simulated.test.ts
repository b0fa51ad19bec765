import { Secret } from '../../functions/domain/secret.ts';
import { createSimulatedDataverse } from '../simulation/fakes/simulated-dataverse.ts';
import { COLLECTION, CURATOR, DATASET } from '../support/builders.ts';
import { CURATOR_TOKEN, READER, READER_TOKEN, SERVICE_ACCOUNT } from '../support/fakes/dataverse-accounts.ts';
import { describeDataverseContract } from './dataverse.ts';
import type { DataverseUnderContract } from './dataverse-under-contract.ts';
import { simulatedTime } from './simulated-ports.ts';

const DATASETS = [
  { datasetId: DATASET, protocol: 'doi', authority: '10.5072', identifier: 'FK2/ILLPXE' },
  { datasetId: '30' as typeof DATASET, protocol: 'doi', authority: '10.5072', identifier: 'FK2/7U7YBV' },
];

describeDataverseContract('the fake of the simulation', async (): Promise<DataverseUnderContract> => {
  const simulated = createSimulatedDataverse(DATASETS, {
    locked: () => undefined,
    unlocked: () => undefined,
    registered: () => undefined,
  });
  const truth = simulated.of(DATASET);
  return {
    dataverse: simulatedTime().through('dataverse', simulated),
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
});
