import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { watchReplies } from './openapi-watch.ts';

let server: Server | undefined;
afterEach(() => new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined))));

/** A server that answers everything in one way. @returns its address */
async function answering(status: number, headers: Record<string, string>, body: string): Promise<string> {
  const started = createServer((_, response) => response.writeHead(status, headers).end(body));
  server = started;
  await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(started.address() as AddressInfo).port}`;
}

const FROM_GATEWAY = { 'content-type': 'application/json', 'apigw-requestid': 'x', connection: 'close' };
const REPORT = '/api/v1/datasets/29/addGlobusFiles?key=x';

describe('a fetch whose replies are watched', () => {
  it('hands the reply on, and finds nothing wrong with one that is documented', async () => {
    const { fetch, takeFaults } = watchReplies(globalThis.fetch);
    const body = '{"status":"ERROR","message":"Bad API key"}';
    const url = await answering(401, FROM_GATEWAY, body);
    const reply = await fetch(`${url}${REPORT}`, { method: 'POST' });
    expect([reply.status, await reply.text()]).toEqual([401, body]);
    expect(await takeFaults()).toEqual([]);
  });

  it.each([
    { case: 'a status', status: 418, body: '{"status":"ERROR","message":"x"}', fault: /status 418 is not documented/ },
    { case: 'a body', status: 200, body: '{"status":"OK","data":{}}', fault: /the body of a 200/ },
  ])('finds $case that is not documented, once, also when nobody reads the reply', async ({ status, body, fault }) => {
    const { fetch, takeFaults } = watchReplies(globalThis.fetch);
    await fetch(`${await answering(status, FROM_GATEWAY, body)}${REPORT}`, { method: 'POST' });
    const faults = await takeFaults();
    expect(faults.join()).toMatch(fault);
    expect(faults.join()).toContain('POST /api/v1/datasets/29/addGlobusFiles');
    expect(await takeFaults()).toEqual([]);
  });

  it('leaves alone what did not come from the gateway, and the control of the clock', async () => {
    const { fetch, takeFaults } = watchReplies(globalThis.fetch);
    await fetch(`${await answering(418, { connection: 'close' }, 'a teapot')}${REPORT}`);
    await new Promise((resolve) => server?.close(resolve));
    await fetch(`${await answering(200, FROM_GATEWAY, '{"now":"x"}')}/_control/clock`);
    expect(await takeFaults()).toEqual([]);
  });
});
