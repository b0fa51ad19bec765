import { createSimulatedDataverse } from '../simulation/fakes/simulated-dataverse.ts';
import { DATASETS, DRAFT } from '../simulation/machinery/site.ts';
import { describeDataverseContract } from './dataverse.ts';
import { fakeUnderContract } from './fake-dataverse-under-contract.ts';
import { simulatedTime } from './simulated-ports.ts';

describeDataverseContract('the fake of the simulation', async () => {
  const simulated = createSimulatedDataverse(DATASETS, {
    locked: () => undefined,
    unlocked: () => undefined,
    registered: () => undefined,
  });
  return fakeUnderContract(simulatedTime().through('dataverse', simulated), simulated.of(DRAFT));
});
