import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { errorOf } from '../adapter-parts.ts';
import {
  AS_CALLER,
  AS_GUEST,
  CALLER_KEY,
  DATASET,
  type DataverseUnderTest,
  dataverseUnderTest,
  failure,
  ok,
  SUPERUSER_KEY,
} from './dataverse-under-test.ts';

let under: DataverseUnderTest;
beforeEach(async () => {
  under = await dataverseUnderTest();
});
afterEach(() => under.server.close());

const VERSIONS = `/api/v1/datasets/${DATASET}/versions`;
const IDENTIFIER = 'globusm://1a2b3c4d5e6-00ff11ee22dd';
const aFile = (dataFile: object = {}, changes: object = {}) => ({
  label: 'a.dat',
  restricted: false,
  dataFile: { id: 77, persistentId: '', filename: 'a-1.dat', filesize: 12, storageIdentifier: IDENTIFIER, ...dataFile },
  ...changes,
});
const read = {
  fileId: '77',
  persistentId: null,
  storageIdentifier: IDENTIFIER,
  label: 'a.dat',
  sizeBytes: 12,
  isRestricted: false,
  embargoEndsOn: null,
  retentionEndsOn: null,
};
const draft = { id: 9, versionState: 'DRAFT' };
const released = { id: 8, versionState: 'RELEASED', versionNumber: 1, versionMinorNumber: 0 };
const deaccessioned = { id: 7, versionState: 'DEACCESSIONED', versionNumber: 0, versionMinorNumber: 3 };

describe('the files of a version', () => {
  it('are asked for as the caller, all at once', async () => {
    under.server.plan('GET /', ok([aFile()]));
    expect(await under.dataverse.listVersionFiles(DATASET, ':draft', AS_CALLER)).toEqual([read]);
    expect(under.server.requests.map(({ target }) => target)).toEqual([`${VERSIONS}/:draft/files`]);
    expect(under.server.requests[0]?.headers['x-dataverse-key']).toBe(CALLER_KEY);
  });

  it.each([
    { case: 'a size that was never determined', dataFile: { filesize: -1 }, expected: { sizeBytes: -1 } },
    { case: 'no size', dataFile: { filesize: undefined }, expected: { sizeBytes: -1 } },
    {
      case: 'a persistent id',
      dataFile: { persistentId: 'doi:10.5072/F' },
      expected: { persistentId: 'doi:10.5072/F' },
    },
    {
      case: 'an embargo',
      dataFile: { embargo: { dateAvailable: '2031-01-01', reason: 'x' } },
      expected: { embargoEndsOn: '2031-01-01' },
    },
    {
      case: 'a retention period',
      dataFile: { retention: { dateUnavailable: '2041-01-01', reason: 'x' } },
      expected: { retentionEndsOn: '2041-01-01' },
    },
  ])('are read with $case', async ({ dataFile, expected }) => {
    under.server.plan('GET /', ok([aFile(dataFile)]));
    expect(await under.dataverse.listVersionFiles(DATASET, ':latest-published', AS_GUEST)).toEqual([
      { ...read, ...expected },
    ]);
  });

  it('are none only where Dataverse itself says that there is no such version', async () => {
    const list = () => under.dataverse.listVersionFiles(DATASET, ':draft', AS_CALLER);
    under.server.plan('GET /', failure(404, 'Dataset version :draft of dataset 4242 not found'));
    expect(await list()).toBeUndefined();
    under.server.plan('GET /', failure(404, 'Dataset with ID 4242 not found.'));
    expect((await errorOf(list())).name).toBe('NotFoundError');
    under.server.plan('GET /', { status: 404, body: '<html>Dataset version not found</html>' });
    expect((await errorOf(list())).name).toBe('UnavailableError');
  });

  it.each([
    { case: 'fewer than their number', body: { status: 'OK', totalCount: 2, data: [aFile()] } },
    { case: 'one without a storage identifier', body: ok([aFile({ storageIdentifier: undefined })]).body },
    { case: 'one that does not say whether it is restricted', body: ok([aFile({}, { restricted: undefined })]).body },
  ])('are unavailable rather than $case', async ({ body }) => {
    under.server.plan('GET /', { status: 200, body });
    const error = await errorOf(under.dataverse.listVersionFiles(DATASET, ':draft', AS_CALLER));
    expect(error.name).toBe('UnavailableError');
  });
});

