import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createDocumentClient, createTable } from '../../../functions/adapters/dynamodb/table.ts';
import { systemRandomSource } from '../../../functions/adapters/system/random-source.ts';
import { stubAwsEnvironment } from '../../support/aws-environment.ts';

afterEach(() => vi.unstubAllEnvs());

describe('a call on a table', () => {
  it.each<{ case: string; answer: (response: ServerResponse) => void }>([
    { case: 'never answers', answer: () => undefined },
    {
      case: 'stops in the middle of its answer',
      answer: (response) => {
        response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0', 'content-length': '100' });
        response.write('{"Item":');
      },
    },
  ])('ends inside its time limits when DynamoDB $case', async ({ answer }) => {
    let requests = 0;
    const server = createServer((_, response) => {
      requests += 1;
      answer(response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    stubAwsEnvironment('DYNAMODB', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    // Long enough for a try to reach the server on a busy machine, the first one with all its loading too.
    const client = createDocumentClient({ attempts: 2, milliseconds: 3_000 });
    const table = createTable(client, 'transfers', ['pk', 'sk'], systemRandomSource);
    await expect(table.read({ pk: '1', sk: '2' })).rejects.toMatchObject({ name: 'UnavailableError' });
    expect(requests).toBe(2);
    server.closeAllConnections();
    server.close();
  });
});
