import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createLocalClock } from '../../../infra/local/clock.ts';
import { controlClock } from '../../../infra/local/gateway/clock-control.ts';
import { destinationOf } from '../../../infra/local/gateway/path-split.ts';
import { type AnsweredRequest, type Gateway, openGateway } from '../../../infra/local/gateway/start.ts';
import { createLambdaRunner } from '../../../infra/local/lambda-runner.ts';
import { NOBODY_LISTENS } from '../../adapters/loopback-server.ts';
import { send, startRecorder } from './loopback.ts';

const clock = createLocalClock();
const ANSWER_BODY = Buffer.from([0, 1, 254, 255]);
const answered: AnsweredRequest[] = [];
let dataverse: Awaited<ReturnType<typeof startRecorder>>;
let gateway: Gateway;

beforeAll(async () => {
  dataverse = await startRecorder({
    status: 418,
    headers: [
      'X-Two',
      'a',
      'X-Two',
      'b',
      'Connection',
      'X-Hop',
      'X-Hop',
      '1',
      'Access-Control-Allow-Origin',
      'http://d',
    ],
    body: ANSWER_BODY,
  });
  gateway = await openGatewayBefore(dataverse.url);
});
afterAll(async () => {
  await gateway.close();
  await dataverse.close();
});
beforeEach(() => {
  dataverse.seen.length = 0;
  answered.length = 0;
});

async function openGatewayBefore(dataverseUrl: string): Promise<Gateway> {
  const opened = await openGateway(0);
  opened.serve({
    api: {
      prefixes: ['/api'],
      routes: [],
      notFound: { functionName: 'not-found' },
      cors: { allowMethods: [], allowHeaders: [], maxAgeSeconds: 0 },
    },
    functions: createLambdaRunner([{ functionName: 'not-found', entry: '', timeoutSeconds: 1 }], async () => () => ({
      statusCode: 404,
    })),
    allowedOrigins: '*',
    dataverseUrl,
    clock,
    onAnswered: (request) => answered.push(request),
  });
  return opened;
}

describe('the split of paths', () => {
  it.each([
    ['/api/datasets/29/globusUploadParameters', 'api'],
    ['/api/v1/datasets/29/requestGlobusUploadPaths', 'api'],
    ['/api/datasets/:persistentId/addGlobusFiles', 'api'],
    ['/api/datasets/29/globusDownloadParameters', 'api'],
    ['/api/datasets/29/requestGlobusDownload', 'api'],
    ['/api/datasets/29/monitorGlobusDownload', 'api'],
    ['/api/datasets/doi:10.5072/FK2/X/globusUploadParameters', 'api'],
    ['/api/globus/transfers', 'api'],
    ['/api/v1/globus/transfers/1/retry', 'api'],
    ['/_control/clock', 'clock-control'],
    ['/_control/state', 'dataverse'],
    ['/api/datasets/29/globusUploadParameters/more', 'dataverse'],
    ['/api/datasets/29/globusuploadparameters', 'dataverse'],
    ['/api/v2/datasets/29/globusUploadParameters', 'dataverse'],
    ['/x/api/datasets/29/globusUploadParameters', 'dataverse'],
    ['/api/datasets/globusUploadParameters', 'dataverse'],
    ['/api/globusstuff', 'dataverse'],
    ['/api/datasets/29/addFiles', 'dataverse'],
    ['/api/admin/requestSignedUrl', 'dataverse'],
    ['/', 'dataverse'],
  ])('sends %s to %s', (path, destination) => {
    expect(destinationOf(path)).toBe(destination);
  });
});

