import { emptyTablesOn, startDynalite } from '../support/empty-tables.ts';
import { describeCallBudgetContract } from './call-budget.ts';

const emptyTables = emptyTablesOn(startDynalite);

describeCallBudgetContract('DynamoDB (dynalite)', async () => (await emptyTables()).transfers);
