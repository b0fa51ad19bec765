import type { IncomingHttpHeaders } from 'node:http';

/** One request as a simulator's handlers see it. */
export interface SimulatorRequest {
  readonly method: string;
  /** Path as received, still percent-encoded, without the query. */
  readonly path: string;
  /** Request target as received: path and query, byte for byte (signatures are computed over it). */
  readonly target: string;
  /** Values of the `{name}` segments of the matched route, percent-decoded. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** What a handler answers. An object body is sent as JSON; text and bytes are sent as they are. */
export interface SimulatorReply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export type SimulatorHandler = (request: SimulatorRequest) => SimulatorReply | Promise<SimulatorReply>;

/** Method, path pattern such as `/v0.10/task/{taskId}`, handler. `ANY` matches every method. */
export type SimulatorRoute = readonly [method: string, pattern: string, handler: SimulatorHandler];

/** The route that serves a request, or which methods its path would have allowed. */
export type RouteMatch =
  | { readonly handler: SimulatorHandler; readonly params: Record<string, string> }
  | { readonly handler: undefined; readonly allowedMethods: readonly string[] };

/** Finds the first route whose method and pattern fit; `{name}` takes exactly one segment. */
export function matchRoute(routes: readonly SimulatorRoute[], method: string, path: string): RouteMatch {
  const allowedMethods: string[] = [];
  for (const [routeMethod, pattern, handler] of routes) {
    const params = matchPattern(pattern, path);
    if (!params) continue;
    if (routeMethod === method || routeMethod === 'ANY') return { handler, params };
    allowedMethods.push(routeMethod);
  }
  return { handler: undefined, allowedMethods };
}

function matchPattern(pattern: string, path: string): Record<string, string> | undefined {
  const wanted = pattern.split('/');
  const given = path.split('/');
  if (wanted.length !== given.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, segment] of wanted.entries()) {
    const value = given[index] ?? '';
    if (segment.startsWith('{') && segment.endsWith('}')) params[segment.slice(1, -1)] = decode(value);
    else if (segment !== value) return undefined;
  }
  return params;
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
