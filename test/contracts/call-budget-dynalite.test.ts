import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTable, type Table } from '../../functions/adapters/dynamodb/table.ts';
import { systemRandomSource } from '../../functions/adapters/system/random-source.ts';
import { tables } from '../../functions/manifest.ts';
import { type LocalDynamoDb, startDynamoDb } from '../../infra/local/dynamodb.ts';

let folder: string;
let dynamodb: LocalDynamoDb;
let client: DynamoDBDocumentClient;
let table: Table;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'budget-'));
  dynamodb = await startDynamoDb(folder, [tables.transfers]);
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  client = DynamoDBDocumentClient.from(new DynamoDBClient({ endpoint: dynamodb.url, region: 'local', credentials }));
  table = createTable(client, tables.transfers.tableName, ['pk', 'sk'], systemRandomSource);
});

afterAll(async () => {
  client?.destroy();
  await dynamodb?.close();
  await rm(folder, { recursive: true, force: true });
});

const keyOf = (identity: string) => ({ pk: `budget#${identity}`, sk: 'globus' });

describe('counting in windows of time', () => {
  it('counts to the limit and no further, and starts anew in the next window', async () => {
    const counted = async (window: number) => table.countInWindow(keyOf('a'), window, 3);
    expect([await counted(1), await counted(1), await counted(1), await counted(1)]).toEqual([true, true, true, false]);
    expect([await counted(2), await counted(1)]).toEqual([true, false]);
  });

  it('counts each of many that come at once in a new window', async () => {
    for (const window of [1, 2]) {
      const answers = await Promise.all(Array.from({ length: 12 }, () => table.countInWindow(keyOf('b'), window, 10)));
      expect(answers.filter(Boolean)).toHaveLength(10);
    }
  });
});
