import { UnauthenticatedError } from '../domain/errors.ts';
import { asUserName } from '../domain/ids.ts';
import { Secret } from '../domain/secret.ts';
import { isOurSignedQuery, verifySignedQuery } from '../domain/signed-url.ts';
import type { ActingAs } from '../ports/dataverse.ts';
import type { Application } from '../wiring.ts';
import type { HttpRequest } from './http-request.ts';

/**
 * What a request brings to prove who calls: an API token (header before query, as in Dataverse), or one of our signed URLs.
 * Undefined when it brings nothing. An API token is proven by the first call made with it.
 * @throws UnauthenticatedError for one of our signed URLs that is altered, expired or for another call
 */
export async function credentialOf(app: Application, request: HttpRequest): Promise<ActingAs | undefined> {
  const key = request.headers['x-dataverse-key'] ?? request.query.get('key');
  if (key) return { kind: 'key', token: new Secret(key) };
  if (!isOurSignedQuery(request.rawQuery)) return undefined;
  const signed = verifySignedQuery(
    await app.signingKeys(),
    request.rawQuery,
    { method: request.method, operation: request.path.split('/').at(-1) ?? '', datasetId: request.datasetInPath },
    app.ports.clock.nowMilliseconds(),
  );
  if (!signed) throw new UnauthenticatedError('Bad signed URL');
  return { kind: 'user', userName: asUserName(signed.user) };
}
