import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { type StackProcess, startStackProcess } from '../../support/local-stack.ts';
import { dataverseControl, untilSettled } from '../../support/stack-control.ts';
import {
  CURATOR_KEY,
  DRAFT_PID,
  grantOne,
  PUBLISHED_PID,
  putSourceFile,
  READER_KEY,
  reportFiles,
} from '../../support/upload-client.ts';
import { resume, submitPaused } from '../../support/uploads.ts';
import { tellSkipped } from '../prepared-folder.ts';
import { type DataverseClient, loadDataverseClient, prepareDataverseClient } from './dataverse-client.ts';

const prepared = await prepareDataverseClient();
if ('whyNot' in prepared) tellSkipped("Dataverse's client for JavaScript", prepared.whyNot);

describe.skipIf('whyNot' in prepared)('Dataverse’s client for JavaScript, at the address of the site', () => {
  let stack: StackProcess;
  let client: DataverseClient;

  beforeAll(async () => {
    stack = await startStackProcess();
    client = await loadDataverseClient('folder' in prepared ? prepared.folder : '');
  });
  afterAll(() => stack?.remove());
  beforeEach(() => useKey(CURATOR_KEY));

  const useKey = (key: string) => client.ApiConfig.init(`${stack.apiUrl}/api/v1`, 'api-key', key);

  it('reads a dataset by its persistent id and by its number', async () => {
    const license = { name: 'CC0 1.0', uri: 'http://creativecommons.org/publicdomain/zero/1.0' };
    expect(await client.getDataset.execute(PUBLISHED_PID)).toMatchObject({
      id: 30,
      persistentId: PUBLISHED_PID,
      versionInfo: { majorNumber: 1, minorNumber: 0, state: 'RELEASED' },
      license,
      metadataBlocks: [{ name: 'citation', fields: { title: expect.any(String) } }],
    });
    expect(await client.getDataset.execute(29, ':draft')).toMatchObject({
      persistentId: DRAFT_PID,
      versionInfo: { state: 'DRAFT' },
    });
  });

  it('is told why it may not read one, in Dataverse’s words', async () => {
    await expect(client.getDataset.execute(999)).rejects.toThrow('[404] Dataset with ID 999 not found.');
    useKey(READER_KEY);
    await expect(client.getDataset.execute(29, ':draft')).rejects.toThrow('[401] User @reader is not permitted');
    useKey('00000000-0000-4000-8000-000000000000');
    await expect(client.getDataset.execute(30)).rejects.toThrow('[401] Bad API key');
  });

  it('lists the files of a dataset, pages and conditions among them', async () => {
    const all = await client.getDatasetFiles.execute(PUBLISHED_PID);
    expect(all.totalFilesCount).toBe(2);
    expect(all.files).toMatchObject([
      { id: 60, name: 'rainfall.csv', storageIdentifier: 'globusm://18bf3af9c78-92b8e168090e', restricted: false },
      { id: 61, name: 'readme.txt', checksum: { type: 'MD5', value: expect.stringMatching(/^[0-9a-f]{32}$/) } },
    ]);
    const second = await client.getDatasetFiles.execute(30, '1.0', false, 1, 1);
    expect(second).toMatchObject({ totalFilesCount: 2, files: [{ id: 61 }] });
    const tables = new client.FileSearchCriteria('text/csv');
    const found = await client.getDatasetFiles.execute(30, '1.0', false, undefined, undefined, tables);
    expect(found).toMatchObject({ totalFilesCount: 1, files: [{ id: 60 }] });
  });

  it('counts them, and sums them up', async () => {
    const counts = await client.getDatasetFileCounts.execute(30);
    expect(counts).toMatchObject({ total: 2, perAccessStatus: [{ accessStatus: 'Public', count: 2 }] });
    expect(counts.perContentType).toEqual([
      { contentType: 'text/csv', count: 1 },
      { contentType: 'text/plain', count: 1 },
    ]);
    const { files } = await client.getDatasetFiles.execute(30);
    const [first, second] = files as { sizeBytes: number }[];
    const sum = Number(first?.sizeBytes) + Number(second?.sizeBytes);
    expect(await client.getDatasetFilesTotalDownloadSize.execute(30)).toBe(sum);
  });

  it('reads one file, also with its dataset, and what the caller may do with both', async () => {
    expect(await client.getFile.execute(60)).toMatchObject({ id: 60, name: 'rainfall.csv' });
    expect(await client.getFileAndDataset.execute(60, '1.0')).toMatchObject([{ id: 60 }, { id: 30 }]);
    useKey(READER_KEY);
    expect(await client.getFileUserPermissions.execute(60)).toMatchObject({ canDownloadFile: true });
    expect(await client.getDatasetUserPermissions.execute(29)).toMatchObject({ canEditDataset: false });
  });

  it('knows who calls, by key and by bearer token', async () => {
    expect(await client.getCurrentAuthenticatedUser.execute()).toMatchObject({ identifier: '@curator' });
    await dataverseControl(stack, '/bearer-auth', { enabled: true });
    await dataverseControl(stack, '/bearer-tokens', { token: 'a.bearer.token', user: 'reader' });
    // The client was made for browsers: its token comes from the storage of the page.
    onTestFinished(() => void vi.unstubAllGlobals());
    vi.stubGlobal('localStorage', { getItem: () => JSON.stringify('a.bearer.token') });
    client.ApiConfig.init(`${stack.apiUrl}/api/v1`, 'bearer-token', undefined, 'token');
    expect(await client.getCurrentAuthenticatedUser.execute()).toMatchObject({ identifier: '@reader' });
    expect(await client.getDataverseVersion.execute()).toMatchObject({ number: '6.5' });
  });

  it('reads the limits of a dataset where Dataverse tells them', async () => {
    await dataverseControl(stack, '/upload-limits', { enabled: true, datasetFileCountLimit: 20 });
    expect(await client.getDatasetUploadLimits.execute(29)).toMatchObject({ numberOfFilesRemaining: 20 });
  });

  it('sees the lock of an upload while it runs, and its file afterwards', { timeout: 120_000 }, async () => {
    expect(await client.getDatasetLocks.execute(DRAFT_PID)).toEqual([]);
    await putSourceFile(stack, '/client/table.csv', 'a,b\n');
    const granted = await grantOne(stack);
    const task = await submitPaused(stack, [['/client/table.csv', granted.path]]);
    expect((await reportFiles(stack, task, [[granted, 'table.csv']])).status).toBe(200);
    expect(await client.getDatasetLocks.execute(DRAFT_PID)).toMatchObject([
      { lockType: 'GlobusUpload', datasetPersistentId: DRAFT_PID },
    ]);
    await resume(stack, task);
    await untilSettled(stack);
    expect(await client.getDatasetLocks.execute(29)).toEqual([]);
    expect(await client.getDatasetFiles.execute(DRAFT_PID, ':draft')).toMatchObject({
      totalFilesCount: 1,
      files: [{ name: 'table.csv', sizeBytes: 4, storageIdentifier: granted.identifier }],
    });
  });
});
