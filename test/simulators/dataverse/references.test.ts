import { describe, expect, it } from 'vitest';
import { FIXTURE_WORLD } from '../../../infra/local/simulators/dataverse/fixture.ts';
import { listing } from './adding-files.ts';
import { serveGlobusListing } from './globus-listing.ts';
import { CURATOR, dataOf, startTestDataverse, type TestDataverse } from './running-dataverse.ts';

const COLLECTION = 'd8c42580-6528-4605-9ad8-116a61982644';
const REFERENCES = [`${COLLECTION}/hdc1/test1.txt`, `${COLLECTION}/hdc1/run1/test2.txt`];

interface SignedUrl {
  readonly name: string;
  readonly signedUrl: string;
}

/** As the transfer app does it: launch, parameters, identifiers, registration, each by the URL the one before gave. */
async function refer(dataverse: TestDataverse) {
  const launch = await dataverse.control('POST', '/launches', { direction: 'upload', datasetId: 31, user: 'curator' });
  const { callbackUrl } = launch.body as { callbackUrl: string };
  const parameters = await dataverse.call('GET', `${callbackUrl}&dvLocale=en`);
  const { signedUrls } = dataOf<{ signedUrls: SignedUrl[] }>(parameters);
  const urlOf = (name: string) => signedUrls.find((each) => each.name === name)?.signedUrl ?? '';
  const json = { referencedFiles: REFERENCES };
  const identifiers = dataOf<Record<string, string>>(
    await dataverse.call('POST', urlOf('requestGlobusReferencePaths'), { json }),
  );
  const jsonData = REFERENCES.map((reference) => ({
    description: '',
    directoryLabel: '',
    restrict: 'false',
    storageIdentifier: identifiers[reference],
    fileName: reference.split('/').at(-1),
    mimeType: 'application/octet-stream',
    checksum: { '@type': 'MD5', '@value': 'Not in Dataverse' },
  }));
  const added = await dataverse.call('POST', urlOf('addFiles'), { jsonData });
  return { added, identifiers };
}

describe('a reference store', () => {
  it('takes the whole sequence of the app, which ends with the files listed', async () => {
    const globus = await serveGlobusListing({ '/hdc1/test1.txt': 5 });
    const dataverse = await startTestDataverse({ globus });
    const { added, identifiers } = await refer(dataverse);
    expect(added).toMatchObject({
      status: 200,
      body: { data: { Result: { 'Number of files successfully added': 2 } } },
    });
    const listed = await listing(dataverse, 31);
    expect(listed.map(({ label, dataFile }) => [label, dataFile['storageIdentifier'], dataFile['filesize']])).toEqual([
      // Sizes are looked for in a directory that does not exist, as the real one does.
      ['test1.txt', identifiers[REFERENCES[0] ?? ''], -1],
      ['test2.txt', identifiers[REFERENCES[1] ?? ''], -1],
    ]);
  });

  it('finds a size where the doubled path exists', async () => {
    const globus = await serveGlobusListing({ [`/hdc1/${COLLECTION}/hdc1/test1.txt`]: 5 });
    const dataverse = await startTestDataverse({ globus });
    await refer(dataverse);
    expect((await listing(dataverse, 31)).map(({ dataFile }) => dataFile['filesize'])).toEqual([5, -1]);
  });

  it('warns of the same content for the placeholder that the app sends with every file', async () => {
    const { added } = await refer(await startTestDataverse());
    const { Files } = dataOf<{ Files: { warningMessage?: string }[] }>(added);
    const warning = 'This file has the same content as test1.txt that is in the dataset. ';
    expect(Files.map(({ warningMessage }) => warningMessage)).toEqual([undefined, warning]);
  });

  it('hands the places out again for a download, and starts nothing for it', async () => {
    const dataverse = await startTestDataverse();
    await refer(dataverse);
    await dataverse.control('POST', '/datasets/31/publish');
    const json = { fileIds: [62, 63] };
    const reply = await dataverse.call('POST', '/api/datasets/31/requestGlobusDownload', { json });
    expect(reply.body).toEqual({ status: 'OK', data: { 62: REFERENCES[0], 63: REFERENCES[1] } });
    expect((await dataverse.control('GET', '/state')).body).toMatchObject({ wouldHave: [] });
  });
});

describe('other stores', () => {
  const inStore = (change: object) => ({
    ...FIXTURE_WORLD,
    stores: FIXTURE_WORLD.stores.map((store) => (store.id === 'globusm' ? { ...store, ...change } : store)),
  });

  it('without managed flag and places answer references with the text of an exception', async () => {
    const world = inStore({ managed: false, transferEndpointWithBasePath: undefined });
    const dataverse = await startTestDataverse({ world });
    const json = { referencedFiles: REFERENCES };
    const path = '/api/datasets/29/requestGlobusUploadPaths';
    const reply = await dataverse.call('POST', path, { key: CURATOR, json });
    expect(reply).toMatchObject({ status: 400, body: { message: expect.stringContaining('is null') } });
    const empty = await dataverse.call('POST', path, { key: CURATOR, json: {} });
    expect(empty).toMatchObject({ status: 400, body: { message: 'No referencedFiles specified' } });
  });

  it.each([
    {
      case: 'managed with places for references only',
      change: { transferEndpointWithBasePath: undefined, referenceEndpointsWithBasePaths: [`${COLLECTION}/hdc1`] },
    },
    { case: 'unmanaged with a transfer endpoint only', change: { managed: false } },
  ])('that are $case break the parameters with 500', async ({ change }) => {
    const dataverse = await startTestDataverse({ world: inStore(change) });
    const reply = await dataverse.call('GET', '/api/datasets/29/globusUploadParameters', { key: CURATOR });
    expect(reply).toMatchObject({ status: 500, body: { message: expect.stringMatching(/^Internal server error/) } });
  });
});
