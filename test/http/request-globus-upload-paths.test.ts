import { beforeEach, describe, expect, it, vi } from 'vitest';
import { NotFoundError, UnauthenticatedError } from '../../functions/domain/errors.ts';
import { signUrl, untilAfter } from '../../functions/domain/signed-url.ts';
import { handler } from '../../functions/http/request-globus-upload-paths.ts';
import type { ForwardedRequest } from '../../functions/ports/dataverse.ts';
import type { Application } from '../../functions/wiring.ts';
import { PATH, PRINCIPAL, START_MILLISECONDS } from '../support/builders.ts';
import { createWorld, STORE, type World } from '../support/world.ts';
import { applicationOf, CONTEXT, SIGNING_KEYS, SITE_URL, seen } from './application-under-test.ts';
import { anEvent, type RequestParts } from './requests.ts';

const running = vi.hoisted(() => ({ application: undefined as Application | undefined }));
vi.mock('../../functions/wiring.ts', () => ({ application: async () => running.application }));

let world: World;
beforeEach(() => {
  world = createWorld();
  running.application = applicationOf(world);
});

const REQUEST: RequestParts = {
  method: 'POST',
  path: '/api/v1/datasets/29/requestGlobusUploadPaths',
  id: '29',
  headers: { 'X-Dataverse-key': 'a-key' },
  body: JSON.stringify({ principal: PRINCIPAL, numberOfFiles: 2 }),
};

async function answerTo(changes: RequestParts = {}) {
  return seen(await handler(anEvent({ ...REQUEST, ...changes }), CONTEXT));
}

function expectNothingHappened(): void {
  expect(world.globus.rules).toEqual([]);
  expect(world.ports.transfers.records()).toEqual([]);
  expect(world.started).toEqual([]);
}

