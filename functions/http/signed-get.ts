import { isSignedByDataverse } from '../domain/dataverse-signed-query.ts';
import { UnauthenticatedError } from '../domain/errors.ts';
import type { HttpRequest } from './http-request.ts';

/**
 * A GET that Dataverse signed is judged by Dataverse itself, all but one that names no user, which ends in a 500 there (dataverse-api.md 3.2).
 * @throws UnauthenticatedError for such a one, unless an API token outranks the signature
 */
export function assertSignatureNamesUser({ rawQuery, query, headers }: HttpRequest): void {
  const hasKey = Boolean(headers['x-dataverse-key'] ?? query.get('key'));
  if (!hasKey && isSignedByDataverse(rawQuery) && !query.has('user')) throw new UnauthenticatedError('Bad signed URL');
}
