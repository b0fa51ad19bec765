import { afterAll, beforeAll, expect, it } from 'vitest';
import { COLLECTION } from '../../support/builders.ts';
import { expectNothingHeld } from '../../support/clients/end-of-transfer.ts';
import { type GlobusApp, launchApp } from '../../support/clients/globus-app.ts';
import { type StackProcess, startStackProcess } from '../../support/local-stack.ts';
import { listFiles } from '../../support/upload-client.ts';

/* The dataverse-globus app refers to a remote file (clients.md 1): each test is one of its requests, in its order, with its very body. */

let stack: StackProcess;
let app: GlobusApp;
let reference: string;
let storageIdentifier: string;

beforeAll(async () => {
  stack = await startStackProcess();
});
afterAll(() => stack?.remove());

it('logs in, and learns from the callback where references are allowed', async () => {
  app = await launchApp(stack, { direction: 'upload', datasetId: 31, user: 'curator' });

  // The text, not the boolean; whatever is not "true" counts as unmanaged.
  expect(app.parameters).toMatchObject({ managed: 'false', datasetPid: 'doi:10.5072/FK2/REFERS' });
  expect(app.parameters.referenceEndpointsWithPaths).toEqual([`${COLLECTION}/hdc1`]);
  reference = `${app.parameters.referenceEndpointsWithPaths[0]}/test1.txt`;
});

it('asks for the identifier of the file, as collection and absolute path', async () => {
  const { status, body } = await app.post('requestGlobusReferencePaths', { referencedFiles: [reference] });

  expect([status, Object.keys(body.data)]).toEqual([200, [reference]]);
  storageIdentifier = body.data[reference];
  expect(storageIdentifier).toMatch(/^globus:\/\/[0-9a-f]{11}-[0-9a-f]{12}\/\//);
  expect(body.verification[reference]).toEqual({ verified: true, sizeBytes: 61 });
});

it('adds the file with a list in jsonData', async () => {
  const entry = {
    description: '',
    directoryLabel: '',
    restrict: 'false',
    storageIdentifier,
    fileName: 'test1.txt',
    mimeType: 'text/plain',
    checksum: { '@type': 'MD5', '@value': 'Not in Dataverse' },
  };
  const { status, body } = await app.postForm('addFiles', [entry]);

  expect(status).toBe(200);
  expect(body.data.Result).toEqual({ 'Total number of files': 1, 'Number of files successfully added': 1 });
});

it('ends with the file in the dataset, without any rule or lock', async () => {
  await expectNothingHeld(stack, 31);

  const dataFile = { storageIdentifier, contentType: 'text/plain' };
  expect(await listFiles(stack, 31)).toMatchObject([{ label: 'test1.txt', restricted: false, dataFile }]);
});
