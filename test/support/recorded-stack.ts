import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { createTable } from '../../functions/adapters/dynamodb/table.ts';
import { systemRandomSource } from '../../functions/adapters/system/random-source.ts';
import { httpApi, monitors, steps, type Table, tables } from '../../functions/manifest.ts';
import { createLambdaRunner } from '../../infra/local/lambda-runner.ts';
import { parseLocalSettings } from '../../infra/local/settings.ts';
import { type LocalStack, startLocalStack } from '../../infra/local/stack.ts';
import { loadStackParts } from '../../infra/local/stack-parts.ts';
import type { CallRecorder } from './call-recorder.ts';
import { storesIn } from './dynamodb-stores.ts';

/** A local stack in this process whose functions are watched. */
export interface RecordedStack extends LocalStack {
  /** What the functions have recorded, read and written by their own adapters. */
  readonly stores: ReturnType<typeof storesIn>;
  /** Runs a function beside the stack's own runs, watched like them. */
  run(functionName: string, event: unknown): Promise<unknown>;
  /** Ends the recording and the stack, and removes its folder. */
  remove(): Promise<void>;
}

/** @param environment - settings beside ports and folder, such as `LEASE_SECONDS` */
export async function startRecordedStack(
  recorder: CallRecorder,
  environment: Readonly<Record<string, string>> = {},
): Promise<RecordedStack> {
  const folder = await mkdtemp(join(tmpdir(), 'stack-'));
  const anyPorts = { PORT: '0', GLOBUS_PORT: '0', DATAVERSE_PORT: '0' };
  const settings = parseLocalSettings({ ...anyPorts, STATE_DIR: folder, ...environment });
  const parts = recorder.watch(await loadStackParts());
  const local = await startLocalStack(settings, { parts });
  const entries = [...httpApi.routes, httpApi.notFound, ...steps, ...monitors];
  const client = new DynamoDBClient({
    endpoint: local.dynamoDbUrl,
    region: 'local',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  return {
    ...local,
    stores: storesIn({
      transfers: open(client, tables.transfers),
      accessRules: open(client, tables.accessRules),
      downloads: open(client, tables.downloads),
    }),
    run: createLambdaRunner(entries, parts.loadHandler).run,
    async remove() {
      recorder.stop();
      client.destroy();
      await local.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function open(client: DynamoDBClient, { tableName, partitionKey, sortKey }: Table) {
  const documents = DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
  return createTable(documents, tableName, [partitionKey, sortKey], systemRandomSource);
}
