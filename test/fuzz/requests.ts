import fc from 'fast-check';
import { bodyFor } from './bodies.ts';
import { type Credential, credential, oddHeader } from './callers.ts';
import type { Edit, FuzzRequest } from './fuzz-request.ts';
import { goodRequest } from './good-requests.ts';
import { nearMissOf, ROUTES, targetOf } from './targets.ts';

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'] as const;
/** No header, most of the time; each may stand several times. */
const oddHeaders = fc.oneof(
  { weight: 3, arbitrary: fc.constant<readonly (readonly [string, string])[]>([]) },
  { weight: 1, arbitrary: fc.array(oddHeader, { minLength: 1, maxLength: 3 }) },
);

/** A request for a route of ours as it stands in the manifest, by anybody, with any query and body. */
const forRoute = fc
  .constantFrom(...ROUTES)
  .chain(({ method, path }) => around(fc.constant(method), path, targetOf(path)));

/** Any method at a route, and targets that are none. */
const besideRoute = fc
  .constantFrom(...ROUTES)
  .chain(({ path }) => around(fc.constantFrom(...METHODS), path, fc.oneof(targetOf(path), nearMissOf(path))));

/** What is done to a signed URL: nothing, what clients do, and what must not help. */
const TAMPERING: readonly (readonly Edit[])[] = [
  [],
  [],
  [{ find: '$', put: '&dvLocale=en' }],
  [{ find: 'user=[^&]*', put: 'user=dataverseAdmin' }],
  [{ find: 'user=curator', put: 'user=curator&user=dataverseAdmin' }],
  [{ find: 'user=curator', put: 'user=%63urator' }],
  [{ find: 'user=curator&', put: '' }],
  [{ find: '/datasets/\\d+/', put: '/datasets/30/' }],
  [{ find: '/datasets/', put: '/datasets/%2e%2e/datasets/' }],
  [{ find: 'until=\\d{4}', put: 'until=2099' }],
  [{ find: 'until=[^&]*', put: 'until=' }],
  [{ find: 'method=POST', put: 'method=GET' }],
  [{ find: 'kid=', put: 'KID=' }],
  [{ find: 'kid=[0-9a-f]*&', put: '' }],
  [{ find: 'token=.{8}', put: 'token=00000000' }],
  [{ find: 'token=.*', put: 'token=' }],
  [{ find: '&token=.*', put: '' }],
  [{ find: '\\?', put: '?persistentId=doi:10.5072/FK2/7U7YBV&' }],
  [{ find: '/api/v1/', put: '/api/' }],
  [{ find: '$', put: '%00&token=canaryurltoken00112233' }],
];

const SIGNED = [
  'globusUploadParameters',
  'requestGlobusUploadPaths',
  'addGlobusFiles',
  'globusDownloadParameters',
  'requestGlobusDownload',
  'monitorGlobusDownload',
];

/** A signed URL, ours or Dataverse's, used or misused. */
const bySignedUrl = fc
  .tuple(fc.constantFrom(...SIGNED), fc.constantFrom('url', 'url', 'dataverse-url'), fc.constantFrom(...TAMPERING))
  .chain(([operation, kind, edits]) =>
    fc
      .tuple(
        bodyFor(operation, methodOf(operation)),
        oddHeaders,
        fc.oneof(fc.constant(NOBODY), fc.constant(NOBODY), credential),
      )
      .map(
        ([{ contentType, text }, headers, { headers: own }]): FuzzRequest => ({
          method: methodOf(operation),
          target: `«${kind}:${operation}»`,
          edits,
          headers: [...own, ...typeHeader(contentType), ...headers],
          body: text,
        }),
      ),
  );

const NOBODY: Credential = { headers: [], query: '' };

function methodOf(operation: string): string {
  return operation.endsWith('Parameters') ? 'GET' : 'POST';
}

function around(method: fc.Arbitrary<string>, path: string, target: fc.Arbitrary<string>): fc.Arbitrary<FuzzRequest> {
  const lastWord = path.split('/').at(-1) ?? '';
  return method.chain((verb) =>
    fc
      .tuple(target, credential, bodyFor(lastWord, verb), oddHeaders)
      .map(([where, { headers: own, query }, { contentType, text }, headers]) => ({
        method: verb,
        target: query === '' ? where : `${where}${where.includes('?') ? '&' : '?'}${query}`,
        edits: [],
        headers: [...own, ...typeHeader(contentType), ...headers],
        body: text,
      })),
  );
}

function typeHeader(contentType: string | undefined): readonly (readonly [string, string])[] {
  return contentType === undefined ? [] : [['Content-Type', contentType]];
}

/** Any request that the gateway may meet. */
export const fuzzRequest: fc.Arbitrary<FuzzRequest> = fc.oneof(
  { weight: 6, arbitrary: forRoute },
  { weight: 2, arbitrary: goodRequest },
  { weight: 2, arbitrary: bySignedUrl },
  { weight: 1, arbitrary: besideRoute },
);
