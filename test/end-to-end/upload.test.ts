import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COLLECTION, PATH, PRINCIPAL } from '../support/builders.ts';
import { type StackProcess, startStackProcess } from '../support/local-stack.ts';
import { setSpeed, untilSettled } from '../support/stack-control.ts';
import {
  CURATOR_KEY,
  call,
  datasetUrl,
  listFiles,
  listRules,
  postJson,
  postReport,
  putSourceFile,
  requestPaths,
  submitTransfer,
} from '../support/upload-client.ts';
import { untilClosed } from '../support/uploads.ts';

const KEY = { 'X-Dataverse-key': CURATOR_KEY };
let stack: StackProcess;

beforeAll(async () => {
  stack = await startStackProcess({ LEASE_SECONDS: '300' });
});
afterAll(() => stack?.remove());

const managed = (path: string) => join(stack.stateDirectory, 'globus', 'collections', COLLECTION, path);
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
const md5 = (bytes: Buffer) => createHash('md5').update(bytes).digest('hex');

describe('the commands of the document, upload part', { timeout: 120_000 }, () => {
  it('run one after the other, from parameters to registered files', async () => {
    const contents = [Buffer.from('first file\n'), Buffer.alloc(0), Buffer.alloc(3_000_000, 'Ü')];
    const sources = ['/doc/file1.txt', '/doc/empty.bin', '/doc/Übersicht größe.csv'];
    for (const [index, source] of sources.entries()) await putSourceFile(stack, source, contents[index] ?? '');

    const parameters = await call(`${datasetUrl(stack, 'globusUploadParameters')}&locale=en-US`, { headers: KEY });
    expect(parameters.status).toBe(200);
    expect(parameters.body.data.queryParameters).toMatchObject({
      datasetId: 29,
      siteUrl: stack.apiUrl,
      datasetVersion: ':draft',
      datasetPid: 'doi:10.5072/FK2/ILLPXE',
      managed: 'true',
      fileSizeLimit: 100000000000,
      remainingQuota: 1000000000000,
      endpoint: COLLECTION,
    });
    expect(parameters.body.data.signedUrls.map((each: { name: string }) => each.name)).toEqual([
      'requestGlobusTransferPaths',
      'addGlobusFiles',
      'getDatasetMetadata',
      'getFileListing',
    ]);

    const paths = await requestPaths(stack, 3);
    expect(paths.status).toBe(200);
    const granted = Object.entries<string>(paths.body.data);
    expect(granted).toHaveLength(3);
    for (const [identifier, path] of granted) {
      expect(identifier).toMatch(/^globusm:\/\/[0-9a-f]{11}-[0-9a-f]{12}$/);
      expect(path).toBe(`${PATH}${identifier.replace('globusm://', '')}`);
    }
    expect(await listRules(stack)).toMatchObject([{ path: PATH, principal: PRINCIPAL, permissions: 'rw' }]);

    const taskIdentifier = await submitTransfer(
      stack,
      sources.map((source, index) => [source, granted[index]?.[1] ?? '']),
    );
    const [first, second, third] = granted.map(([identifier]) => identifier);
    const jsonData = {
      taskIdentifier,
      files: [
        {
          description: 'My description.',
          directoryLabel: 'data/subdir1',
          categories: ['Data'],
          restrict: 'false',
          storageIdentifier: first,
          fileName: 'file1.txt',
          mimeType: 'text/plain',
          checksum: { '@type': 'MD5', '@value': md5(contents[0] ?? Buffer.alloc(0)) },
        },
        { description: '', directoryLabel: 'data', restrict: 'true', storageIdentifier: second, fileName: 'empty.bin' },
        { storageIdentifier: third, fileName: 'Übersicht größe.csv', checksum: { '@type': 'CRC-32', '@value': '1' } },
      ],
    };
    const report = await postReport(datasetUrl(stack, 'addGlobusFiles'), jsonData, KEY);
    expect([report.status, report.body]).toEqual([
      200,
      { status: 'OK', data: { message: 'Async call to Globus Upload started ' } },
    ]);

    await untilSettled(stack);
    const files = await listFiles(stack);
    expect(files).toHaveLength(3);
    const byName = Object.fromEntries(files.map((file) => [file.label, file]));
    expect(byName['file1.txt']).toMatchObject({
      description: 'My description.',
      directoryLabel: 'data/subdir1',
      categories: ['Data'],
      restricted: false,
      dataFile: {
        contentType: 'text/plain',
        filesize: 11,
        storageIdentifier: first,
        md5: md5(contents[0] ?? Buffer.alloc(0)),
      },
    });
    expect(byName['empty.bin']).toMatchObject({ directoryLabel: 'data', restricted: true, dataFile: { filesize: 0 } });
    expect(byName['Übersicht größe.csv']).toMatchObject({ dataFile: { contentType: 'text/csv', filesize: 3_000_000 } });
    const checksums = files.map((file) => file.dataFile.checksum.value);
    expect(new Set(checksums).size).toBe(3);
    for (const [index, [, path]] of granted.entries()) {
      expect(sha256(await readFile(managed(path)))).toBe(sha256(contents[index] ?? Buffer.alloc(0)));
    }
  });

  it('is told apart from a report that came before: the same again is the same answer, another one a conflict', async () => {
    await putSourceFile(stack, '/again/a.txt', 'again');
    const [[identifier = '', path = ''] = []] = Object.entries<string>((await requestPaths(stack, 1)).body.data);
    const taskIdentifier = await submitTransfer(stack, [['/again/a.txt', path]]);
    const jsonData = { taskIdentifier, files: [{ storageIdentifier: identifier, fileName: 'again.txt' }] };
    const url = datasetUrl(stack, 'addGlobusFiles');
    const answers = [await postReport(url, jsonData, KEY), await postReport(url, jsonData, KEY)];
    expect(answers.map((answer) => answer.status)).toEqual([200, 200]);
    const other = await postReport(url, { ...jsonData, files: [{ ...jsonData.files[0], fileName: 'other.txt' }] }, KEY);
    expect([other.status, other.body.status]).toEqual([409, 'ERROR']);
    await untilSettled(stack);
    expect((await postReport(url, jsonData, KEY)).status).toBe(200);
    expect((await listFiles(stack)).filter((file) => file.label === 'again.txt')).toHaveLength(1);
  });
});

