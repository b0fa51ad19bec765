import { type IncomingMessage, type ServerResponse, request as startRequest } from 'node:http';
import { pipeline } from 'node:stream/promises';

const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'expect',
]);

/**
 * Passes a request on as a reverse proxy does and streams the answer back: target, body bytes and all end-to-end headers
 * as received, the Host header among them (Dataverse signs over it); only `X-Forwarded-Proto` is set.
 * @returns the status sent to the caller: 502 when the other side does not answer, 0 when the connection was cut
 */
export async function proxy(incoming: IncomingMessage, response: ServerResponse, upstream: URL): Promise<number> {
  const outgoing = startRequest({
    // A connection per request: on loopback it costs little, and no request meets a connection that is just being closed.
    agent: false,
    host: upstream.hostname,
    port: upstream.port,
    method: incoming.method,
    path: incoming.url,
    headers: requestHeaders(incoming),
  });
  // A caller who leaves must not keep the other side working.
  response.once('close', () => outgoing.destroy());
  try {
    const answered = new Promise<IncomingMessage>((resolve, reject) => {
      outgoing.once('response', resolve);
      // Not once: a connection can fail a second time after it has answered, and an unheard error ends the process.
      outgoing.on('error', reject);
    });
    // Not a pipeline: that would cut the caller off before a 502 could be sent.
    incoming.pipe(outgoing);
    const answer = await answered;
    response.writeHead(answer.statusCode ?? 502, answer.statusMessage, endToEndHeaders(answer.rawHeaders));
    await pipeline(answer, response);
    return answer.statusCode ?? 502;
  } catch {
    if (response.headersSent || response.destroyed) {
      response.destroy();
      return 0;
    }
    response.writeHead(502, { 'content-type': 'text/plain' }).end('The Dataverse stand-in did not answer.\n');
    return 502;
  }
}

function requestHeaders(incoming: IncomingMessage): string[] {
  const headers = endToEndHeaders(incoming.rawHeaders, ['x-forwarded-proto']);
  headers.push('X-Forwarded-Proto', 'http');
  // A body of unknown length needs its framing again on the next hop, whatever the method.
  if (incoming.headers['transfer-encoding'] !== undefined) headers.push('Transfer-Encoding', 'chunked');
  return headers;
}

/** Names and values in turn, without headers that belong to one connection (RFC 9110, 7.6.1). */
function endToEndHeaders(rawHeaders: readonly string[], alsoDropped: readonly string[] = []): string[] {
  const dropped = new Set([...HOP_BY_HOP, ...alsoDropped]);
  const kept: string[] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    if ((rawHeaders[index] ?? '').toLowerCase() !== 'connection') continue;
    for (const name of (rawHeaders[index + 1] ?? '').split(',')) dropped.add(name.trim().toLowerCase());
  }
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    if (!dropped.has(name.toLowerCase())) kept.push(name, rawHeaders[index + 1] ?? '');
  }
  return kept;
}
