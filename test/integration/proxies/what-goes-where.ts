import { expect, it } from 'vitest';
import { PRINCIPAL } from '../../support/builders.ts';
import { CURATOR_KEY, DRAFT_PID, READER_KEY } from '../../support/upload-client.ts';
import { draftTarget, reachingApi, type ServedSite } from './served-site.ts';
import { postJsonTo, postReportTo } from './site-client.ts';

const CURATOR = { 'X-Dataverse-key': CURATOR_KEY };
const READER = { 'X-Dataverse-key': READER_KEY };
const LARGEST_BODY_BYTES = 4_500_000;
const NOT_THERE = 'API endpoint does not exist on this server.';

/** Which requests reach the API, which Dataverse, as what, and how refusals look. @param site - known once the tests run */
export function testWhatGoesWhere(site: () => ServedSite): void {
  it.each([
    '/api/datasets/:persistentId/globusUploadParameters?persistentId=doi:10.5072/FK2/ILLPXE',
    '/api/v1/datasets/%3ApersistentId/globusUploadParameters?persistentId=doi%3A10.5072%2fFK2%2FILLPXE&x=a%20b+c%2b',
    '/api/datasets/29/globusDownloadParameters?downloadId=a%2Fb',
    '/api/datasets/30/requestGlobusDownload',
    '/api/v1/datasets/30/monitorGlobusDownload?x',
    '/api/datasets/doi:10.5072/FK2/ILLPXE/addGlobusFiles',
    '/api/datasets/doi:10.5072%2FFK2%2FILLPXE/requestGlobusUploadPaths',
    '/api/globus/transfers?persistentId=doi:10.5072/FK2/ILLPXE',
    '/api/v1/globus/leftovers',
    '/api/globus/anything/else',
  ])('sends %s to the API, byte for byte', async (target) => {
    expect(await reachingApi(site(), () => site().ask(target))).toEqual([target]);
  });

  it.each([
    '/api/datasets/29/locks',
    '/api/datasets/:persistentId/versions/:latest/files?persistentId=doi:10.5072/FK2/7U7YBV',
    '/api/v1/info/version',
    '/api/datasets/29/globusUploadParametersOfOld',
    '/api/datasets/29/addFiles',
    '/api/globusfiles',
    '/api/search?q=/api/globus/transfers',
    '/dataset.xhtml?persistentId=doi:10.5072/FK2/ILLPXE/addGlobusFiles',
    '/',
  ])('leaves %s to Dataverse', async (target) => {
    expect(await reachingApi(site(), async () => expect((await site().ask(target)).status).toBeLessThan(500))).toEqual(
      [],
    );
  });

  it('keeps the cookies of Dataverse’s session from the API, and passes the caller’s credentials on', async () => {
    const headers = { ...CURATOR, cookie: 'JSESSIONID=secret', authorization: 'Bearer a.token' };
    await site().ask('/api/globus/leftovers', { headers });
    const received = site().api.received.at(-1)?.headers;
    expect(received?.['cookie'] || undefined).toBeUndefined();
    expect(received).toMatchObject({ 'x-dataverse-key': CURATOR_KEY, authorization: 'Bearer a.token' });
  });

  it('answers preflights, and every answer says that other pages may read it', async () => {
    const origin = 'https://app.example.edu';
    const preflight = {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'content-type',
    };
    const allowed = await site().ask('/api/datasets/29/addGlobusFiles', { method: 'OPTIONS', headers: preflight });
    expect([allowed.status, allowed.headers['access-control-allow-headers']]).toEqual([
      204,
      expect.stringContaining('content-type'),
    ]);
    const refused = await site().ask('/api/datasets/29/globusUploadParameters', { headers: { origin } });
    expect(refused.status).toBeGreaterThanOrEqual(400);
    for (const { headers } of [allowed, refused]) expect(headers['access-control-allow-origin']).toBe('*');
  });

  it('takes bodies of up to 4.5 MB, and has the API say what to do beyond', async () => {
    const order = JSON.stringify({ principal: PRINCIPAL, numberOfFiles: 1 });
    const post = (bytes: number) =>
      postJsonTo(site().ask, draftTarget('requestGlobusUploadPaths'), order.padEnd(bytes), READER);
    // The reader may not upload: that is looked at once the body was taken.
    expect((await post(LARGEST_BODY_BYTES)).status).toBe(403);
    const refused = await post(LARGEST_BODY_BYTES + 1);
    expect(refused).toMatchObject({ status: 413, body: { status: 'ERROR', message: expect.any(String) } });
    const form = { taskIdentifier: 'x', files: [], padding: 'x'.repeat(LARGEST_BODY_BYTES) };
    expect((await postReportTo(site().ask, draftTarget('addGlobusFiles'), form, READER)).status).toBe(413);
    expect((await post(11 * 1024 * 1024)).status).toBe(413);
  });

  it('answers in Dataverse’s form what no route serves', async () => {
    expect(await site().ask('/api/globus/nothing')).toMatchObject({
      status: 404,
      body: { status: 'ERROR', message: expect.stringContaining(NOT_THERE), requestUrl: '/api/globus/nothing' },
    });
    expect(await site().ask('/api/datasets/29/addGlobusFiles', { method: 'DELETE' })).toMatchObject({
      status: 405,
      body: { status: 'ERROR' },
    });
    expect(await site().ask(`/api/datasets/${DRAFT_PID}/globusUploadParameters`)).toMatchObject({
      status: 400,
      body: { message: expect.stringContaining('/api/datasets/:persistentId/globusUploadParameters') },
    });
  });

  it('has a bypass that lets through what the functions call, and nothing else', async () => {
    for (const target of ['/api/v1/users/:me', '/api/v1/files/60', '/api/v1/access/datafile/60/userPermissions']) {
      expect((await site().askBypass(target, { headers: READER })).status).toBe(200);
    }
    for (const target of [
      '/',
      '/api/admin/settings',
      '/api/v1/access/datafile/60',
      '/api/globus/transfers',
      '/api/search?q=x',
    ]) {
      expect((await site().askBypass(target, { headers: READER })).status).toBe(404);
    }
  });
}
