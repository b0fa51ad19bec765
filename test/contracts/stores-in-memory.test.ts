import {
  createMemoryAccessRules,
  createMemoryClaims,
  createMemoryDownloadLists,
  createMemoryFiles,
  createMemoryLocks,
  createMemoryTransfers,
} from '../support/fakes/memory-stores.ts';
import { describeStoresContract } from './stores.ts';

describeStoresContract('in memory', async () => ({
  transfers: createMemoryTransfers(),
  accessRules: createMemoryAccessRules(),
  locks: createMemoryLocks(),
  claims: createMemoryClaims(),
  files: createMemoryFiles(),
  downloadLists: createMemoryDownloadLists(),
}));
