import { describe, expect, it } from 'vitest';
import { FIXTURE_WORLD } from '../../../infra/local/simulators/dataverse/fixture.ts';
import { serveGlobusListing } from './globus-listing.ts';
import { CURATOR, dataOf, startTestDataverse, type TestDataverse } from './running-dataverse.ts';

const COLLECTION = 'd8c42580-6528-4605-9ad8-116a61982644';
const ID = '18bf3af9c78-aaaaaaaaaaaa';
const DIRECTORY = '/hdc1/10.5072/FK2/ILLPXE';
const NOT_SAVED = 'Bad Request:Failed to save the content of the uploaded file.';

async function add(dataverse: TestDataverse, storageIdentifier: string, datasetId = 29) {
  const checksum = { '@type': 'MD5', '@value': storageIdentifier };
  const jsonData = [{ storageIdentifier, fileName: 'a.dat', mimeType: 'application/x-any', checksum }];
  const reply = await dataverse.call('POST', `/api/datasets/${datasetId}/addFiles`, { key: CURATOR, jsonData });
  return dataOf<{ Files: [{ errorMessage?: string; fileDetails: { dataFile?: { filesize: number } } }] }>(reply)
    .Files[0];
}

describe('sizes of registered files', () => {
  it('are asked of Globus as its own client: one token, then a filtered listing', async () => {
    const globus = await serveGlobusListing({ [`${DIRECTORY}/${ID}`]: 1234 });
    const dataverse = await startTestDataverse({ globus });
    expect((await add(dataverse, `globusm://${ID}`)).fileDetails.dataFile?.filesize).toBe(1234);
    const basic = Buffer.from('c0ffee00-0000-4000-8000-000000000001:service-secret').toString('base64');
    expect(globus.requests).toEqual([
      {
        line: 'POST /v2/oauth2/token?scope=openid+email+profile+urn:globus:auth:scope:transfer.api.globus.org:all&grant_type=client_credentials',
        authorization: `Basic ${basic}`,
      },
      {
        line: `GET /v0.10/operation/endpoint/${COLLECTION}/ls?path=${encodeURIComponent(DIRECTORY)}&filter=name:${ID}`,
        authorization: 'Bearer of-transfer',
      },
    ]);
  });

  it.each([
    { case: 'the file is not there', answers: {} },
    { case: 'Globus refuses the listing', answers: { listingStatus: 403 } },
    { case: 'Globus refuses the token', answers: { tokenStatus: 401 } },
  ])('are -1 when $case', async ({ answers }) => {
    const globus = await serveGlobusListing({}, answers);
    const dataverse = await startTestDataverse({ globus });
    expect((await add(dataverse, `globusm://${ID}`)).fileDetails.dataFile?.filesize).toBe(-1);
  });

  it('are -1 when nothing listens, and known again when the address is set', async () => {
    const globus = await serveGlobusListing({ [`${DIRECTORY}/${ID}`]: 5 });
    const dataverse = await startTestDataverse({ globus: { url: 'http://127.0.0.1:9' } });
    const other = ID.replace('aaaa', 'bbbb');
    expect((await add(dataverse, `globusm://${other}`)).fileDetails.dataFile?.filesize).toBe(-1);
    await dataverse.control('POST', '/globus-url', { url: globus.url });
    expect((await add(dataverse, `globusm://${ID}`)).fileDetails.dataFile?.filesize).toBe(5);
  });

  it('are -1 for references, because the real one lists a wrong directory', async () => {
    const globus = await serveGlobusListing({ '/hdc1/test1.txt': 5 });
    const dataverse = await startTestDataverse({ globus });
    const added = await add(dataverse, `globus://${ID}//${COLLECTION}/hdc1/test1.txt`, 31);
    expect(added.fileDetails.dataFile?.filesize).toBe(-1);
    const path = encodeURIComponent(`/hdc1/${COLLECTION}/hdc1`);
    expect(globus.requests[1]?.line).toContain(`ls?path=${path}&filter=name:test1.txt`);
  });

  it.each([
    {
      case: 'that is there',
      sizes: { [`/s3/10.5072/FK2/S3MANA/${ID}`]: 9 },
      expected: { fileDetails: { dataFile: { filesize: 9 } } },
    },
    { case: 'that is missing', sizes: {}, expected: { errorMessage: NOT_SAVED } },
  ])('in S3 are found for an object $case', async ({ sizes, expected }) => {
    const dataverse = await startTestDataverse({ globus: await serveGlobusListing(sizes) });
    expect(await add(dataverse, `s3g://dv-bucket:${ID}`, 32)).toMatchObject(expected);
  });

  it.each([
    { case: 'below the limit', sizeBytes: 99, setting: '100', errorMessage: undefined },
    { case: 'at the limit', sizeBytes: 100, setting: '100', errorMessage: NOT_SAVED },
    {
      case: 'at the limit of its store',
      sizeBytes: 50,
      setting: '{"default":"100","globusm":"50"}',
      errorMessage: NOT_SAVED,
    },
    {
      case: 'below the default, with another store limited',
      sizeBytes: 50,
      setting: '{"default":"100","s3g":"50"}',
      errorMessage: undefined,
    },
    { case: 'of any size without a limit', sizeBytes: 2 ** 50, setting: '{"s3g":"50"}', errorMessage: undefined },
  ])('$case give $errorMessage', async ({ sizeBytes, setting, errorMessage }) => {
    const globus = await serveGlobusListing({ [`${DIRECTORY}/${ID}`]: sizeBytes });
    const dataverse = await startTestDataverse({ globus });
    await dataverse.control('POST', '/settings', { name: ':MaxFileUploadSizeInBytes', value: setting });
    expect((await add(dataverse, `globusm://${ID}`)).errorMessage).toBe(errorMessage);
  });

  it.each([
    { enforced: 'true', errorMessage: NOT_SAVED },
    { enforced: 'false', errorMessage: undefined },
  ])('over the quota give $errorMessage when its enforcement is $enforced', async ({ enforced, errorMessage }) => {
    const globus = await serveGlobusListing({ [`${DIRECTORY}/${ID}`]: 1001 });
    const world = { ...FIXTURE_WORLD, quota: { remainingBytes: 1000 } };
    const dataverse = await startTestDataverse({ globus, world });
    await dataverse.control('POST', '/settings', { name: ':UseStorageQuotas', value: enforced });
    expect((await add(dataverse, `globusm://${ID}`)).errorMessage).toBe(errorMessage);
  });
});
