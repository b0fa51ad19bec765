import { storesIn } from '../support/dynamodb-stores.ts';
import { emptyTablesOn, startDynalite } from '../support/empty-tables.ts';
import { describeOpenIndexContract } from './open-index.ts';

const emptyTables = emptyTablesOn(startDynalite);

describeOpenIndexContract('DynamoDB (dynalite)', async () => storesIn(await emptyTables()));
