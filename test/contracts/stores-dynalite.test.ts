import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll } from 'vitest';
import { createAccessRuleStore } from '../../functions/adapters/dynamodb/access-rule-store.ts';
import { createFileEntryStore } from '../../functions/adapters/dynamodb/file-entry-store.ts';
import { createTable } from '../../functions/adapters/dynamodb/table.ts';
import { createTransferStore } from '../../functions/adapters/dynamodb/transfer-store.ts';
import { createDatasetLockStore, createTaskClaimStore } from '../../functions/adapters/dynamodb/versioned-items.ts';
import { systemRandomSource } from '../../functions/adapters/system/random-source.ts';
import { tables } from '../../functions/manifest.ts';
import { type LocalDynamoDb, startDynamoDb } from '../../infra/local/dynamodb.ts';
import { describeStoresContract } from './stores.ts';

let folder: string;
const started: LocalDynamoDb[] = [];
const { accessRules, transfers } = tables;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stores-'));
});

afterAll(async () => {
  for (const dynamodb of started) await dynamodb.close();
  await rm(folder, { recursive: true, force: true });
});

/** New tables under names of their own are the cheapest empty ones. */
let generation = 0;
async function emptyStores() {
  generation += 1;
  const named = Object.values(tables).map((table) => ({ ...table, tableName: `${table.tableName}-${generation}` }));
  const dynamodb = await startDynamoDb(join(folder, String(generation)), named);
  started.push(dynamodb);
  const client = DynamoDBDocumentClient.from(
    new DynamoDBClient({
      endpoint: dynamodb.url,
      region: 'local',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    }),
    { marshallOptions: { removeUndefinedValues: true } },
  );
  const open = (table: { tableName: string; partitionKey: string; sortKey: string }) =>
    createTable(client, `${table.tableName}-${generation}`, [table.partitionKey, table.sortKey], systemRandomSource);
  const transfersTable = open(transfers);
  return {
    transfers: createTransferStore(transfersTable),
    accessRules: createAccessRuleStore(open(accessRules)),
    locks: createDatasetLockStore(transfersTable),
    claims: createTaskClaimStore(transfersTable),
    files: createFileEntryStore(transfersTable),
  };
}

describeStoresContract('DynamoDB (dynalite)', emptyStores);
