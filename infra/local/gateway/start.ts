import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { performance } from 'node:perf_hooks';
import type { LocalClock } from '../clock.ts';
import { EventTooLargeError, type LambdaRunner, TimeLimitPassedError } from '../lambda-runner.ts';
import { isHeaderTooLarge, readBody } from './body.ts';
import { controlClock } from './clock-control.ts';
import { type AllowedOrigins, preflightReply, withCors } from './cors.ts';
import { splitTarget, toGatewayEvent } from './event.ts';
import { destinationOf } from './path-split.ts';
import { proxy } from './proxy.ts';
import { type GatewayReply, messageReply, toGatewayReply } from './reply.ts';
import { decodePath, type HttpApi, matchApiRoute } from './routes.ts';

/** What the gateway stands in front of. */
export interface GatewayBackends {
  readonly api: HttpApi;
  readonly functions: LambdaRunner;
  readonly allowedOrigins: AllowedOrigins;
  /** Address of the Dataverse stand-in, which gets every request that is not ours. */
  readonly dataverseUrl: string;
  readonly clock: LocalClock;
  /** Told of each answered request; the path has no query, which may hold signatures and keys. */
  readonly onAnswered?: (request: AnsweredRequest) => void;
  /** Told of each function that threw or passed its limit. */
  readonly onFailed?: (functionName: string, requestId: string, error: unknown) => void;
}

export interface AnsweredRequest {
  readonly requestId: string;
  readonly method: string;
  readonly path: string;
  /** 0 when the connection was cut before an answer. */
  readonly status: number;
  readonly milliseconds: number;
  readonly servedBy: 'api' | 'clock-control' | 'dataverse';
}

/** A gateway that listens; requests wait until `serve` says what is behind it. */
export interface Gateway {
  readonly url: string;
  serve(backends: GatewayBackends): void;
  /** Stops listening and cuts open connections. */
  close(): Promise<void>;
}

/**
 * Binds the API port, before anything that must know the port exists (the stand-in signs URLs with it).
 * @param port - 0 takes a free one
 * @throws the listen error, such as EADDRINUSE
 */
export async function openGateway(port: number): Promise<Gateway> {
  const ready = Promise.withResolvers<GatewayBackends>();
  const server = createServer({ maxHeaderSize: 64 * 1024 }, (incoming, response) => {
    void ready.promise.then((backends) => answer(backends, incoming, response));
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    serve: (backends) => ready.resolve(backends),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(backends: GatewayBackends, incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  const startedAt = performance.now();
  const requestId = randomUUID();
  const { path } = splitTarget(incoming.url ?? '/');
  const servedBy = destinationOf(decodePath(path));
  let status = 0;
  try {
    if (servedBy === 'dataverse') {
      status = await proxy(incoming, response, new URL(backends.dataverseUrl));
    } else {
      const body = await readBody(incoming);
      const reply =
        servedBy === 'clock-control'
          ? controlClock(
              backends.clock,
              incoming.method ?? 'GET',
              body ?? Buffer.alloc(0),
              incoming.socket.remoteAddress ?? '',
            )
          : await answerFromApi(backends, incoming, body, requestId);
      status = send(response, reply, requestId);
    }
  } catch {
    // The caller's connection broke: there is nobody left to answer.
    response.destroy();
  }
  const milliseconds = Math.round(performance.now() - startedAt);
  backends.onAnswered?.({ requestId, method: incoming.method ?? 'GET', path, status, milliseconds, servedBy });
}

/** @param body - undefined when it was larger than an HTTP API takes */
async function answerFromApi(
  backends: GatewayBackends,
  incoming: IncomingMessage,
  body: Buffer | undefined,
  requestId: string,
): Promise<GatewayReply> {
  const { origin } = incoming.headers;
  if (incoming.method === 'OPTIONS') return preflightReply(backends.api, backends.allowedOrigins, origin);
  return withCors(await callFunction(backends, incoming, body, requestId), backends.allowedOrigins, origin);
}

async function callFunction(
  backends: GatewayBackends,
  incoming: IncomingMessage,
  body: Buffer | undefined,
  requestId: string,
): Promise<GatewayReply> {
  if (isHeaderTooLarge(incoming)) return messageReply(431, 'Request Header Fields Too Large');
  if (!body) return messageReply(413, 'Request Too Long');
  const method = incoming.method ?? 'GET';
  const target = incoming.url ?? '/';
  const route = matchApiRoute(backends.api, method, decodePath(splitTarget(target).path));
  const event = toGatewayEvent(
    {
      method,
      target,
      rawHeaders: incoming.rawHeaders,
      body,
      sourceIp: incoming.socket.remoteAddress ?? '127.0.0.1',
      protocol: `HTTP/${incoming.httpVersion}`,
      requestId,
      receivedAtMilliseconds: backends.clock.nowMilliseconds(),
    },
    route,
  );
  try {
    return toGatewayReply(await backends.functions.run(route.functionName, event, { requestId }));
  } catch (error) {
    if (error instanceof EventTooLargeError) return messageReply(413, 'Request Too Long');
    backends.onFailed?.(route.functionName, requestId, error);
    if (error instanceof TimeLimitPassedError) return messageReply(503, 'Service Unavailable');
    return messageReply(500, 'Internal Server Error');
  }
}

/** About the connection, not the answer: a function's own give way to the true ones. */
const CONNECTION_HEADERS = ['content-length', 'transfer-encoding', 'connection', 'keep-alive', 'upgrade'];

function send(response: ServerResponse, reply: GatewayReply, requestId: string): number {
  // Names and values in turn keep repeated headers.
  const headers = reply.headers.filter(([name]) => !CONNECTION_HEADERS.includes(name)).flat();
  // A 204 and a 304 have no body and so no length (RFC 9110, 8.6).
  const hasBody = reply.statusCode !== 204 && reply.statusCode !== 304;
  const length = hasBody ? ['content-length', String(reply.body.length)] : [];
  response.writeHead(reply.statusCode, [...headers, ...length, 'apigw-requestid', requestId]);
  response.end(hasBody ? reply.body : undefined);
  return reply.statusCode;
}
