import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { PATH, PRINCIPAL } from '../../support/builders.ts';
import type { RunningStack } from '../../support/local-stack.ts';
import { dataverseRequests } from '../../support/registrations.ts';
import {
  addGlobusFiles,
  curl,
  curlSigned,
  REFERENCE_PID,
  REFERENCED_FILE,
  requestUploadPaths,
  S3_PID,
  signedUrl,
  UPLOAD_PID,
  uploadParameters,
} from '../../support/seed-commands.ts';
import { listedNames, type SentFiles, startUpload, untilClosed, upload } from '../../support/seed-transfers.ts';
import { readTask } from '../../support/stack-control.ts';
import { CURATOR_KEY, listFiles, listLocks, listRules, postJson } from '../../support/upload-client.ts';
import { resume } from '../../support/uploads.ts';

/** What the document's `JSON_DATA` says of each file, beside identifier and name. */
const describedWith = (checksum: string) => ({
  description: 'My description.',
  directoryLabel: 'data/subdir1',
  categories: ['Data'],
  restrict: 'false',
  mimeType: 'text/plain',
  checksum: { '@type': 'MD5', '@value': checksum },
});
const ACCEPTED = { status: 'OK', data: { message: 'Async call to Globus Upload started ' } };
const UNKNOWN_TASK = '3f530302-6c48-11ee-8428-378be0d9c521';

