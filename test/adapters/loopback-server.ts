import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface RecordedRequest {
  readonly method: string;
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What the server does with one request: answers, cuts the connection before or within the answer, or says nothing. */
export type PlannedReply =
  | {
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      /** An object is sent as JSON, text as HTML. */
      readonly body?: object | string;
    }
  | 'cut'
  | 'cut-in-body'
  | 'silence';

export interface LoopbackServer {
  readonly url: string;
  readonly requests: readonly RecordedRequest[];
  /**
   * Replies for requests whose `METHOD /target` begins so, in order; the last one stays. The longest beginning wins, and a later plan
   * for the same beginning replaces the earlier one.
   */
  plan(beginning: string, ...replies: readonly PlannedReply[]): void;
  /** Requests whose `METHOD /target` begins so. */
  requestsTo(beginning: string): readonly RecordedRequest[];
  close(): Promise<void>;
}

/**
 * An address where nobody listens. The port of a server that was closed will not do: the system may give it to the next one. This one it
 * gives to nobody, and `fetch` does not refuse it.
 */
export const NOBODY_LISTENS = 'http://127.0.0.1:2';

/** A real HTTP server on a free loopback port that answers as planned and remembers what it was asked. */
export async function startLoopbackServer(): Promise<LoopbackServer> {
  const requests: RecordedRequest[] = [];
  const plans = new Map<string, PlannedReply[]>();
  const beginsWith = (beginning: string) => (request: RecordedRequest) =>
    `${request.method} ${request.target}`.startsWith(beginning);

  const server = createServer(async (incoming, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const request: RecordedRequest = {
      method: incoming.method ?? '',
      target: incoming.url ?? '',
      headers: incoming.headers,
      body: Buffer.concat(chunks).toString('utf8'),
    };
    requests.push(request);
    const beginning = [...plans.keys()]
      .filter((each) => beginsWith(each)(request))
      .sort((a, b) => b.length - a.length)[0];
    const replies = beginning === undefined ? [] : (plans.get(beginning) ?? []);
    send(response, (replies.length > 1 ? replies.shift() : replies[0]) ?? { status: 599, body: 'unplanned' });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    plan: (beginning, ...replies) => void plans.set(beginning, [...replies]),
    requestsTo: (beginning) => requests.filter(beginsWith(beginning)),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function send(response: ServerResponse, reply: PlannedReply): void {
  if (reply === 'silence') return;
  if (reply === 'cut') return void response.destroy();
  if (reply === 'cut-in-body') {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' });
    return void response.write('{"DATA_TYPE"', () => response.destroy());
  }
  const isText = typeof reply.body === 'string';
  response.writeHead(reply.status, { 'content-type': isText ? 'text/html' : 'application/json', ...reply.headers });
  response.end(isText ? (reply.body as string) : reply.body === undefined ? '' : JSON.stringify(reply.body));
}
