import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { DynamoDBClient, TableDescription } from '@aws-sdk/client-dynamodb';

/** A table as the manifest describes it; all keys are strings. Nothing times out here: the stand-in knows no time to live. */
export interface TableDesign {
  readonly tableName: string;
  readonly partitionKey: string;
  readonly sortKey: string;
  readonly indexes: readonly {
    readonly indexName: string;
    readonly partitionKey: string;
    readonly sortKey: string;
    /** Attributes beside the keys that the index carries. */
    readonly attributes: readonly string[];
  }[];
}

export interface LocalDynamoDb {
  readonly url: string;
  /** Closes the server and its store. */
  close(): Promise<void>;
}

/**
 * Starts DynamoDB's stand-in on a free loopback port, its items in a folder, and makes the tables that are missing.
 * @throws when a table in the folder has other keys or indexes than its design: indexes cannot be added there later
 */
export async function startDynamoDb(folder: string, tables: readonly TableDesign[]): Promise<LocalDynamoDb> {
  const { default: dynalite } = await import('dynalite');
  const server = dynalite({ path: folder, createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    await makeTables(url, tables);
  } catch (error) {
    await closeServer(server);
    throw error;
  }
  return { url, close: () => closeServer(server) };
}

/**
 * Makes the tables that are missing in a DynamoDB of this machine.
 * @throws when a table is there with other keys or indexes than its design
 */
export async function makeTables(endpoint: string, tables: readonly TableDesign[]): Promise<void> {
  const { DynamoDBClient: Client } = await import('@aws-sdk/client-dynamodb');
  const client = new Client({
    endpoint,
    region: 'local',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  try {
    for (const table of tables) await makeTable(client, table);
  } finally {
    client.destroy();
  }
}

async function makeTable(client: DynamoDBClient, table: TableDesign): Promise<void> {
  const { CreateTableCommand, waitUntilTableExists } = await import('@aws-sdk/client-dynamodb');
  const existing = await describeTable(client, table.tableName);
  if (existing) return refuseOtherShape(table, existing);
  const keys = [table, ...table.indexes].flatMap((each) => [each.partitionKey, each.sortKey]);
  await client.send(
    new CreateTableCommand({
      TableName: table.tableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [...new Set(keys)].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
      KeySchema: keySchema(table),
      ...(table.indexes.length > 0
        ? {
            GlobalSecondaryIndexes: table.indexes.map((index) => ({
              IndexName: index.indexName,
              KeySchema: keySchema(index),
              Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: [...index.attributes] },
            })),
          }
        : {}),
    }),
  );
  await waitUntilTableExists(
    { client, maxWaitTime: 10, minDelay: 0.05, maxDelay: 0.2 },
    { TableName: table.tableName },
  );
}

async function describeTable(client: DynamoDBClient, tableName: string): Promise<TableDescription | undefined> {
  const { DescribeTableCommand } = await import('@aws-sdk/client-dynamodb');
  try {
    return (await client.send(new DescribeTableCommand({ TableName: tableName }))).Table;
  } catch (error) {
    if ((error as Error).name === 'ResourceNotFoundException') return undefined;
    throw error;
  }
}

function refuseOtherShape(wanted: TableDesign, found: TableDescription): void {
  const wantedShape = [
    shapeOf(wanted.tableName, keySchema(wanted)),
    ...wanted.indexes.map((each) => shapeOf(each.indexName, keySchema(each))),
  ];
  const foundShape = [
    shapeOf(found.TableName, found.KeySchema),
    ...(found.GlobalSecondaryIndexes ?? []).map((each) => shapeOf(each.IndexName, each.KeySchema)),
  ];
  if (wantedShape.toSorted().join() === foundShape.toSorted().join()) return;
  throw new Error(
    `table ${wanted.tableName} in the state folder has the keys ${foundShape.join(' ')}, expected ${wantedShape.join(' ')}; ` +
      'start with another STATE_DIR, or remove this one',
  );
}

function keySchema(keys: { readonly partitionKey: string; readonly sortKey: string }) {
  return [
    { AttributeName: keys.partitionKey, KeyType: 'HASH' as const },
    { AttributeName: keys.sortKey, KeyType: 'RANGE' as const },
  ];
}

function shapeOf(name: string | undefined, keys: TableDescription['KeySchema']): string {
  return `${name}(${(keys ?? []).map((key) => key.AttributeName).join('/')})`;
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
