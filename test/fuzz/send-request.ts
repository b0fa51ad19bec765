import { Agent, request as startRequest } from 'node:http';
import type { WireReply, WireRequest } from './fuzz-request.ts';

/** Sends requests over a few connections that stay open. */
export interface Sender {
  /** Byte for byte: nothing is normalised. @throws Error when the connection breaks or nothing comes within 40 s */
  send(request: WireRequest): Promise<WireReply>;
  close(): void;
}

/** Longer than any function may take. */
const LONGEST_MILLISECONDS = 40_000;

export function openSender(apiUrl: string, connections: number): Sender {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const { hostname, port } = new URL(apiUrl);
  return {
    send: ({ method, target, headers, body }) =>
      new Promise((resolve, reject) => {
        const outgoing = startRequest(
          {
            agent,
            hostname,
            port,
            method,
            path: target,
            headers: asRawHeaders(headers, `${hostname}:${port}`, body),
            timeout: LONGEST_MILLISECONDS,
          },
          (incoming) => {
            const chunks: Buffer[] = [];
            incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
            incoming.once('error', reject);
            incoming.once('end', () => {
              const seen = Object.entries(incoming.headers).map(([name, value]) => [name, String(value)] as const);
              resolve({
                status: incoming.statusCode ?? 0,
                headers: Object.fromEntries(seen),
                body: Buffer.concat(chunks).toString('utf8'),
              });
            });
          },
        );
        outgoing.once('timeout', () =>
          outgoing.destroy(new Error(`no answer within ${LONGEST_MILLISECONDS / 1000} s`)),
        );
        outgoing.once('error', reject);
        outgoing.end(body);
      }),
    close: () => agent.destroy(),
  };
}

/** Names and values in turn, so that a header may stand twice. */
function asRawHeaders(headers: WireRequest['headers'], host: string, body: Buffer | undefined): string[] {
  const hasHost = headers.some(([name]) => name.toLowerCase() === 'host');
  const framing: readonly (readonly [string, string])[] = [
    ...(hasHost ? [] : [['Host', host] as const]),
    ...(body === undefined ? [] : [['Content-Length', String(body.length)] as const]),
  ];
  return [...framing, ...headers].flat();
}
