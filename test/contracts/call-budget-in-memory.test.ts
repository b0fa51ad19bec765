import { createCountingTable } from '../support/fakes/counting-table.ts';
import { describeCallBudgetContract } from './call-budget.ts';

describeCallBudgetContract('a table in memory', async () => createCountingTable());
