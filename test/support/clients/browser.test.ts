import { createServer, type OutgoingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { openBrowser } from './browser.ts';

const ORIGIN = 'https://page.example.org';
const JSON_POST = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' } as const;
const OPEN = { 'access-control-allow-origin': '*', 'access-control-allow-headers': 'Content-Type' };

let server: Server | undefined;
afterEach(() => new Promise<void>((resolve) => (server ? server.close(() => resolve()) : resolve())));

/** A site that answers preflights, and everything else, with these statuses and headers. */
async function siteWith(preflight: [number, OutgoingHttpHeaders], answer: [number, OutgoingHttpHeaders]) {
  server = createServer((request, response) => {
    response.writeHead(...(request.method === 'OPTIONS' ? preflight : answer)).end();
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/a`;
}

it('asks first for a JSON post, and not for a plain GET', async () => {
  const url = await siteWith([204, OPEN], [200, OPEN]);
  const browser = openBrowser(ORIGIN);

  expect((await browser.fetch(url)).status).toBe(200);
  expect((await browser.fetch(url, JSON_POST)).status).toBe(200);
  expect(browser.preflights).toEqual(['POST /a']);
});

it.each<{ case: string; preflight: [number, OutgoingHttpHeaders]; answer: [number, OutgoingHttpHeaders] }>([
  { case: 'a preflight is refused', preflight: [403, OPEN], answer: [200, OPEN] },
  {
    case: 'a preflight does not name the header',
    preflight: [204, { 'access-control-allow-origin': '*' }],
    answer: [200, OPEN],
  },
  { case: 'a refusal does not say who may read it', preflight: [204, OPEN], answer: [500, {}] },
  {
    case: 'the answer is for another page',
    preflight: [204, OPEN],
    answer: [200, { 'access-control-allow-origin': 'https://other.example.org' }],
  },
])('fails the test when $case', async ({ preflight, answer }) => {
  const url = await siteWith(preflight, answer);

  await expect(openBrowser(ORIGIN).fetch(url, JSON_POST)).rejects.toThrow();
});
