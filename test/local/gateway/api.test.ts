import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLocalClock } from '../../../infra/local/clock.ts';
import { type Gateway, openGateway } from '../../../infra/local/gateway/start.ts';
import { createLambdaRunner } from '../../../infra/local/lambda-runner.ts';
import { send, type WireRequest } from './loopback.ts';

type Handler = (event: APIGatewayProxyEventV2, context: Context) => unknown;

let handler: Handler = () => ({ statusCode: 200 });
const calls: { functionName: string; event: APIGatewayProxyEventV2; context: Context }[] = [];
const failures: { functionName: string; message: string }[] = [];
let gateway: Gateway;

const NAMES = ['upload-parameters', 'upload-paths', 'one-task', 'any-task', 'not-found'];
const UPLOAD_PATHS = '/api/datasets/29/requestGlobusUploadPaths';

beforeAll(async () => {
  gateway = await openGateway(0);
  const functions = createLambdaRunner(
    NAMES.map((functionName) => ({ functionName, entry: functionName, timeoutSeconds: 0.2 })),
    async ({ functionName }) =>
      (event, context) => {
        calls.push({ functionName, event: event as APIGatewayProxyEventV2, context });
        return handler(event as APIGatewayProxyEventV2, context);
      },
  );
  gateway.serve({
    api: {
      prefixes: ['/api', '/api/v1'],
      routes: [
        { functionName: 'upload-parameters', method: 'GET', path: '/datasets/{id}/globusUploadParameters' },
        { functionName: 'upload-paths', method: 'POST', path: '/datasets/{id}/requestGlobusUploadPaths' },
        { functionName: 'any-task', method: 'GET', path: '/globus/tasks/{taskId}' },
        { functionName: 'one-task', method: 'GET', path: '/globus/tasks/latest' },
      ],
      notFound: { functionName: 'not-found' },
      cors: { allowMethods: ['GET', 'POST'], allowHeaders: ['content-type', 'x-dataverse-key'], maxAgeSeconds: 600 },
    },
    functions,
    allowedOrigins: '*',
    dataverseUrl: 'http://127.0.0.1:9',
    clock: createLocalClock(),
    onFailed: (functionName, _requestId, error) => failures.push({ functionName, message: (error as Error).message }),
  });
});
afterAll(() => gateway.close());

async function eventOf(request: WireRequest): Promise<APIGatewayProxyEventV2> {
  handler = () => ({ statusCode: 200 });
  calls.length = 0;
  await send(gateway.url, request);
  const [call] = calls;
  if (!call) throw new Error('no function was called');
  return call.event;
}

async function replyTo(answer: Handler) {
  handler = answer;
  return send(gateway.url, { target: '/api/datasets/29/globusUploadParameters' });
}

describe('routes of the gateway', () => {
  it.each([
    ['GET', '/api/datasets/29/globusUploadParameters', 'upload-parameters', { id: '29' }],
    ['GET', '/api/v1/datasets/29/globusUploadParameters', 'upload-parameters', { id: '29' }],
    ['GET', '/api/datasets/:persistentId/globusUploadParameters', 'upload-parameters', { id: ':persistentId' }],
    ['GET', '/api/datasets/%3ApersistentId/globusUploadParameters', 'upload-parameters', { id: ':persistentId' }],
    ['POST', '/api/datasets/29/requestGlobusUploadPaths', 'upload-paths', { id: '29' }],
    ['GET', '/api/datasets/29/requestGlobusUploadPaths', 'not-found', undefined],
    ['DELETE', '/api/datasets/29/globusUploadParameters', 'not-found', undefined],
    ['HEAD', '/api/datasets/29/globusUploadParameters', 'not-found', undefined],
    ['GET', '/api/datasets/doi:10.5072/FK2/X/globusUploadParameters', 'not-found', undefined],
    ['GET', '/api/datasets/doi%3A10.5072%2FFK2%2FX/globusUploadParameters', 'not-found', undefined],
    ['GET', '/api/datasets/29/monitorGlobusDownload', 'not-found', undefined],
    ['GET', '/api/globus/tasks/latest', 'one-task', undefined],
    ['GET', '/api/globus/tasks/42', 'any-task', { taskId: '42' }],
    ['GET', '/api/globus/tasks/', 'not-found', undefined],
    ['GET', '/api/globus/%zz', 'not-found', undefined],
  ])('hands %s %s to %s', async (method, target, functionName, pathParameters) => {
    const event = await eventOf({ method, target });

    expect(calls.map((call) => call.functionName)).toEqual([functionName]);
    expect(event.pathParameters).toEqual(pathParameters);
    expect(event.rawPath).toBe(target);
    expect(event.routeKey === '$default').toBe(functionName === 'not-found');
  });

  it('prefers the literal segment whatever the order in the manifest', async () => {
    const event = await eventOf({ target: '/api/v1/globus/tasks/latest' });

    expect(event.routeKey).toBe('GET /api/v1/globus/tasks/latest');
  });
});

