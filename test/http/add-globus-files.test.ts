import { beforeEach, describe, expect, it, vi } from 'vitest';
import { asUserName, type DatasetId } from '../../functions/domain/ids.ts';
import { handler } from '../../functions/http/add-globus-files.ts';
import type { Application } from '../../functions/wiring.ts';
import { OTHER_TASK, TASK } from '../support/builders.ts';
import { createWorld, grant, type World } from '../support/world.ts';
import { applicationOf, CONTEXT, seen } from './application-under-test.ts';
import { anEvent, jsonDataForm, type RequestParts } from './requests.ts';

const running = vi.hoisted(() => ({ application: undefined as Application | undefined }));
vi.mock('../../functions/wiring.ts', () => ({ application: async () => running.application }));

let world: World;
let identifiers: string[];
beforeEach(async () => {
  world = createWorld();
  running.application = applicationOf(world);
  identifiers = (await grant(world.ports)).map(([identifier]) => identifier);
  world.globus.submit(TASK);
});

const REQUEST: RequestParts = { method: 'POST', path: '/api/v1/datasets/29/addGlobusFiles', id: '29' };

function reportOf(storageIdentifiers: readonly string[], taskIdentifier: string = TASK) {
  const files = storageIdentifiers.map((storageIdentifier, index) => ({ storageIdentifier, fileName: `${index}.dat` }));
  return jsonDataForm(JSON.stringify({ taskIdentifier, files }));
}

async function answerTo({ body, headers }: ReturnType<typeof jsonDataForm>, changes: RequestParts = {}) {
  const event = anEvent({ ...REQUEST, body, headers: { ...headers, 'X-Dataverse-key': 'a-key' }, ...changes });
  return seen(await handler(event, CONTEXT));
}

function expectNothingRecorded(): void {
  expect(world.ports.transfers.records()).toMatchObject([{ state: 'GRANTED', report: null, bound: null }]);
  expect(world.dataverse.lockList).toEqual([]);
}

describe('reporting an upload', () => {
  it("is answered in Dataverse's words, with the blank at their end, and locks the dataset", async () => {
    expect(await answerTo(reportOf(identifiers))).toEqual({
      status: 200,
      body: { status: 'OK', data: { message: 'Async call to Globus Upload started ' } },
    });
    expect(world.dataverse.lockList).toMatchObject([{ lockType: 'GlobusUpload' }]);
  });

  it.each([
    {
      case: 'of no form',
      form: { body: Buffer.from('{}'), headers: { 'content-type': 'application/json' } },
      status: 400,
    },
    { case: 'without its part', form: { ...jsonDataForm('x'), body: Buffer.from('--b0undary--\r\n') }, status: 400 },
    { case: 'of broken JSON', form: jsonDataForm('{"taskIdentifier":'), status: 400 },
    { case: 'of no files', form: reportOf([]), status: 400 },
    { case: 'of a task that is no UUID', form: reportOf(['globusm://18b49d3688c-62137dcb06e4'], 'x'), status: 400 },
    { case: 'of an identifier nobody was given', form: reportOf(['globusm://18b49d3688c-62137dcb06e4']), status: 400 },
    {
      case: 'of an identifier that leads out',
      form: reportOf(['s3://bucket:../18b49d3688c-62137dcb06e4']),
      status: 400,
    },
  ])('$case is refused, and nothing is recorded', async ({ form, status }) => {
    expect(await answerTo(form)).toMatchObject({ status, body: { status: 'ERROR' } });
    expectNothingRecorded();
  });

  it.each([
    { case: 'in upper case', forge: (identifier: string) => identifier.toUpperCase().replace('GLOBUSM', 'globusm') },
    { case: 'of another store', forge: (identifier: string) => identifier.replace('globusm', 'file') },
    { case: 'with a bucket', forge: (identifier: string) => identifier.replace('://', '://dv-bucket:') },
    { case: 'with another random part', forge: (identifier: string) => `${identifier.slice(0, -12)}000000000000` },
  ])('is refused for an identifier $case', async ({ forge }) => {
    const [first = '', ...others] = identifiers;
    expect(forge(first)).not.toBe(first);
    expect((await answerTo(reportOf([...others, forge(first)]))).status).toBe(400);
    expectNothingRecorded();
  });

  it('is refused without a credential in the words Dataverse has for it here', async () => {
    const { headers } = jsonDataForm('');
    expect(await answerTo(reportOf(identifiers), { headers })).toEqual({
      status: 403,
      body: { status: 'ERROR', message: 'The API key is invalid.' },
    });
    expectNothingRecorded();
  });

  it('is refused to who may not edit the dataset any more', async () => {
    world.dataverse.canEdit = false;
    expect((await answerTo(reportOf(identifiers))).status).toBe(403);
    expectNothingRecorded();
  });

  it('is refused to another user than the one who asked for the paths', async () => {
    world.dataverse.whoIs = async () => ({ userName: asUserName('somebody'), isSuperuser: true });
    expect(await answerTo(reportOf(identifiers))).toMatchObject({
      status: 403,
      body: { message: 'These storage identifiers were given to another user.' },
    });
    expectNothingRecorded();
  });

  it('is refused for a dataset that the paths were not asked for', async () => {
    const other = { datasetId: '30' as DatasetId, protocol: 'doi', authority: '10.5072', identifier: 'FK2/7U7YBV' };
    world.dataverse.datasets.push(other);
    const changes = { id: '30', path: '/api/v1/datasets/30/addGlobusFiles' };
    expect(await answerTo(reportOf(identifiers), changes)).toMatchObject({
      status: 400,
      body: { message: expect.stringContaining('was not given out for this dataset') },
    });
    expectNothingRecorded();
  });

  it('is refused for a task that was submitted before the paths were asked for', async () => {
    world.globus.submit(OTHER_TASK, { requestedAtEpochSeconds: world.clock.nowEpochSeconds() - 3_600 });
    expect((await answerTo(reportOf(identifiers, OTHER_TASK))).status).toBeGreaterThanOrEqual(400);
    expectNothingRecorded();
  });

  it('is refused while the dataset holds a package file, beside which Dataverse takes no other', async () => {
    const aPackage = { fileName: 'package.zip', mimeType: 'application/vnd.dataverse.file-package' };
    const checksum = { '@type': 'MD5', '@value': 'a package' };
    world.dataverse.files.push({ storageIdentifier: 'globusm://18b49d3688c-0123456789ab', ...aPackage, checksum });
    expect(await answerTo(reportOf(identifiers))).toEqual({
      status: 403,
      body: {
        status: 'ERROR',
        message: 'File upload via HTTP disabled since this dataset already contains a package file.',
      },
    });
    expectNothingRecorded();
  });

  it('names the dataset of a foreign lock as the path named it', async () => {
    world.dataverse.lockList.push({ lockType: 'Ingest', userName: asUserName('somebody') });
    const changes = {
      id: ':persistentId',
      path: '/api/v1/datasets/:persistentId/addGlobusFiles',
      query: 'persistentId=doi:10.5072/FK2/ILLPXE',
    };
    expect(await answerTo(reportOf(identifiers), changes)).toEqual({
      status: 403,
      body: {
        status: 'ERROR',
        message: 'Dataset :persistentId is locked: Dataset cannot be edited due to dataset lock.',
      },
    });
  });
});
