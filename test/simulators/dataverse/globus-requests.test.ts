import { describe, expect, it } from 'vitest';
import { FIXTURE_WORLD } from '../../../infra/local/simulators/dataverse/fixture.ts';
import { CURATOR, dataOf, READER, startTestDataverse } from './running-dataverse.ts';

const COLLECTION = 'd8c42580-6528-4605-9ad8-116a61982644';
const LEFT_TO_SERVICE = expect.stringContaining('leaves the transfer itself to the service');
const INTERNAL = expect.stringMatching(/^Internal server error/);
const order = { principal: 'd15d4244-fc10-47f3-a790-85bdb6db9a75', numberOfFiles: 2 };
const report = { taskIdentifier: '5d0c0000-0000-4000-8000-000000000001', files: [] };

describe('requestGlobusUploadPaths', () => {
  const path = '/api/datasets/29/requestGlobusUploadPaths';

  it.each([
    {
      case: 'a guest',
      options: { json: order },
      status: 401,
      message: 'Only authenticated users can perform the requested operation',
    },
    { case: 'a wrong key', options: { key: 'x', json: order }, status: 401, message: 'Bad API key' },
    {
      case: 'a reader',
      options: { key: READER, json: {} },
      status: 403,
      message: "User doesn't have permission to upload to this dataset",
    },
    { case: 'no JSON', options: { key: CURATOR, text: '{' }, status: 500, message: INTERNAL },
    {
      case: 'an empty object',
      options: { key: CURATOR, json: {} },
      status: 400,
      message: 'Error retrieving principal and numberOfFiles from JSON request body',
    },
    {
      case: 'a number as text',
      options: { key: CURATOR, json: { ...order, numberOfFiles: '2' } },
      status: 400,
      message: 'Error retrieving principal and numberOfFiles from JSON request body',
    },
    {
      case: 'no file',
      options: { key: CURATOR, json: { ...order, numberOfFiles: 0 } },
      status: 400,
      message: 'numberOfFiles must be positive',
    },
    {
      case: 'less than one file',
      options: { key: CURATOR, json: { ...order, numberOfFiles: 0.9 } },
      status: 400,
      message: 'numberOfFiles must be positive',
    },
    { case: 'a good order', options: { key: CURATOR, json: order }, status: 500, message: LEFT_TO_SERVICE },
  ])('answers $case with $status', async ({ options, status, message }) => {
    const dataverse = await startTestDataverse();
    const reply = await dataverse.call('POST', path, options);
    expect(reply).toMatchObject({ status, body: { status: 'ERROR', message } });
  });

  it('looks at permissions after the dataset, and at the installation before the account', async () => {
    const dataverse = await startTestDataverse();
    const unknown = await dataverse.call('POST', path.replace('29', '4242'), { key: READER, json: {} });
    expect(unknown.status).toBe(404);
    await dataverse.control('POST', '/settings', { name: ':UploadMethods', value: 'native/http' });
    const message = 'File upload via Globus is not available for this installation of Dataverse.';
    expect(await dataverse.call('POST', path, { json: {} })).toMatchObject({ status: 503, body: { message } });
  });

  it('is not stopped by locks', async () => {
    const dataverse = await startTestDataverse();
    await dataverse.control('POST', '/locks', { datasetId: 29, lockType: 'GlobusUpload', user: 'curator' });
    expect((await dataverse.call('POST', path, { key: CURATOR, json: {} })).status).toBe(400);
  });

  it.each([
    { json: {}, message: 'No referencedFiles specified' },
    { json: { referencedFiles: [] }, message: 'No referencedFiles specified' },
    { json: { referencedFiles: [7] }, message: 'ReferencedFiles must be strings' },
    { json: { referencedFiles: ['x/y'] }, message: 'Referenced file x/y is not in an allowed endpoint/path' },
  ])('refuses references: $message', async ({ json, message }) => {
    const dataverse = await startTestDataverse();
    const reply = await dataverse.call('POST', path.replace('29', '31'), { key: CURATOR, json });
    expect(reply).toMatchObject({ status: 400, body: { message } });
  });

  it('maps references to new identifiers, which addFiles takes, whatever only begins like an allowed place', async () => {
    const dataverse = await startTestDataverse();
    const referencedFiles = [`${COLLECTION}/hdc1/test1.txt`, `${COLLECTION}/hdc10/other.txt`];
    const reply = await dataverse.call('POST', path.replace('29', '31'), { key: CURATOR, json: { referencedFiles } });
    const identifiers = dataOf<Record<string, string>>(reply);
    expect(Object.keys(identifiers)).toEqual(referencedFiles);
    for (const [reference, identifier] of Object.entries(identifiers)) {
      expect(identifier.replace(/[0-9a-f]{11}-[0-9a-f]{12}/, '<id>')).toBe(`globus://<id>//${reference}`);
    }
    const jsonData = Object.values(identifiers).map((storageIdentifier, index) => ({
      storageIdentifier,
      fileName: `${index}.txt`,
      mimeType: 'text/plain',
      checksum: { '@type': 'MD5', '@value': `Not in Dataverse ${index}` },
    }));
    const added = await dataverse.call('POST', '/api/datasets/31/addFiles', { key: CURATOR, jsonData });
    expect(added.body).toMatchObject({ data: { Result: { 'Number of files successfully added': 2 } } });
  });
});

