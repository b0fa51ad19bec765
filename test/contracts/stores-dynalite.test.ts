import { storesIn } from '../support/dynamodb-stores.ts';
import { emptyTablesOn, startDynalite } from '../support/empty-tables.ts';
import { describeStoresContract } from './stores.ts';

const emptyTables = emptyTablesOn(startDynalite);

describeStoresContract('DynamoDB (dynalite)', async () => storesIn(await emptyTables()));
