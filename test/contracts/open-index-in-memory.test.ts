import {
  createMemoryClaims,
  createMemoryLocks,
  createMemoryOpenIndex,
  createMemoryTransfers,
} from '../support/fakes/memory-stores.ts';
import { describeOpenIndexContract } from './open-index.ts';

describeOpenIndexContract('in memory', async () => {
  const stores = { transfers: createMemoryTransfers(), locks: createMemoryLocks(), claims: createMemoryClaims() };
  return { ...stores, open: createMemoryOpenIndex(stores) };
});
