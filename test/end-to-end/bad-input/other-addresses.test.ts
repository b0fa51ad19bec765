import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { httpApi } from '../../../functions/manifest.ts';
import { COLLECTION, PRINCIPAL, TASK } from '../../support/builders.ts';
import { CURATOR } from '../../support/checks-of-dataverse.ts';
import { expectNothingLeft } from '../../support/nothing-left.ts';
import { type ConnectionRecord, recordConnections } from '../../support/outgoing-connections.ts';
import { untilAllAreOver } from '../../support/quiet-time.ts';
import { type RawRequest, rawForm, sendRaw } from '../../support/send-raw.ts';
import { clearFaults, dataverseControl, globusControl, shiftClock } from '../../support/stack-control.ts';
import { type StackInProcess, startStackInProcess } from '../../support/stack-in-process.ts';
import { call, datasetUrl, PUBLISHED_PID, postJson, requestPaths, SERVICE_KEY } from '../../support/upload-client.ts';

/** T-15 and T-16: nothing that a caller or an answer says leads a request of ours elsewhere, or changes what we take the caller for. */
const LEASE_SECONDS = 3_000;
let stack: StackInProcess;
let connections: ConnectionRecord;
/** Somebody's server, which must never hear from us. */
let elsewhere: Server;
let calls = 0;

beforeAll(async () => {
  connections = recordConnections();
  elsewhere = createServer((_incoming, response) => {
    calls += 1;
    response.end('{"status":"OK","data":{}}');
  });
  await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
  stack = await startStackInProcess({ LEASE_SECONDS: String(LEASE_SECONDS) });
});
afterAll(async () => {
  await shiftClock(stack, LEASE_SECONDS);
  await untilAllAreOver(stack);
  await expectNothingLeft(stack);
  connections.stop();
  elsewhere.close();
  await stack.remove();
}, 120_000);

const port = () => (elsewhere.address() as AddressInfo).port;

function expectOnlyOurAddresses(): void {
  const { apiUrl, globusUrl, dataverseUrl, dynamoDbUrl, workflowUrl } = stack;
  const ours = [apiUrl, globusUrl, dataverseUrl, dynamoDbUrl, workflowUrl].map((url) => new URL(url).host);
  expect(connections.destinations().filter((each) => !ours.includes(each))).toEqual([]);
  expect(calls).toBe(0);
}

/** An answer, or a refusal for which the caller is to blame. */
const OF_CALLERS = [200, 400, 401, 403, 404, 405, 409, 431];

/** Addresses that a caller may wish us to go to. */
const ADDRESSES: readonly { readonly case: string; readonly of: () => string }[] = [
  { case: 'another server', of: () => `http://127.0.0.1:${port()}` },
  { case: 'another server by its name', of: () => `http://localhost:${port()}` },
  { case: 'another server over IPv6', of: () => `http://[::1]:${port()}` },
  { case: 'another server without a scheme', of: () => `//127.0.0.1:${port()}` },
  { case: 'another server behind ours', of: () => `${stack.apiUrl}@127.0.0.1:${port()}` },
  { case: 'another server by its number', of: () => `http://2130706433:${port()}` },
  { case: 'the metadata of a cloud', of: () => 'http://169.254.169.254/latest/meta-data/iam/' },
  { case: 'a name that changes its address', of: () => 'http://rebind.invalid/' },
  { case: 'a file', of: () => 'file:///etc/passwd' },
];