describe('events of the gateway', () => {
  it('keeps the query as received and joins repeated keys', async () => {
    const query = 'persistentId=doi:10.5072/FK2/X&files=1&files=2&q=a%20b+c&empty=';

    const event = await eventOf({ target: `/api/datasets/29/globusUploadParameters?${query}` });

    expect(event.rawQueryString).toBe(query);
    expect(event.queryStringParameters).toEqual({
      persistentId: 'doi:10.5072/FK2/X',
      files: '1,2',
      q: 'a b c',
      empty: '',
    });
  });

  it('leaves out what the request does not have', async () => {
    const event = await eventOf({ target: '/api/globus/tasks/latest' });

    for (const name of ['queryStringParameters', 'pathParameters', 'cookies', 'body']) {
      expect(event).not.toHaveProperty(name);
    }
    expect(event.rawQueryString).toBe('');
    expect(event.isBase64Encoded).toBe(false);
  });

  it('joins repeated headers, lower-cases names and takes cookies out of them', async () => {
    const headers = ['X-Note', 'one', 'x-note', 'two', 'Cookie', 'a=1; b=2', 'TE', 'trailers', 'X-Dataverse-Key', 'k'];

    const event = await eventOf({ target: UPLOAD_PATHS, method: 'POST', headers });

    expect(event.headers).toMatchObject({ 'x-note': 'one,two', 'x-dataverse-key': 'k', 'x-forwarded-proto': 'http' });
    expect(event.cookies).toEqual(['a=1', 'b=2']);
    expect(event.headers).not.toHaveProperty('cookie');
    expect(event.headers).not.toHaveProperty('te');
  });

  it.each([
    ['application/json', false],
    ['application/json; charset=utf-8', false],
    ['text/plain', false],
    ['application/xml', false],
    ['application/x-www-form-urlencoded', true],
    ['multipart/form-data; boundary=x', true],
    ['application/octet-stream', true],
    [undefined, true],
  ])('encodes a body of type %s in Base64: %s', async (type, isBase64) => {
    const body = '{"name":"Übersicht"}';

    const event = await eventOf({
      target: UPLOAD_PATHS,
      method: 'POST',
      headers: type ? ['Content-Type', type] : [],
      body,
    });

    expect(event.isBase64Encoded).toBe(isBase64);
    expect(event.body).toBe(isBase64 ? Buffer.from(body).toString('base64') : body);
  });

  it('carries bytes that are not text unchanged', async () => {
    const body = Buffer.from([0, 255, 128, 13, 10, 0]);

    const event = await eventOf({
      target: UPLOAD_PATHS,
      method: 'POST',
      headers: ['Transfer-Encoding', 'chunked'],
      body,
    });

    expect(Buffer.from(event.body ?? '', 'base64')).toEqual(body);
  });

  it('tells the function who calls, when, and by which route', async () => {
    const event = await eventOf({
      target: '/api/datasets/29/globusUploadParameters',
      headers: ['User-Agent', 'curl/8'],
    });

    expect(event.version).toBe('2.0');
    expect(event.requestContext).toMatchObject({
      stage: '$default',
      routeKey: 'GET /api/datasets/{id}/globusUploadParameters',
      http: {
        method: 'GET',
        path: '/api/datasets/29/globusUploadParameters',
        protocol: 'HTTP/1.1',
        sourceIp: '127.0.0.1',
        userAgent: 'curl/8',
      },
    });
    expect(event.requestContext.time).toMatch(/^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/);
    const { context } = calls[0] ?? {};
    expect(context?.awsRequestId).toBe(event.requestContext.requestId);
    expect(context?.getRemainingTimeInMillis()).toBeLessThanOrEqual(200);
  });
});

