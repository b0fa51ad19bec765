import { createServer, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface WireReply {
  readonly status: number;
  readonly rawHeaders: readonly string[];
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

export interface WireRequest {
  readonly method?: string;
  /** Sent as it is: no URL parser tidies it up. */
  readonly target: string;
  /** Names and values in turn; Host is added when absent. */
  readonly headers?: readonly string[];
  readonly body?: string | Buffer;
}

/** One HTTP request without any of the conveniences that would change what goes over the wire. */
export function send(url: string, { method = 'GET', target, headers = [], body }: WireRequest): Promise<WireReply> {
  const { hostname, port, host } = new URL(url);
  const names = headers.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase());
  const all = [...headers];
  if (!names.includes('host')) all.push('Host', host);
  if (body !== undefined && !names.includes('transfer-encoding')) {
    all.push('Content-Length', String(Buffer.byteLength(body)));
  }
  return new Promise((resolve, reject) => {
    const outgoing = request({ agent: false, host: hostname, port, method, path: target, headers: all }, (incoming) => {
      collect(incoming).then(
        (bytes) =>
          resolve({
            status: incoming.statusCode ?? 0,
            rawHeaders: incoming.rawHeaders,
            headers: incoming.headers,
            body: bytes,
          }),
        reject,
      );
    });
    outgoing.once('error', reject);
    outgoing.end(body);
  });
}

export interface SeenRequest {
  readonly method: string | undefined;
  readonly target: string | undefined;
  readonly rawHeaders: readonly string[];
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

/** A server that remembers its requests byte for byte and answers them all alike. */
export async function startRecorder(answer: {
  readonly status: number;
  readonly headers: readonly string[];
  readonly body: Buffer;
}): Promise<{ url: string; seen: SeenRequest[]; close(): Promise<void> }> {
  const seen: SeenRequest[] = [];
  const server = createServer((incoming, response) => {
    void collect(incoming).then((body) => {
      const { method, url: target, rawHeaders, headers } = incoming;
      seen.push({ method, target, rawHeaders, headers, body });
      response.writeHead(answer.status, [...answer.headers]).end(answer.body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function collect(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}
