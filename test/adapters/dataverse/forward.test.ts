import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createHttpExchange } from '../../../functions/adapters/dataverse/http-exchange.ts';
import { errorOf } from '../adapter-parts.ts';
import { type DataverseUnderTest, dataverseUnderTest, failure, SITE } from './dataverse-under-test.ts';

let under: DataverseUnderTest;
beforeEach(async () => {
  under = await dataverseUnderTest();
});
afterEach(() => under.server.close());

const TARGET =
  '/api/v1/datasets/:persistentId/globusUploadParameters?persistentId=doi:10.5072%2FFK2/X&until=1&token=ab&dvLocale=en';
const get = { method: 'GET', target: TARGET, headers: {} };

describe('forwarding a request', () => {
  it('keeps method, target, credentials and body as they came', async () => {
    under.server.plan('POST /', { status: 200, body: {} });
    const body = new TextEncoder().encode('{"principal" : "ü"}');
    const headers = {
      'content-type': 'application/json',
      'x-dataverse-key': 'k',
      authorization: 'Bearer t',
      cookie: 'c=1',
    };
    await under.dataverse.forward({ method: 'POST', target: TARGET, headers, body });
    const [request] = under.server.requests;
    expect(request).toMatchObject({ method: 'POST', target: TARGET, body: '{"principal" : "ü"}' });
    expect(request?.headers).toMatchObject({ ...headers, 'content-length': String(body.length) });
  });

  it('speaks to the site anew, whatever the caller says about connection, host and address', async () => {
    under.server.plan('GET /', { status: 200, body: {} });
    await under.dataverse.forward({
      ...get,
      headers: {
        host: 'evil.example',
        connection: 'close, x-secret-hop',
        'x-secret-hop': '1',
        'keep-alive': 'timeout=1',
        te: 'trailers',
        'transfer-encoding': 'chunked',
        upgrade: 'h2c',
        'proxy-authorization': 'Basic x',
        'content-length': '99',
        'accept-encoding': 'gzip',
        'x-forwarded-for': '127.0.0.1',
        'x-forwarded-host': 'evil.example',
        'x-forwarded-proto': 'http',
        forwarded: 'for=127.0.0.1',
        accept: 'application/json',
      },
    });
    expect(under.server.requests[0]?.headers).toEqual({
      host: 'dataverse.example.edu',
      'x-forwarded-proto': 'https',
      'x-globus-functions-hop': '1',
      'accept-encoding': 'identity',
      accept: 'application/json',
      connection: 'keep-alive',
    });
  });

  it('gives status, headers and bytes of the answer, without what belongs to the connection, CORS or sessions', async () => {
    under.server.plan('GET /', {
      status: 404,
      headers: {
        'content-type': 'text/csv; charset=iso-8859-1',
        'content-disposition': 'attachment',
        'access-control-allow-origin': '*',
        'set-cookie': 'JSESSIONID=1',
        'x-hop': '1',
        connection: 'keep-alive, x-hop',
        'keep-alive': 'timeout=5',
      },
      body: 'a;b\r\n',
    });
    const reply = await under.dataverse.forward(get);
    expect(reply.status).toBe(404);
    expect(Buffer.from(reply.body).toString()).toBe('a;b\r\n');
    const { date, ...headers } = reply.headers;
    expect(headers).toEqual({ 'content-type': 'text/csv; charset=iso-8859-1', 'content-disposition': 'attachment' });
  });

  it('does not unpack a body that comes packed all the same', async () => {
    const packed = gzipSync('hello');
    const server = createServer((socket) => {
      socket.once('data', () => {
        socket.write(`HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ${packed.length}\r\n\r\n`);
        socket.end(packed);
      });
    });
    const port = await new Promise<number>((resolve) =>
      server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)),
    );
    const { dataverse, server: unused } = await dataverseUnderTest({ connectUrl: `http://127.0.0.1:${port}` });
    const reply = await dataverse.forward(get);
    expect(Buffer.from(reply.body)).toEqual(packed);
    expect(reply.headers['content-encoding']).toBe('gzip');
    server.close();
    await unused.close();
  });

  it.each([400, 401, 403, 429, 500, 502, 503])('passes %i on at once', async (status) => {
    under.server.plan('GET /', failure(status, 'so it is'));
    expect((await under.dataverse.forward(get)).status).toBe(status);
    expect(under.server.requests).toHaveLength(1);
  });

  it('does not follow a redirect', async () => {
    under.server.plan('GET /', { status: 302, headers: { location: '/elsewhere' }, body: '' });
    const reply = await under.dataverse.forward(get);
    expect([reply.status, reply.headers['location']]).toEqual([302, '/elsewhere']);
  });

  it.each([
    { method: 'GET', tries: 4 },
    { method: 'POST', tries: 1 },
  ])('is unavailable after $tries cut connections for $method', async ({ method, tries }) => {
    under.server.plan(`${method} /`, 'cut');
    expect((await errorOf(under.dataverse.forward({ ...get, method }))).name).toBe('UnavailableError');
    expect(under.server.requests).toHaveLength(tries);
  });

  it('refuses to go round in a circle', async () => {
    const error = await errorOf(under.dataverse.forward({ ...get, headers: { 'x-globus-functions-hop': '1' } }));
    expect(error.name).toBe('ProxyLoopError');
    expect(under.server.requests).toHaveLength(0);
  });

  it.each(['/api/a b', '/api/\r\nx: y', 'http://evil.example/', '/api/ü'])('refuses the target %j', async (target) => {
    expect((await errorOf(under.dataverse.forward({ ...get, target }))).name).toBe('InvalidRequestError');
    expect(under.server.requests).toHaveLength(0);
  });
});

describe('a connection with TLS', () => {
  it('asks for the certificate of the public site, not of the address it connects to', async () => {
    const greetings: Buffer[] = [];
    const server = createServer((socket) => {
      socket.once('data', (bytes) => {
        greetings.push(bytes);
        socket.destroy();
      });
      socket.on('error', () => undefined);
    });
    const port = await new Promise<number>((resolve) =>
      server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)),
    );
    const exchange = createHttpExchange(`https://127.0.0.1:${port}`, SITE);
    const result = await exchange({ method: 'GET', target: '/', headers: {} }, 5_000);
    // The greeting of TLS names the server in the clear.
    expect(greetings[0]?.toString('latin1')).toContain('dataverse.example.edu');
    expect(result).toMatchObject({ kind: 'none', wasSent: false });
    server.close();
  });
});