describe('asking for upload paths', () => {
  it('gives as many identifiers as files, each with its path in the directory of the dataset', async () => {
    const { status, body } = await answerTo();
    expect(status).toBe(200);
    expect(body).toMatchObject({ status: 'OK' });
    const entries = Object.entries((body as { data: Record<string, string> }).data);
    expect(entries).toHaveLength(2);
    for (const [identifier, path] of entries) {
      expect(identifier).toMatch(/^globusm:\/\/[0-9a-f]{11}-[0-9a-f]{12}$/);
      expect(path).toBe(`${PATH}${identifier.slice('globusm://'.length)}`);
    }
    expect(world.globus.rules).toMatchObject([{ path: PATH, principal: PRINCIPAL, permission: 'rw' }]);
  });

  const orderFor = (numberOfFiles: unknown) => `{"principal":"${PRINCIPAL}","numberOfFiles":${numberOfFiles}}`;
  const UNREADABLE = /^Error retrieving principal and numberOfFiles from JSON request body: expected /;
  const TOO_MANY =
    /^numberOfFiles: .+ is more than the 100 that one request may ask for\. Ask several times for at most 100 each/;
  it.each([
    { case: 'no files', body: orderFor(0), said: /^numberOfFiles must be positive$/ },
    { case: 'less than no files', body: orderFor(-1), said: /^numberOfFiles must be positive$/ },
    { case: 'a file and a half', body: orderFor(1.5), said: UNREADABLE },
    { case: 'a text of a number', body: orderFor('"2"'), said: UNREADABLE },
    { case: 'no number', body: orderFor('null'), said: UNREADABLE },
    { case: 'a number beyond all numbers', body: orderFor('1e400'), said: UNREADABLE },
    { case: 'a number that cannot be told from the next', body: orderFor('9007199254740993'), said: UNREADABLE },
    { case: 'one more than are allowed', body: orderFor(101), said: TOO_MANY },
    { case: 'two thousand million', body: orderFor(2 ** 31), said: TOO_MANY },
    { case: 'nothing', body: '', said: UNREADABLE },
    { case: 'a list', body: '[]', said: UNREADABLE },
    { case: 'half a document', body: '{"principal":', said: UNREADABLE },
    { case: 'a document too deep', body: '['.repeat(100_000), said: /nested deeper than 16 levels/ },
    { case: 'an order without its principal', body: '{"numberOfFiles":2}', said: UNREADABLE },
    { case: 'a principal that is a number', body: '{"principal":1,"numberOfFiles":2}', said: UNREADABLE },
    {
      case: 'a group as principal',
      body: '{"principal":"all_authenticated_users","numberOfFiles":2}',
      said: /^principal: expected a UUID, got "all_authenticated_users"$/,
    },
  ])('is refused for $case before anything is done', async ({ body, said }) => {
    expect(await answerTo({ body })).toEqual({
      status: 400,
      body: { status: 'ERROR', message: expect.stringMatching(said) },
    });
    expectNothingHappened();
  });

  it('is refused for more files than the reply has room for, and not for as many as the refusal names', async () => {
    const basePath = `/${'deep/'.repeat(80)}down`;
    for (let at = 1; at > 0; at = basePath.indexOf('/', at) + 1)
      world.globus.directories.add(`${basePath.slice(0, at)}`);
    world.globus.directories.add(`${basePath}/`);
    running.application = applicationOf(world, { maxFilesPerGrant: 50_000, stores: [{ ...STORE, basePath }] });
    const refused = await answerTo({ body: orderFor(50_000) });
    expect(refused.status).toBe(400);
    expectNothingHappened();
    const [, most] = /is more than the (\d+) that one request may ask for/.exec(JSON.stringify(refused.body)) ?? [];
    const reply = await handler(anEvent({ ...REQUEST, body: orderFor(Number(most)) }), CONTEXT);
    expect(reply.statusCode).toBe(200);
    // As Lambda hands it on: a text inside JSON, where each quotation mark is two bytes.
    const bytes = Buffer.byteLength(JSON.stringify(reply));
    expect(bytes).toBeLessThan(6_291_456);
    expect(bytes).toBeGreaterThan(6_000_000);
  });

  it('accepts as many files as are allowed', async () => {
    const { body } = await answerTo({ body: orderFor(100) });
    expect(Object.keys((body as { data: object }).data)).toHaveLength(100);
  });

  it.each([
    {
      case: 'without a credential',
      changes: { headers: {} },
      status: 401,
      message: 'Only authenticated users can perform the requested operation',
    },
    {
      case: 'with a URL of ours that is forged',
      changes: { headers: {}, query: 'kid=00000000&until=2031-01-01T00:00:00.000&user=curator&method=POST&token=ab' },
      status: 401,
      message: 'Bad signed URL',
    },
    {
      case: 'with a word for a dataset',
      changes: { id: 'abc' },
      status: 400,
      message: 'Bad dataset ID number: abc.',
    },
    {
      case: 'with an Idempotency-Key of nothing',
      changes: { headers: { ...REQUEST.headers, 'Idempotency-Key': '' } },
      status: 400,
      message: 'Idempotency-Key: expected 1 to 200 characters.',
    },
    {
      case: 'with an Idempotency-Key beyond measure',
      changes: { headers: { ...REQUEST.headers, 'Idempotency-Key': 'x'.repeat(201) } },
      status: 400,
      message: 'Idempotency-Key: expected 1 to 200 characters.',
    },
  ])('is refused $case before anything is done', async ({ changes, status, message }) => {
    expect(await answerTo(changes)).toEqual({ status, body: { status: 'ERROR', message } });
    expectNothingHappened();
  });

  it('is refused to who may not edit the dataset, also with a URL that we signed earlier', async () => {
    world.dataverse.canEdit = false;
    const until = untilAfter(START_MILLISECONDS, 5);
    const operation = 'requestGlobusUploadPaths';
    const call = { method: 'POST', operation, datasetId: '29', user: 'curator', until, downloadId: null };
    const query = signUrl(SIGNING_KEYS, `${SITE_URL}${REQUEST.path}`, call).split('?')[1] ?? '';
    for (const changes of [{}, { headers: {}, query }]) {
      expect(await answerTo(changes)).toEqual({
        status: 403,
        body: { status: 'ERROR', message: "User doesn't have permission to upload to this dataset" },
      });
    }
    expectNothingHappened();
  });

  it('is refused in the words of Dataverse for a key it does not know', async () => {
    world.dataverse.whoIs = async () => {
      throw new UnauthenticatedError('Bad API key');
    };
    expect(await answerTo()).toEqual({ status: 401, body: { status: 'ERROR', message: 'Bad API key' } });
    expectNothingHappened();
  });

  it('asks for a credential before it says that a dataset does not exist', async () => {
    world.dataverse.storageDriver = async () => {
      throw new NotFoundError('Dataset with ID 29 not found.');
    };
    expect((await answerTo({ headers: {} })).status).toBe(401);
  });

  it('takes no word of a proxy for who is calling or from where', async () => {
    const spoofed = { 'X-Forwarded-For': '127.0.0.1', 'X-Forwarded-Host': 'evil.example', Host: 'evil.example' };
    expect((await answerTo({ headers: { ...spoofed, 'X-Remote-User': 'curator' } })).status).toBe(401);
    const { status, body } = await answerTo({ headers: { ...spoofed, ...REQUEST.headers } });
    expect(status).toBe(200);
    expect(JSON.stringify(body)).not.toContain('evil');
  });

  it('goes on to Dataverse untouched when the store is not ours', async () => {
    const forwarded: ForwardedRequest[] = [];
    world.dataverse.storageDriver = async () => 'local';
    world.dataverse.forward = async (request) => {
      forwarded.push(request);
      return { status: 202, headers: {}, body: Buffer.from('{"from":"Dataverse"}') };
    };
    const changes = { query: 'locale=en&token=%2F', headers: { 'Content-Type': 'application/json' }, body: 'not JSON' };
    expect(await answerTo(changes)).toEqual({ status: 202, body: { from: 'Dataverse' } });
    expect(forwarded).toEqual([
      {
        method: 'POST',
        target: '/api/v1/datasets/29/requestGlobusUploadPaths?locale=en&token=%2F',
        headers: { 'content-type': 'application/json' },
        body: Buffer.from('not JSON'),
      },
    ]);
    expectNothingHappened();
  });
});

describe('asking for paths when the dataset may get few more files', () => {
  const setRemaining = (remainingFiles: number | null) => {
    world.dataverse.limits = { ...world.dataverse.limits, remainingFiles };
  };

  it.each([
    { remainingFiles: null, status: 200 },
    { remainingFiles: 2, status: 200 },
    { remainingFiles: 1, status: 400 },
    { remainingFiles: 0, status: 400 },
  ])('for two files with $remainingFiles left is answered $status', async ({ remainingFiles, status }) => {
    setRemaining(remainingFiles);
    expect((await answerTo()).status).toBe(status);
  });

  it('says how many are left, before anything has happened', async () => {
    setRemaining(1);
    expect((await answerTo()).body).toEqual({
      status: 'ERROR',
      message:
        'numberOfFiles: 2 is more than the 1 that this dataset may still get. Ask for at most 1, or have the limit raised.',
    });
    expectNothingHappened();
  });

  it('is answered with 503 while Dataverse does not tell, and nothing has happened', async () => {
    world.dataverse.down.add('uploadLimits');
    expect((await answerTo()).status).toBe(503);
    expectNothingHappened();
  });
});
