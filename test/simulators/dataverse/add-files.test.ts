import { describe, expect, it } from 'vitest';
import { type Added, addFiles, entry, identifier, listing, lockTypes } from './adding-files.ts';
import { CURATOR, dataOf, READER, startTestDataverse } from './running-dataverse.ts';

const COMMAND_FAILED = 'CommandException updating DatasetVersion from addFiles job: ';
const COLLECTION = 'd8c42580-6528-4605-9ad8-116a61982644';

describe('addFiles', () => {
  it('adds good entries, counts them and tells no file id', async () => {
    const dataverse = await startTestDataverse();
    const given = entry({ directoryLabel: '/run1//out/-. ', description: 'First run', restrict: 'TRUE' });
    const reply = await addFiles(dataverse, [given]);
    expect(reply).toMatchObject({
      status: 200,
      body: {
        status: 'OK',
        data: {
          Files: [
            {
              storageIdentifier: given.storageIdentifier,
              successMessage: 'Added successfully to the dataset',
              fileDetails: { label: given.fileName, restricted: true, dataFile: { filesize: -1 } },
            },
          ],
          Result: { 'Total number of files': 1, 'Number of files successfully added': 1 },
        },
      },
    });
    expect(JSON.stringify(reply.body)).not.toContain('"id":');
    const [listed] = await listing(dataverse);
    expect(listed).toMatchObject({
      label: given.fileName,
      directoryLabel: 'run1/out',
      description: 'First run',
      restricted: true,
      dataFile: { id: expect.any(Number), md5: given.checksum['@value'].toLowerCase() },
    });
  });

  it.each([
    { case: 'restrict false as text', more: { restrict: 'false' }, listed: { restricted: false } },
    { case: 'restrict as a boolean', more: { restrict: true }, listed: { restricted: true } },
    { case: 'restrict as anything else', more: { restrict: 1 }, listed: { restricted: false } },
    {
      case: 'categories as texts and objects',
      more: { categories: ['Data', { name: 'Code' }, 7] },
      listed: { categories: ['Data', 'Code'] },
    },
    { case: 'categories null', more: { categories: null }, listed: { categories: [] } },
    { case: 'a label', more: { label: 'shown.dat' }, listed: { label: 'shown.dat' } },
    { case: 'a generic type', more: { fileName: 'a.csv' }, listed: { dataFile: { contentType: 'text/csv' } } },
    {
      case: 'a definite type',
      more: { fileName: 'a.csv', mimeType: 'text/plain' },
      listed: { dataFile: { contentType: 'text/plain' } },
    },
    { case: 'a size, which is ignored', more: { fileSize: 7 }, listed: { dataFile: { filesize: -1 } } },
    {
      case: 'md5Hash beside a checksum',
      more: { md5Hash: 'FF', checksum: { '@type': 'SHA-1', '@value': 'AA' } },
      listed: { dataFile: { checksum: { type: 'MD5', value: 'ff' } } },
    },
    {
      case: 'a SHA-256',
      more: { checksum: { '@type': 'SHA-256', '@value': 'AA' } },
      listed: { dataFile: { checksum: { type: 'SHA-256', value: 'aa' } } },
    },
    { case: 'a folder of slashes only', more: { directoryLabel: '//' }, listed: { label: expect.any(String) } },
  ])('understands $case', async ({ more, listed }) => {
    const dataverse = await startTestDataverse();
    await addFiles(dataverse, [entry(more)]);
    expect((await listing(dataverse))[0]).toMatchObject(listed);
  });

  it.each([
    { case: 'no identifier', more: { storageIdentifier: undefined } },
    { case: 'no name', more: { fileName: undefined } },
    { case: 'no type', more: { mimeType: undefined } },
    { case: 'an unknown store', more: { storageIdentifier: 'tape://18bf3af9c78-aaaaaaaaaaaa' } },
    { case: 'an identifier of another form', more: { storageIdentifier: 'globusm://18bf3af9c78-aaa' } },
    { case: 'another bucket', more: { storageIdentifier: 's3g://other:18bf3af9c78-aaaaaaaaaaaa' } },
    {
      case: 'a reference outside the allowed places',
      more: { storageIdentifier: `globus://18bf3af9c78-aaaaaaaaaaaa//${COLLECTION}/home/x` },
    },
  ])('answers 200 with an error to an entry with $case, and adds the others', async ({ more }) => {
    const dataverse = await startTestDataverse();
    const [bad, good] = [entry(more), entry()];
    const reply = await addFiles(dataverse, [bad, good]);
    expect(reply.status).toBe(200);
    const { Files, Result } = dataOf<Added>(reply);
    expect(Files[0]).toEqual({
      errorMessage: 'You must provide a storageidentifier, filename, and mimetype.',
      fileDetails: JSON.parse(JSON.stringify(bad)),
    });
    expect(Result).toEqual({ 'Total number of files': 2, 'Number of files successfully added': 1 });
    expect((await listing(dataverse)).map((file) => file.label)).toEqual([good.fileName]);
  });

  it('answers 200 even when every entry failed', async () => {
    const dataverse = await startTestDataverse();
    const reply = await addFiles(dataverse, [entry({ mimeType: '' }), entry({ fileName: ' ' })]);
    expect(reply.status).toBe(200);
    const { Files, Result } = dataOf<Added>(reply);
    expect(Files[1]?.errorMessage).toBe('Bad Request:The file name cannot be determined.');
    expect(Result['Number of files successfully added']).toBe(0);
  });

  it('refuses a wrong tabular tag in a form of its own', async () => {
    const dataverse = await startTestDataverse();
    const reply = await addFiles(dataverse, [entry({ dataFileTags: ['Survey', 'x'] })]);
    expect(dataOf<Added>(reply).Files[0]).toMatchObject({
      errorCode: 400,
      message: expect.stringMatching(/^Not a valid Tabular Data Tag: {2}\[x\]\. Please use one of the following: /),
    });
  });

  it('accepts identifiers of other stores, which the real array call forgets to refuse', async () => {
    const dataverse = await startTestDataverse();
    const s3 = entry({ storageIdentifier: 's3g://dv-bucket:18bf3af9c78-aaaaaaaaaaaa' });
    const reference = entry({ storageIdentifier: `globus://18bf3af9c78-aaaaaaaaaaab//${COLLECTION}/hdc1/test1.txt` });
    const { Result } = dataOf<Added>(await addFiles(dataverse, [s3, reference]));
    expect(Result['Number of files successfully added']).toBe(2);
  });

  it('repeats the warning about a duplicate for every later entry of the call', async () => {
    const dataverse = await startTestDataverse();
    const [first, twin, other, bad] = [entry(), entry(), entry(), entry({ mimeType: '' })];
    const same = { ...twin, checksum: first.checksum };
    const { Files, Result } = dataOf<Added>(await addFiles(dataverse, [first, same, other, bad]));
    const warning = `This file has the same content as ${first.fileName} that is in the dataset. `;
    expect(Files.map((file) => file.warningMessage)).toEqual([undefined, warning, warning, undefined]);
    expect(Result['Number of files successfully added']).toBe(3);
    const next = dataOf<Added>(await addFiles(dataverse, [entry()]));
    expect(next.Files[0]?.successMessage).toBe('Added successfully to the dataset');
  });

  it('renames a file whose path is taken', async () => {
    const dataverse = await startTestDataverse();
    const fileName = 'a.dat';
    await addFiles(dataverse, [entry({ fileName }), entry({ fileName }), entry({ fileName, directoryLabel: 'run1' })]);
    await addFiles(dataverse, [entry({ fileName }), entry({ fileName: 'README' }), entry({ fileName: 'README' })]);
    const paths = (await listing(dataverse)).map((file) => `${file.directoryLabel ?? ''}/${file.label}`);
    expect(paths).toEqual(['/a.dat', '/a-1.dat', 'run1/a.dat', '/a-2.dat', '/README', '/README-1']);
  });

  it.each([
    {
      case: 'an unknown checksum type',
      jsonData: [entry(), entry({ checksum: { '@type': 'SHA1', '@value': 'aa' } })],
      status: 400,
      message: 'ChecksumType must be one of these values: [MD5, SHA-1, SHA-256, SHA-512].',
    },
    {
      case: 'a missing checksum',
      jsonData: [entry(), entry({ checksum: undefined })],
      status: 400,
      message: expect.stringContaining('is null'),
    },
    {
      case: 'an illegal name',
      jsonData: [entry(), entry({ fileName: 'a:b.dat' })],
      status: 500,
      message: expect.stringContaining(`${COMMAND_FAILED}File Name cannot contain`),
    },
    {
      case: 'an illegal folder',
      jsonData: [entry(), entry({ directoryLabel: 'run#1' })],
      status: 500,
      message: expect.stringContaining(`${COMMAND_FAILED}Directory Name cannot contain`),
    },
    {
      case: 'one identifier twice',
      jsonData: [entry(), entry({ storageIdentifier: identifier(999) }), entry({ storageIdentifier: identifier(999) })],
      status: 500,
      message: expect.stringContaining(COMMAND_FAILED),
    },
    {
      case: 'two dots in an identifier',
      jsonData: [entry(), entry({ storageIdentifier: `globus://18bf3af9c78-aaaaaaaaaaaa//${COLLECTION}/hdc1/../x` })],
      status: 500,
      message: expect.stringContaining(COMMAND_FAILED),
    },
    { case: 'no JSON', jsonData: '[', status: 400, message: expect.stringMatching(/^Json Parsing Exception :/) },
    {
      case: 'an object instead of an array',
      jsonData: {},
      status: 500,
      message: expect.stringMatching(/^Internal server error/),
    },
  ])('fails as a whole and adds nothing for $case', async ({ jsonData, status, message }) => {
    const dataverse = await startTestDataverse();
    const reply = await addFiles(dataverse, jsonData);
    expect(reply).toMatchObject({ status, body: { status: 'ERROR', message } });
    expect(await listing(dataverse)).toEqual([]);
    expect(await lockTypes(dataverse)).toEqual([]);
  });

  it('fails as a whole when one identifier is registered already', async () => {
    const dataverse = await startTestDataverse();
    const [first, second] = [entry(), entry()];
    await addFiles(dataverse, [first]);
    expect((await addFiles(dataverse, [first, second])).status).toBe(500);
    expect((await listing(dataverse)).map((file) => file.label)).toEqual([first.fileName]);
    expect((await addFiles(dataverse, [second])).status).toBe(200);
  });

  it.each([
    { who: 'a reader', key: READER, name: '@reader' },
    { who: 'a guest', key: '', name: ':guest' },
  ])('refuses $who with 500, by the text of the command', async ({ key, name }) => {
    const dataverse = await startTestDataverse();
    const reply = await addFiles(dataverse, [entry()], 29, key);
    const message = `${COMMAND_FAILED}User ${name} is not permitted to perform requested action.`;
    expect(reply).toMatchObject({ status: 500, body: { message } });
    expect(await listing(dataverse)).toEqual([]);
  });

  it('is 503 while the installation has no upload over HTTP', async () => {
    const dataverse = await startTestDataverse();
    await dataverse.control('POST', '/settings', { name: ':UploadMethods', value: 'globus' });
    const message = 'File upload via HTTP is not available for this installation of Dataverse.';
    expect(await addFiles(dataverse, [entry()])).toMatchObject({ status: 503, body: { message } });
  });

  it('is 403 for a dataset with a package file', async () => {
    const dataverse = await startTestDataverse();
    await addFiles(dataverse, [entry({ mimeType: 'application/vnd.dataverse.file-package' })]);
    const message = 'File upload via HTTP disabled since this dataset already contains a package file.';
    expect(await addFiles(dataverse, [entry()])).toMatchObject({ status: 403, body: { message } });
  });

  it('opens a draft of a published dataset with its files', async () => {
    const dataverse = await startTestDataverse();
    await addFiles(dataverse, [entry({ fileName: 'new.dat' })], 30);
    expect((await listing(dataverse, 30)).map((file) => file.label).sort()).toEqual([
      'new.dat',
      'rainfall.csv',
      'readme.txt',
    ]);
    const published = await dataverse.call('GET', '/api/datasets/30/versions/:latest/files');
    expect(published.body).toMatchObject({ totalCount: 2 });
    const draft = await dataverse.call('GET', '/api/datasets/30/versions/:draft', { key: CURATOR });
    expect(draft.body).toMatchObject({ data: { versionState: 'DRAFT' } });
  });
});