describe('addGlobusFiles', () => {
  const path = '/api/datasets/29/addGlobusFiles';
  const locked = 'Dataset cannot be edited due to dataset lock.';

  it.each([
    { case: 'a guest', target: path, options: { jsonData: report }, status: 403, message: 'The API key is invalid.' },
    { case: 'a wrong key', target: path, options: { key: 'x', jsonData: report }, status: 401, message: 'Bad API key' },
    {
      case: 'an unknown dataset',
      target: path.replace('29', '4242'),
      options: { key: CURATOR, jsonData: report },
      status: 404,
      message: 'Dataset with ID 4242 not found.',
    },
    {
      case: 'a body without the part',
      target: path,
      options: { key: CURATOR },
      status: 400,
      message: 'Error parsing json body',
    },
    {
      case: 'no JSON',
      target: path,
      options: { key: CURATOR, jsonData: '{' },
      status: 400,
      message: 'Error parsing json body',
    },
    {
      case: 'an array',
      target: path,
      options: { key: CURATOR, jsonData: [] },
      status: 400,
      message: 'Error parsing json body',
    },
    {
      case: 'a good report',
      target: path,
      options: { key: CURATOR, jsonData: report },
      status: 500,
      message: LEFT_TO_SERVICE,
    },
    {
      case: 'a good report without permission',
      target: path,
      options: { key: READER, jsonData: report },
      status: 500,
      message: LEFT_TO_SERVICE,
    },
  ])('answers $case with $status', async ({ target, options, status, message }) => {
    const dataverse = await startTestDataverse();
    const reply = await dataverse.call('POST', target, options);
    expect(reply).toMatchObject({ status, body: { status: 'ERROR', message } });
  });

  it.each([
    { lockType: 'EditInProgress', target: path, status: 403, message: `Dataset 29 is locked: ${locked}` },
    { lockType: 'Ingest', target: path, status: 403, message: `Dataset 29 is locked: ${locked}` },
    {
      lockType: 'GlobusUpload',
      target: '/api/datasets/:persistentId/addGlobusFiles?persistentId=doi:10.5072/FK2/ILLPXE',
      status: 403,
      message: `Dataset :persistentId is locked: ${locked}`,
    },
    { lockType: 'InReview', target: path, status: 400, message: 'Error parsing json body' },
  ])(
    'with a $lockType lock answers $status before it reads the body',
    async ({ lockType, target, status, message }) => {
      const dataverse = await startTestDataverse();
      await dataverse.control('POST', '/locks', { datasetId: 29, lockType, user: 'curator' });
      const reply = await dataverse.call('POST', target, { key: CURATOR, jsonData: 'no JSON' });
      expect(reply).toMatchObject({ status, body: { message } });
    },
  );

  it('stops those who may not publish while the dataset is in review', async () => {
    const dataverse = await startTestDataverse();
    await dataverse.control('POST', '/locks', { datasetId: 29, lockType: 'InReview', user: 'curator' });
    const message = 'Dataset 29 is locked: Dataset cannot be edited due to In Review dataset lock.';
    const reply = await dataverse.call('POST', path, { key: READER, jsonData: report });
    expect(reply).toMatchObject({ status: 403, body: { message } });
  });

  it('is 503 without the upload method and 400 for another store', async () => {
    const datasets = FIXTURE_WORLD.datasets.map((dataset) => ({ ...dataset, storeId: 'file' }));
    const dataverse = await startTestDataverse({ world: { ...FIXTURE_WORLD, datasets } });
    const options = { key: CURATOR, jsonData: report };
    const message = 'File transfer to Dataverse via Globus is not available for this dataset.';
    expect(await dataverse.call('POST', path, options)).toMatchObject({ status: 400, body: { message } });
    await dataverse.control('POST', '/settings', { name: ':UploadMethods', value: null });
    expect((await dataverse.call('POST', path, options)).status).toBe(503);
  });
});
