import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import type { AccessRuleRow } from '../../functions/domain/access-rule.ts';
import type { DatasetLockItem } from '../../functions/domain/dataset-lock.ts';
import type { TransferRecord } from '../../functions/domain/transfer.ts';
import { tables } from '../../functions/manifest.ts';

/** What the tables of a stack hold. */
export interface StoredRecords {
  /** Oldest first. */
  readonly transfers: readonly TransferRecord[];
  readonly rows: readonly AccessRuleRow[];
  readonly locks: readonly DatasetLockItem[];
}

/** Reads the tables behind a local address as they are, past the adapters: what these would not find counts as well. */
export async function scanRecords(dynamoDbUrl: string): Promise<StoredRecords> {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = new DynamoDBClient({ endpoint: dynamoDbUrl, region: 'local', credentials });
  const documents = DynamoDBDocumentClient.from(client);
  const scan = async (tableName: string) =>
    (await documents.send(new ScanCommand({ TableName: tableName, ConsistentRead: true }))).Items ?? [];
  try {
    const items = await scan(tables.transfers.tableName);
    const rules = await scan(tables.accessRules.tableName);
    return {
      transfers: items
        .filter((item) => item['itemType'] === 'transfer')
        .map((item) => item as TransferRecord)
        .toSorted((one, other) => one.transferId.localeCompare(other.transferId)),
      rows: rules.filter((item) => item['state'] !== undefined).map((item) => item as AccessRuleRow),
      locks: items.filter((item) => item['itemType'] === 'lock').map((item) => item as DatasetLockItem),
    };
  } finally {
    client.destroy();
  }
}