/** The document's section "Adding Files to the Dataset", a test per sentence. */
export function addingFiles(stack: () => RunningStack): void {
  /** The document's two files, of which Globus finds the first. */
  let example: SentFiles;

  it('In the managed case, you must initiate a Globus transfer and take note of its task identifier.', async () => {
    const files = [
      { name: 'file1.txt', content: 'first', report: describedWith('1234') },
      { name: 'file2.txt', content: undefined, report: describedWith('2345') },
    ];
    example = await startUpload(stack(), files, { isHeld: true, transfer: { skip_source_errors: true } });

    expect((await readTask(stack(), example.taskIdentifier)).status).toBe('ACTIVE');
    const ofNoTask = await addGlobusFiles(stack(), { ...example.jsonData, taskIdentifier: UNKNOWN_TASK });
    expect([ofNoTask.status, ofNoTask.body.message]).toEqual([404, expect.stringContaining(UNKNOWN_TASK)]);
    const withoutTask = await addGlobusFiles(stack(), { files: example.jsonData.files });
    expect(withoutTask.status).toBe(400);
  });

  it('As in the JSON example below, you will pass it as taskIdentifier along with details about the files you are transferring:', async () => {
    const { status, body } = await addGlobusFiles(stack(), example.jsonData);

    expect([status, body]).toEqual([200, ACCEPTED]);
  });

  it('Note that the mimetype is multipart/form-data, matching the /addFiles API call.', async () => {
    for (const operation of ['addGlobusFiles', 'addFiles']) {
      const url = `${stack().apiUrl}/api/datasets/:persistentId/${operation}?persistentId=${UPLOAD_PID}`;
      const asJson = await postJson(url, example.jsonData, {
        'X-Dataverse-key': CURATOR_KEY,
      });
      expect(asJson.status).toBe(operation === 'addFiles' ? 415 : 400);
    }
  });

  it('Also note that the API_TOKEN is not needed when using a signed URL.', async () => {
    const url = signedUrl(await uploadParameters(stack()), 'addGlobusFiles');

    // The same report again, which gets the same answer.
    const again = await curlSigned(url, { jsonData: example.jsonData });
    expect([again.status, again.body]).toEqual([200, ACCEPTED]);
    const unsigned = await curlSigned(url.replace(/\?.*/, ''), { jsonData: example.jsonData });
    expect([unsigned.status, unsigned.body.message]).toEqual([403, 'The API key is invalid.']);
  });

  it('With this information, Dataverse will begin to monitor the transfer and when it completes, will add all files for which the transfer succeeded.', async () => {
    expect(await listedNames(stack())).not.toContain('file1.txt');

    await resume(stack(), example.taskIdentifier);
    await untilClosed(stack(), example);
    const added = (await listFiles(stack())).filter(({ label }) => label.startsWith('file'));
    expect(added).toMatchObject([
      {
        label: 'file1.txt',
        description: 'My description.',
        directoryLabel: 'data/subdir1',
        categories: ['Data'],
        restricted: false,
        dataFile: { contentType: 'text/plain', filesize: 5, storageIdentifier: example.paths[0]?.[0] },
      },
    ]);
  });

  it('As the transfer can take significant time and the API call is asynchronous, the only way to determine if the transfer succeeded via API is to use the standard calls to check the dataset lock state and contents.', async () => {
    const sent = await startUpload(stack(), [{ name: 'slow.txt', content: 'slow' }], { isHeld: true });

    expect((await addGlobusFiles(stack(), sent.jsonData)).status).toBe(200);
    expect(await listLocks(stack())).toMatchObject([{ lockType: 'GlobusUpload' }]);
    expect(await listedNames(stack())).not.toContain('slow.txt');
    expect(await listRules(stack())).toMatchObject([{ path: PATH, principal: PRINCIPAL, permissions: 'rw' }]);
    await resume(stack(), sent.taskIdentifier);
    await untilClosed(stack(), sent);
    expect(await listLocks(stack())).toEqual([]);
    expect(await listedNames(stack())).toContain('slow.txt');
  });

  it('Once the transfer completes, Dataverse will remove the write permission for the principal.', async () => {
    // Seen standing in the test before, while the transfer ran.
    expect(await listRules(stack())).toEqual([]);
  });

  it('Note that when using a managed endpoint that uses the Globus S3 Connector, the checksum should be correct as Dataverse can validate it.', async () => {
    const md5 = (text: string) => createHash('md5').update(text).digest('hex');
    const files = [
      { name: 'right.txt', content: 'right', report: { checksum: { '@type': 'MD5', '@value': md5('right') } } },
      { name: 'wrong.txt', content: 'wrong', report: { checksum: { '@type': 'MD5', '@value': md5('another') } } },
    ];
    await upload(stack(), files, { persistentId: S3_PID, transfer: { verify_checksum: true } });

    const checksum = { type: 'MD5', value: md5('right') };
    expect(await listFiles(stack(), 32)).toMatchObject([{ label: 'right.txt', dataFile: { checksum } }]);
  });

  it('For file-based endpoints, the checksum should be included if available but Dataverse cannot verify it.', async () => {
    // The document's own example: nobody computed these four digits from the file.
    const [{ dataFile } = { dataFile: undefined }] = (await listFiles(stack())).filter(
      (file) => file.label === 'file1.txt',
    );

    expect(dataFile.checksum).toEqual({ type: 'MD5', value: '1234' });
  });

  it('In the remote/reference case, where there is no transfer to monitor, the standard /addFiles API call (see Adding the Uploaded File to the Dataset) is used instead. There are no changes for the Globus case.', async () => {
    const { body } = await requestUploadPaths(stack(), { referencedFiles: [REFERENCED_FILE] }, REFERENCE_PID);
    const entry = {
      storageIdentifier: body.data[REFERENCED_FILE],
      fileName: 'test1.txt',
      mimeType: 'text/plain',
      checksum: { '@type': 'MD5', '@value': 'Not in Dataverse' },
    };

    const added = await curl(stack(), { operation: 'addFiles', persistentId: REFERENCE_PID, jsonData: [entry] });
    expect(added.body.data.Result).toEqual({ 'Total number of files': 1, 'Number of files successfully added': 1 });
    // Dataverse looks for the size of a referenced file in the wrong directory, and so knows none (dataverse-api.md 7, C3).
    const dataFile = { storageIdentifier: entry.storageIdentifier, filesize: -1 };
    expect(await listFiles(stack(), 31)).toMatchObject([{ label: 'test1.txt', dataFile }]);
    expect(await listRules(stack())).toEqual([]);
    expect(await listLocks(stack(), 31)).toEqual([]);
    // Dataverse itself was asked.
    const isAddFiles = ({ target }: { target: string }) => target.includes('/addFiles') && target.includes('REFERS');
    expect((await dataverseRequests(stack())).filter(isAddFiles)).toHaveLength(1);
  });
}
