import { InvalidRequestError } from '../domain/errors.ts';
import { parseDatasetId } from '../domain/ids.ts';
import type { DatasetReference } from '../ports/dataverse.ts';

/**
 * The dataset that a call of ours names beside its path, in query or body: by `persistentId` or by `datasetId`.
 * @throws InvalidRequestError unless exactly one of them is given
 */
export function datasetNamed(given: {
  readonly persistentId?: string | null | undefined;
  readonly datasetId?: string | number | null | undefined;
}): DatasetReference {
  const { persistentId, datasetId } = given;
  const hasDatasetId = datasetId !== undefined && datasetId !== null && datasetId !== '';
  if (persistentId && !hasDatasetId) return { kind: 'persistent-id', persistentId };
  if (hasDatasetId && !persistentId) return { kind: 'database-id', datasetId: parseDatasetId(datasetId) };
  throw new InvalidRequestError(
    `Expected a dataset, as persistentId (such as doi:10.5072/FK2/ABCDEF) or as datasetId (such as 29), got ${persistentId ? 'both' : 'none'}.`,
  );
}
