import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DescribeTableCommand,
  DynamoDBClient,
  GetItemCommand,
  ListTablesCommand,
  PutItemCommand,
  QueryCommand,
} from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { tables } from '../../functions/manifest.ts';
import { type LocalDynamoDb, startDynamoDb } from '../../infra/local/dynamodb.ts';

let folder: string;
let running: LocalDynamoDb | undefined;
let client: DynamoDBClient;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dynamodb-'));
});
afterEach(async () => {
  client?.destroy();
  await running?.close();
  rmSync(folder, { recursive: true, force: true });
});

async function start(designs: Parameters<typeof startDynamoDb>[1] = Object.values(tables)): Promise<void> {
  client?.destroy();
  await running?.close();
  running = undefined;
  running = await startDynamoDb(folder, designs);
  client = new DynamoDBClient({
    endpoint: running.url,
    region: 'local',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
}

describe('local DynamoDB', () => {
  it('has the tables of the manifest, ready to use', async () => {
    await start();

    const { TableNames } = await client.send(new ListTablesCommand({}));

    expect(TableNames?.toSorted()).toEqual(
      Object.values(tables)
        .map((table) => table.tableName)
        .toSorted(),
    );
    for (const TableName of TableNames ?? []) {
      const { Table } = await client.send(new DescribeTableCommand({ TableName }));
      expect(Table?.TableStatus).toBe('ACTIVE');
      expect(Table?.BillingModeSummary?.BillingMode).toBe('PAY_PER_REQUEST');
    }
  });

  it('has the indexes of the manifest, each with the attributes that it names and no others', async () => {
    await start();
    const { tableName, partitionKey, sortKey, indexes } = tables.transfers;
    const [index] = indexes;
    const Item = {
      [partitionKey]: { S: '29' },
      [sortKey]: { S: 'transfer' },
      [index.partitionKey]: { S: 'collection' },
      [index.sortKey]: { S: 'due' },
      state: { S: 'FOLLOWING' },
      trail: { S: 'not carried into the index' },
    };
    await client.send(new PutItemCommand({ TableName: tableName, Item }));

    const found = await client.send(
      new QueryCommand({
        TableName: tableName,
        IndexName: index.indexName,
        KeyConditionExpression: '#key = :key',
        ExpressionAttributeNames: { '#key': index.partitionKey },
        ExpressionAttributeValues: { ':key': { S: 'collection' } },
      }),
    );

    const { trail, ...carried } = Item;
    expect(found.Items).toEqual([carried]);
  });

  it('keeps items over a restart', async () => {
    await start();
    const { tableName, partitionKey, sortKey } = tables.accessRules;
    const Key = { [partitionKey]: { S: 'c' }, [sortKey]: { S: 'p' } };
    await client.send(new PutItemCommand({ TableName: tableName, Item: { ...Key, state: { S: 'PRESENT' } } }));

    await start();

    const { Item } = await client.send(new GetItemCommand({ TableName: tableName, Key }));
    expect(Item).toEqual({ ...Key, state: { S: 'PRESENT' } });
  });

  it('refuses a folder whose table has other keys, and says which', async () => {
    await start([{ tableName: 'things', partitionKey: 'a', sortKey: 'b', indexes: [] }]);
    const changed = { tableName: 'things', partitionKey: 'a', sortKey: 'c', indexes: [] };

    await expect(start([changed])).rejects.toThrow('things(a/b), expected things(a/c)');
  });

  it('refuses a folder whose table lacks an index', async () => {
    await start([{ tableName: 'things', partitionKey: 'a', sortKey: 'b', indexes: [] }]);
    const indexes = [{ indexName: 'open', partitionKey: 'c', sortKey: 'd', attributes: ['e'] }];

    await expect(start([{ tableName: 'things', partitionKey: 'a', sortKey: 'b', indexes }])).rejects.toThrow(
      'open(c/d)',
    );
  });
});
