import { request as startRequest } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Certificates } from './certificates.ts';

/** What came in at the API. */
export interface ApiRequest {
  readonly method: string;
  /** Path and query as received. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** The front door of an HTTP API on AWS: https, and answers under its own name only. */
export interface ApiFront {
  readonly port: number;
  readonly received: readonly ApiRequest[];
  close(): Promise<void>;
}

/**
 * Starts the door in front of the local stack's gateway.
 * @param name - the API's own; another one, in TLS or as `Host`, is answered as AWS does
 */
export async function startApiFront(gatewayUrl: string, name: string, certificates: Certificates): Promise<ApiFront> {
  const received: ApiRequest[] = [];
  const gateway = new URL(gatewayUrl);
  const server = createServer(
    { cert: certificates.certificate.text, key: certificates.key.text },
    (incoming, reply) => {
      const { method = '', url = '', headers } = incoming;
      // A literal address has no server name (RFC 6066); a name must be ours.
      const serverName = (incoming.socket as TLSSocket & { servername?: string | false }).servername;
      const host = headers.host?.replace(/:\d+$/, '');
      if (serverName !== name || host !== name) {
        reply.writeHead(403, { 'content-type': 'application/json' }).end('{"message":"Forbidden"}');
        return;
      }
      received.push({ method, target: url, headers });
      const onward = { hostname: gateway.hostname, port: gateway.port, method, path: url, headers, agent: false };
      const outgoing = startRequest(onward, (answer) => {
        reply.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(reply);
      });
      outgoing.on('error', () => reply.destroy());
      incoming.pipe(outgoing);
    },
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as AddressInfo).port, received, close: () => closeServer(server) };
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
