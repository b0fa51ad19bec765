import * as http from 'node:http';
import * as https from 'node:https';
import { isIP } from 'node:net';
import { HOP_HEADER } from '../../ports/dataverse.ts';

/** A listing of 50,000 files is about 45 MB; more than this is refused rather than held in memory. */
export const LARGEST_REPLY_BYTES = 64 * 1024 * 1024;

export interface HttpRequest {
  readonly method: string;
  /** Path and query, sent exactly so. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | undefined;
}

export interface HttpReply {
  readonly kind: 'reply';
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
}

/** No usable answer. `wasSent` is false only when no connection stood, so that the request cannot have had an effect. */
export interface NoReply {
  readonly kind: 'none';
  readonly reason: string;
  readonly wasSent: boolean;
  readonly cause: unknown;
  /** The same would come again. */
  readonly isLasting?: boolean;
}

export type HttpExchange = (request: HttpRequest, timeLimitMilliseconds: number) => Promise<HttpReply | NoReply>;

/**
 * Makes the function that talks to Dataverse: it connects to one address and speaks as if to the public site (Host, TLS server name,
 * X-Forwarded-Proto), because Dataverse's signatures cover scheme and host (dataverse-api.md 3.2). Plain node:http(s), since fetch drops
 * a Host header. Redirects are not followed. The function never throws for what the network does.
 * @param connectUrl - origin to connect to, such as `http://10.0.0.7:8080`
 * @param siteUrl - public origin, such as `https://dataverse.example.edu`
 */
export function createHttpExchange(connectUrl: string, siteUrl: string): HttpExchange {
  const connect = new URL(connectUrl);
  const site = new URL(siteUrl);
  const isTls = connect.protocol === 'https:';
  const requestOf = isTls ? https.request : http.request;
  const keptAlive = isTls ? new https.Agent({ keepAlive: true }) : new http.Agent({ keepAlive: true });
  const hostname = connect.hostname.replace(/^\[|\]$/g, '');
  const siteName = site.hostname.replace(/^\[|\]$/g, '');

  return (request, timeLimitMilliseconds) =>
    new Promise((resolve) => {
      let isConnected = false;
      let isSettled = false;
      let timer: NodeJS.Timeout | undefined;
      const settle = (result: HttpReply | NoReply) => {
        if (isSettled) return;
        isSettled = true;
        clearTimeout(timer);
        resolve(result);
      };
      const fail = (reason: string, cause?: unknown) => settle({ kind: 'none', reason, wasSent: isConnected, cause });

      const options = {
        host: hostname,
        port: connect.port || (isTls ? 443 : 80),
        method: request.method,
        path: request.target,
        // A kept connection that the other side is just closing fails without telling whether the request arrived. Reads are repeated
        // then; everything else gets a connection of its own.
        agent: request.method === 'GET' || request.method === 'HEAD' ? keptAlive : false,
        // A literal address is no server name (RFC 6066).
        ...(isTls && isIP(siteName) === 0 ? { servername: siteName } : {}),
        headers: {
          ...request.headers,
          host: site.host,
          'x-forwarded-proto': site.protocol.slice(0, -1),
          [HOP_HEADER]: '1',
          // Bodies are read or passed on as they are, never unpacked.
          'accept-encoding': 'identity',
          ...(request.body === undefined ? {} : { 'content-length': String(request.body.length) }),
        },
      };
      let outgoing: http.ClientRequest;
      try {
        outgoing = requestOf(options);
      } catch (error) {
        // A header or a target that cannot be written.
        const reason = (error as NodeJS.ErrnoException).code ?? 'the request cannot be written';
        return settle({ kind: 'none', reason, wasSent: false, cause: error, isLasting: true });
      }
      timer = setTimeout(() => {
        fail('no answer in time');
        outgoing.destroy();
      }, timeLimitMilliseconds);

      outgoing.on('socket', (socket) => {
        if (outgoing.reusedSocket) isConnected = true;
        else socket.once(isTls ? 'secureConnect' : 'connect', () => (isConnected = true));
      });
      outgoing.on('error', (error: NodeJS.ErrnoException) => fail(error.code ?? error.message, error));
      outgoing.on('response', (incoming) => {
        const chunks: Buffer[] = [];
        let size = 0;
        incoming.on('data', (chunk: Buffer) => {
          size += chunk.length;
          if (size > LARGEST_REPLY_BYTES) {
            const reason = `the reply is larger than ${LARGEST_REPLY_BYTES} bytes`;
            settle({ kind: 'none', reason, wasSent: true, cause: undefined, isLasting: true });
            outgoing.destroy();
          } else chunks.push(chunk);
        });
        incoming.on('end', () =>
          settle({
            kind: 'reply',
            status: incoming.statusCode ?? 0,
            headers: incoming.headers,
            body: Buffer.concat(chunks),
          }),
        );
        incoming.on('error', (error: NodeJS.ErrnoException) => fail(error.code ?? error.message, error));
      });
      outgoing.end(request.body);
    });
}
