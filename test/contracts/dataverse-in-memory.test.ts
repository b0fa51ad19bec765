import { createFakeDataverse } from '../support/fakes/fake-dataverse.ts';
import { describeDataverseContract } from './dataverse.ts';
import { fakeUnderContract } from './fake-dataverse-under-contract.ts';

describeDataverseContract('the fake of unit tests', async () => {
  const dataverse = createFakeDataverse();
  return fakeUnderContract(dataverse, dataverse);
});