describe('replies of the gateway', () => {
  it.each([
    [
      'a full answer',
      { statusCode: 201, headers: { 'Content-Type': 'text/html' }, body: '<p>' },
      201,
      'text/html',
      '<p>',
    ],
    [
      'a body in Base64',
      { statusCode: 200, body: '/wD/', isBase64Encoded: true },
      200,
      'text/plain;charset=UTF-8',
      null,
    ],
    ['a bare object', { status: 'OK' }, 200, 'application/json', '{"status":"OK"}'],
    ['bare text', 'hello', 200, 'application/json', 'hello'],
    ['nothing', undefined, 200, 'application/json', 'null'],
    ['an empty body', { statusCode: 204 }, 204, undefined, ''],
  ])('turns %s into HTTP', async (_case, result, status, type, body) => {
    const reply = await replyTo(() => result);

    expect(reply.status).toBe(status);
    expect(reply.headers['content-type']).toBe(type);
    if (body === null) expect(reply.body).toEqual(Buffer.from([255, 0, 255]));
    else expect(reply.body.toString()).toBe(body);
  });

  it('sends each cookie in a header of its own', async () => {
    const reply = await replyTo(() => ({ statusCode: 200, cookies: ['a=1', 'b=2'], body: '' }));

    expect(reply.headers['set-cookie']).toEqual(['a=1', 'b=2']);
  });

  it.each([
    ['the handler throws', 500, 'Internal Server Error', () => Promise.reject(new Error('broken'))],
    ['the handler throws before its first await', 500, 'Internal Server Error', () => JSON.parse('{')],
    ['the status is no number', 500, 'Internal Server Error', () => ({ statusCode: 'fine', body: '' })],
    ['the body is no text', 500, 'Internal Server Error', () => ({ statusCode: 200, body: { a: 1 } })],
    [
      'the answer is larger than 6 MB',
      500,
      'Internal Server Error',
      () => ({ statusCode: 200, body: 'x'.repeat(6_291_456) }),
    ],
    ['the time limit passes', 503, 'Service Unavailable', () => new Promise(() => undefined)],
  ])('answers in the words of an HTTP API when %s', async (_case, status, message, answer: Handler) => {
    const reply = await replyTo(answer);

    expect(reply.status).toBe(status);
    expect(JSON.parse(reply.body.toString())).toEqual({ message });
    expect(reply.headers['access-control-allow-origin']).toBe('*');
  });

  it('reports the function that failed', async () => {
    failures.length = 0;

    await replyTo(() => Promise.reject(new Error('broken')));

    expect(failures).toEqual([{ functionName: 'upload-parameters', message: 'broken' }]);
  });
});

describe('limits of the gateway', () => {
  const MEGABYTE = 1024 * 1024;

  it.each([
    ['a body over 10 MB', 10 * MEGABYTE + 1, 'application/json', 413],
    ['an event over 6 MB once the body is in Base64', 5 * MEGABYTE, 'application/octet-stream', 413],
    ['a text body that leaves the event under 6 MB', 5 * MEGABYTE, 'text/plain', 200],
  ])('answers %s', async (_case, sizeBytes, type, status) => {
    handler = () => ({ statusCode: 200 });

    const reply = await send(gateway.url, {
      method: 'POST',
      target: UPLOAD_PATHS,
      headers: ['Content-Type', type],
      body: Buffer.alloc(sizeBytes, 'x'),
    });

    expect(reply.status).toBe(status);
    expect(reply.headers['access-control-allow-origin']).toBe('*');
    if (status === 413) expect(JSON.parse(reply.body.toString())).toEqual({ message: 'Request Too Long' });
  });

  it.each([
    ['over', 10_300, 431],
    ['under', 9_900, 200],
  ])('takes request line and headers of 10,240 bytes: %s that', async (_case, length, status) => {
    handler = () => ({ statusCode: 200 });

    const reply = await send(gateway.url, {
      method: 'POST',
      target: UPLOAD_PATHS,
      headers: ['X-Long', 'x'.repeat(length)],
    });

    expect(reply.status).toBe(status);
  });
});

describe('CORS of the gateway', () => {
  it.each(['/api/datasets/29/requestGlobusUploadPaths', '/api/globus/nothing'])(
    'answers a preflight for %s itself',
    async (target) => {
      calls.length = 0;

      const reply = await send(gateway.url, {
        method: 'OPTIONS',
        target,
        headers: ['Origin', 'http://app.example', 'Access-Control-Request-Method', 'POST'],
      });

      expect(reply.status).toBe(204);
      expect(reply.headers).toMatchObject({
        'access-control-allow-origin': '*',
        'access-control-allow-methods': 'GET,POST',
        'access-control-allow-headers': 'content-type,x-dataverse-key',
        'access-control-max-age': '600',
      });
      expect(calls).toEqual([]);
    },
  );

  it('puts its own header in place of those a function sets', async () => {
    const reply = await replyTo(() => ({
      statusCode: 403,
      headers: { 'Access-Control-Allow-Origin': 'http://other.example', 'access-control-allow-credentials': 'true' },
      body: '',
    }));

    expect(reply.headers['access-control-allow-origin']).toBe('*');
    expect(reply.headers).not.toHaveProperty('access-control-allow-credentials');
  });
});
