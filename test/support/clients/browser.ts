import { expect } from 'vitest';
import { call, type JsonReply } from '../upload-client.ts';

/** A page in a browser, which may read of other sites only what they let it (Fetch standard, CORS). */
export interface Browser {
  /** Where its page comes from. */
  readonly origin: string;
  /** `METHOD path` of each preflight it had to make, in their order. */
  readonly preflights: readonly string[];
  /** Calls another site as the page's script does. Fails the test where a browser would keep the answer from the script. */
  fetch(url: string, init?: PageRequest): Promise<JsonReply>;
}

/** A request of a page's script. */
export interface PageRequest {
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | FormData | URLSearchParams;
}

/** These need no leave; neither does a form's own content type. */
const SAFE_HEADERS = ['accept', 'accept-language', 'content-language'];
const SAFE_TYPES = ['application/x-www-form-urlencoded', 'multipart/form-data', 'text/plain'];

export function openBrowser(origin: string): Browser {
  const preflights: string[] = [];
  return {
    origin,
    preflights,
    async fetch(url, { method = 'GET', headers = {}, body } = {}) {
      const asked = headersToAskFor(headers);
      if (asked.length > 0) {
        await askFirst(url, origin, method, asked);
        preflights.push(`${method} ${new URL(url).pathname}`);
      }
      const init = body === undefined ? {} : { body };
      const reply = await call(url, { method, headers: { ...headers, origin }, ...init });
      expectReadable(url, origin, reply.headers);
      return reply;
    },
  };
}

function headersToAskFor(headers: Readonly<Record<string, string>>): string[] {
  const names = Object.entries(headers).flatMap(([name, value]) => {
    const isSafe =
      name.toLowerCase() === 'content-type' ? isSafeType(value) : SAFE_HEADERS.includes(name.toLowerCase());
    return isSafe ? [] : [name.toLowerCase()];
  });
  return names.sort();
}

function isSafeType(value: string): boolean {
  return SAFE_TYPES.includes(value.split(';')[0]?.trim().toLowerCase() ?? '');
}

async function askFirst(url: string, origin: string, method: string, asked: readonly string[]): Promise<void> {
  const reply = await call(url, {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': method,
      'access-control-request-headers': asked.join(','),
    },
  });
  expect(reply.status, `preflight of ${url}`).toBeGreaterThanOrEqual(200);
  expect(reply.status, `preflight of ${url}`).toBeLessThan(300);
  expectReadable(url, origin, reply.headers);
  const allowed = (reply.headers.get('access-control-allow-headers') ?? '').toLowerCase().split(/\s*,\s*/);
  expect(allowed, `headers allowed by ${url}`).toEqual(expect.arrayContaining([...asked]));
}

function expectReadable(url: string, origin: string, headers: Headers): void {
  expect(['*', origin], `who may read ${url}`).toContain(headers.get('access-control-allow-origin'));
}