describe('the signed URLs', { timeout: 120_000 }, () => {
  it('serve the whole upload without a key, under both prefixes, with parameters appended behind the token', async () => {
    await putSourceFile(stack, '/signed/a.txt', 'signed');
    const parameters = await call(`${stack.apiUrl}/api/v1/datasets/29/globusUploadParameters?locale=en`, {
      headers: KEY,
    });
    const url = (name: string): string =>
      parameters.body.data.signedUrls.find((each: { name: string }) => each.name === name).signedUrl;
    const requestUrl = `${url('requestGlobusTransferPaths').replace('/api/v1/', '/api/')}&dvLocale=en`;
    const paths = await postJson(requestUrl, { principal: PRINCIPAL, numberOfFiles: 1 });
    expect(paths.status).toBe(200);
    const [[identifier = '', path = ''] = []] = Object.entries<string>(paths.body.data);
    const taskIdentifier = await submitTransfer(stack, [['/signed/a.txt', path]]);
    const jsonData = {
      taskIdentifier,
      files: [{ storageIdentifier: identifier, fileName: 'signed.txt', description: '' }],
    };
    expect((await postReport(url('addGlobusFiles'), jsonData)).status).toBe(200);
    await untilSettled(stack);
    expect((await call(url('getFileListing'))).body.data.map((file: { label: string }) => file.label)).toContain(
      'signed.txt',
    );
  });
});

describe('a restart by kill -9', { timeout: 120_000 }, () => {
  it('while the task runs forgets nothing: the files are registered once, rule and lock go', async () => {
    await putSourceFile(stack, '/restart/big.bin', Buffer.alloc(4_000_000, 7));
    // So slow that it runs when the stack is killed; the next start knows no limit.
    await setSpeed(stack, 10_000);
    const [[identifier = '', path = ''] = []] = Object.entries<string>((await requestPaths(stack, 1)).body.data);
    const taskIdentifier = await submitTransfer(stack, [['/restart/big.bin', path]]);
    const jsonData = { taskIdentifier, files: [{ storageIdentifier: identifier, fileName: 'big.bin' }] };
    expect((await postReport(datasetUrl(stack, 'addGlobusFiles'), jsonData, KEY)).status).toBe(200);
    await stack.killAndRestart();
    // A look that died leaves the record taken for a minute.
    await untilClosed(stack, { identifier, path });
    await untilSettled(stack);
    const registered = (await listFiles(stack)).filter((file) => file.label === 'big.bin');
    expect(registered).toMatchObject([{ dataFile: { filesize: 4_000_000, storageIdentifier: identifier } }]);
  });
});
