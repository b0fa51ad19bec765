import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RegistrableFile } from '../../../functions/domain/registration.ts';
import type {} from '../../../functions/ports/dataverse.ts';
import { errorOf } from '../adapter-parts.ts';
import { NOBODY_LISTENS } from '../loopback-server.ts';
import {
  AS_CALLER,
  AS_USER,
  DATASET,
  type DataverseUnderTest,
  dataverseUnderTest,
  failure,
  ok,
  SIGN_CALL,
  SITE,
  signedUrl,
} from './dataverse-under-test.ts';

const ADD = 'POST /api/v1/datasets/4242/addFiles';

const FILES: readonly RegistrableFile[] = [
  {
    storageIdentifier: 'globusm://1a2b3c4d5e6-00ff11ee22dd',
    fileName: 'Größe 日本.dat',
    mimeType: 'application/octet-stream',
    checksum: { '@type': 'MD5', '@value': '0cc1' },
    directoryLabel: 'run1',
    categories: ['Data'],
    restrict: true,
  },
];

let under: DataverseUnderTest;
beforeEach(async () => {
  under = await dataverseUnderTest();
});
afterEach(() => under.server.close());

const add = () => under.dataverse.addFiles(DATASET, AS_CALLER, FILES);

describe('adding files', () => {
  it('posts one part that holds the array, in ASCII', async () => {
    under.server.plan(ADD, ok({ Files: [], Result: {} }));
    await add();
    const request = under.server.requests[0];
    const boundary = /^multipart\/form-data; boundary=([\w-]+)$/.exec(request?.headers['content-type'] ?? '')?.[1];
    const body = request?.body ?? '';
    const [before, part, after] = body.split(`--${boundary}`);
    expect([before, after]).toEqual(['', '--\r\n']);
    const [head, content] = (part ?? '').split('\r\n\r\n');
    expect(head).toBe('\r\nContent-Disposition: form-data; name="jsonData"');
    expect(JSON.parse(content ?? '')).toEqual(FILES);
    expect(Buffer.byteLength(body)).toBe(body.length);
    expect(request?.headers['content-length']).toBe(String(body.length));
  });

  it('tells what became of each file', async () => {
    under.server.plan(
      ADD,
      ok({
        Files: [
          { storageIdentifier: 'a', successMessage: 'Added successfully to the dataset', fileDetails: { label: 'x' } },
          { storageIdentifier: 'b', warningMessage: 'This file has the same content as x.', fileDetails: {} },
          { storageIdentifier: 'c', errorMessage: 'Bad Request:Failed to save the content.', fileDetails: {} },
          { errorMessage: 'You must provide a storageidentifier, filename, and mimetype.', fileDetails: {} },
          { errorCode: 400, message: 'Not a valid Tabular Data Tag:  [x].', fileDetails: { storageIdentifier: 'd' } },
          { storageIdentifier: 'e', fileDetails: {} },
        ],
        Result: { 'Total number of files': 6, 'Number of files successfully added': 2 },
      }),
    );
    expect(await add()).toEqual({
      kind: 'answered',
      files: [
        { storageIdentifier: 'a', error: undefined },
        { storageIdentifier: 'b', error: undefined },
        { storageIdentifier: 'c', error: 'Bad Request:Failed to save the content.' },
        { storageIdentifier: undefined, error: 'You must provide a storageidentifier, filename, and mimetype.' },
        { storageIdentifier: 'd', error: 'Not a valid Tabular Data Tag:  [x].' },
        { storageIdentifier: 'e', error: 'Dataverse said neither that it was added nor why not.' },
      ],
    });
  });

  it.each([
    { case: '400', reply: failure(400, 'Json Parsing Exception :x'), message: 'Json Parsing Exception :x' },
    { case: '401', reply: failure(401, 'Bad API key'), message: 'Bad API key' },
    { case: '403', reply: failure(403, 'no permission'), message: 'no permission' },
    { case: '404', reply: failure(404, 'Dataset with ID 4242 not found.'), message: 'Dataset with ID 4242 not found.' },
    { case: '429', reply: failure(429, 'Rate limited'), message: 'Rate limited' },
    { case: '413 of a proxy', reply: { status: 413, body: '<html></html>' }, message: 'The request is too large.' },
  ])('is refused by $case, once', async ({ reply, message }) => {
    under.server.plan(ADD, reply);
    expect(await add()).toEqual({ kind: 'refused', status: reply.status, message });
    expect(under.server.requests).toHaveLength(1);
  });

  it.each([
    { case: '500 of Dataverse', reply: failure(500, 'CommandException'), mayStillRun: false },
    { case: '502 of a proxy', reply: { status: 502, body: '<html></html>' }, mayStillRun: true },
    { case: '504 of a proxy', reply: { status: 504, body: '<html></html>' }, mayStillRun: true },
    { case: '403 of a proxy', reply: { status: 403, body: '<html></html>' }, mayStillRun: true },
    {
      case: '200 with truncated JSON',
      reply: { status: 200, body: '{"status":"OK","data":{"Files":[' },
      mayStillRun: true,
    },
    { case: 'a cut connection', reply: 'cut' as const, mayStillRun: true },
    { case: 'a cut body', reply: 'cut-in-body' as const, mayStillRun: true },
  ])('is unknown after $case, and not repeated', async ({ reply, mayStillRun }) => {
    under.server.plan(ADD, reply);
    expect(await add()).toMatchObject({ kind: 'unknown', mayStillRun });
    expect(under.server.requests).toHaveLength(1);
  });

  it('is unknown after silence', async () => {
    // Long enough for the request to reach the server on a busy machine; unsent it would be another case.
    const quick = await dataverseUnderTest({ timeLimits: { addFilesMilliseconds: 1_000 } });
    quick.server.plan(ADD, 'silence');
    const outcome = await quick.dataverse.addFiles(DATASET, AS_CALLER, FILES);
    expect(outcome).toEqual({ kind: 'unknown', reason: 'no answer in time', mayStillRun: true });
    expect(quick.server.requests).toHaveLength(1);
    await quick.server.close();
  });

  it('throws when no connection stood, since then nothing was added', async () => {
    const lonely = await dataverseUnderTest({ connectUrl: NOBODY_LISTENS });
    expect((await errorOf(lonely.dataverse.addFiles(DATASET, AS_CALLER, FILES))).name).toBe('UnavailableError');
    await lonely.server.close();
  });

  it('goes to the URL signed for the user', async () => {
    const signed = signedUrl(`${SITE}/api/v1/datasets/4242/addFiles`, 'jdoe', 'POST');
    under.server.plan(SIGN_CALL, ok({ signedUrl: signed }));
    under.server.plan(ADD, ok({ Files: [] }));
    expect(await under.dataverse.addFiles(DATASET, AS_USER, FILES)).toEqual({ kind: 'answered', files: [] });
    expect(under.server.requests[1]?.target).toBe(signed.slice(SITE.length));
  });

  it('sends nothing when the user has no token', async () => {
    under.server.plan(SIGN_CALL, failure(409, 'Do not have a valid user with apiToken'));
    expect((await errorOf(under.dataverse.addFiles(DATASET, AS_USER, FILES))).name).toBe('NoUserTokenError');
    expect(under.server.requestsTo(ADD)).toHaveLength(0);
  });
});
