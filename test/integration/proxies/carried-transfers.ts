import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { COLLECTION, PRINCIPAL, SOURCE_COLLECTION } from '../../support/builders.ts';
import { untilAllAreOver } from '../../support/quiet-time.ts';
import { dataverseControl, untilSettled } from '../../support/stack-control.ts';
import {
  CURATOR_KEY,
  DRAFT_PID,
  eventually,
  listRules,
  PUBLISHED_PID,
  putSourceFile,
  READER_KEY,
  submit,
  submitTransfer,
} from '../../support/upload-client.ts';
import { draftTarget, reachingApi, type ServedSite, SITE_URL } from './served-site.ts';
import { postJsonTo, postReportTo, type SiteReply } from './site-client.ts';

const CURATOR = { 'X-Dataverse-key': CURATOR_KEY };
const READER = { 'X-Dataverse-key': READER_KEY };

/** Uploads, downloads and references through the site, with what Dataverse and we have signed. @param site - known once the tests run */
export function testCarriedTransfers(site: () => ServedSite): void {
  /** A launch from Dataverse's page. @returns the address that the app is to ask, which Dataverse has signed for the site */
  async function launch(direction: 'upload' | 'download', datasetId: number, fileIds?: readonly number[]) {
    const user = direction === 'upload' ? 'curator' : 'reader';
    const { body } = await dataverseControl(site().stack, '/launches', { direction, datasetId, user, fileIds });
    const callback = Buffer.from(body.callback, 'base64').toString('utf8');
    expect(callback).toContain(`${SITE_URL}/api/v1/datasets/${datasetId}/`);
    return callback;
  }
  const signedUrl = (parameters: SiteReply, name: string): string =>
    parameters.body.data.signedUrls.find((each: { name: string }) => each.name === name).signedUrl;

  it('carries a whole upload by signed URLs alone', async () => {
    await putSourceFile(site().stack, '/site/rain.csv', 'day,rainfall_mm\n');
    const parameters = await site().ask(`${await launch('upload', 29)}&dvLocale=en`);
    expect(parameters.status, JSON.stringify(parameters.body)).toBe(200);
    const pathsUrl = signedUrl(parameters, 'requestGlobusTransferPaths');
    expect(pathsUrl).toMatch(new RegExp(`^${SITE_URL}/api/v1/.*kid=.*&token=`));
    const paths = await postJsonTo(site().ask, pathsUrl, { principal: PRINCIPAL, numberOfFiles: 1 });
    expect(paths.status).toBe(200);
    const [[identifier = '', path = ''] = []] = Object.entries<string>(paths.body.data);

    const taskIdentifier = await submitTransfer(site().stack, [['/site/rain.csv', path]]);
    const files = [{ storageIdentifier: identifier, fileName: 'rain.csv' }];
    const report = await postReportTo(site().ask, signedUrl(parameters, 'addGlobusFiles'), { taskIdentifier, files });
    expect(report.status, JSON.stringify(report.body)).toBe(200);
    await untilSettled(site().stack);

    // These two Dataverse itself has signed, over the site's scheme and name.
    const listing = await site().ask(signedUrl(parameters, 'getFileListing'));
    expect(listing.body.data).toMatchObject([{ label: 'rain.csv', dataFile: { storageIdentifier: identifier } }]);
    expect((await site().ask(signedUrl(parameters, 'getDatasetMetadata'))).status).toBe(200);
  });

  it('carries a whole download by signed URLs alone, the files chosen on the page', async () => {
    const parameters = await site().ask(`${await launch('download', 30, [60, 61])}&dvLocale=en`);
    expect(parameters.status, JSON.stringify(parameters.body)).toBe(200);
    const order = { principal: PRINCIPAL, fileIds: ['61'] };
    const granted = await postJsonTo(site().ask, signedUrl(parameters, 'requestGlobusDownload'), order);
    expect(granted.status, JSON.stringify(granted.body)).toBe(200);
    const source_path = String(granted.body.data['61']).slice(COLLECTION.length);
    const item = { DATA_TYPE: 'transfer_item', source_path, destination_path: '/site/61', recursive: false };
    const sides = { source_endpoint: COLLECTION, destination_endpoint: SOURCE_COLLECTION };
    const taskIdentifier = await submit(site().stack, 'transfer', { ...sides, DATA: [item] });
    const monitorUrl = signedUrl(parameters, 'monitorGlobusDownload');
    expect((await postJsonTo(site().ask, monitorUrl, { taskIdentifier })).status).toBe(200);
    await eventually('no access rule is left', async () => (await listRules(site().stack)).length === 0);
    await untilAllAreOver(site().stack);
    const bytes = (collection: string, path: string) =>
      readFile(join(site().stack.stateDirectory, 'globus', 'collections', collection, path));
    expect((await bytes(SOURCE_COLLECTION, '/site/61')).equals(await bytes(COLLECTION, source_path))).toBe(true);
  });

  it('has Dataverse asked, by the bypass, about single files: restricted ones, and those that are named by persistent ids', async () => {
    const persistentId = `${PUBLISHED_PID}/READ`;
    await dataverseControl(site().stack, '/files/61', { persistentId, restricted: true, downloaders: ['reader'] });
    const url = `/api/datasets/:persistentId/requestGlobusDownload?persistentId=${PUBLISHED_PID}`;
    const ask = (id: string) => postJsonTo(site().ask, url, { principal: PRINCIPAL, fileIds: [id] }, READER);
    const granted = await ask(persistentId);
    expect([granted.status, Object.keys(granted.body.data ?? {})]).toEqual([200, ['61']]);
    const unknown = [await ask(`${persistentId}/NOT`), await ask('999')];
    expect(unknown.map(({ status, body }) => [status, body.message])).toEqual([
      [404, `Datafile with Persistent ID ${persistentId}/NOT not found.`],
      [404, 'File with ID 999 not found.'],
    ]);
  });

  it.each(['requestGlobusTransferPaths', 'getFileListing'])(
    'refuses %s when its signature is touched',
    async (name) => {
      const parameters = await site().ask(draftTarget('globusUploadParameters'), { headers: CURATOR });
      const url = signedUrl(parameters, name);
      const [address = '', token = ''] = url.split('token=');
      const touched = `${address}token=${token.startsWith('0') ? '1' : '0'}${token.slice(1)}`;
      const ask = (target: string) =>
        name === 'getFileListing' ? site().ask(target) : postJsonTo(site().ask, target, { principal: 'nobody' });
      expect((await ask(touched)).status).toBe(401);
      expect((await ask(url.replace('user=curator', 'user=reader'))).status).toBe(401);
      expect((await ask(url)).status).toBe(name === 'getFileListing' ? 200 : 400);
    },
  );

  it('lets Dataverse answer for a dataset whose store is not ours', async () => {
    const parameters = await site().ask(await launch('upload', 31));
    const url = signedUrl(parameters, 'requestGlobusReferencePaths');
    expect(url).not.toContain('kid=');
    const reference = `${COLLECTION}/hdc1/test1.txt`;
    const reached = await reachingApi(site(), async () => {
      const paths = await postJsonTo(site().ask, url, { referencedFiles: [reference] });
      expect(paths.status, JSON.stringify(paths.body)).toBe(200);
      expect(Object.keys(paths.body.data)).toEqual([reference]);
    });
    expect(reached).toEqual([url.slice(SITE_URL.length)]);
  });

  it('shows the transfers of a dataset, and one of them', async () => {
    const list = await site().ask(`/api/globus/transfers?persistentId=${DRAFT_PID}`, { headers: CURATOR });
    expect(list).toMatchObject({ status: 200, body: { data: [{ state: 'CLOSED', datasetId: '29' }] } });
    const one = `/api/v1/globus/transfers/${list.body.data[0].transferId}`;
    expect(await site().ask(one, { headers: CURATOR })).toMatchObject({ status: 200, body: { status: 'OK' } });
    expect((await site().ask(one)).status).toBe(401);
  });
}
