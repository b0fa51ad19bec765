import { describe } from 'vitest';
import { storesIn } from '../support/dynamodb-stores.ts';
import { type DynamoDbServer, emptyTablesOn } from '../support/empty-tables.ts';
import { describeCallBudgetContract } from './call-budget.ts';
import { describeOpenIndexContract } from './open-index.ts';
import { describeStoresContract } from './stores.ts';

/**
 * The suites of every port whose adapter keeps its items in DynamoDB, against one implementation of it.
 * @param whyNot - why it cannot be run here: then the suites are skipped, and this is printed
 */
export function describeDynamoDbSuites(
  name: string,
  whyNot: string | undefined,
  startServer: () => Promise<DynamoDbServer>,
): void {
  if (whyNot !== undefined) process.stdout.write(`skipped: ${name}: ${whyNot}\n`);
  describe.skipIf(whyNot !== undefined)(`the adapters against ${name}`, () => {
    const emptyTables = emptyTablesOn(startServer);
    describeStoresContract(name, async () => storesIn(await emptyTables()));
    describeOpenIndexContract(name, async () => storesIn(await emptyTables()));
    describeCallBudgetContract(name, async () => (await emptyTables()).transfers);
  });
}
