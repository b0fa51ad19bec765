import { describe, expect, it } from 'vitest';
import { addFiles, entry } from './adding-files.ts';
import { CURATOR, dataOf, READER, startTestDataverse, type TestDataverse } from './running-dataverse.ts';

interface Version {
  readonly versionState: string;
  readonly latestVersionPublishingState: string;
  readonly versionNumber?: number;
  readonly versionMinorNumber?: number;
  readonly files?: { readonly label: string; readonly dataFile: { readonly publicationDate?: string } }[];
}

const numbered = ({ versionNumber, versionMinorNumber }: Version) =>
  versionNumber === undefined ? 'draft' : `${versionNumber}.${versionMinorNumber}`;

async function versions(dataverse: TestDataverse, key: string | undefined, query = ''): Promise<Version[]> {
  const reply = await dataverse.call('GET', `/api/datasets/30/versions${query}`, key ? { key } : {});
  return dataOf<Version[]>(reply);
}

async function labels(dataverse: TestDataverse, version: string, key: string | undefined): Promise<string[]> {
  const reply = await dataverse.call('GET', `/api/datasets/30/versions/${version}/files`, key ? { key } : {});
  return dataOf<{ label: string }[]>(reply).map(({ label }) => label);
}

/** Dataset 30 with a draft over 1.0: `new.dat` came, `rainfall.csv` went. */
async function withDraftOverPublished(): Promise<TestDataverse> {
  const dataverse = await startTestDataverse();
  await addFiles(dataverse, [entry({ fileName: 'new.dat' })], 30);
  await dataverse.control('POST', '/datasets/30/files/60/delete');
  return dataverse;
}

describe('a draft over a published version', () => {
  it.each([
    { version: ':draft', key: CURATOR, expected: ['new.dat', 'readme.txt'] },
    { version: ':latest', key: CURATOR, expected: ['new.dat', 'readme.txt'] },
    { version: ':latest', key: READER, expected: ['rainfall.csv', 'readme.txt'] },
    { version: ':latest-published', key: CURATOR, expected: ['rainfall.csv', 'readme.txt'] },
    { version: '1.0', key: undefined, expected: ['rainfall.csv', 'readme.txt'] },
  ])('has in $version for $key the files $expected', async ({ version, key, expected }) => {
    expect(await labels(await withDraftOverPublished(), version, key)).toEqual(expected);
  });

  it('leaves a deleted file to those who read the published version, also by its id', async () => {
    const dataverse = await withDraftOverPublished();
    for (const options of [{}, { key: CURATOR }]) {
      const target = '/api/files/60?returnDatasetVersion=true';
      expect((await dataverse.call('GET', target, options)).body).toMatchObject({
        data: { label: 'rainfall.csv', datasetVersion: { datasetId: 30, versionState: 'RELEASED', versionNumber: 1 } },
      });
    }
    const permissions = await dataverse.call('GET', '/api/access/datafile/60/userPermissions');
    expect(permissions.body).toMatchObject({ data: { canDownloadFile: true } });
  });

  it('shows a new file to those who may see the draft only, with its version when asked', async () => {
    const dataverse = await withDraftOverPublished();
    expect((await dataverse.call('GET', '/api/files/62')).status).toBe(401);
    const plain = await dataverse.call('GET', '/api/files/62', { key: CURATOR });
    expect(dataOf<object>(plain)).not.toHaveProperty('datasetVersion');
    const target = '/api/files/62?returnDatasetVersion=true';
    const { datasetVersion } = dataOf<{ datasetVersion: object }>(
      await dataverse.call('GET', target, { key: CURATOR }),
    );
    expect(datasetVersion).toMatchObject({ id: expect.any(Number), datasetId: 30, versionState: 'DRAFT' });
    expect(datasetVersion).not.toHaveProperty('files');
  });

  it('gives no publication date to the new file, in whatever version the others have one', async () => {
    const dataverse = await withDraftOverPublished();
    const [draft] = await versions(dataverse, CURATOR);
    const dates = new Map(draft?.files?.map(({ label, dataFile }) => [label, dataFile.publicationDate]));
    expect(dates).toEqual(
      new Map([
        ['readme.txt', expect.stringMatching(/^\d{4}-\d\d-\d\d$/)],
        ['new.dat', undefined],
      ]),
    );
  });

  it('tells the published version what state the latest is in', async () => {
    const dataverse = await withDraftOverPublished();
    const all = await versions(dataverse, CURATOR);
    expect(all.map((each) => [each.versionState, each.latestVersionPublishingState])).toEqual([
      ['DRAFT', 'DRAFT'],
      ['RELEASED', 'DRAFT'],
    ]);
  });
});

