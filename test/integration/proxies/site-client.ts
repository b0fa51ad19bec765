import { request as startRequest } from 'node:https';
import type { Certificates } from './certificates.ts';

/** A reply of the site; `body` is JSON where it is some, else text. */
export interface SiteReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  // biome-ignore lint/suspicious/noExplicitAny: looked into by the tests
  readonly body: any;
}

export interface SiteRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | FormData;
}

/** Asks the site for something. @param url - one that was handed out, or a path of the site */
export type AskSite = (url: string, request?: SiteRequest) => Promise<SiteReply>;

const LONGEST_MILLISECONDS = 60_000;

/** Talks to a port of this machine as if it were the site: under the name that the site has in its URLs, which are sent byte for byte. */
export function createSiteClient(siteUrl: string, port: number, certificates: Certificates): AskSite {
  const { host, hostname } = new URL(siteUrl);
  return async (url, { method = 'GET', headers = {}, body } = {}) => {
    const path = url.startsWith(siteUrl) ? url.slice(siteUrl.length) : url;
    if (!path.startsWith('/')) throw new Error(`${url} is not an address of ${siteUrl}`);
    const { bytes, contentType } = await encode(body);
    const typed = contentType ? { 'content-type': contentType } : {};
    const length = body === undefined ? {} : { 'content-length': String(bytes.length) };
    return new Promise<SiteReply>((resolve, reject) => {
      const outgoing = startRequest(
        {
          host: '127.0.0.1',
          port,
          servername: hostname,
          ca: certificates.authority.text,
          method,
          path,
          headers: { host, ...typed, ...length, ...headers },
          agent: false,
          timeout: LONGEST_MILLISECONDS,
        },
        (answer) => {
          const chunks: Buffer[] = [];
          answer.on('data', (chunk: Buffer) => chunks.push(chunk));
          answer.on('error', reject);
          answer.on('end', () =>
            resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: parsed(Buffer.concat(chunks)) }),
          );
        },
      );
      outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer to ${method} ${path}`)));
      outgoing.on('error', reject);
      outgoing.end(bytes);
    });
  };
}

/** Posts JSON. */
export function postJsonTo(ask: AskSite, url: string, body: unknown, headers: Record<string, string> = {}) {
  return ask(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

/** Posts a report as browsers do: multipart, with one part `jsonData`. */
export function postReportTo(ask: AskSite, url: string, jsonData: unknown, headers: Record<string, string> = {}) {
  const form = new FormData();
  form.set('jsonData', JSON.stringify(jsonData));
  return ask(url, { method: 'POST', headers, body: form });
}

async function encode(body: string | FormData | undefined): Promise<{ bytes: Buffer; contentType?: string }> {
  if (!(body instanceof FormData)) return { bytes: Buffer.from(body ?? '') };
  const encoded = new Response(body);
  const contentType = encoded.headers.get('content-type') ?? '';
  return { bytes: Buffer.from(await encoded.arrayBuffer()), contentType };
}

function parsed(bytes: Buffer): unknown {
  const text = bytes.toString('utf8');
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
