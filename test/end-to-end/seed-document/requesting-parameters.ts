import { expect, it } from 'vitest';
import { COLLECTION } from '../../support/builders.ts';
import type { RunningStack } from '../../support/local-stack.ts';
import {
  curlSigned,
  DOWNLOAD_PID,
  downloadParameters,
  launchedParameters,
  REFERENCE_PID,
  S3_PID,
  signedUrl,
  UPLOAD_PID,
  uploadParameters,
  urlNames,
} from '../../support/seed-commands.ts';
import { askPaths, collectionFile, listedNames, partsOf, upload } from '../../support/seed-transfers.ts';
import { dataverseControl, readTask } from '../../support/stack-control.ts';
import { CURATOR_KEY, call, listRules } from '../../support/upload-client.ts';

const KEY = { 'X-Dataverse-key': CURATOR_KEY };

/** The document's section "Requesting Upload or Download Parameters", a test per sentence. */
export function requestingParameters(stack: () => RunningStack): void {
  it('The first step in preparing for a Globus transfer/reference operation is to request the parameters relevant for a given dataset', async () => {
    for (const persistentId of [UPLOAD_PID, REFERENCE_PID, S3_PID]) {
      const { status, body } = await uploadParameters(stack(), persistentId);
      expect([status, body.data.queryParameters.datasetPid]).toEqual([200, persistentId]);
    }
  });

  it('The response will be of the form:', async () => {
    const url = (name: string, httpMethod: string, path: string, timeOut: number) => ({
      name,
      httpMethod,
      signedUrl: expect.stringMatching(
        new RegExp(
          `^${stack().apiUrl}/api/v1/datasets/29/${path}\\?(kid=\\w+&)?until=[-\\dT:.]+&user=curator&method=${httpMethod}&token=[0-9a-f]{128}$`,
        ),
      ),
      timeOut,
    });
    expect((await uploadParameters(stack())).body).toEqual({
      status: 'OK',
      data: {
        queryParameters: {
          datasetId: 29,
          siteUrl: stack().apiUrl,
          datasetVersion: ':draft',
          dvLocale: 'en',
          datasetPid: 'doi:10.5072/FK2/ILLPXE',
          managed: 'true',
          fileSizeLimit: 100000000000,
          remainingQuota: 1000000000000,
          endpoint: 'd8c42580-6528-4605-9ad8-116a61982644',
        },
        signedUrls: [
          url('requestGlobusTransferPaths', 'POST', 'requestGlobusUploadPaths', 300),
          url('addGlobusFiles', 'POST', 'addGlobusFiles', 300),
          // Signed by Dataverse itself, which gives these two 5 minutes, whatever is set.
          url('getDatasetMetadata', 'GET', 'versions/:draft', 5),
          url('getFileListing', 'GET', 'versions/:draft/files', 5),
        ],
      },
    });
  });

  it('The response includes the id for the Globus endpoint to use along with several parameters and signed URLs.', async () => {
    const parameters = await uploadParameters(stack());
    const [[, path] = ['', '']] = await askPaths(stack(), 1);
    const { path: rulePath } = (await listRules(stack()))[0] ?? { path: '' };

    expect(parameters.body.data.queryParameters.endpoint).toBe(COLLECTION);
    expect(path.startsWith(rulePath)).toBe(true);
    for (const name of ['getDatasetMetadata', 'getFileListing']) {
      expect((await curlSigned(signedUrl(parameters, name))).status).toBe(200);
    }
  });

  it('The parameters include whether the Globus endpoint is “managed” by Dataverse and, if so, if there is a “fileSizeLimit” (see :MaxFileUploadSizeInBytes) that will be enforced and/or, if there is a quota (see Storage Quotas for Collections) on the overall size of data that can be upload, what the “remainingQuota” is.', async () => {
    await setLimits(stack(), null, null);
    const without = (await uploadParameters(stack())).body.data.queryParameters;
    await setLimits(stack(), 500, 700);
    const limited = (await uploadParameters(stack())).body.data.queryParameters;
    await resetLimits(stack());

    expect(without).toMatchObject({ managed: 'true' });
    expect(Object.keys(without)).not.toEqual(expect.arrayContaining(['fileSizeLimit']));
    expect(Object.keys(without)).not.toEqual(expect.arrayContaining(['remainingQuota']));
    expect(limited).toMatchObject({ managed: 'true', fileSizeLimit: 500, remainingQuota: 700 });
  });

  it('Both are in bytes.', async () => {
    await setLimits(stack(), 20, 1_000);
    await upload(stack(), [
      { name: 'nineteen bytes.txt', content: 'x'.repeat(19) },
      { name: 'twenty bytes.txt', content: 'x'.repeat(20) },
    ]);
    const { remainingQuota } = (await uploadParameters(stack())).body.data.queryParameters;
    await resetLimits(stack());

    expect(await listedNames(stack())).toEqual(['nineteen bytes.txt']);
    expect(remainingQuota).toBe(1_000 - 19);
  });

  it('Note that while Dataverse will not add files that violate the size or quota rules, Globus itself doesn’t enforce these during the transfer.', async () => {
    await setLimits(stack(), 40, 35);
    const { taskIdentifier, paths } = await upload(stack(), [
      { name: 'too large.txt', content: 'l'.repeat(50) },
      { name: 'within both.txt', content: 'w'.repeat(10) },
      { name: 'over the quota.txt', content: 'q'.repeat(30) },
    ]);
    await resetLimits(stack());

    const names = await listedNames(stack());
    expect(names).toContain('within both.txt');
    expect(names).not.toContain('too large.txt');
    expect(names).not.toContain('over the quota.txt');
    expect(await readTask(stack(), taskIdentifier)).toMatchObject({ status: 'SUCCEEDED', files_transferred: 3 });
    expect(await collectionFile(stack(), COLLECTION, paths[0]?.[1] ?? '')).toHaveLength(50);
  });

  it('The getDatasetMetadata and getFileListing URLs are just signed versions of the standard Dataset metadata and file listing API calls.', async () => {
    const parameters = await uploadParameters(stack());
    const standard = `${stack().apiUrl}/api/datasets/29/versions/:draft`;

    const [metadata, listing] = await Promise.all([
      curlSigned(signedUrl(parameters, 'getDatasetMetadata')),
      curlSigned(signedUrl(parameters, 'getFileListing')),
    ]);
    expect(metadata.body).toEqual((await call(standard, { headers: KEY })).body);
    expect(listing.body).toEqual((await call(`${standard}/files`, { headers: KEY })).body);
    expect(listing.body.data.length).toBeGreaterThan(0);
  });

  it('The other two are Globus specific.', async () => {
    const parameters = await uploadParameters(stack());

    // Each reads its own body, and refuses an empty one in its own words.
    const paths = await curlSigned(signedUrl(parameters, 'requestGlobusTransferPaths'), { json: {} });
    expect([paths.status, paths.body.message]).toEqual([400, expect.stringMatching(/principal and numberOfFiles/)]);
    const report = await curlSigned(signedUrl(parameters, 'addGlobusFiles'), { jsonData: {} });
    expect([report.status, report.body.message]).toEqual([400, expect.stringMatching(/taskIdentifier/)]);
  });

  it('If called for a dataset using a store that is configured with a remote Globus endpoint(s), the return response is similar but the response includes a the “managed” parameter will be false, the “endpoint” parameter is replaced with a JSON array of “referenceEndpointsWithPaths” and the requestGlobusTransferPaths and addGlobusFiles URLs are replaced with ones for requestGlobusReferencePaths and addFiles.', async () => {
    const parameters = await uploadParameters(stack(), REFERENCE_PID);

    const { queryParameters } = parameters.body.data;
    expect(queryParameters).toMatchObject({ managed: 'false', referenceEndpointsWithPaths: [`${COLLECTION}/hdc1`] });
    expect(Object.keys(queryParameters)).not.toContain('endpoint');
    expect(urlNames(parameters)).toEqual([
      'requestGlobusReferencePaths',
      'addFiles',
      'getDatasetMetadata',
      'getFileListing',
    ]);
  });

  it('The call to set up for a transfer out (download) is similar:', async () => {
    const { status, body } = await downloadParameters(stack());

    expect(status).toBe(200);
    expect(body.data.queryParameters).toMatchObject({ datasetId: 30, dvLocale: 'en', datasetPid: DOWNLOAD_PID });
  });

  it('Note that this API call supports an additional downloadId query parameter.', async () => {
    const { status, body } = await launchedParameters(stack(), [61]);

    expect(status).toBe(200);
    expect(Object.keys(body.data.queryParameters.files)).toEqual(['61']);
    const unknown = await downloadParameters(stack(), '&downloadId=00000000-0000-4000-8000-000000000001');
    expect(unknown.status).toBe(404);
  });

  it('This is only used when the globus-dataverse app is called from the Dataverse user interface. There is no need to use it when calling the API directly.', async () => {
    const { status, body } = await downloadParameters(stack(), '');

    expect(status).toBe(200);
    expect(Object.keys(body.data.queryParameters.files)).toEqual(['60', '61']);
  });

  it('The returned response includes the same getDatasetMetadata and getFileListing URLs as in the upload case and includes “monitorGlobusDownload” and “requestGlobusDownload” URLs.', async () => {
    const parameters = await downloadParameters(stack());

    expect(urlNames(parameters)).toEqual([
      'monitorGlobusDownload',
      'requestGlobusDownload',
      'getDatasetMetadata',
      'getFileListing',
    ]);
    const inUploadCase = await uploadParameters(stack(), DOWNLOAD_PID);
    for (const name of ['getDatasetMetadata', 'getFileListing']) {
      const [own, uploads] = [parameters, inUploadCase].map((each) => new URL(signedUrl(each, name)).pathname);
      expect(own).toBe(uploads);
      expect((await curlSigned(signedUrl(parameters, name))).status).toBe(200);
    }
  });

  it('The response will also indicate whether the store is “managed” and will provide the “endpoint” from which downloads can be made.', async () => {
    const { queryParameters } = (await downloadParameters(stack())).body.data;

    expect(queryParameters).toMatchObject({ managed: 'true', endpoint: COLLECTION });
    expect(partsOf(queryParameters.files['60']).collection).toBe(COLLECTION);
  });
}

/** Sets what Dataverse limits, in bytes: the size of a file, and what is left of the quota. */
async function setLimits(stack: RunningStack, fileSizeLimit: number | null, remaining: number | null): Promise<void> {
  const value = fileSizeLimit === null ? null : String(fileSizeLimit);
  await dataverseControl(stack, '/settings', { name: ':MaxFileUploadSizeInBytes', value });
  await dataverseControl(stack, '/settings', { name: ':UseStorageQuotas', value: 'true' });
  await dataverseControl(stack, '/quota', { remainingBytes: remaining });
}

function resetLimits(stack: RunningStack): Promise<void> {
  return setLimits(stack, 100_000_000_000, 1_000_000_000_000);
}
