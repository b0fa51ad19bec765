import { isSignedByDataverse } from '../domain/dataverse-signed-query.ts';
import { UnauthenticatedError } from '../domain/errors.ts';
import { asUserName } from '../domain/ids.ts';
import { Secret } from '../domain/secret.ts';
import { isOurSignedQuery, verifySignedQuery } from '../domain/signed-url.ts';
import type { ActingAs } from '../ports/dataverse.ts';
import { proveSignedPost } from '../use-cases/prove-signed-post.ts';
import type { Application } from '../wiring.ts';
import { targetOf } from './forward.ts';
import type { HttpRequest } from './http-request.ts';

/**
 * What a request brings to prove who calls, the first of them alone, in Dataverse's order (dataverse-api.md 1.3): an API token, header before
 * query; a signed URL; an OIDC token. A key and an OIDC token are proven by the first call made with them.
 * @returns undefined when the request brings nothing, and when its URL is signed by Dataverse: see `provenCallerOf`
 * @throws UnauthenticatedError for one of our signed URLs that is altered, expired or for another call
 */
export async function credentialOf(app: Application, request: HttpRequest): Promise<ActingAs | undefined> {
  const key = keyIn(request);
  if (key) return key;
  if (isOurSignedQuery(request.rawQuery)) return signedByUs(app, request);
  if (isSignedByDataverse(request.rawQuery)) return undefined;
  return bearerIn(request);
}

/**
 * The account's own token, for calls that no signed URL is made for: an API token, header before query, else an OIDC token. Proven by the first
 * call made with it.
 * @throws UnauthenticatedError when the request brings neither
 */
export function accountTokenOf(request: HttpRequest): ActingAs {
  const token = keyIn(request) ?? bearerIn(request);
  if (token) return token;
  throw new UnauthenticatedError('Only authenticated users can perform the requested operation');
}

function keyIn(request: HttpRequest): ActingAs | undefined {
  const key = request.headers['x-dataverse-key'] ?? request.query.get('key');
  return key ? { kind: 'key', token: new Secret(key) } : undefined;
}

function bearerIn(request: HttpRequest): ActingAs | undefined {
  const [, bearer] = /^bearer +(\S+) *$/i.exec(request.headers['authorization'] ?? '') ?? [];
  return bearer ? { kind: 'bearer', token: new Secret(bearer) } : undefined;
}

/**
 * Who calls, proven where that takes Dataverse's word: what `credentialOf` found, else the user of a POST that Dataverse signed (design
 * section 7). For datasets of our stores only: other requests go to Dataverse as they came.
 * @param credential - of `credentialOf`
 * @returns undefined when the request brings nothing
 * @throws UnauthenticatedError, NoAccountError, ForbiddenError, NotFoundError, UnavailableError as proveSignedPost does
 */
export async function provenCallerOf(
  app: Application,
  request: HttpRequest,
  credential: ActingAs | undefined,
): Promise<ActingAs | undefined> {
  if (credential || !isSignedByDataverse(request.rawQuery)) return credential;
  const operation = operationOf(request);
  return proveSignedPost(app.ports, { operation, target: targetOf(request), rawQuery: request.rawQuery });
}

async function signedByUs(app: Application, request: HttpRequest): Promise<ActingAs> {
  const signed = verifySignedQuery(
    await app.signingKeys(),
    request.rawQuery,
    { method: request.method, operation: operationOf(request), datasetId: request.datasetInPath },
    app.ports.clock.nowMilliseconds(),
  );
  if (!signed) throw new UnauthenticatedError('Bad signed URL');
  return { kind: 'user', userName: asUserName(signed.user) };
}

function operationOf(request: HttpRequest): string {
  return request.path.split('/').at(-1) ?? '';
}