describe('the storage identifiers of a dataset', () => {
  it('are those of every version, deaccessioned ones too, as the service sees them', async () => {
    under.server.plan(`GET ${VERSIONS}?`, ok([draft, released, deaccessioned]));
    for (const [index, name] of [':draft', '1.0', '0.3'].entries()) {
      under.server.plan(
        `GET ${VERSIONS}/${name}/files`,
        ok([aFile(), aFile({ storageIdentifier: `s3://b:${index}` })]),
      );
    }
    expect(await under.dataverse.listAllStorageIdentifiers(DATASET)).toEqual(
      new Set([IDENTIFIER, 's3://b:0', 's3://b:1', 's3://b:2']),
    );
    const [list, ...others] = under.server.requests;
    expect(list?.target).toBe(`${VERSIONS}?excludeFiles=true`);
    expect(others.every(({ target }) => target.endsWith('/files?includeDeaccessioned=true'))).toBe(true);
    expect(under.server.requests.map(({ headers }) => headers['x-dataverse-key'])).toEqual(
      Array(4).fill(SUPERUSER_KEY),
    );
  });

  it.each([
    { case: 'a version cannot be read', versions: [draft, released], reply: failure(500, 'broken') },
    { case: 'a version is gone in the meantime', versions: [released], reply: failure(404, 'Dataset version gone') },
    { case: 'a version has no number', versions: [{ versionState: 'RELEASED' }], reply: ok([]) },
    { case: 'no version is named', versions: [], reply: ok([]) },
  ])('are not told when $case', async ({ versions, reply }) => {
    under.server.plan(`GET ${VERSIONS}?`, ok(versions));
    under.server.plan(`GET ${VERSIONS}/`, reply);
    under.server.plan(`GET ${VERSIONS}/:draft/files`, ok([aFile()]));
    expect((await errorOf(under.dataverse.listAllStorageIdentifiers(DATASET))).name).toMatch(/Unavailable|NotFound/);
  });
});

describe('one file', () => {
  const found = (dataFile: object = {}) =>
    ok({ ...aFile(dataFile), datasetVersion: { datasetId: 4242, versionState: 'RELEASED' } });

  it.each([
    { file: { fileId: '77' }, target: '/api/v1/files/77?returnDatasetVersion=true' },
    {
      file: { persistentId: 'doi:10.5072/F 1&x' },
      target: '/api/v1/files/:persistentId?persistentId=doi:10.5072/F%201%26x&returnDatasetVersion=true',
    },
  ])('is asked for at $target', async ({ file, target }) => {
    under.server.plan('GET /', found());
    expect(await under.dataverse.findFile(file)).toEqual({ ...read, datasetId: DATASET, isPublished: false });
    expect(under.server.requests.map((request) => request.target)).toEqual([target]);
  });

  it('was published when it has a day of publication', async () => {
    under.server.plan('GET /', found({ publicationDate: '2026-02-03' }));
    expect(await under.dataverse.findFile({ fileId: '77' })).toMatchObject({ isPublished: true });
  });

  it('is no longer published where it stands in a version that was deaccessioned', async () => {
    const datasetVersion = { datasetId: 4242, versionState: 'DEACCESSIONED' };
    under.server.plan('GET /', ok({ ...aFile({ publicationDate: '2026-02-03' }), datasetVersion }));
    expect(await under.dataverse.findFile({ fileId: '77' })).toMatchObject({ isPublished: false });
  });

  it('is no other one where a proxy finds no page', async () => {
    under.server.plan('GET /', { status: 404, body: '<html></html>' });
    expect((await errorOf(under.dataverse.findFile({ fileId: '77' }))).name).toBe('UnavailableError');
  });

  it.each(['', '77/../78', '7.7', '-1', ' 77', '9'.repeat(20)])(
    'is asked for by no such text as "%s"',
    async (fileId) => {
      expect((await errorOf(under.dataverse.findFile({ fileId }))).name).toBe('InvalidRequestError');
      expect((await errorOf(under.dataverse.filePermissions(fileId, AS_GUEST))).name).toBe('InvalidRequestError');
      expect(under.server.requests).toEqual([]);
    },
  );

  it('may be downloaded by whom Dataverse says', async () => {
    under.server.plan(
      'GET /',
      ok({ canDownloadFile: true, canManageFilePermissions: false, canEditOwnerDataset: false }),
    );
    expect(await under.dataverse.filePermissions('77', AS_CALLER)).toEqual({
      canDownloadFile: true,
      canEditOwnerDataset: false,
    });
    expect(under.server.requests[0]?.target).toBe('/api/v1/access/datafile/77/userPermissions');
  });
});

describe('the name of the latest version', () => {
  it.each([
    { case: 'a draft', version: draft, expected: ':draft' },
    { case: 'a published one', version: released, expected: '1.0' },
  ])('is read of $case', async ({ version, expected }) => {
    under.server.plan('GET /', ok(version));
    const dataset = { kind: 'persistent-id', persistentId: 'doi:10.5072/X' } as const;
    expect(await under.dataverse.latestVersionName(dataset, AS_CALLER)).toBe(expected);
    expect(under.server.requests[0]?.target).toBe(
      '/api/v1/datasets/:persistentId/versions/:latest?persistentId=doi:10.5072/X&excludeFiles=true',
    );
  });
});
