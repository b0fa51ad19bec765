import { tables } from '../../functions/manifest.ts';
import { createMemoryTable } from '../simulation/fakes/memory-table.ts';
import { storesIn } from '../support/dynamodb-stores.ts';
import { describeCallBudgetContract } from './call-budget.ts';
import { describeOpenIndexContract } from './open-index.ts';
import { simulatedTime } from './simulated-ports.ts';
import { describeStoresContract } from './stores.ts';

const NAME = 'the table of the simulation';

function emptyTables() {
  const time = simulatedTime();
  const tableOf = (name: keyof typeof tables) => {
    const { partitionKey, sortKey } = tables[name];
    const table = createMemoryTable({
      name,
      keyNames: [partitionKey, sortKey],
      lag: (change) => change(),
      written: () => undefined,
      restored: () => undefined,
    });
    return time.through(name, table);
  };
  return { transfers: tableOf('transfers'), accessRules: tableOf('accessRules'), downloads: tableOf('downloads') };
}

describeStoresContract(NAME, async () => storesIn(emptyTables()));
describeOpenIndexContract(NAME, async () => storesIn(emptyTables()));
describeCallBudgetContract(NAME, async () => emptyTables().transfers);