describe('requests for Dataverse', () => {
  const TARGET = '/api/v1/users/:me?x=%2F%2f&y=a+b&until=2026-11-21T00:00:00.000&token=ab%3D';

  it('arrive byte for byte, with the Host as received', async () => {
    const body = Buffer.from([0, 255, 10, 13, 128]);
    const headers = ['Host', 'dataverse.example:8443', 'X-Dataverse-key', 'k', 'X-Odd', '1', 'x-odd', '2'];

    await send(gateway.url, { method: 'PUT', target: TARGET, headers, body });

    const [seen] = dataverse.seen;
    expect(seen).toMatchObject({ method: 'PUT', target: TARGET, body });
    expect(seen?.rawHeaders.slice(0, headers.length)).toEqual(headers);
    expect(seen?.headers['x-forwarded-proto']).toBe('http');
  });

  it('lose the headers of the one connection and a forged scheme', async () => {
    const headers = ['Connection', 'X-Mine', 'X-Mine', '1', 'Keep-Alive', 'timeout=5', 'X-Forwarded-Proto', 'https'];

    await send(gateway.url, { target: '/', headers });

    expect(dataverse.seen[0]?.headers).toMatchObject({ 'x-forwarded-proto': 'http' });
    expect(dataverse.seen[0]?.headers).not.toHaveProperty('x-mine');
    expect(dataverse.seen[0]?.headers).not.toHaveProperty('keep-alive');
  });

  it.each(['POST', 'GET', 'DELETE'])('keep a %s body of unknown length', async (method) => {
    const headers = ['Transfer-Encoding', 'chunked'];

    await send(gateway.url, { method, target: '/upload', headers, body: 'a body in chunks' });

    expect(dataverse.seen[0]?.body.toString()).toBe('a body in chunks');
  });

  it('get the answer untouched, CORS headers included', async () => {
    const reply = await send(gateway.url, { target: '/' });

    expect(reply.status).toBe(418);
    expect(reply.body).toEqual(ANSWER_BODY);
    expect(reply.rawHeaders.slice(0, 4)).toEqual(['X-Two', 'a', 'X-Two', 'b']);
    expect(reply.headers['access-control-allow-origin']).toBe('http://d');
    expect(reply.headers).not.toHaveProperty('x-hop');
  });

  it('get 502 when Dataverse does not answer', async () => {
    const lonely = await openGatewayBefore(NOBODY_LISTENS);

    const reply = await send(lonely.url, { method: 'POST', target: '/', body: 'x'.repeat(100_000) });
    await lonely.close();

    expect(reply.status).toBe(502);
  });

  it('are told of without their query, which may hold keys', async () => {
    await send(gateway.url, { target: '/api/info/version?key=secret' });

    // The answer is out before it is told of.
    await expect.poll(() => answered, { timeout: 15_000 }).not.toEqual([]);
    expect(answered).toMatchObject([{ method: 'GET', path: '/api/info/version', status: 418, servedBy: 'dataverse' }]);
    expect(JSON.stringify(answered)).not.toContain('secret');
  });
});

describe('/_control/clock', () => {
  it('reads, shifts and sets the clock that all parts share', async () => {
    const post = (body: string) => send(gateway.url, { method: 'POST', target: '/_control/clock', body });

    await post('{"shiftSeconds": 60}');
    expect(clock.offsetMilliseconds()).toBe(60_000);
    await post('{"shiftSeconds": -10}');
    expect(clock.offsetMilliseconds()).toBe(50_000);
    await post('{"offsetSeconds": 5}');
    expect(clock.offsetMilliseconds()).toBe(5_000);
    const reading = await send(gateway.url, { target: '/_control/clock' });
    expect(JSON.parse(reading.body.toString())).toEqual({ now: expect.any(String), offsetSeconds: 5 });
    await post('{"offsetSeconds": 0}');
  });

  it.each([
    ['POST', '', '127.0.0.1', 400],
    ['POST', '{"shiftSeconds":"60"}', '127.0.0.1', 400],
    ['POST', '{"shiftSeconds":1,"offsetSeconds":1}', '127.0.0.1', 400],
    ['POST', '{"shiftSeconds":1e300}', '127.0.0.1', 400],
    ['PUT', '{"shiftSeconds":1}', '127.0.0.1', 405],
    ['POST', '{"shiftSeconds":1}', '192.0.2.7', 403],
    ['GET', '', '192.0.2.7', 403],
    ['GET', '', '::1', 200],
    ['GET', '', '::ffff:127.0.0.1', 200],
  ])('answers %s %s from %s with %d and leaves the clock alone', (method, body, address, status) => {
    const own = createLocalClock();

    const reply = controlClock(own, method, Buffer.from(body), address);

    expect(reply.statusCode).toBe(status);
    expect(own.offsetMilliseconds()).toBe(0);
  });
});
