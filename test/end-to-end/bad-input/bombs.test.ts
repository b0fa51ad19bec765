import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FORM_BOMBS, JSON_BOMBS } from '../../support/bombs.ts';
import { TASK } from '../../support/builders.ts';
import { CURATOR } from '../../support/checks-of-dataverse.ts';
import { type StackProcess, startStackProcess } from '../../support/local-stack.ts';
import { peakMemoryOf } from '../../support/memory-of-stack.ts';
import { expectNothingLeft } from '../../support/nothing-left.ts';
import { call, type JsonReply, PUBLISHED_PID, postJson, postReport, SERVICE_KEY } from '../../support/upload-client.ts';

/** T-12 and T-13: what is small to send and large to read costs no more memory than a function has. */
let stack: StackProcess;
let before: number;

beforeAll(async () => {
  stack = await startStackProcess({ LEASE_SECONDS: '3000' });
  // Whatever is loaded at the first call is no part of what the bombs cost.
  for (const url of Object.values(jsonRoutes())) await send(url, '{}');
  await postReport(`${stack.apiUrl}/api/datasets/29/addGlobusFiles`, {}, CURATOR);
  before = peakMemoryOf(stack);
});
afterAll(async () => {
  await expectNothingLeft(stack);
  await stack.remove();
});

/** Three quarters of what a function is given; the whole stack, with its stand-ins, is in this process. */
const MOST_BYTES = 768 * 1024 * 1024;

/** The routes that read JSON, each with a URL that leads as far as to the body. */
function jsonRoutes(): Readonly<Record<string, string>> {
  const published = `:persistentId/requestGlobusDownload?persistentId=${PUBLISHED_PID}`;
  return {
    requestGlobusUploadPaths: `${stack.apiUrl}/api/datasets/29/requestGlobusUploadPaths`,
    requestGlobusDownload: `${stack.apiUrl}/api/datasets/${published}`,
    monitorGlobusDownload: `${stack.apiUrl}/api/datasets/30/monitorGlobusDownload`,
    retry: `${stack.apiUrl}/api/globus/transfers/29-18b49d3688c/retry`,
    'leftovers/delete': `${stack.apiUrl}/api/globus/leftovers/delete`,
  };
}

function send(url: string, body: string): Promise<JsonReply> {
  return postJson(url, body, { 'X-Dataverse-key': SERVICE_KEY });
}

const ROUTES = [
  'requestGlobusUploadPaths',
  'requestGlobusDownload',
  'monitorGlobusDownload',
  'retry',
  'leftovers/delete',
];

describe.each(ROUTES)('the JSON of %s', (route) => {
  it.each(JSON_BOMBS.filter((bomb) => route !== 'retry' || bomb.text.trim() !== ''))(
    'is refused for $case',
    async ({ text }) => {
      const reply = await send(jsonRoutes()[route] ?? '', text);
      expect([reply.status, reply.body.status], JSON.stringify(reply.body).slice(0, 300)).toEqual([400, 'ERROR']);
      expect(reply.body.message.length).toBeLessThan(1_000);
    },
  );
});

describe('the form of addGlobusFiles', () => {
  const url = () => `${stack.apiUrl}/api/datasets/29/addGlobusFiles`;

  it.each(FORM_BOMBS)('is refused for $case', async ({ type = 'multipart/form-data; boundary=b', body }) => {
    const reply = await call(url(), { method: 'POST', headers: { ...CURATOR, 'content-type': type }, body });
    expect([reply.status, reply.body.status], JSON.stringify(reply.body).slice(0, 300)).toEqual([400, 'ERROR']);
    expect(reply.body.message).toMatch(/^Error parsing json body/);
  });

  it.each(JSON_BOMBS)('is refused when its part is $case', async ({ text }) => {
    const reply = await postReport(url(), text, CURATOR);
    expect([reply.status, reply.body.status], JSON.stringify(reply.body).slice(0, 300)).toEqual([400, 'ERROR']);
    expect(reply.body.message).toMatch(/^Error parsing json body/);
  });

  it('is refused for fifty thousand files that are all wrong, with the first few of them', async () => {
    const files = Array.from({ length: 49_000 }, () => ({ storageIdentifier: 0, fileName: 0, label: 0 }));
    const reply = await postReport(url(), { taskIdentifier: TASK, files }, CURATOR);
    expect([reply.status, reply.body.status]).toEqual([400, 'ERROR']);
    expect(reply.body.message).toMatch(/files\.0\.storageIdentifier/);
    expect(reply.body.message.length).toBeLessThan(2_000);
  });

  it('is refused with 413 when it is larger than a function takes', async () => {
    expect((await postReport(url(), 'x'.repeat(4_600_000), CURATOR)).status).toBe(413);
    expect((await postReport(url(), 'x'.repeat(11_000_000), CURATOR)).status).toBe(413);
  });
});

describe('all that', () => {
  it('has cost less memory than one function is given, that of the stand-ins included', () => {
    expect(peakMemoryOf(stack) - before).toBeLessThan(MOST_BYTES);
  });

  it('has put nobody off who comes afterwards', async () => {
    const reply = await call(`${stack.apiUrl}/api/datasets/29/globusUploadParameters`, { headers: CURATOR });
    expect(reply.status).toBe(200);
  });
});
