import { mkdtemp, rm } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { createLocalClock, type LocalClock } from '../../../infra/local/clock.ts';
import {
  type DataverseSimulatorOptions,
  startDataverseSimulator,
} from '../../../infra/local/simulators/dataverse/start.ts';

export const SITE_URL = 'http://dataverse.test';
export const CURATOR = '11111111-1111-4111-8111-111111111111';
export const READER = '22222222-2222-4222-8222-222222222222';
export const SUPERUSER = '99999999-9999-4999-8999-999999999999';

/** A parsed reply; `body` is whatever JSON came, or null. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: unknown;
}

export interface CallOptions {
  readonly key?: string;
  readonly json?: unknown;
  /** Sent as the multipart part `jsonData`; text as it is, anything else as JSON. */
  readonly jsonData?: unknown;
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface TestDataverse {
  readonly clock: LocalClock;
  readonly stateDirectory: string;
  /** `target` is a path, or a URL of the site that was handed out. */
  call(method: string, target: string, options?: CallOptions): Promise<Reply>;
  control(method: string, path: string, body?: unknown): Promise<Reply>;
  close(): Promise<void>;
}

/** Starts a stand-in on a free port with a clock of its own; it is stopped and its state removed when the test ends. */
export async function startTestDataverse(options: Partial<DataverseSimulatorOptions> = {}): Promise<TestDataverse> {
  const clock = options.clock ?? createLocalClock();
  const stateDirectory = options.stateDirectory ?? (await mkdtemp(join(tmpdir(), 'dataverse-')));
  const running = await startDataverseSimulator({ port: 0, clock, siteUrl: SITE_URL, ...options, stateDirectory });
  let isOpen = true;
  const close = async () => {
    if (isOpen) await running.close();
    isOpen = false;
  };
  onTestFinished(async () => {
    await close();
    await rm(stateDirectory, { recursive: true, force: true });
  });
  const call: TestDataverse['call'] = (method, target, given) => send(running.url, method, target, given);
  const control: TestDataverse['control'] = (method, path, body) =>
    call(method, `/_control${path}`, body === undefined ? {} : { json: body });
  return { clock, stateDirectory, call, control, close };
}

/** The member `data` of a reply, taken to have the shape that the test names. */
export function dataOf<T>(reply: Reply): T {
  return (reply.body as { data: T }).data;
}

async function send(url: string, method: string, target: string, options: CallOptions = {}): Promise<Reply> {
  const { contentType, body } = await encode(options);
  const headers = {
    host: new URL(SITE_URL).host,
    ...(contentType ? { 'content-type': contentType, 'content-length': String(body.length) } : {}),
    ...(options.key ? { 'x-dataverse-key': options.key } : {}),
    ...options.headers,
  };
  const path = target.replace(/^https?:\/\/[^/]+/, '');
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    // fetch does not let a caller choose the Host header.
    const request = httpRequest({ hostname, port, method, path, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text ? JSON.parse(text) : null });
      });
    });
    request.on('error', reject);
    request.end(body);
  });
}

async function encode(options: CallOptions): Promise<{ contentType?: string; body: Buffer }> {
  if (options.jsonData !== undefined) {
    const form = new FormData();
    form.set('jsonData', typeof options.jsonData === 'string' ? options.jsonData : JSON.stringify(options.jsonData));
    const encoded = new Response(form);
    const contentType = encoded.headers.get('content-type') ?? '';
    return { contentType, body: Buffer.from(await encoded.arrayBuffer()) };
  }
  if (options.json !== undefined)
    return { contentType: 'application/json', body: Buffer.from(JSON.stringify(options.json)) };
  if (options.text !== undefined) return { contentType: 'application/json', body: Buffer.from(options.text) };
  return { body: Buffer.alloc(0) };
}
