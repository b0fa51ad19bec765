import { request as startRequest } from 'node:http';
import type { RunningStack } from './local-stack.ts';

export interface RawRequest {
  readonly method: string;
  /** Sent exactly so, though it were a whole URL. */
  readonly target: string;
  /** May hold a Host of its own, and what else fetch does not let through. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface RawReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** Sends a request to the front door as it is written. */
export function sendRaw(
  { apiUrl }: RunningStack,
  { method, target, headers = {}, body }: RawRequest,
): Promise<RawReply> {
  const { hostname, port } = new URL(apiUrl);
  return new Promise((resolve, reject) => {
    const outgoing = startRequest({ hostname, port, method, path: target, headers, agent: false }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.once('error', reject);
      incoming.once('end', () =>
        resolve({
          status: incoming.statusCode ?? 0,
          headers: incoming.headers,
          text: Buffer.concat(chunks).toString('utf8'),
        }),
      );
    });
    outgoing.once('error', reject);
    outgoing.end(body);
  });
}

/** A form with one part `jsonData`, and its content type. */
export function rawForm(jsonData: unknown): { readonly headers: Record<string, string>; readonly body: string } {
  const body = `--b\r\nContent-Disposition: form-data; name="jsonData"\r\n\r\n${JSON.stringify(jsonData)}\r\n--b--\r\n`;
  return { headers: { 'content-type': 'multipart/form-data; boundary=b' }, body };
}
