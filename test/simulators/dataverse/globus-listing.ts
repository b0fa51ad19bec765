import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

export interface GlobusListing {
  readonly url: string;
  /** `METHOD target` of each request, with its Authorization header. */
  readonly requests: { readonly line: string; readonly authorization: string | undefined }[];
}

/**
 * The two Globus calls by which sizes are looked up, on a loopback port.
 * @param sizes - bytes by `<path>/<name>`; everything else is not in its directory
 */
export async function serveGlobusListing(
  sizes: Readonly<Record<string, number>>,
  answers: { readonly listingStatus?: number; readonly tokenStatus?: number } = {},
): Promise<GlobusListing> {
  const requests: GlobusListing['requests'] = [];
  const server = createServer((request, response) => {
    const target = request.url ?? '';
    requests.push({ line: `${request.method} ${target}`, authorization: request.headers.authorization });
    const url = new URL(target, 'http://localhost');
    const reply = (status: number, body: unknown) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    if (url.pathname === '/v2/oauth2/token') {
      return reply(answers.tokenStatus ?? 200, {
        access_token: 'of-auth',
        other_tokens: [{ access_token: 'of-transfer' }],
      });
    }
    const name = (url.searchParams.get('filter') ?? '').replace('name:', '');
    const size = sizes[`${url.searchParams.get('path')}/${name}`];
    const DATA = size === undefined ? [] : [{ name, type: 'file', size }];
    return reply(answers.listingStatus ?? 200, { DATA_TYPE: 'file_list', DATA });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(
    () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}
