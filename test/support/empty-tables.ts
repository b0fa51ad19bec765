import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll } from 'vitest';
import { createTable, type Table } from '../../functions/adapters/dynamodb/table.ts';
import { systemRandomSource } from '../../functions/adapters/system/random-source.ts';
import { tables } from '../../functions/manifest.ts';
import { makeTables, startDynamoDb } from '../../infra/local/dynamodb.ts';

/** A server that speaks DynamoDB's wire protocol, on this machine. */
export interface DynamoDbServer {
  readonly url: string;
  close(): Promise<void>;
}

/** The tables of the manifest, without items, behind the real SDK client. */
export type EmptyTables = Readonly<Record<keyof typeof tables, Table>>;

/** Dynalite on a free loopback port, its items in a folder that goes with it. */
export async function startDynalite(): Promise<DynamoDbServer> {
  const folder = await mkdtemp(join(tmpdir(), 'dynalite-'));
  const server = await startDynamoDb(folder, []);
  return {
    url: server.url,
    async close() {
      await server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/**
 * Starts a server for the tests of this file or block.
 * @returns what gives empty tables on it, at each call others: new ones under names of their own are the cheapest empty ones
 */
export function emptyTablesOn(startServer: () => Promise<DynamoDbServer>): () => Promise<EmptyTables> {
  let server: DynamoDbServer | undefined;
  let client: DynamoDBDocumentClient | undefined;
  let generation = 0;

  beforeAll(async () => {
    server = await startServer();
    const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
    // A second opinion is worth nothing when the client asks until it gets the answer it wants.
    const bare = new DynamoDBClient({ endpoint: server.url, region: 'local', credentials, maxAttempts: 1 });
    client = DynamoDBDocumentClient.from(bare, { marshallOptions: { removeUndefinedValues: true } });
  });

  afterAll(async () => {
    client?.destroy();
    await server?.close();
  });

  return async () => {
    if (!server || !client) throw new Error('the tables are asked for before the server has started');
    generation += 1;
    const designs = Object.entries(tables).map(
      ([name, table]) => [name, { ...table, tableName: `${table.tableName}-${generation}` }] as const,
    );
    await makeTables(
      server.url,
      designs.map(([, design]) => design),
    );
    const documents = client;
    const opened = designs.map(([name, { tableName, partitionKey, sortKey }]) => [
      name,
      createTable(documents, tableName, [partitionKey, sortKey], systemRandomSource),
    ]);
    return Object.fromEntries(opened) as EmptyTables;
  };
}
