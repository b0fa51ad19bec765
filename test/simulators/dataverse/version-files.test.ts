import { describe, expect, it } from 'vitest';
import { addFiles, entry } from './adding-files.ts';
import { CURATOR, READER, startTestDataverse, type TestDataverse } from './running-dataverse.ts';

const FILES = '/api/datasets/30/versions/1.0/files';

async function get(dataverse: TestDataverse, target: string, key?: string) {
  const { status, body } = await dataverse.call('GET', target, key ? { key } : {});
  const { data, message } = body as { data?: unknown; message?: string };
  return { status, data, message };
}

describe('the counts of the files of a version', () => {
  it('are told in all and by kind, category and access, groups without files left out', async () => {
    const dataverse = await startTestDataverse();
    await dataverse.control('POST', '/files/61', { restricted: true });
    expect(await get(dataverse, `${FILES}/counts`)).toMatchObject({
      status: 200,
      data: {
        total: 2,
        perContentType: { 'text/csv': 1, 'text/plain': 1 },
        perAccessStatus: { Public: 1, Restricted: 1 },
        perTabularTagName: {},
      },
    });
  });

  it('count a file in each of its categories', async () => {
    const dataverse = await startTestDataverse();
    const files = [
      entry({ fileName: 'a.dat', categories: ['Data', 'Raw'] }),
      entry({ fileName: 'b.dat', categories: ['Data'] }),
    ];
    await addFiles(dataverse, files);
    expect(await get(dataverse, '/api/datasets/29/versions/:draft/files/counts', CURATOR)).toMatchObject({
      data: { total: 2, perCategoryName: { Data: 2, Raw: 1 } },
    });
  });

  it.each([
    ['accessStatus=Restricted', { total: 1, perContentType: { 'text/plain': 1 }, perAccessStatus: { Restricted: 1 } }],
    ['contentType=text/csv', { total: 1, perContentType: { 'text/csv': 1 }, perAccessStatus: { Public: 1 } }],
    ['searchText=nothing%20such', { total: 0, perContentType: {}, perAccessStatus: {} }],
  ])('are those of the files that fit %s', async (query, data) => {
    const dataverse = await startTestDataverse();
    await dataverse.control('POST', '/files/61', { restricted: true });
    expect(await get(dataverse, `${FILES}/counts?${query}`)).toMatchObject({ status: 200, data });
  });

  it('are refused as the files are: by version, permission and access status', async () => {
    const dataverse = await startTestDataverse();
    const refusals = [
      await get(dataverse, '/api/datasets/29/versions/:draft/files/counts', READER),
      await get(dataverse, '/api/datasets/30/versions/x/files/counts'),
      await get(dataverse, `${FILES}/counts?accessStatus=x`),
    ];
    expect(refusals.map(({ status, message }) => [status, message])).toEqual([
      [401, 'User @reader is not permitted to perform requested action.'],
      [400, "Illegal version identifier 'x'"],
      [400, 'Invalid access status: x'],
    ]);
  });
});

describe('the size of the files of a version', () => {
  const SIZE = '/api/datasets/30/versions/1.0/downloadsize';

  it('is their sum, or that of the files that fit', async () => {
    const dataverse = await startTestDataverse();
    const listed = (await get(dataverse, FILES)).data as { label: string; dataFile: { filesize: number } }[];
    const sizes = Object.fromEntries(listed.map(({ label, dataFile }) => [label, dataFile.filesize]));
    const { 'rainfall.csv': rainfall = 0, 'readme.txt': readme = 0 } = sizes;
    expect(rainfall * readme).toBeGreaterThan(0);
    expect((await get(dataverse, `${SIZE}?mode=All`)).data).toEqual({
      message: `Total size of the files available for download in this version of the dataset: ${rainfall + readme} bytes`,
      storageSize: rainfall + readme,
    });
    expect((await get(dataverse, `${SIZE}?contentType=text/csv`)).data).toMatchObject({ storageSize: rainfall });
    expect(await get(dataverse, `${SIZE}?mode=x`)).toMatchObject({ status: 400, message: 'Invalid mode: x' });
  });
});

describe('a file in a version of its dataset', () => {
  it('is shown as that version has it, and with the version when asked', async () => {
    const dataverse = await startTestDataverse();
    await addFiles(dataverse, [entry({ fileName: 'new.dat' })], 30);
    expect(await get(dataverse, '/api/files/60/versions/1.0?returnDatasetVersion=true')).toMatchObject({
      status: 200,
      data: { label: 'rainfall.csv', datasetVersion: { datasetId: 30, versionState: 'RELEASED' } },
    });
    const inDraft = await get(dataverse, '/api/files/60/versions/:latest?returnDatasetVersion=true', CURATOR);
    expect(inDraft).toMatchObject({ status: 200, data: { datasetVersion: { versionState: 'DRAFT' } } });
  });

  it('is not found in a version that does not hold it, nor shown to those who may not see the version', async () => {
    const dataverse = await startTestDataverse();
    await addFiles(dataverse, [entry({ fileName: 'new.dat' })], 30);
    expect((await get(dataverse, '/api/files/62/versions/:draft', CURATOR)).status).toBe(200);
    expect((await get(dataverse, '/api/files/62/versions/1.0', CURATOR)).status).toBe(404);
    expect((await get(dataverse, '/api/files/62/versions/:draft', READER)).status).toBe(401);
    expect((await get(dataverse, '/api/files/99/versions/1.0')).status).toBe(404);
  });
});
