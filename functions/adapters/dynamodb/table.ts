import { ConditionalCheckFailedException, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  type QueryCommandInput,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { UnavailableError } from '../../domain/errors.ts';
import type { RandomSource } from '../../ports/random-source.ts';
import { awsTimeLimits } from '../system/aws-time-limits.ts';

/** An item as it lies in a table. */
export type Item = Record<string, unknown>;

/** One table: strongly consistent reads, one conditional write at a time. Every method throws UnavailableError when DynamoDB does not answer. */
export interface Table {
  read(key: Item): Promise<Item | undefined>;
  /** Puts an item if its key is free. */
  putNew(item: Item): Promise<boolean>;
  /** Puts an item over the one with this birth and the version before. */
  putNext(item: Item): Promise<boolean>;
  /** Puts an item whatever is there. */
  put(item: Item): Promise<void>;
  /** Removes the item if birth and version are these. */
  removeExactly(key: Item, birthId: unknown, version: unknown): Promise<boolean>;
  remove(key: Item): Promise<void>;
  /** All items of a partition whose sort key begins so, in its order. */
  list(
    partition: { readonly name: string; readonly value: string },
    sort: { readonly name: string; readonly prefix: string },
  ): Promise<Item[]>;
  /**
   * The last items of a partition whose sort key begins so, the last one first.
   * @param sort - only keys before `before`, when that is given
   */
  listBackwards(
    partition: { readonly name: string; readonly value: string },
    sort: { readonly name: string; readonly prefix: string; readonly before?: string },
    limit: number,
  ): Promise<Item[]>;
  /** What an index shows of one of its partitions, in its order, up to but without a sort key. It may lag behind the table. */
  listIndex(
    index: { readonly indexName: string; readonly partitionKey: string; readonly sortKey: string },
    partition: string,
    before?: string,
  ): Promise<Item[]>;
  /** Counts one more in a window of time, unless it has as many as it may; a later window starts anew, and so does one long before the stored one. */
  countInWindow(key: Item, window: number, most: number): Promise<boolean>;
}

/** Four tries of five seconds each: a handler's call on the table ends well inside its 29 s. */
const CLIENT_LIMITS = { attempts: 4, milliseconds: 5_000 };

/** Makes a document client whose calls are bounded in number of tries and in time per try. */
export function createDocumentClient(limits = CLIENT_LIMITS): DynamoDBDocumentClient {
  const client = new DynamoDBClient({
    maxAttempts: limits.attempts,
    requestHandler: awsTimeLimits(limits.milliseconds, limits.milliseconds),
  });
  return DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
}

/**
 * A table behind the real SDK client.
 * @param keyNames - partition and sort key, to read back what a failed condition met
 */
export function createTable(
  client: DynamoDBDocumentClient,
  tableName: string,
  keyNames: readonly [string, string],
  random: RandomSource,
): Table {
  const keyOf = (item: Item): Item => ({ [keyNames[0]]: item[keyNames[0]], [keyNames[1]]: item[keyNames[1]] });

  const read = async (key: Item): Promise<Item | undefined> => {
    const reply = await asking(() =>
      client.send(new GetCommand({ TableName: tableName, Key: key, ConsistentRead: true })),
    );
    return reply.Item;
  };

  /** A condition can fail because the SDK repeated a write that had succeeded: then the item carries this write's id (F-74). */
  const putIf = async (
    item: Item,
    condition: string,
    values?: Item,
    names?: Record<string, string>,
  ): Promise<boolean> => {
    const writeId = random.hex(8);
    const command = new PutCommand({
      TableName: tableName,
      Item: { ...item, writeId },
      ConditionExpression: condition,
      ...(values ? { ExpressionAttributeValues: values } : {}),
      ...(names ? { ExpressionAttributeNames: names } : {}),
    });
    const isWritten = await ifConditionHolds(() => client.send(command));
    return isWritten || (await read(keyOf(item)))?.['writeId'] === writeId;
  };

  /** All items of a query, or as many as are wanted. */
  const everyPage = async (query: QueryCommandInput, wanted = Number.POSITIVE_INFINITY): Promise<Item[]> => {
    const items: Item[] = [];
    let start: Item | undefined;
    do {
      const command: QueryCommand = new QueryCommand({
        ...query,
        ...(start ? { ExclusiveStartKey: start } : {}),
        ...(Number.isFinite(wanted) ? { Limit: wanted - items.length } : {}),
      });
      const page = await asking(() => client.send(command));
      items.push(...(page.Items ?? []));
      start = page.LastEvaluatedKey;
    } while (start && items.length < wanted);
    return items;
  };

  return {
    read,
    putNew: (item) => putIf(item, 'attribute_not_exists(#pk)', undefined, { '#pk': keyNames[0] }),
    putNext: (item) =>
      putIf(
        item,
        '#version = :before AND #birthId = :birthId',
        { ':before': Number(item['version']) - 1, ':birthId': item['birthId'] },
        BIRTH_NAMES,
      ),
    async put(item) {
      await asking(() => client.send(new PutCommand({ TableName: tableName, Item: item })));
    },
    async removeExactly(key, birthId, version) {
      const command = new DeleteCommand({
        TableName: tableName,
        Key: key,
        ConditionExpression: '#version = :version AND #birthId = :birthId',
        ExpressionAttributeValues: { ':version': version, ':birthId': birthId },
        ExpressionAttributeNames: BIRTH_NAMES,
      });
      // Nothing there: either this very removal, repeated by the SDK, or another worker's; gone is gone.
      return (await ifConditionHolds(() => client.send(command))) || (await read(key)) === undefined;
    },
    async remove(key) {
      await asking(() => client.send(new DeleteCommand({ TableName: tableName, Key: key })));
    },
    list(partition, sort) {
      return everyPage({
        TableName: tableName,
        ConsistentRead: true,
        KeyConditionExpression: '#pk = :pk AND begins_with(#sk, :prefix)',
        ExpressionAttributeNames: { '#pk': partition.name, '#sk': sort.name },
        ExpressionAttributeValues: { ':pk': partition.value, ':prefix': sort.prefix },
      });
    },
    async listBackwards(partition, { name, prefix, before }, limit) {
      // DynamoDB refuses a range whose end lies before its beginning.
      if (limit <= 0 || (before !== undefined && before <= prefix)) return [];
      const range = before === undefined ? 'begins_with(#sk, :prefix)' : '#sk BETWEEN :prefix AND :before';
      const query = {
        TableName: tableName,
        ConsistentRead: true,
        ScanIndexForward: false,
        KeyConditionExpression: `#pk = :pk AND ${range}`,
        ExpressionAttributeNames: { '#pk': partition.name, '#sk': name },
        ExpressionAttributeValues: {
          ':pk': partition.value,
          ':prefix': prefix,
          ...(before === undefined ? {} : { ':before': before }),
        },
      };
      // The range has the key `before` itself in it.
      const items = await everyPage(query, before === undefined ? limit : limit + 1);
      return items.filter((item) => item[name] !== before).slice(0, limit);
    },
    async countInWindow(key, window, most) {
      const update = (expression: string, condition: string, values: Item) =>
        ifConditionHolds(() =>
          client.send(
            new UpdateCommand({
              TableName: tableName,
              Key: key,
              UpdateExpression: expression,
              ConditionExpression: condition,
              ExpressionAttributeNames: { '#window': 'window', '#count': 'count' },
              ExpressionAttributeValues: { ':window': window, ':one': 1, ...values },
            }),
          ),
        );
      const addOne = () => update('ADD #count :one', '#window = :window AND #count < :most', { ':most': most });
      // The next window may have been begun by a clock that is a little ahead; one further on, by a clock that was wrong.
      const isOther = 'attribute_not_exists(#window) OR #window < :window OR #window > :next';
      const begin = () => update('SET #window = :window, #count = :one', isOther, { ':next': window + 1 });
      // Of several that find a new window one begins it; the others count on.
      return (await addOne()) || (await begin()) || addOne();
    },
    listIndex(index, partition, before) {
      const { indexName, partitionKey, sortKey } = index;
      const isBounded = before !== undefined;
      return everyPage({
        TableName: tableName,
        IndexName: indexName,
        KeyConditionExpression: isBounded ? '#pk = :pk AND #sk < :before' : '#pk = :pk',
        ExpressionAttributeNames: { '#pk': partitionKey, ...(isBounded ? { '#sk': sortKey } : {}) },
        ExpressionAttributeValues: { ':pk': partition, ...(isBounded ? { ':before': before } : {}) },
      });
    },
  };
}

const BIRTH_NAMES = { '#version': 'version', '#birthId': 'birthId' };

async function ifConditionHolds(send: () => Promise<unknown>): Promise<boolean> {
  try {
    await send();
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw unavailable(error);
  }
}

async function asking<Reply>(send: () => Promise<Reply>): Promise<Reply> {
  try {
    return await send();
  } catch (error) {
    throw unavailable(error);
  }
}

function unavailable(cause: unknown): UnavailableError {
  return new UnavailableError('The transfer records cannot be reached. Please repeat the request.', {
    cause,
    retryAfterSeconds: 5,
  });
}
