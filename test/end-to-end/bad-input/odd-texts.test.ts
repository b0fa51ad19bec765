import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PRINCIPAL, TASK } from '../../support/builders.ts';
import { ask, CURATOR } from '../../support/checks-of-dataverse.ts';
import { type StackProcess, startStackProcess } from '../../support/local-stack.ts';
import { expectNothingLeft } from '../../support/nothing-left.ts';
import { ODD_TEXTS } from '../../support/odd-texts.ts';
import { sendRaw } from '../../support/send-raw.ts';
import { logLines } from '../../support/stack-control.ts';
import {
  call,
  datasetUrl,
  type GrantedFile,
  grantFiles,
  listFiles,
  postReport,
  putSourceFile,
  submitTransfer,
} from '../../support/upload-client.ts';
import { untilClosed } from '../../support/uploads.ts';

/** T-27, and the principals of T-03: texts pass as data where Dataverse lets them, are refused where not, and write nothing of their own. */
let stack: StackProcess;

beforeAll(async () => {
  stack = await startStackProcess({ LEASE_SECONDS: '3000' });
});
afterAll(async () => {
  await expectNothingLeft(stack);
  await stack.remove();
});

describe('a principal', () => {
  it.each([
    ...ODD_TEXTS.map(({ case: what, text }) => ({ what, principal: text })),
    { what: 'an identity with a line after it', principal: `${PRINCIPAL}\r\nX: y` },
    { what: 'a group by its name', principal: 'group:all' },
    { what: 'all who are logged in', principal: 'all_authenticated_users' },
    { what: 'everybody', principal: 'anonymous' },
    { what: 'nobody', principal: '' },
    { what: 'a name of Globus', principal: 'researcher@globusid.org' },
    { what: 'two identities', principal: `${PRINCIPAL},${PRINCIPAL}` },
    { what: 'an object', principal: { principal_type: 'all_authenticated_users' } },
    { what: 'a list', principal: [PRINCIPAL] },
  ])('is refused that is $what', async ({ principal }) => {
    for (const [operation, dataset, rest] of [
      ['requestGlobusUploadPaths', 29, { numberOfFiles: 1 }],
      ['requestGlobusDownload', 30, { fileIds: [60] }],
    ] as const) {
      const reply = await ask(stack.apiUrl, operation, { dataset, json: { principal, ...rest } });
      expect([reply.status, reply.body.status]).toEqual([400, 'ERROR']);
      expect(reply.body.message).toContain('principal');
    }
  });
});

describe('a file name', () => {
  const named = (fileName: string) => {
    const files = [{ storageIdentifier: 'globusm://18b3972213f-f6b5c2221423', fileName }];
    return postReport(datasetUrl(stack, 'addGlobusFiles'), { taskIdentifier: TASK, files }, CURATOR);
  };

  it.each(ODD_TEXTS)('of $case is answered with 400 in JSON, whether for itself or for its file', async ({ text }) => {
    const reply = await named(text);
    expect([reply.status, reply.body.status]).toEqual([400, 'ERROR']);
    expect(reply.headers.get('content-type')).toContain('application/json');
    expect(reply.body.message).toMatch(/File Name cannot contain|was not given out/);
  });
});

describe('what a report says of files', { timeout: 120_000 }, () => {
  let granted: readonly GrantedFile[];

  it('is registered as it was said, and does not become anything else on its way', async () => {
    granted = await grantFiles(stack, ODD_TEXTS.length);
    const pairs = granted.map(({ path }, at) => [`/odd/${at}`, path] as const);
    for (const [source] of pairs) await putSourceFile(stack, source, source);
    const taskIdentifier = await submitTransfer(stack, pairs);
    const files = granted.map(({ identifier }, at) => {
      const text = ODD_TEXTS[at]?.text ?? '';
      return {
        storageIdentifier: identifier,
        fileName: `file-${at}`,
        description: text,
        categories: [text.slice(0, 20)],
      };
    });
    const reply = await postReport(datasetUrl(stack, 'addGlobusFiles'), { taskIdentifier, files }, CURATOR);
    expect(reply.status, JSON.stringify(reply.body)).toBe(200);
    await untilClosed(stack, ...granted.slice(0, 1));
    const listed = new Map((await listFiles(stack)).map(({ label, description }) => [label, description]));
    for (const [at, { case: what, text }] of ODD_TEXTS.entries()) {
      expect(listed.get(`file-${at}`), what).toBe(text.toWellFormed());
    }
  });
});

describe('a header', () => {
  // What Node's own client lets through: the others cannot be sent at all.
  const sendable = ODD_TEXTS.filter(({ text }) => /^[\t\x20-\x7e]*$/.test(text));

  it.each(sendable)('with $case is taken for what it says', async ({ text }) => {
    const headers = { ...CURATOR, 'idempotency-key': text, 'user-agent': text, origin: text, 'x-request-id': text };
    const body = JSON.stringify({ principal: PRINCIPAL, numberOfFiles: 0 });
    const target = '/api/datasets/29/requestGlobusUploadPaths';
    const { status, text: answer } = await sendRaw(stack, {
      method: 'POST',
      target,
      headers: { ...headers, 'content-type': 'application/json' },
      body,
    });
    expect([status, JSON.parse(answer).message]).toEqual([400, 'numberOfFiles must be positive']);
  });
});

describe('a path and a query', () => {
  it.each(ODD_TEXTS)('with $case are refused in JSON', async ({ text }) => {
    const encoded = encodeURIComponent(text.toWellFormed());
    for (const path of [
      `datasets/${encoded}/globusUploadParameters`,
      `datasets/:persistentId/globusUploadParameters?persistentId=${encoded}`,
      `datasets/:persistentId/globusDownloadParameters?persistentId=${encoded}`,
      `globus/transfers?datasetId=${encoded}`,
      `globus/transfers/${encoded}`,
    ]) {
      const reply = await call(`${stack.apiUrl}/api/${path}`, { headers: CURATOR });
      expect([400, 404, 405], `${path}: ${JSON.stringify(reply.body)}`).toContain(reply.status);
      expect(reply.headers.get('content-type')).toContain('application/json');
      expect(reply.headers.get('x-injected')).toBeNull();
    }
  });
});

describe('the log after all that', () => {
  it('is one whole object of ours a line, without a character that ends a line or turns it round', async () => {
    const text = await readFile(join(stack.stateDirectory, 'log.jsonl'), 'utf8');
    const lines = text.split('\n').slice(0, -1);
    expect(lines.length).toBeGreaterThan(100);
    expect(lines.filter((line) => /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(line))).toEqual([]);
    for (const line of lines)
      expect(JSON.parse(line)).toMatchObject({ time: expect.any(String), level: expect.any(String) });
    expect((await logLines(stack)).filter(({ event }) => event === 'forged-line')).toEqual([]);
  });

  it('shows people no control character either', () => {
    const shown = stack
      .output()
      .split('\n')
      .filter((line) => /(?!\t)\p{Cc}/u.test(line));
    expect(shown).toEqual([]);
  });
});
