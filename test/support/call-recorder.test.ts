import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { Context } from 'aws-lambda';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createHttpExchange } from '../../functions/adapters/dataverse/http-exchange.ts';
import { tables } from '../../functions/manifest.ts';
import type { LambdaHandler } from '../../infra/local/lambda-runner.ts';
import type { StackParts } from '../../infra/local/stack-parts.ts';
import { type LoopbackServer, startLoopbackServer } from '../adapters/loopback-server.ts';
import { type CallRecorder, createCallRecorder } from './call-recorder.ts';

let server: LoopbackServer;
let recorder: CallRecorder;

beforeAll(async () => {
  server = await startLoopbackServer();
  for (const method of ['GET', 'POST']) server.plan(method, { status: 200, body: {} });
});
afterAll(() => server.close());
beforeEach(() => {
  recorder = createCallRecorder('the superuser key');
});
afterEach(() => recorder.stop());

/** Runs an act as the function of that name. */
async function runAs(functionName: string, act: () => Promise<unknown>): Promise<void> {
  const handler: LambdaHandler = () => act();
  const { loadHandler } = recorder.watch({ loadHandler: async () => handler } as unknown as StackParts);
  const watched = await loadHandler({ functionName, entry: '', timeoutSeconds: 1 });
  await watched({}, {} as Context);
}

const getTask = () => fetch(`${server.url}/v0.10/task/x`).then((reply) => reply.text());

describe('the call recorder', () => {
  it('tells calls to Globus, by which function and in which run, however the runs interleave', async () => {
    const twice = async () => {
      await getTask();
      await getTask();
    };
    await Promise.all([runAs('one', twice), runAs('two', twice), runAs('one', getTask)]);
    const runs = recorder.calls.map(({ functionName, run }) => `${functionName} ${run}`).sort();
    expect(runs).toEqual(['one 1', 'one 1', 'one 3', 'two 2', 'two 2']);
    expect(recorder.calls[0]).toMatchObject({ service: 'Globus', method: 'GET', target: '/v0.10/task/x' });
  });

  it('leaves out what nobody calls in a function, and everything once it is stopped', async () => {
    await getTask();
    recorder.note({ service: 'Secrets', secretName: 'x' });
    recorder.stop();
    await runAs('one', getTask);
    expect(recorder.calls).toEqual([]);
  });

  it('tells as whom Dataverse is called, and whether the unblock key goes with it', async () => {
    const exchange = createHttpExchange(server.url, server.url);
    const send = (target: string, headers: Record<string, string>) =>
      exchange({ method: 'GET', target, headers }, 1_000);
    await runAs('one', async () => {
      await send('/api/v1/a?unblock-key=x', { 'x-dataverse-key': 'the superuser key' });
      await send('/api/v1/b', { 'x-dataverse-key': 'another key' });
      await send('/api/v1/c?until=x&user=y&method=GET&token=z', {});
      await send('/api/v1/d', {});
    });
    expect(recorder.calls.map((each) => each.service === 'Dataverse' && [each.actingAs, each.hasUnblockKey])).toEqual([
      ['service', true],
      ['key', false],
      ['signed URL', false],
      ['guest', false],
    ]);
  });

  it('tells action, table, index and keys of calls to DynamoDB', async () => {
    const TableName = tables.transfers.tableName;
    const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
    const client = new DynamoDBClient({ endpoint: server.url, region: 'local', credentials });
    const documents = DynamoDBDocumentClient.from(client);
    const byIndex = {
      KeyConditionExpression: '#pk = :pk AND #sk < :before',
      ExpressionAttributeNames: { '#pk': 'openCollectionId', '#sk': 'openDueTimeAndTransferId' },
      ExpressionAttributeValues: { ':pk': 'a collection', ':before': '0017' },
    };
    await runAs('one', async () => {
      await documents.send(new GetCommand({ TableName, Key: { pk: '29', sk: 'lock' } }));
      await documents.send(new PutCommand({ TableName, Item: { pk: 'task#x', sk: 'claim', more: 'x' } }));
      await documents.send(new QueryCommand({ TableName, IndexName: 'open', ...byIndex }));
    });
    client.destroy();
    const call = { service: 'DynamoDB', table: TableName, functionName: 'one', run: 1 };
    expect(recorder.calls).toEqual([
      { ...call, action: 'GetItem', index: undefined, partitionKey: '29', sortKey: 'lock' },
      { ...call, action: 'PutItem', index: undefined, partitionKey: 'task#x', sortKey: 'claim' },
      { ...call, action: 'Query', index: 'open', partitionKey: 'a collection', sortKey: '0017' },
    ]);
  });

  it('names whoever else is called as somebody else', async () => {
    await runAs('one', () => fetch(`${server.url}/elsewhere`));
    expect(recorder.calls).toMatchObject([{ service: 'other', method: 'GET', target: '/elsewhere' }]);
  });
});
