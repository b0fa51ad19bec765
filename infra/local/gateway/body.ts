import type { IncomingMessage } from 'node:http';

/** HTTP APIs take 10 MB (A12). */
export const LARGEST_BODY_BYTES = 10 * 1024 * 1024;

/** Beyond this the connection is cut instead of read to its end. */
const LARGEST_DRAINED_BYTES = 64 * 1024 * 1024;

/**
 * Reads a body. One over the limit is read to its end and thrown away, so that the caller gets to read our answer.
 * @returns undefined when it is over the limit
 * @throws when the connection breaks, or when the body is too large even to drain
 */
export async function readBody(incoming: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes <= LARGEST_BODY_BYTES) chunks.push(chunk);
    else chunks.length = 0;
    if (sizeBytes > LARGEST_DRAINED_BYTES) throw new Error('the body is far too large');
  }
  return sizeBytes <= LARGEST_BODY_BYTES ? Buffer.concat(chunks) : undefined;
}

/** HTTP APIs take 10,240 bytes of request line and headers together (A12). */
export function isHeaderTooLarge(incoming: IncomingMessage): boolean {
  // Two bytes each for the line end and for the colon and space of a header.
  const requestLine = `${incoming.method} ${incoming.url} HTTP/${incoming.httpVersion}`.length + 2;
  const headers = incoming.rawHeaders.reduce((sum, text) => sum + text.length + 2, 0);
  return requestLine + headers > 10_240;
}
