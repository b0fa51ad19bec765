import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { createAccessRuleStore } from '../../functions/adapters/dynamodb/access-rule-store.ts';
import { createFileEntryStore } from '../../functions/adapters/dynamodb/file-entry-store.ts';
import { createTable } from '../../functions/adapters/dynamodb/table.ts';
import { createTransferStore } from '../../functions/adapters/dynamodb/transfer-store.ts';
import { createDatasetLockStore, createTaskClaimStore } from '../../functions/adapters/dynamodb/versioned-items.ts';
import { systemRandomSource } from '../../functions/adapters/system/random-source.ts';
import { tables } from '../../functions/manifest.ts';
import { parseLocalSettings } from '../../infra/local/settings.ts';
import { type LocalStack, startLocalStack } from '../../infra/local/stack.ts';

/** A local stack in the process of the test, which can look into its tables and reach its workflow service. */
export interface StackInProcess extends LocalStack {
  /** What the functions have recorded, read by their own adapters. */
  readonly stores: ReturnType<typeof openStores>;
  /** The lines it has shown to people so far. */
  screen(): string;
  remove(): Promise<void>;
}

/** @param environment - settings beside ports and folder, such as `LEASE_SECONDS` */
export async function startStackInProcess(environment: Readonly<Record<string, string>> = {}): Promise<StackInProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'stack-'));
  const anyPorts = { PORT: '0', GLOBUS_PORT: '0', DATAVERSE_PORT: '0' };
  const shown: string[] = [];
  const settings = parseLocalSettings({ ...anyPorts, STATE_DIR: folder, ...environment });
  const local = await startLocalStack(settings, { log: (line) => shown.push(line) });
  const client = new DynamoDBClient({
    endpoint: local.dynamoDbUrl,
    region: 'local',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  return {
    ...local,
    stores: openStores(client),
    screen: () => shown.join('\n'),
    async remove() {
      client.destroy();
      await local.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function openStores(client: DynamoDBClient) {
  const documents = DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
  const open = ({ tableName, partitionKey, sortKey }: (typeof tables)[keyof typeof tables]) =>
    createTable(documents, tableName, [partitionKey, sortKey], systemRandomSource);
  const transfersTable = open(tables.transfers);
  return {
    transfers: createTransferStore(transfersTable),
    accessRules: createAccessRuleStore(open(tables.accessRules)),
    locks: createDatasetLockStore(transfersTable),
    claims: createTaskClaimStore(transfersTable),
    files: createFileEntryStore(transfersTable),
  };
}
