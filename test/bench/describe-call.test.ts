import { describe, expect, it } from 'vitest';
import { describeCall } from './describe-call.ts';

describe('a round trip in words', () => {
  const dynamoDb = { service: 'DynamoDB', action: 'GetItem', table: 'transfers', index: undefined } as const;
  const dataverse = { service: 'Dataverse', actingAs: 'service', hasUnblockKey: false } as const;
  const collection = 'd8c42580-6528-4605-9ad8-116a61982644';

  it.each([
    { call: { ...dynamoDb, partitionKey: '29', sortKey: '29-18b49d3688c' }, words: 'GetItem transfers: the header' },
    { call: { ...dynamoDb, partitionKey: '29', sortKey: 'lock' }, words: 'GetItem transfers: the lock item' },
    {
      call: { ...dynamoDb, action: 'Query', partitionKey: '29', sortKey: 'files#29-18b49d3688c#ab#' },
      words: 'Query transfers: chunks of the file list',
    },
    {
      call: { ...dynamoDb, partitionKey: `task#${collection}`, sortKey: 'claim' },
      words: 'GetItem transfers: the claim of a task',
    },
    {
      call: { ...dynamoDb, action: 'Query', index: 'open', partitionKey: collection, sortKey: '' },
      words: 'Query transfers/open: open transfers, claims and lock items',
    },
    {
      call: { ...dynamoDb, action: 'Query', partitionKey: '29', sortKey: 'results#29-18b49d3688c#' },
      words: 'Query transfers: chunks of the results',
    },
    {
      call: { ...dynamoDb, action: 'Query', table: 'downloads', partitionKey: collection, sortKey: 'part#' },
      words: 'Query downloads: the file list of a launch',
    },
    {
      call: { service: 'Globus', method: 'DELETE', target: `/v0.10/endpoint/${collection}/access/${collection}` },
      words: 'DELETE /endpoint/{id}/access/{id}',
    },
    {
      call: { ...dataverse, method: 'DELETE', target: '/api/v1/datasets/29/locks?type=GlobusUpload' },
      words: 'DELETE /datasets/{id}/locks?type=GlobusUpload (service)',
    },
    { call: { service: 'Step Functions', action: 'StartExecution' }, words: 'StartExecution' },
  ] as const)('is "$words"', ({ call, words }) => {
    expect(describeCall(call)).toBe(words);
  });
});