/** A request for each route of the manifest, with the address wherever a route could take one from. */
function requestsWith(address: string): readonly RawRequest[] {
  const encoded = encodeURIComponent(address);
  const asked = `siteUrl=${encoded}&callback=${encoded}&endpoint=${encoded}&dataverseUrl=${encoded}&locale=${encoded}`;
  const members = { siteUrl: address, callback: address, endpoint: address, signedUrl: address, managed: 'false' };
  const bodies: Readonly<Record<string, object>> = {
    'request-globus-upload-paths': { principal: PRINCIPAL, numberOfFiles: 0, referencedFiles: [`${address}/a`] },
    'request-globus-download': { principal: PRINCIPAL, fileIds: [`${address}/a`], downloadId: address },
    'monitor-globus-download': { taskIdentifier: TASK },
    'delete-leftovers': { persistentId: address },
  };
  return httpApi.routes.flatMap(({ functionName, method, path }) => {
    const report = { taskIdentifier: TASK, files: [{ storageIdentifier: `${address}/a`, fileName: 'a', ...members }] };
    const form = functionName === 'add-globus-files' ? rawForm({ ...report, ...members }) : undefined;
    const json = JSON.stringify({ ...members, ...bodies[functionName] });
    const common = {
      method,
      headers: { ...CURATOR, 'content-type': 'application/json', ...hopefulHeaders(address), ...form?.headers },
      ...(method === 'POST' ? { body: form?.body ?? json } : {}),
    };
    const filled = (dataset: string) =>
      `/api${path.replace('{id}', dataset).replace('{transferId}', '29-18b49d3688c')}`;
    return [
      { ...common, target: `${filled('29')}?${asked}&datasetId=29` },
      { ...common, target: `${filled('31')}?${asked}&datasetId=31` },
      { ...common, target: `${filled(':persistentId')}?persistentId=${encoded}` },
      { ...common, target: `${filled(encodeURIComponent(`29${address}`))}?${asked}` },
      { ...common, target: `${address}${filled('29')}` },
    ];
  });
}

function hopefulHeaders(address: string): Record<string, string> {
  return {
    'x-forwarded-host': address,
    'x-forwarded-server': address,
    forwarded: `host="${address}"`,
    'x-original-url': address,
    'x-rewrite-url': address,
    'x-http-method-override': 'PUT',
    origin: address,
    referer: address,
    from: address,
    'x-wap-profile': address,
    'idempotency-key': address,
    expect: '100-continue',
  };
}

describe('an address that a caller gives', () => {
  it.each(ADDRESSES)('is never gone to by any route: $case', async ({ of }) => {
    for (const request of requestsWith(of())) {
      const { status } = await sendRaw(stack, request);
      // What becomes of a dataset whose store is not ours is Dataverse's to say.
      const isOurs = !request.target.includes('/datasets/31/');
      if (isOurs) expect(OF_CALLERS, `${request.method} ${request.target}: ${status}`).toContain(status);
    }
    expectOnlyOurAddresses();
  });
});

describe('an address that Dataverse or Globus gives', () => {
  afterEach(() => clearFaults(stack));

  const redirect = (status: number) => {
    const headers = { location: `http://127.0.0.1:${port()}/api/v1/users/:me` };
    return { match: '.', kind: 'reply', times: null, reply: { status, headers, body: '' } };
  };

  it.each([301, 302, 303, 307, 308])('is not gone to when either answers with %i', async (status) => {
    await dataverseControl(stack, '/faults', redirect(status));
    // Passed on to the caller as it is; who follows it is the caller.
    const target = '/api/datasets/29/globusUploadParameters';
    const forwarded = await sendRaw(stack, { method: 'GET', target, headers: CURATOR });
    expect(forwarded.status).toBe(status);
    expect((await requestPaths(stack, 1)).status).toBe(503);
    await clearFaults(stack);
    await globusControl(stack, '/faults', redirect(status));
    expect((await requestPaths(stack, 1)).status).toBe(503);
    expectOnlyOurAddresses();
  });

  it('is not gone to where Dataverse is asked for a URL it signs', async () => {
    const signed = `http://127.0.0.1:${port()}/api/v1/datasets/29?until=2099-01-01T00:00:00.000&user=curator&method=GET&token=ab`;
    const parameters = await call(datasetUrl(stack, 'globusUploadParameters'), { headers: CURATOR });
    const [paths] = parameters.body.data.signedUrls;
    const reply = { status: 200, body: { status: 'OK', data: { signedUrl: signed } } };
    await dataverseControl(stack, '/faults', { match: 'requestSignedUrl', kind: 'reply', times: null, reply });
    const refused = await postJson(paths.signedUrl, { principal: PRINCIPAL, numberOfFiles: 1 });
    expect([refused.status, refused.body.status]).toEqual([502, 'ERROR']);
    expectOnlyOurAddresses();
  });
});

it('would have been noticed by either record', async () => {
  const other = recordConnections();
  await fetch(`http://127.0.0.1:${port()}/`);
  await fetch('http://rebind.invalid/').catch(() => undefined);
  other.stop();
  expect(other.destinations()).toEqual(expect.arrayContaining([`127.0.0.1:${port()}`, 'rebind.invalid:80']));
  expect(calls).toBe(1);
});

