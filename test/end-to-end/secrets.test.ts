import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tables } from '../../functions/manifest.ts';
import { PRINCIPAL } from '../support/builders.ts';
import { untilComesTo } from '../support/quiet-time.ts';
import { clearFaults, dataverseControl, globusControl, transferOf, untilState } from '../support/stack-control.ts';
import { type StackInProcess, startStackInProcess } from '../support/stack-in-process.ts';
import {
  CURATOR_KEY,
  call,
  datasetUrl,
  grantOne,
  type JsonReply,
  postJson,
  postReport,
  putSourceFile,
  reportFiles,
  submitTransfer,
} from '../support/upload-client.ts';

/** Credentials that nobody has: whoever finds one in an output has found a leak. */
const CANARIES = {
  key: 'canary-key-5f0c2d3e-91a7-4c54',
  keyInQuery: 'canary-query-77aa-4e02-8c1d',
  bearer: 'canaryBearerAg0123456789abcdefghij',
  cookie: 'canary-cookie-JSESSIONID-00ff',
  urlToken: 'canaryurltoken00112233445566778899aabbccddeeff',
  globusEcho: 'canaryGlobusEcho0123456789abcdef',
  dataverseEcho: 'canary-dataverse-echo-1234-5678',
} as const;
/** What a Globus access token of the simulator looks like. */
const ACCESS_TOKEN = /\bAg[A-Za-z0-9_-]{48}\b/;

let stack: StackInProcess;
const replies: string[] = [];

beforeAll(async () => {
  stack = await startStackInProcess({ LEASE_SECONDS: '600' });
  await putSourceFile(stack, '/secret/a.txt', 'a file\n');
});
afterAll(() => stack?.remove());

/** Keeps what the service says; a signed URL that it hands out is a secret it is there to hand out. */
async function heard(answer: Promise<JsonReply>): Promise<JsonReply> {
  const reply = await answer;
  replies.push(JSON.stringify([reply.body, [...reply.headers]]));
  return reply;
}

/** Every credential of the installation, as its parts know them. */
async function installationSecrets(): Promise<readonly string[]> {
  const store = JSON.parse(await readFile(join(stack.stateDirectory, 'secrets.json'), 'utf8')) as Record<
    string,
    string
  >;
  return [...Object.values(store), 'service-secret', CURATOR_KEY];
}

/** Everything that the service has written down: its log, its tables, and the workflow's own memory. */
async function everythingWritten(): Promise<Readonly<Record<string, string>>> {
  const read = async (name: string) => (await readFile(join(stack.stateDirectory, name))).toString('latin1');
  const names = await readdir(stack.stateDirectory);
  const workflowFiles = names.filter((name) => name.startsWith('workflow.sqlite'));
  expect(workflowFiles.length).toBeGreaterThan(0);
  const client = new DynamoDBClient({
    endpoint: stack.dynamoDbUrl,
    region: 'local',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  const items = [];
  for (const { tableName } of Object.values(tables)) {
    items.push((await client.send(new ScanCommand({ TableName: tableName }))).Items);
  }
  client.destroy();
  return {
    log: await read('log.jsonl'),
    tables: JSON.stringify(items),
    workflow: (await Promise.all(workflowFiles.map(read))).join(''),
    screen: stack.screen(),
    replies: replies.join('\n'),
  };
}

const echo = (status: number, text: string) => ({
  kind: 'reply',
  times: 1,
  reply: { status, body: { status: 'ERROR', code: 'ServiceError', message: text, request_id: 'x', resource: '/' } },
});

describe('secrets', { timeout: 120_000 }, () => {
  it('given with a request in any place where one may be given are nowhere to be found afterwards', async () => {
    const order = { principal: PRINCIPAL, numberOfFiles: 1 };
    const url = datasetUrl(stack, 'requestGlobusUploadPaths');
    const everywhere = {
      'X-Dataverse-key': CANARIES.key,
      authorization: `Bearer ${CANARIES.bearer}`,
      cookie: `JSESSIONID=${CANARIES.cookie}`,
    };
    const signed = `${stack.apiUrl}/api/datasets/29/requestGlobusUploadPaths?kid=00000000&until=2099-01-01T00:00:00.000&user=curator&method=POST`;
    const answers = [
      await heard(postJson(url, order, everywhere)),
      await heard(postJson(url, order, { authorization: `Bearer ${CANARIES.bearer}` })),
      await heard(postJson(`${url}&key=${CANARIES.keyInQuery}`, order)),
      await heard(postJson(`${signed}&token=${CANARIES.urlToken}`, order)),
      await heard(postReport(datasetUrl(stack, 'addGlobusFiles'), { taskIdentifier: 'x' }, everywhere)),
      await heard(call(datasetUrl(stack, 'globusUploadParameters'), { headers: everywhere })),
      await heard(call(`${stack.apiUrl}/api/globus/nothing-here?key=${CANARIES.keyInQuery}`, { headers: everywhere })),
    ];
    expect(answers.every((answer) => answer.status >= 400 && answer.status < 500)).toBe(true);
  });

  it('echoed by Globus and Dataverse in their errors are not passed on', async () => {
    const auth = `Authorization: Bearer ${CANARIES.globusEcho} was refused`;
    await globusControl(stack, '/faults', { match: '/access', ...echo(400, auth) });
    const refused = await heard(
      postJson(datasetUrl(stack, 'requestGlobusUploadPaths'), { principal: PRINCIPAL, numberOfFiles: 1 }, key()),
    );
    expect(refused.status).toBeGreaterThanOrEqual(400);
    const echoed = `User with token ${CANARIES.dataverseEcho} not found, see /api/x?key=${CANARIES.dataverseEcho}`;
    await dataverseControl(stack, '/faults', { match: '/api/(v1/)?users/:me', ...echo(401, echoed) });
    const unknown = await heard(
      postJson(datasetUrl(stack, 'requestGlobusUploadPaths'), { principal: PRINCIPAL, numberOfFiles: 1 }, key()),
    );
    expect(unknown.status).toBe(401);
    await clearFaults(stack);
  });

  it('used by a whole upload, faults on its way included, stay where they are kept', async () => {
    await globusControl(stack, '/faults', { match: '/task/', ...echo(500, `client_secret=${CANARIES.globusEcho}`) });
    await dataverseControl(stack, '/faults', {
      match: '/addFiles',
      ...echo(500, `X-Dataverse-key: ${CANARIES.dataverseEcho}`),
    });
    const granted = await grantOne(stack);
    const taskId = await submitTransfer(stack, [['/secret/a.txt', granted.path]]);
    expect((await heard(reportFiles(stack, taskId, [[granted, 'a.txt']]))).status).toBe(200);
    await untilState(stack, granted.identifier, 'SETTLING');
    // Registration is tried again 15 s after the fault.
    await untilComesTo(stack, transferOf(granted.identifier), 'CLOSED', 16);
    await globusControl(stack, '/token-expiry');
    expect((await heard(reportFiles(stack, taskId, [[granted, 'a.txt']]))).status).toBe(200);
  });

  it('are in no log line, no item, no memory of the workflow, no line on the screen, and no reply', async () => {
    const written = await everythingWritten();
    for (const [place, text] of Object.entries(written)) {
      expect(text.length, place).toBeGreaterThan(20);
      for (const secret of [...Object.values(CANARIES), ...(await installationSecrets())]) {
        expect(text.includes(secret), `${secret} in ${place}`).toBe(false);
      }
      expect(ACCESS_TOKEN.exec(text)?.[0], place).toBeUndefined();
    }
  });
});

function key() {
  return { 'X-Dataverse-key': CURATOR_KEY };
}
