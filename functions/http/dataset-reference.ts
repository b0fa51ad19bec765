import { InvalidRequestError } from '../domain/errors.ts';
import { parseDatasetId } from '../domain/ids.ts';
import type { DatasetReference } from '../ports/dataverse.ts';
import type { HttpRequest } from './http-request.ts';

/**
 * The dataset a request names: a database id in the path, or `:persistentId` with the id in the query (dataverse-api.md 1.2).
 * @throws InvalidRequestError with Dataverse's messages
 */
export function datasetReferenceOf(request: HttpRequest): DatasetReference {
  if (request.datasetInPath !== ':persistentId') {
    return { kind: 'database-id', datasetId: parseDatasetId(request.datasetInPath) };
  }
  const persistentId = request.query.get('persistentId');
  if (!persistentId) {
    throw new InvalidRequestError(
      'When accessing a dataset based on Persistent ID, a persistentId query parameter must be present.',
    );
  }
  return { kind: 'persistent-id', persistentId };
}