describe('the list of versions', () => {
  it.each([
    { who: 'the curator', key: CURATOR, query: '', expected: ['draft', '1.0'] },
    { who: 'a reader', key: READER, query: '', expected: ['1.0'] },
    { who: 'a guest', key: undefined, query: '', expected: ['1.0'] },
    { who: 'the curator', key: CURATOR, query: '?limit=1', expected: ['draft'] },
    { who: 'the curator', key: CURATOR, query: '?offset=1', expected: ['1.0'] },
    { who: 'the curator', key: CURATOR, query: '?limit=1&offset=1', expected: ['1.0'] },
    { who: 'the curator', key: CURATOR, query: '?offset=2', expected: [] },
  ])('with "$query" shows $who $expected', async ({ key, query, expected }) => {
    expect((await versions(await withDraftOverPublished(), key, query)).map(numbered)).toEqual(expected);
  });

  it('holds the files of each, unless they are excluded', async () => {
    const dataverse = await withDraftOverPublished();
    expect((await versions(dataverse, CURATOR)).map((each) => each.files?.length)).toEqual([2, 2]);
    const bare = await versions(dataverse, CURATOR, '?excludeFiles=true');
    expect(bare.map((each) => each.files)).toEqual([undefined, undefined]);
  });

  it('is empty for who sees no version, and 404 for what is no number', async () => {
    const dataverse = await startTestDataverse();
    const reply = await dataverse.call('GET', '/api/datasets/29/versions');
    expect([reply.status, reply.body]).toEqual([200, { status: 'OK', data: [] }]);
    expect((await dataverse.call('GET', '/api/datasets/30/versions?limit=x')).status).toBe(404);
    expect((await dataverse.call('GET', '/api/datasets/4242/versions')).status).toBe(404);
  });
});

describe('publishing', () => {
  it('makes 1.0, then the next major or minor number', async () => {
    const dataverse = await startTestDataverse();
    const publish = async (body?: object) => (await dataverse.control('POST', '/datasets/29/publish', body)).body;
    expect(await publish()).toEqual({ version: '1.0' });
    await addFiles(dataverse, [entry()]);
    expect(await publish({ type: 'minor' })).toEqual({ version: '1.1' });
    await addFiles(dataverse, [entry()]);
    expect(await publish({ type: 'major' })).toEqual({ version: '2.0' });
    expect(await publish()).toEqual({ message: 'dataset 29 has no draft' });
  });

  it('shows the files to all, with the day they were published', async () => {
    const dataverse = await startTestDataverse();
    await addFiles(dataverse, [entry({ fileName: 'a.dat' })]);
    await dataverse.control('POST', '/datasets/29/publish');
    expect((await dataverse.call('GET', '/api/files/62')).body).toMatchObject({
      data: { label: 'a.dat', dataFile: { publicationDate: expect.any(String) } },
    });
    const published = await dataverse.call('GET', '/api/datasets/29/versions/:latest-published');
    expect(published.body).toMatchObject({ data: { versionNumber: 1, versionState: 'RELEASED' } });
    const downloads = await dataverse.call('GET', '/api/access/datafile/62/userPermissions');
    expect(downloads.body).toMatchObject({ data: { canDownloadFile: true } });
  });

  it('again leaves the first day of a file and of its dataset as it was', async () => {
    const dataverse = await startTestDataverse();
    const days = async () => {
      const file = dataOf<{ dataFile: { publicationDate: string } }>(await dataverse.call('GET', '/api/files/60'));
      const dataset = dataOf<{ publicationDate: string }>(await dataverse.call('GET', '/api/datasets/30'));
      return [file.dataFile.publicationDate, dataset.publicationDate];
    };
    const first = await days();
    dataverse.clock.shift(3 * 86_400_000);
    await addFiles(dataverse, [entry()], 30);
    await dataverse.control('POST', '/datasets/30/publish');
    expect(await days()).toEqual(first);
  });

  it('of a version without a file takes it from those who have no role, though it was published', async () => {
    const dataverse = await withDraftOverPublished();
    await dataverse.control('POST', '/datasets/30/publish');
    expect(await labels(dataverse, ':latest', READER)).toEqual(['new.dat', 'readme.txt']);
    const permissions = await dataverse.call('GET', '/api/access/datafile/60/userPermissions', { key: READER });
    expect(permissions.body).toMatchObject({ data: { canDownloadFile: false } });
  });
});

describe('deleting a file', () => {
  it('from the only version it is in ends it', async () => {
    const dataverse = await startTestDataverse();
    await addFiles(dataverse, [entry()]);
    await dataverse.control('POST', '/datasets/29/files/62/delete');
    expect((await dataverse.call('GET', '/api/files/62', { key: CURATOR })).status).toBe(404);
  });

  it('is refused, and opens no draft, when the latest version has no such file', async () => {
    const dataverse = await startTestDataverse();
    expect(await dataverse.control('POST', '/datasets/30/files/77/delete')).toMatchObject({
      status: 400,
      body: { message: 'the latest version of dataset 30 has no file 77' },
    });
    expect((await versions(dataverse, CURATOR)).map(numbered)).toEqual(['1.0']);
  });
});