describe('headers that only a proxy may say', () => {
  const SPOOFED = {
    host: 'evil.example.org',
    'x-forwarded-host': 'evil.example.org',
    'x-forwarded-proto': 'gopher',
    'x-forwarded-port': '666',
    'x-forwarded-for': '127.0.0.1',
    'x-forwarded-user': 'dataverseAdmin',
    'x-remote-user': 'dataverseAdmin',
    'remote-user': 'dataverseAdmin',
    'x-real-ip': '127.0.0.1',
    'x-original-url': '/api/admin/settings',
    forwarded: 'for=127.0.0.1;host=evil.example.org;proto=https',
    via: '1.1 evil.example.org',
  };
  /** Times and signatures differ between any two answers. */
  const lasting = (text: string) =>
    text
      .replace(/until=[^&"]+/g, 'until=…')
      .replace(/token=[0-9a-f]+/g, 'token=…')
      .replace(/"incidentId":"[^"]+"/, '');

  const targets = httpApi.routes.flatMap(({ method, path }) =>
    [CURATOR, {}, { 'X-Dataverse-key': SERVICE_KEY }].map((key, as) => {
      const filled = path.replace('{id}', ':persistentId').replace('{transferId}', '29-18b49d3688c');
      const who = ['the curator', 'nobody', 'an operator'][as];
      return { who, method, target: `/api${filled}?persistentId=${PUBLISHED_PID}`, key };
    }),
  );

  it.each(targets)('change nothing in what $who is answered: $method $target', async ({ method, target, key }) => {
    // A body that is refused, so that nothing is begun.
    const request = { method, target, ...(method === 'POST' ? { body: '{"principal":1,"dryRun":1}' } : {}) };
    const headers = { ...key, 'content-type': 'application/json' };
    const plain = await sendRaw(stack, { ...request, headers });
    const spoofed = await sendRaw(stack, { ...request, headers: { ...headers, ...SPOOFED } });
    expect([spoofed.status, lasting(spoofed.text)]).toEqual([plain.status, lasting(plain.text)]);
    expect(spoofed.text).not.toContain('evil.example.org');
    expect(JSON.stringify(spoofed.headers)).not.toContain('evil.example.org');
  });

  it('change nothing in what our signed URLs, and those of Dataverse, are good for', async () => {
    const parameters = await call(datasetUrl(stack, 'globusUploadParameters'), { headers: CURATOR });
    const urls: readonly { name: string; httpMethod: string; signedUrl: string }[] = parameters.body.data.signedUrls;
    const ours = new URL(urls.find(({ name }) => name === 'requestGlobusTransferPaths')?.signedUrl ?? '');
    const request = { method: 'POST', target: `${ours.pathname}${ours.search}`, body: '{"principal":1}' };
    const sent = await sendRaw(stack, { ...request, headers: { 'content-type': 'application/json', ...SPOOFED } });
    expect([sent.status, sent.text]).toEqual([400, expect.stringContaining('principal')]);

    const url = `${stack.apiUrl}/api/v1/datasets/29/globusUploadParameters`;
    const order = { url, timeOut: 10, httpMethod: 'GET', user: 'curator' };
    const signed = await postJson(`${stack.apiUrl}/api/admin/requestSignedUrl`, order, {
      'X-Dataverse-key': SERVICE_KEY,
    });
    const theirs = new URL(signed.body.data.signedUrl);
    const target = `${theirs.pathname}${theirs.search}`;
    expect((await sendRaw(stack, { method: 'GET', target, headers: SPOOFED })).status).toBe(200);
  });

  it('do not stand in for the collection or the place of a file either', async () => {
    const target = `/api/datasets/30/globusDownloadParameters`;
    const { text } = await sendRaw(stack, { method: 'GET', target, headers: SPOOFED });
    const { queryParameters, signedUrls } = JSON.parse(text).data;
    expect(queryParameters).toMatchObject({ siteUrl: stack.apiUrl, endpoint: COLLECTION });
    for (const { signedUrl } of signedUrls) expect(signedUrl.startsWith(`${stack.apiUrl}/`)).toBe(true);
  });
});
