import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { LocalClock } from '../../clock.ts';
import { type Fault, FaultPlan } from './faults.ts';
import { matchRoute, type SimulatorReply, type SimulatorRequest, type SimulatorRoute } from './routes.ts';

/** A simulator that listens. */
export interface RunningSimulator {
  /** Base address without a trailing slash, such as `http://127.0.0.1:8081`. */
  readonly url: string;
  /** Stops listening and cuts open connections. */
  close(): Promise<void>;
}

export interface SimulatorServerOptions {
  /** 0 takes a free port. */
  readonly port: number;
  readonly host?: string;
  readonly clock: LocalClock;
  readonly routes: readonly SimulatorRoute[];
  /** Served under `/_control`, never subject to faults; `/_control/faults`, `/clock` and `/requests` exist already. */
  readonly controlRoutes?: readonly SimulatorRoute[];
  /** Runs before the route of an ordinary call: an answer here ends the call (authentication, rate limits). */
  readonly before?: (request: SimulatorRequest) => SimulatorReply | undefined | Promise<SimulatorReply | undefined>;
  /** No route fits. `allowedMethods` is empty when the path is unknown. */
  readonly notFound: (request: SimulatorRequest, allowedMethods: readonly string[]) => SimulatorReply;
  /** A handler threw. */
  readonly failed: (request: SimulatorRequest, error: unknown) => SimulatorReply;
  /** Added to every answer, preflights included. */
  readonly headers?: (request: SimulatorRequest) => Readonly<Record<string, string>>;
  readonly maxBodyBytes?: number;
}

const REMEMBERED_REQUESTS = 2_000;

/** Starts an HTTP server with routes, fault injection and a `/_control` interface. */
export async function startSimulatorServer(options: SimulatorServerOptions): Promise<RunningSimulator> {
  const faults = new FaultPlan();
  const seen: { method: string; target: string; status: number }[] = [];
  const controlRoutes = [...(options.controlRoutes ?? []), ...sharedControlRoutes(faults, seen, options.clock)];

  const answer = async (request: SimulatorRequest): Promise<SimulatorReply> => {
    const isControl = request.path.startsWith('/_control');
    const match = matchRoute(isControl ? controlRoutes : options.routes, request.method, request.path);
    const early = isControl ? undefined : await options.before?.(request);
    if (early) return early;
    if (!match.handler) return options.notFound(request, match.allowedMethods);
    return match.handler({ ...request, params: match.params });
  };

  const server = createServer(async (incoming, response) => {
    const request = await readRequest(incoming, options.maxBodyBytes ?? 64 * 1024 * 1024).catch(() => undefined);
    if (!request) return void response.destroy();
    const fault = request.path.startsWith('/_control') ? undefined : faults.take(request);
    const reply = await replyUnderFault(fault, response, async () => {
      try {
        return await answer(request);
      } catch (error) {
        return options.failed(request, error);
      }
    });
    if (!request.path.startsWith('/_control')) {
      seen.push({ method: request.method, target: withoutSecrets(request.target), status: reply?.status ?? 0 });
      if (seen.length > REMEMBERED_REQUESTS) seen.shift();
    }
    if (reply) send(response, reply, options.headers?.(request) ?? {});
  });
  server.keepAliveTimeout = 30_000;

  const host = options.host ?? '127.0.0.1';
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, host, resolve);
  });
  return {
    url: `http://${host}:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function sharedControlRoutes(faults: FaultPlan, seen: readonly unknown[], clock: LocalClock): SimulatorRoute[] {
  return [
    [
      'POST',
      '/_control/faults',
      (request) => {
        try {
          return { status: 201, body: faults.add(JSON.parse(request.body.toString('utf8'))) };
        } catch (error) {
          return { status: 400, body: { message: `The fault was not added. ${(error as Error).message}` } };
        }
      },
    ],
    ['GET', '/_control/faults', () => ({ status: 200, body: faults.list() })],
    [
      'DELETE',
      '/_control/faults',
      () => {
        faults.clear();
        return { status: 200, body: [] };
      },
    ],
    ['GET', '/_control/requests', () => ({ status: 200, body: seen })],
    ['GET', '/_control/clock', () => ({ status: 200, body: clockReading(clock) })],
    [
      'POST',
      '/_control/clock',
      (request) => {
        const { shiftSeconds } = JSON.parse(request.body.toString('utf8') || '{}') as { shiftSeconds?: unknown };
        if (typeof shiftSeconds !== 'number')
          return { status: 400, body: { message: 'expected {"shiftSeconds": <number>}' } };
        clock.shift(shiftSeconds * 1000);
        return { status: 200, body: clockReading(clock) };
      },
    ],
  ];
}

function clockReading(clock: LocalClock) {
  return { now: new Date(clock.nowMilliseconds()).toISOString(), offsetSeconds: clock.offsetMilliseconds() / 1000 };
}

/** Runs a call as its fault says; undefined means the connection was cut or is left hanging. */
async function replyUnderFault(
  fault: Fault | undefined,
  response: ServerResponse,
  run: () => Promise<SimulatorReply>,
): Promise<SimulatorReply | undefined> {
  const pause = () => new Promise((resolve) => setTimeout(resolve, fault?.delayMilliseconds ?? 0).unref());
  switch (fault?.kind) {
    case undefined:
      return run();
    case 'reply':
      return fault.reply;
    case 'reply-after-effect':
      await run();
      return fault.reply;
    case 'drop':
      response.destroy();
      return undefined;
    case 'drop-after-effect':
      await run();
      response.destroy();
      return undefined;
    case 'hang':
      if (fault.delayMilliseconds !== undefined) void pause().then(() => response.destroy());
      return undefined;
    case 'delay':
      await pause();
      return run();
  }
}

async function readRequest(incoming: IncomingMessage, maxBodyBytes: number): Promise<SimulatorRequest> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBodyBytes) throw new Error('the body is too large');
    chunks.push(chunk);
  }
  const target = incoming.url ?? '/';
  const [path = '/', query = ''] = splitOnce(target, '?');
  return {
    method: incoming.method ?? 'GET',
    path,
    target,
    params: {},
    query: new URLSearchParams(query),
    headers: incoming.headers,
    body: Buffer.concat(chunks),
  };
}

function splitOnce(text: string, separator: string): string[] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

function send(response: ServerResponse, reply: SimulatorReply, extra: Readonly<Record<string, string>>): void {
  if (response.destroyed) return;
  const isRaw = typeof reply.body === 'string' || Buffer.isBuffer(reply.body);
  const payload = reply.body === undefined ? '' : isRaw ? (reply.body as string | Buffer) : JSON.stringify(reply.body);
  response.writeHead(reply.status, {
    'content-type': isRaw ? 'text/html; charset=utf-8' : 'application/json',
    ...extra,
    ...reply.headers,
  });
  response.end(payload);
}

/** The memory of requests is shown to people: signatures, keys and codes in a query are cut out of it. */
function withoutSecrets(target: string): string {
  return target.replace(/([?&](?:token|refresh_token|key|client_secret|unblock-key|code|code_verifier)=)[^&]*/g, '$1…');
}
