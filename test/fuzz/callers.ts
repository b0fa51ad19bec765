import fc from 'fast-check';
import { CURATOR_KEY, READER_KEY, SERVICE_KEY } from '../support/upload-client.ts';
import { NASTY_TEXTS } from './nasty-values.ts';

/** Credentials that nobody has: whoever finds one in a log, on the screen or in a reply has found a leak. */
export const CANARIES = {
  key: 'canary-key-5f0c2d3e-91a7-4c54',
  keyInQuery: 'canary-query-77aa-4e02-8c1d',
  bearer: 'canaryBearerAg0123456789abcdefghij',
  cookie: 'canary-cookie-JSESSIONID-00ff',
  urlToken: 'canaryurltoken00112233',
} as const;

/** How a caller shows who it is: headers, and what is appended to the query. */
export interface Credential {
  readonly headers: readonly (readonly [string, string])[];
  readonly query: string;
}

const byHeader = (key: string): Credential => ({ headers: [['X-Dataverse-key', key]], query: '' });
const byQuery = (key: string): Credential => ({ headers: [], query: `key=${key}` });
const byBearer = (token: string): Credential => ({ headers: [['Authorization', `Bearer ${token}`]], query: '' });

/** The curator, the reader, an operator, nobody, and those that only pretend. */
export const credential: fc.Arbitrary<Credential> = fc.oneof(
  { weight: 10, arbitrary: fc.constant(byHeader(CURATOR_KEY)) },
  { weight: 4, arbitrary: fc.constant(byHeader(READER_KEY)) },
  { weight: 4, arbitrary: fc.constant(byHeader(SERVICE_KEY)) },
  { weight: 4, arbitrary: fc.constant<Credential>({ headers: [], query: '' }) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      byHeader('«bearer:0»'),
      byBearer('«bearer:0»'),
      byHeader('«preview:0»'),
      byQuery('«preview:0»'),
    ),
  },
  {
    weight: 5,
    arbitrary: fc.constantFrom(
      byQuery(CURATOR_KEY),
      byHeader(CANARIES.key),
      byHeader(''),
      byHeader('ключ'),
      byQuery(CANARIES.keyInQuery),
      byBearer(CANARIES.bearer),
      byBearer(''),
      byBearer('a b c'),
      { headers: [['Authorization', `Basic ${CANARIES.bearer}`]], query: '' },
      { headers: [['Cookie', `JSESSIONID=${CANARIES.cookie}`]], query: '' },
      {
        headers: [
          ['X-Dataverse-key', CURATOR_KEY],
          ['X-Dataverse-key', READER_KEY],
        ],
        query: '',
      },
      {
        headers: [
          ['X-Dataverse-key', CURATOR_KEY],
          ['Authorization', `Bearer ${CANARIES.bearer}`],
        ],
        query: '',
      },
      { headers: [['X-Dataverse-key', CANARIES.key]], query: `key=${CURATOR_KEY}` },
      { headers: [], query: `invocationID=${CANARIES.keyInQuery}` },
      { headers: [], query: `user=curator&method=POST&token=${CANARIES.urlToken}` },
      {
        headers: [],
        query: `kid=00000000&until=2099-01-01T00:00:00.000&user=curator&method=POST&token=${CANARIES.urlToken}`,
      },
    ),
  },
);

/** Says that the request was here before; see `HOP_HEADER` of the functions. */
export const HOP = 'x-globus-functions-hop';

/** Headers of proxies, browsers and attackers. */
export const oddHeader: fc.Arbitrary<readonly [string, string]> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.constantFrom<readonly [string, string]>(
      ['X-Forwarded-Proto', 'https'],
      ['X-Forwarded-Host', 'evil.example.org'],
      ['X-Forwarded-For', '127.0.0.1, ::1'],
      ['Forwarded', 'for=127.0.0.1;host=evil.example.org;proto=https'],
      ['Host', 'evil.example.org'],
      ['X-Original-URL', '/api/admin/settings'],
      ['X-HTTP-Method-Override', 'DELETE'],
      ['Origin', 'https://evil.example.org'],
      ['Accept', 'text/html'],
      ['Accept-Encoding', 'gzip, br'],
      ['Range', 'bytes=0-1'],
      ['If-None-Match', '*'],
      ['Idempotency-Key', 'one'],
      ['Idempotency-Key', 'two'],
      ['Idempotency-Key', ''],
      ['Idempotency-Key', '«fill:300*k»'],
      ['Content-Encoding', 'gzip'],
      ['X-Long', '«fill:12000*l»'],
      ['Connection', 'close'],
      ['__proto__', 'x'],
    ),
  },
  { weight: 1, arbitrary: fc.constant([HOP, '1'] as const) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(...NASTY_TEXTS).map((text) => ['Idempotency-Key', text.slice(0, 150)] as const),
  },
);
