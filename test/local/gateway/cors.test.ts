import { describe, expect, it } from 'vitest';
import { preflightReply, withCors } from '../../../infra/local/gateway/cors.ts';
import { messageReply } from '../../../infra/local/gateway/reply.ts';

const ALLOWED = ['https://app.example'];
const API = {
  prefixes: [],
  routes: [],
  notFound: { functionName: 'not-found' },
  cors: { allowMethods: ['GET'], allowHeaders: ['content-type'], maxAgeSeconds: 5 },
};

describe('CORS for configured origins', () => {
  it.each([
    ['an allowed origin', 'https://app.example', 'https://app.example'],
    ['another origin', 'https://evil.example', undefined],
    ['no origin', undefined, undefined],
  ])('names %s in answers and preflights only when allowed', (_case, origin, expected) => {
    for (const reply of [preflightReply(API, ALLOWED, origin), withCors(messageReply(200, 'fine'), ALLOWED, origin)]) {
      const headers = Object.fromEntries(reply.headers);
      expect(headers['access-control-allow-origin']).toBe(expected);
      expect(headers['vary']).toBe('Origin');
    }
    const preflight = Object.fromEntries(preflightReply(API, ALLOWED, origin).headers);
    expect(preflight['access-control-allow-methods']).toBe(expected && 'GET');
  });
});
